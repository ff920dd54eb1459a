// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// IEEE 754 binary32 to binary16, to nearest even, subnormal results included. Combinational,
// or with Cut = 1 registered in two places: the result comes two cycles later.
//
//   |data_i|                   result_o          flags
//   NaN                        0x7E00            nan_o
//   infinity                   infinity
//   65520 and more, finite     infinity          overflow_o
//   2^-14 and more             normal number
//   less                       subnormal or zero, keeping the sign
module tally_fp32_to_fp16 #(
  parameter int unsigned Cut = 0
) (
  input  logic        clk_i,
  input  logic [31:0] data_i,
  output logic [15:0] result_o,
  output logic        overflow_o,
  output logic        nan_o
);
  // Each side of the first cut, of the second one.
  logic sign_d, sign_q, sign, top_d, top_q, top, nan_d, nan_q;
  logic [7:0] exponent;
  assign {sign_d, exponent} = data_i[31:23];
  assign top_d = exponent == 8'hFF;
  assign nan_d = top_d && data_i[22:0] != 23'd0;

  // Normal results start at biased exponent 113 (2^-14). The significand of a smaller number moves
  // right by 113 - exponent; from 12 on only the rest is left (for zero too: rest alone does not round
  // up, so the leading one may always be set).
  logic subnormal;
  logic [3:0] shift_d, shift;
  logic [7:0] base_d, base_q, base;
  logic [22:0] fraction;
  logic [23:0] significand;
  logic [11:0] below;
  assign subnormal = exponent < 8'd113;
  always_comb begin
    shift_d = 4'd0;
    if (subnormal) shift_d = exponent < 8'd101 ? 4'd12 : 4'(8'd113 - exponent);
  end
  assign base_d = subnormal ? 8'd0 : exponent - 8'd113;
  assign {significand, below} = {1'b1, fraction, 12'd0} >> shift;

  // 11 bits of the significand stay; its leading one adds 1 to the exponent, and so may rounding.
  logic half, rest, round_up_d, round_up;
  logic [10:0] kept;
  logic [17:0] rounded;
  assign half     = significand[12];
  assign rest     = significand[11:0] != 12'd0 || below != 12'd0;
  assign round_up_d = half && (rest || significand[13]);
  assign rounded  = {base, kept[9:0]} + {7'd0, kept[10], 9'd0, round_up};

  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      {sign_q, top_q, nan_q, shift, base_q} <= {sign_d, top_d, nan_d, shift_d, base_d};
      fraction                              <= data_i[22:0];
      {sign, top, nan_o, base}              <= {sign_q, top_q, nan_q, base_q};
      {kept, round_up}                      <= {significand[23:13], round_up_d};
    end
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {sign_q, top_q, nan_q, shift, base_q} = {sign_d, top_d, nan_d, shift_d, base_d};
    assign fraction                              = data_i[22:0];
    assign {sign, top, nan_o, base}              = {sign_q, top_q, nan_q, base_q};
    assign {kept, round_up}                      = {significand[23:13], round_up_d};
  end

  logic too_large;
  assign too_large  = rounded[17:10] >= 8'd31;
  assign overflow_o = too_large && !top;
  always_comb begin
    result_o = {sign, rounded[14:0]};
    if (too_large) result_o = {sign, 15'h7C00};
    if (nan_o) result_o = 16'h7E00;
  end
endmodule
