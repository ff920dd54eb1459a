// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Signed integer to IEEE 754 binary32, to nearest even; 0 gives +0. Combinational. Exact for Width up
// to 24.
//
//   data_i = -6 = -1.1b * 2^2: result_o = {1, 127 + 2, 100...0}
module tally_int_to_fp32 #(
  parameter int unsigned Width = 16
) (
  input  logic signed [Width-1:0] data_i,
  output logic        [31:0]      result_o
);
  if (Width < 2 || Width > 32) begin : g_bad_width
    $error("tally_int_to_fp32: Width must be 2..32");
  end

  // The magnitude at the top of a word of a power of two of bits; -2^(Width-1) fits, unsigned.
  localparam int unsigned CountW = $clog2(Width);
  localparam int unsigned WordW = 2 ** CountW;
  localparam logic [7:0] TopExponent = 8'(127 + Width - 1);

  logic negative;
  logic [Width-1:0] magnitude, normal;
  logic [CountW-1:0] zeros;
  logic zero;

  assign negative  = data_i[Width-1];
  assign magnitude = negative ? -data_i : data_i;

  if (WordW == Width) begin : g_full
    tally_lzc #(.CountW(CountW)) u_lzc (
      .data_i (magnitude),
      .count_o(zeros),
      .zero_o (zero)
    );
  end else begin : g_padded
    logic unused_zero;
    tally_lzc #(.CountW(CountW)) u_lzc (
      .data_i ({magnitude, {(WordW - Width) {1'b1}}}),
      .count_o(zeros),
      .zero_o (unused_zero)
    );
    assign zero = magnitude == '0;
  end
  assign normal = magnitude << zeros;

  logic [30:0] exponent_fraction;
  if (Width <= 24) begin : g_exact
    logic [23:0] significand;
    logic unused_leading_one;
    assign significand        = 24'(normal) << (24 - Width);
    assign unused_leading_one = significand[23];
    assign exponent_fraction  = {TopExponent - 8'(zeros), significand[22:0]};
  end else begin : g_round
    // Below the 24 bits of the significand: the half, then the rest. A carry moves into the exponent.
    localparam int unsigned Below = Width - 24;
    logic half, rest, round_up;
    logic unused_leading_one;
    assign unused_leading_one = normal[Width-1];
    assign half     = normal[Below-1];
    assign rest     = Below > 1 && (normal << (Width - Below + 1)) != '0;
    assign round_up = half && (rest || normal[Below]);
    assign exponent_fraction = {TopExponent - 8'(zeros), normal[Width-2:Below]} + 31'(round_up);
  end

  assign result_o = zero ? 32'd0 : {negative, exponent_fraction};
endmodule
