// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Signed integer to IEEE 754 binary32, to nearest even; 0 gives +0. Exact for Width up to 24.
// Combinational, or with registers, and the result as many cycles later: Cut = 1 in the middle, 2 also
// behind the absolute value, 3 also in front of the rounding.
//
//   data_i = -6 = -1.1b * 2^2: result_o = {1, 127 + 2, 100...0}
module tally_int_to_fp32 #(
  parameter int unsigned Width = 16,
  parameter int unsigned Cut   = 0
) (
  input  logic                    clk_i,
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

  // Each side of the three places of registers: absolute value | count | shift | rounding.
  logic negative_a, negative_d, negative_s, negative, zero_d, zero_s, zero;
  logic [Width-1:0] magnitude_a, magnitude_d, magnitude, normal_d, normal;
  logic [CountW-1:0] zeros_d, zeros;
  logic [7:0] exponent_d, exponent;

  assign negative_a  = data_i[Width-1];
  assign magnitude_a = negative_a ? -data_i : data_i;
  if (Cut >= 2) begin : g_cut_count
    always_ff @(posedge clk_i) {negative_d, magnitude_d} <= {negative_a, magnitude_a};
  end else begin : g_no_cut_count
    assign {negative_d, magnitude_d} = {negative_a, magnitude_a};
  end

  if (WordW == Width) begin : g_full
    tally_lzc #(.CountW(CountW)) u_lzc (
      .data_i (magnitude_d),
      .count_o(zeros_d),
      .zero_o (zero_d)
    );
  end else begin : g_padded
    logic unused_zero;
    tally_lzc #(.CountW(CountW)) u_lzc (
      .data_i ({magnitude_d, {(WordW - Width) {1'b1}}}),
      .count_o(zeros_d),
      .zero_o (unused_zero)
    );
    assign zero_d = magnitude_d == '0;
  end

  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      {negative_s, zero_s, zeros, magnitude} <= {negative_d, zero_d, zeros_d, magnitude_d};
    end
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {negative_s, zero_s, zeros, magnitude} = {negative_d, zero_d, zeros_d, magnitude_d};
  end
  assign normal_d   = magnitude << zeros;
  assign exponent_d = TopExponent - 8'(zeros);
  if (Cut >= 3) begin : g_cut_round
    always_ff @(posedge clk_i) begin
      {negative, zero, exponent, normal} <= {negative_s, zero_s, exponent_d, normal_d};
    end
  end else begin : g_no_cut_round
    assign {negative, zero, exponent, normal} = {negative_s, zero_s, exponent_d, normal_d};
  end

  logic [30:0] exponent_fraction;
  if (Width <= 24) begin : g_exact
    logic [23:0] significand;
    logic unused_leading_one;
    assign significand        = 24'(normal) << (24 - Width);
    assign unused_leading_one = significand[23];
    assign exponent_fraction  = {exponent, significand[22:0]};
  end else begin : g_round
    // Below the 24 bits of the significand: the half, then the rest. A carry moves into the exponent.
    localparam int unsigned Below = Width - 24;
    logic half, rest, round_up;
    logic unused_leading_one;
    assign unused_leading_one = normal[Width-1];
    assign half     = normal[Below-1];
    assign rest     = Below > 1 && (normal << (Width - Below + 1)) != '0;
    assign round_up = half && (rest || normal[Below]);
    assign exponent_fraction = {exponent, normal[Width-2:Below]} + 31'(round_up);
  end

  assign result_o = zero ? 32'd0 : {negative, exponent_fraction};
endmodule
