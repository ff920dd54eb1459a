// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One bit of addition:
//
//   2 * carry_o + sum_o = a_i + b_i + c_i
//
// A module of its own, so that synthesis can give it the full-adder cell of the library, which logic
// optimization never finds again once the function is dissolved into gates.
module tally_full_adder (
  input  logic a_i,
  input  logic b_i,
  input  logic c_i,
  output logic sum_o,
  output logic carry_o
);
  assign sum_o   = a_i ^ b_i ^ c_i;
  assign carry_o = (a_i & b_i) | (b_i & c_i) | (c_i & a_i);
endmodule
