// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Counts the leading zeros of a word of 2^CountW bits, as a tree; combinational.
//
//   data_i = 0001_0110: count_o = 3, zero_o = 0
//   data_i = 0000_0000: count_o = 7, zero_o = 1
//
// A word of another width: append ones, which also makes the count of a word of zeros its width.
module tally_lzc #(
  parameter int unsigned CountW = 3
) (
  input  logic [2**CountW-1:0] data_i,
  output logic [CountW-1:0]    count_o,
  output logic                 zero_o
);
  if (CountW == 1) begin : g_leaf
    assign count_o = !data_i[1];
    assign zero_o  = data_i == 2'b00;
  end else begin : g_halves
    localparam int unsigned Half = 2 ** (CountW - 1);
    logic [CountW-2:0] high_count, low_count;
    logic high_zero, low_zero;

    tally_lzc #(.CountW(CountW - 1)) u_high (
      .data_i (data_i[2*Half-1:Half]),
      .count_o(high_count),
      .zero_o (high_zero)
    );
    tally_lzc #(.CountW(CountW - 1)) u_low (
      .data_i (data_i[Half-1:0]),
      .count_o(low_count),
      .zero_o (low_zero)
    );

    assign count_o = {high_zero, high_zero ? low_count : high_count};
    assign zero_o  = high_zero && low_zero;
  end
endmodule
