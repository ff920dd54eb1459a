// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Receiver of an asynchronous serial line: 8 data bits, least significant first, no parity, one stop
// bit, ClocksPerBit clock cycles a bit.
//
// rx_i may change at any time (two flip-flops synchronize it). Each bit is sampled in its middle; a
// start bit that is over by then was noise and is ignored. valid_o pulses with a byte in the middle of
// its stop bit; error_o instead if the line is low there (a break, a wrong rate, noise). A byte takes
// 10 * ClocksPerBit cycles, so whoever takes the bytes needs no ready.
module tally_uart_rx #(
  parameter int unsigned ClocksPerBit = 16
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,
  output logic       valid_o,
  output logic       error_o,
  output logic [7:0] data_o
);
  if (ClocksPerBit < 4) begin : g_bad_rate
    $error("tally_uart_rx: ClocksPerBit must be at least 4");
  end

  localparam int unsigned CountW = $clog2(ClocksPerBit);
  localparam logic [CountW-1:0] WholeBit = CountW'(ClocksPerBit - 1);
  localparam logic [CountW-1:0] HalfBit = CountW'(ClocksPerBit / 2 - 1);

  logic [2:0]        line_q;     // the newest sample first
  logic              busy_q;
  logic [CountW-1:0] count_q;    // cycles to the next sample
  logic [3:0]        samples_q;  // bits still to come, the stop bit included
  logic [7:0]        data_q;
  logic              bit_value, falling;
  assign bit_value = line_q[1];
  assign falling   = line_q[2] && !line_q[1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      line_q    <= '1;
      busy_q    <= 1'b0;
      count_q   <= '0;
      samples_q <= '0;
      data_q    <= '0;
      valid_o   <= 1'b0;
      error_o   <= 1'b0;
    end else begin
      line_q  <= {line_q[1:0], rx_i};
      valid_o <= 1'b0;
      error_o <= 1'b0;
      if (!busy_q) begin
        busy_q    <= falling;
        count_q   <= HalfBit;
        samples_q <= 4'd10;
      end else if (count_q != '0) begin
        count_q <= count_q - 1'b1;
      end else begin
        count_q   <= WholeBit;
        samples_q <= samples_q - 1'b1;
        if (samples_q == 4'd10) begin
          busy_q <= !bit_value;
        end else if (samples_q == 4'd1) begin
          busy_q  <= 1'b0;
          valid_o <= bit_value;
          error_o <= !bit_value;
        end else begin
          data_q <= {bit_value, data_q[7:1]};
        end
      end
    end
  end

  assign data_o = data_q;
endmodule
