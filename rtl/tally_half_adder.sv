// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One bit of addition without a third operand (see tally_full_adder):
//
//   2 * carry_o + sum_o = a_i + b_i
module tally_half_adder (
  input  logic a_i,
  input  logic b_i,
  output logic sum_o,
  output logic carry_o
);
  assign sum_o   = a_i ^ b_i;
  assign carry_o = a_i & b_i;
endmodule
