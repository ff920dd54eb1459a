// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The signed binary digits of an 8-bit value in sign-magnitude form (docs/number-systems.md, Digits).
// Combinational.
//
//   value = sum over e of (pos_o[e] - neg_o[e]) * 2^e,  never both bits of an exponent
//
// hese_i = 1: the non-adjacent form, which is what HESE reaches: the fewest digits, no two adjacent,
// exponents 0..7. With h = 3 * magnitude, digit e is bit e+1 of h minus bit e+1 of the magnitude.
// hese_i = 0: the binary digits, exponents 0..6.
// The sign of the value is applied to every digit.
module tally_hese (
  input  tally_pkg::code_t value_i,
  input  logic             hese_i,
  output logic [7:0]       pos_o,
  output logic [7:0]       neg_o
);
  logic [8:0] magnitude, triple;
  logic [7:0] pos, neg;
  assign magnitude = 9'(value_i.index);
  assign triple    = magnitude + {magnitude[7:0], 1'b0};
  assign pos       = hese_i ? triple[8:1] & ~magnitude[8:1] : magnitude[7:0];
  assign neg       = hese_i ? ~triple[8:1] & magnitude[8:1] : '0;
  assign pos_o     = value_i.sign ? neg : pos;
  assign neg_o     = value_i.sign ? pos : neg;

  logic unused_triple;
  assign unused_triple = triple[0];
endmodule
