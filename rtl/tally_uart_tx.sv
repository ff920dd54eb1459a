// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Sender of an asynchronous serial line: a start bit, 8 data bits, least significant first, a stop bit,
// ClocksPerBit cycles each. The line is high at rest and during reset. A byte is taken with valid_i and
// ready_o; the next one may follow without a gap.
module tally_uart_tx #(
  parameter int unsigned ClocksPerBit = 16
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  output logic       tx_o
);
  localparam int unsigned CountW = $clog2(ClocksPerBit);

  logic [8:0]        shift_q;  // what follows the bit on the line; ones behind
  logic [3:0]        left_q;   // bits still to send, the one on the line included
  logic [CountW-1:0] count_q;
  assign ready_o = left_q == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tx_o    <= 1'b1;
      shift_q <= '1;
      left_q  <= '0;
      count_q <= '0;
    end else if (ready_o) begin
      if (valid_i) begin
        tx_o    <= 1'b0;
        shift_q <= {1'b1, data_i};
        left_q  <= 4'd10;
        count_q <= CountW'(ClocksPerBit - 1);
      end
    end else if (count_q != '0) begin
      count_q <= count_q - 1'b1;
    end else begin
      {shift_q, tx_o} <= {1'b1, shift_q};
      left_q          <= left_q - 1'b1;
      count_q         <= CountW'(ClocksPerBit - 1);
    end
  end
endmodule
