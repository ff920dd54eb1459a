// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Second stage of tally_fma: sum_o = |product + addend| in the window of 76 bits, where the product
// P = product_i * 4 and the addend A is addend_i << 37, moved right by 16 * coarse_i. Combinational.
//
// rest_o: bits of the addend have left the window; sum_o is the exact sum rounded down. negate_o: the
// sum has the sign of the addend, not of the product (an exact zero may say either).
//
//   subtract_i   P > A
//       0          -     A + P
//       1          0     A - P = ~(~A + P); nothing has left the window (tally_fma_align)
//       1          1     P - A = ~A + P + 1, or without the 1 if bits have left: they borrow it
module tally_fma_add (
  input  logic        subtract_i,
  input  logic [47:0] product_i,
  input  logic [38:0] addend_i,
  input  logic [2:0]  coarse_i,
  output logic        negate_o,
  output logic [75:0] sum_o,
  output logic        rest_o
);
  logic [75:0] addend, term;
  logic [42:0] below;
  assign {addend, below} = {addend_i, 80'd0} >> {coarse_i, 4'd0};
  assign rest_o = below != '0;
  assign term   = addend ^ {76{subtract_i}};

  // The product reaches up to bit 49. Both sums of the low part at once, since their carry is P > A
  // (of a term ~A, and unless the addend reaches above the product).
  logic [49:0] product;
  logic [50:0] low, low_plus_1;
  logic [25:0] high;
  assign product    = {product_i, 2'b00};
  assign low        = {1'b0, term[49:0]} + {1'b0, product};
  assign low_plus_1 = {1'b0, term[49:0]} + {1'b0, product} + 51'd1;
  assign high       = term[75:50] + {25'd0, low[50]};

  logic product_wins;
  assign product_wins = low[50] && addend[75:50] == '0;
  assign negate_o     = subtract_i && !product_wins;

  // If the product wins, the high part is all ones and a carry: 0.
  always_comb begin
    sum_o = {high, low[49:0]};
    if (subtract_i && product_wins && !rest_o) sum_o[49:0] = low_plus_1[49:0];
    if (negate_o) sum_o = ~{high, low[49:0]};
  end
  logic unused_carry;
  assign unused_carry = low_plus_1[50];
endmodule
