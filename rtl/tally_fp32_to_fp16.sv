// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// IEEE 754 binary32 to binary16, to nearest even, subnormal results included. Combinational.
//
//   |data_i|                   result_o          flags
//   NaN                        0x7E00            nan_o
//   infinity                   infinity
//   65520 and more, finite     infinity          overflow_o
//   2^-14 and more             normal number
//   less                       subnormal or zero, keeping the sign
module tally_fp32_to_fp16 (
  input  logic [31:0] data_i,
  output logic [15:0] result_o,
  output logic        overflow_o,
  output logic        nan_o
);
  logic sign, top;
  logic [7:0] exponent;
  assign {sign, exponent} = data_i[31:23];
  assign top   = exponent == 8'hFF;
  assign nan_o = top && data_i[22:0] != 23'd0;

  // Normal results start at biased exponent 113 (2^-14). The significand of a smaller number moves
  // right by 113 - exponent; from 12 on only the rest is left (for zero too: rest alone does not round
  // up, so the leading one may always be set).
  logic subnormal;
  logic [3:0] shift;
  logic [23:0] significand;
  logic [11:0] below;
  assign subnormal = exponent < 8'd113;
  always_comb begin
    shift = 4'd0;
    if (subnormal) shift = exponent < 8'd101 ? 4'd12 : 4'(8'd113 - exponent);
  end
  assign {significand, below} = {1'b1, data_i[22:0], 12'd0} >> shift;

  // 11 bits of the significand stay; its leading one adds 1 to the exponent, and so may rounding.
  logic half, rest, round_up;
  logic [7:0] base;
  logic [17:0] rounded;
  assign half     = significand[12];
  assign rest     = significand[11:0] != 12'd0 || below != 12'd0;
  assign round_up = half && (rest || significand[13]);
  assign base     = subnormal ? 8'd0 : exponent - 8'd113;
  assign rounded  = {base, significand[22:13]} + {7'd0, significand[23], 9'd0, round_up};

  logic too_large;
  assign too_large  = rounded[17:10] >= 8'd31;
  assign overflow_o = too_large && !top;
  always_comb begin
    result_o = {sign, rounded[14:0]};
    if (too_large) result_o = {sign, 15'h7C00};
    if (nan_o) result_o = 16'h7E00;
  end
endmodule
