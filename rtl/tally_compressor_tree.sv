// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Adds columns of bits and a constant, combinationally:
//
//   sum_o = Constant + sum over c of 2^c * (bits_i[c][0] + .. + bits_i[c][Heights[c]-1])   modulo 2^Columns
//
// A Dadda tree: level by level full and half adders bring every column down to the next number of
// 2, 3, 4, 6, 9, 13 ..., with no adder more than that needs; a carry chain adds the last two rows.
// The adders are tally_full_adder and tally_half_adder, so the cells are those that stand here. A constant
// that is negative in two's complement costs no adders for its leading ones.
//
//   Columns = 2, Heights = {3, 3}:  level 0, down to 2: column 0 a half adder (3 -> 2), column 1, with
//   its carry 4 bits, a full adder (4 -> 2); then the chain
//
// Every column has a bit or more; bits of bits_i from Heights[c] on are ignored.
module tally_compressor_tree #(
  parameter int unsigned             Columns = 2,
  parameter int unsigned             MaxHeight = 3,
  parameter logic [Columns-1:0][7:0] Heights = {Columns{8'd3}},
  parameter logic [Columns-1:0]      Constant = '0
) (
  input  logic [Columns-1:0][MaxHeight-1:0] bits_i,
  output logic [Columns-1:0]                sum_o
);
  typedef logic [Columns-1:0][7:0] counts_t;
  typedef enum logic [1:0] {Height, Full, Half} plan_e;

  function automatic int unsigned tallest(counts_t heights);
    tallest = 0;
    for (int unsigned c = 0; c < Columns; c++) begin
      if (32'(heights[c]) > tallest) tallest = 32'(heights[c]);
    end
  endfunction

  // The largest of 2, 3, 4, 6, 9 ... below a height.
  function automatic int unsigned below(int unsigned height);
    below = 2;
    while (below * 3 / 2 < height) below = below * 3 / 2;
  endfunction

  // One level over columns of this height: the adders that stand in each, or what they leave.
  function automatic counts_t level_of(counts_t height, plan_e what);
    int unsigned target, carries, total, excess;
    target = below(tallest(height));
    carries = 0;
    for (int unsigned c = 0; c < Columns; c++) begin
      total = 32'(height[c]) + carries;
      excess = (total > target) ? total - target : 0;
      level_of[c] = 8'((what == Full) ? excess / 2 : (what == Half) ? excess % 2 : total - excess);
      carries = (excess + 1) / 2;
    end
  endfunction

  // The last two rows.
  function automatic counts_t settled(counts_t heights);
    settled = heights;
    while (tallest(settled) > 2) settled = level_of(settled, Height);
  endfunction

  function automatic int unsigned levels(counts_t heights);
    counts_t height;
    height = heights;
    levels = 0;
    while (tallest(height) > 2) begin
      height = level_of(height, Height);
      levels++;
    end
  endfunction

  function automatic counts_t with_ones(logic [Columns-1:0] ones);
    for (int unsigned c = 0; c < Columns; c++) with_ones[c] = Heights[c] + 8'(ones[c]);
  endfunction

  // The constant's ones below column c.
  function automatic logic [Columns-1:0] ones_below(int unsigned c);
    return Constant & ~({Columns{1'b1}} << c);
  endfunction

  // The column from which on a run of ones up to the top is a borrow (see "last two rows"): there the
  // tree leaves two rows, and one row above. Columns if there is none.
  function automatic int unsigned borrow_column();
    counts_t rows;
    logic fits;
    for (int unsigned c = 0; c < Columns; c++) begin
      if ((~Constant >> c) == '0) begin
        rows = settled(with_ones(ones_below(c)));
        fits = rows[c] == 8'd2;
        for (int unsigned above = c + 1; above < Columns; above++) fits &= rows[above] == 8'd1;
        if (fits) return c;
      end
    end
    return Columns;
  endfunction

  localparam int unsigned Borrow = borrow_column();
  localparam logic [Columns-1:0] InTree = ones_below(Borrow);
  localparam counts_t TreeHeights = with_ones(InTree);
  localparam int unsigned Levels = levels(TreeHeights);

  // The heights at each level.
  function automatic logic [Levels:0][Columns-1:0][7:0] heights_by_level();
    heights_by_level[0] = TreeHeights;
    for (int unsigned l = 1; l <= Levels; l++) begin
      heights_by_level[l] = level_of(heights_by_level[l-1], Height);
    end
  endfunction

  localparam logic [Levels:0][Columns-1:0][7:0] HeightsAt = heights_by_level();

  function automatic logic empty_column();
    empty_column = 1'b0;
    for (int unsigned c = 0; c < Columns; c++) empty_column |= Heights[c] == '0;
  endfunction

  if (empty_column() || tallest(TreeHeights) > MaxHeight || MaxHeight > 255) begin : g_bad_heights
    $error("tally_compressor_tree: columns have 1 to MaxHeight bits, a one of Constant included");
  end

  // ---------------------------------------------------------------- tree
  for (genvar l = 0; l <= Levels; l++) begin : g_level
    logic [Columns-1:0][MaxHeight-1:0] bits;
    if (l == 0) begin : g_inputs
      for (genvar c = 0; c < Columns; c++) begin : g_column
        for (genvar i = 0; i < MaxHeight; i++) begin : g_bit
          if (i < 32'(Heights[c])) begin : g_given
            assign bits[c][i] = bits_i[c][i];
          end else begin : g_constant
            assign bits[c][i] = InTree[c];
          end
        end
      end
    end else begin : g_adders
      localparam counts_t Above = HeightsAt[l-1];
      localparam counts_t Fulls = level_of(Above, Full);
      localparam counts_t Halves = level_of(Above, Half);
      localparam counts_t Here = HeightsAt[l];

      logic [Columns-1:0][MaxHeight-1:0] carry;

      // Sums and bits that pass go to the bottom of a column, carries of the one to the right on top.
      for (genvar c = 0; c < Columns; c++) begin : g_column
        localparam int unsigned Triples = 32'(Fulls[c]);
        localparam int unsigned Adders = Triples + 32'(Halves[c]);
        localparam int unsigned Used = 3 * Triples + 2 * 32'(Halves[c]);
        localparam int unsigned Own = 32'(Above[c]) - Used + Adders;

        for (genvar a = 0; a < Adders; a++) begin : g_adder
          if (a < Triples) begin : g_full
            tally_full_adder u_adder (
              .a_i(g_level[l-1].bits[c][3*a]), .b_i(g_level[l-1].bits[c][3*a+1]),
              .c_i(g_level[l-1].bits[c][3*a+2]), .sum_o(bits[c][a]), .carry_o(carry[c][a])
            );
          end else begin : g_half
            tally_half_adder u_adder (
              .a_i(g_level[l-1].bits[c][3*Triples]), .b_i(g_level[l-1].bits[c][3*Triples+1]),
              .sum_o(bits[c][a]), .carry_o(carry[c][a])
            );
          end
        end
        assign carry[c][MaxHeight-1:Adders] = '0;
        logic unused_carry;  // of the top column all are
        assign unused_carry = ^carry[c];
        for (genvar i = Adders; i < MaxHeight; i++) begin : g_bit
          if (i < Own) begin : g_pass
            assign bits[c][i] = g_level[l-1].bits[c][i-Adders+Used];
          end else if (i < 32'(Here[c])) begin : g_carry
            assign bits[c][i] = carry[c-1][i-Own];
          end else begin : g_none
            assign bits[c][i] = 1'b0;
          end
        end
      end
    end
  end

  // ---------------------------------------------------------------- last two rows
  // The leading ones of the constant, from column Borrow on, are -2^Borrow. There stand two bits x, y and
  // above it one a column: x + y - 1 = x + (y ? 0 : -1), so the second row is all y inverted.
  localparam counts_t Rows = HeightsAt[Levels];

  function automatic int unsigned first_pair();
    first_pair = 0;
    while (first_pair < Columns && Rows[first_pair] != 8'd2) first_pair++;
  endfunction

  localparam int unsigned FirstPair = first_pair();

  for (genvar c = 0; c < Columns; c++) begin : g_chain
    logic a, b, carry;
    assign a = g_level[Levels].bits[c][0];
    if (c >= Borrow) begin : g_borrow
      assign b = !g_level[Levels].bits[Borrow][1];
    end else begin : g_row
      assign b = g_level[Levels].bits[c][1];
    end

    logic unused_carry;  // of the top column, and below the first pair
    assign unused_carry = carry;

    if (c < FirstPair) begin : g_wire
      assign sum_o[c] = a;
      assign carry = 1'b0;
      logic unused_row;
      assign unused_row = b;
    end else if (c == FirstPair) begin : g_first
      tally_half_adder u_adder (.a_i(a), .b_i(b), .sum_o(sum_o[c]), .carry_o(carry));
    end else if (c >= Borrow || Rows[c] == 8'd2) begin : g_pair
      tally_full_adder u_adder (
        .a_i(a), .b_i(b), .c_i(g_chain[c-1].carry), .sum_o(sum_o[c]), .carry_o(carry)
      );
    end else begin : g_single
      tally_half_adder u_adder (
        .a_i(a), .b_i(g_chain[c-1].carry), .sum_o(sum_o[c]), .carry_o(carry)
      );
      logic unused_row;
      assign unused_row = b;
    end
  end
endmodule
