// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Signed integer to IEEE 754 binary32, to nearest even; 0 gives +0. Exact for Width up to 24.
// Combinational, or with Cut = 1 registered in the middle: the result comes one cycle later.
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

  logic negative_d, negative, zero_d, zero;
  logic [Width-1:0] magnitude_d, magnitude, normal;
  logic [CountW-1:0] zeros_d, zeros;

  assign negative_d  = data_i[Width-1];
  assign magnitude_d = negative_d ? -data_i : data_i;

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
      {negative, zero, zeros, magnitude} <= {negative_d, zero_d, zeros_d, magnitude_d};
    end
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {negative, zero, zeros, magnitude} = {negative_d, zero_d, zeros_d, magnitude_d};
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
