// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// ULX3S: the pins, and the clock made from its oscillator. Module `pll` is written by ecppll and
// tally_uart_top comes with its parameters, both from the board's file (fpga/build.py). The button is
// reset. Ports carry the board's own names: ftdi_txd is what the USB chip sends.
module ulx3s (
  input  wire clk_25mhz,
  input  wire btn_pwr_n,
  input  wire ftdi_txd,
  output wire ftdi_rxd,
  output wire wifi_gpio0
);
  wire clk, locked;
  assign wifi_gpio0 = 1'b1;
  pll u_pll (.clkin(clk_25mhz), .clkout0(clk), .locked(locked));
  tally_uart_top u_board (
    .clk_i(clk), .rst_ni(locked & btn_pwr_n), .rx_i(ftdi_txd), .tx_o(ftdi_rxd)
  );
endmodule
