// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Last stage of tally_fma: the significand is the upper 24 bits of sum_i << fine_i; what is below
// them, and rest_i, rounds it to nearest even. Combinational, or with Cut = 1 registered before it is
// known whether the rounded number is too large: result_o comes one cycle later.
//
// exponent_i is the biased exponent of bit 39 of sum_i, less 1: the leading one is added to it, so that
// a subnormal significand gives exponent 0, and a carry out of the significand moves into the exponent.
module tally_fma_round #(
  parameter int unsigned Cut = 0
) (
  input  logic        clk_i,
  input  logic        nan_i,
  input  logic        infinite_i,
  input  logic        sign_i,
  input  logic [8:0]  exponent_i,
  input  logic [39:0] sum_i,
  input  logic [3:0]  fine_i,
  input  logic        rest_i,
  output logic [31:0] result_o
);
  localparam logic [31:0] CanonicalNan = 32'h7FC0_0000;
  localparam logic [30:0] Infinity     = 31'h7F80_0000;

  // Bits that the steps to come cannot lift into the upper 25 only count as rest.
  logic [39:0] by8;
  logic [31:0] by4;
  logic [27:0] by2;
  logic [25:0] by1;
  assign by8 = fine_i[3] ? {sum_i[31:0], 8'd0} : sum_i;
  assign by4 = fine_i[2] ? {by8[35:8], 4'd0} : by8[39:8];
  assign by2 = fine_i[1] ? {by4[29:4], 2'd0} : by4[31:4];
  assign by1 = fine_i[0] ? {by2[26:2], 1'd0} : by2[27:2];

  logic [23:0] significand;
  logic half, rest, round_up;
  assign {significand, half} = by1[25:1];
  assign rest     = rest_i || by8[7:0] != '0 || by4[3:0] != '0 || by2[1:0] != '0 || by1[0];
  assign round_up = half && (rest || significand[0]);

  logic overflow, nan, infinite, sign;
  logic [8:0] exponent;
  logic [31:0] rounded_d, rounded;
  assign exponent  = exponent_i - {5'd0, fine_i};
  assign rounded_d = {exponent, significand[22:0]} + {8'd0, significand[23], 22'd0, round_up};
  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      {nan, infinite, sign, rounded} <= {nan_i, infinite_i, sign_i, rounded_d};
    end
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {nan, infinite, sign, rounded} = {nan_i, infinite_i, sign_i, rounded_d};
  end
  assign overflow = rounded[31:23] >= 9'd255;

  always_comb begin
    result_o = {sign, rounded[30:0]};
    if (infinite || overflow) result_o = {sign, Infinity};
    if (nan) result_o = CanonicalNan;
  end
endmodule
