// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// product_o = a_i * b_i, unsigned, for devices without multiplier blocks. Combinational.
//
// Two bits of b_i a row, as a digit -1, 0, 1 or 2 and a carry into the next one: 3 = 4 - 1. So a row needs
// no multiple of a_i but those by shifting and inverting, and its bit is one look-up table of four inputs in
// front of the adder; the carries alone are slow, and a row waits for the one before.
module tally_row_multiplier #(
  parameter int unsigned Width = 24
) (
  input  logic [Width-1:0]   a_i,
  input  logic [Width-1:0]   b_i,
  output logic [2*Width-1:0] product_o
);
  if (Width < 2 || Width % 2 != 0) begin : g_bad_width
    $error("tally_row_multiplier: Width must be even, 2 or more");
  end

  // What is added so far, above the bits of the product that are final: within (-a_i, a_i).
  logic [Width:0] above;
  logic carry, unused;
  logic [2:0] digit;
  logic [Width+2:0] term;
  always_comb begin
    above     = '0;
    carry     = 1'b0;
    product_o = '0;
    for (int unsigned row = 0; row < Width / 2; row++) begin
      digit = {1'b0, b_i[2*row+:2]} + {2'b00, carry};
      carry = digit > 3'd2;
      unique case (digit[1:0])
        2'd0:    term = '0;  // 4 too
        2'd1:    term = {3'd0, a_i};
        2'd2:    term = {2'd0, a_i, 1'b0};
        default: term = ~{3'd0, a_i};  // -a_i, with the 1 below
      endcase
      {above, product_o[2*row+:2], unused}
          = {above[Width], above[Width], above, 1'b1} + {term, digit[1:0] == 2'd3};
    end
    {unused, product_o[2*Width-1:Width]} = above + (carry ? {1'b0, a_i} : '0);
  end
endmodule
