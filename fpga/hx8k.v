// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// iCE40-HX8K breakout board: the pins, the oscillator as the clock, and a reset of 2^16 cycles after
// configuration (flip-flops start at 0; block RAM is not ready at once). Ports carry the board's own
// names: ftdi_txd is what the USB chip sends.
module hx8k (
  input  wire clk_12mhz,
  input  wire ftdi_txd,
  output wire ftdi_rxd
);
  reg [16:0] count = 17'd0;
  always @(posedge clk_12mhz) if (!count[16]) count <= count + 17'd1;
  tally_uart_top u_board (
    .clk_i(clk_12mhz), .rst_ni(count[16]), .rx_i(ftdi_txd), .tx_o(ftdi_rxd)
  );
endmodule
