// SPDX-License-Identifier: Apache-2.0
// Proof of tally_lzc for every word: the bit it points at is the highest one that is set.
module tally_lzc_fv #(
  parameter int unsigned CountW = 5
) (
  input logic                 clk_i,
  input logic [2**CountW-1:0] data_i
);
  localparam int unsigned Width = 2 ** CountW;
  logic [CountW-1:0] count;
  logic zero;

  tally_lzc #(.CountW(CountW)) dut (.data_i, .count_o(count), .zero_o(zero));

  logic [Width-1:0] rest;
  assign rest = data_i >> (CountW'(Width - 1) - count);   // 1: the highest set bit alone

  always_ff @(posedge clk_i) begin
    assert (zero == (data_i == '0));
    assert (zero || rest == Width'(1));
    assert (!zero || 32'(count) == Width - 1);
    cover (!zero && 32'(count) == Width - 1);
    cover (!zero && count == '0);
    cover (zero);
  end
endmodule
