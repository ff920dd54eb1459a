// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Second stage of tally_fma: sum_o = |product + addend| in the window of 76 bits, where the product
// P = product_i * 4 and the addend A is addend_i << 37, moved right by 16 * coarse_i.
// Combinational, or with Cut = 1 registered between shift and sum: all outputs come one cycle later.
//
// rest_o: bits of the addend have left the window; sum_o is the exact sum rounded down. negate_o: the
// sum has the sign of the addend, not of the product (an exact zero may say either).
//
//   subtract_i   P > A
//       0          -     A + P
//       1          0     A - P = ~(~A + P); nothing has left the window (tally_fma_align)
//       1          1     P - A = ~A + P + 1, or without the 1 if bits have left: they borrow it
module tally_fma_add #(
  parameter int unsigned Cut = 0
) (
  input  logic        clk_i,
  input  logic        subtract_i,
  input  logic [47:0] product_i,
  input  logic [38:0] addend_i,
  input  logic [2:0]  coarse_i,
  output logic        negate_o,
  output logic [75:0] sum_o,
  output logic        rest_o
);
  logic [75:0] addend, term_d, term;
  logic [42:0] below;
  logic [47:0] product_48;
  logic        clear_top_d, clear_top, rest_d, subtract;
  assign {addend, below} = {addend_i, 80'd0} >> {coarse_i, 4'd0};
  assign rest_d      = below != '0;
  assign term_d      = addend ^ {76{subtract_i}};
  assign clear_top_d = addend[75:50] == '0;

  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      {term, rest_o, clear_top, subtract} <= {term_d, rest_d, clear_top_d, subtract_i};
      product_48                          <= product_i;
    end
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {term, rest_o, clear_top, subtract} = {term_d, rest_d, clear_top_d, subtract_i};
    assign product_48                          = product_i;
  end

  // The product reaches up to bit 49. Both sums of the low part at once, since their carry is P > A
  // (of a term ~A, and unless the addend reaches above the product).
  logic [49:0] product;
  logic [50:0] low, low_plus_1;
  logic [25:0] high;
  assign product    = {product_48, 2'b00};
  assign low        = {1'b0, term[49:0]} + {1'b0, product};
  assign low_plus_1 = {1'b0, term[49:0]} + {1'b0, product} + 51'd1;
  assign high       = term[75:50] + {25'd0, low[50]};

  logic product_wins;
  assign product_wins = low[50] && clear_top;
  assign negate_o     = subtract && !product_wins;

  // If the product wins, the high part is all ones and a carry: 0.
  always_comb begin
    sum_o = {high, low[49:0]};
    if (subtract && product_wins && !rest_o) sum_o[49:0] = low_plus_1[49:0];
    if (negate_o) sum_o = ~{high, low[49:0]};
  end
  logic unused_carry;
  assign unused_carry = low_plus_1[50];
endmodule
