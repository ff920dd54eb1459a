// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The budget_i largest terms of a group of Group values, one a row, for Groups groups side by side.
//
// The terms of a group are the digits set in pos_i and neg_i of its values (never both of an exponent).
// Their order is total: exponent high to low, then position in the group low to high; the sign does
// not matter. slot_o is the next term of each group in that order, or 0 when it has no more. next_i
// goes on to the next row; with last_o the row is the budget_i-th, and next_i goes back to the first.
//
//   Groups = lanes, Group = 8    the weight terms that a group of inputs keeps, largest first
//   Groups = 8, Group = 1        the s largest digits of each data value (position is 0)
//
// slot_o and last_o follow pos_i, neg_i and budget_i without a clock; these hold while a group is
// read out. The state is the place of the last term given. clear_i (or reset) goes back to the first.
module tally_term_selector #(
  parameter int unsigned Groups  = 16,
  parameter int unsigned Group   = 8,
  parameter int unsigned BudgetW = 6
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,
  // Digit pairs
  input  logic [Groups-1:0][Group-1:0][7:0]   pos_i,
  input  logic [Groups-1:0][Group-1:0][7:0]   neg_i,
  input  logic [BudgetW-1:0]                  budget_i,  // at least 1
  // Terms
  input  logic                                next_i,
  output tally_pkg::slot_t [Groups-1:0]       slot_o,
  output logic                                last_o
);
  if (Group < 1 || Group > 8) begin : g_bad_group
    $error("tally_term_selector: Group must be 1..8");
  end

  logic [BudgetW-1:0] row_q;
  logic restart;
  assign last_o  = row_q == budget_i - 1'b1;
  assign restart = clear_i || (next_i && last_o);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      row_q <= '0;
    end else if (restart) begin
      row_q <= '0;
    end else if (next_i) begin
      row_q <= row_q + 1'b1;
    end
  end

  // The bits at and above the lowest one.
  function automatic logic [7:0] upward(logic [7:0] bits);
    logic [7:0] spread;
    spread = bits | (bits << 1);
    spread = spread | (spread << 2);
    return spread | (spread << 4);
  endfunction

  for (genvar group = 0; group < Groups; group++) begin : g_group
    // What is left: all digits at exponents below_q, and at the exponent above those the digits of
    // the positions after_q.
    logic [7:0] below_q, after_q, at, any, top, hit, first, spread_down, spread_up;
    logic [Group-1:0][7:0] left;
    logic negative;
    always_comb begin
      at  = {below_q[6:0], 1'b1} & ~below_q;
      any = '0;
      for (int unsigned p = 0; p < Group; p++) begin
        left[p] = (pos_i[group][p] | neg_i[group][p]) & (after_q[p] ? below_q | at : below_q);
        any |= left[p];
      end
      spread_down = tally_pkg::downward(any);
      top         = spread_down & ~(spread_down >> 1);
      hit         = '0;
      for (int unsigned p = 0; p < Group; p++) hit[p] = (left[p] & top) != '0;
      spread_up = upward(hit);
      first     = spread_up & ~(spread_up << 1);
      negative  = 1'b0;
      for (int unsigned p = 0; p < Group; p++) begin
        if (first[p]) negative = (neg_i[group][p] & top) != '0;
      end
    end

    assign slot_o[group] = '{
        valid: any != '0,
        sign: negative,
        exponent: tally_pkg::place(top),
        position: tally_pkg::place(first)
    };

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        below_q <= '1;
        after_q <= '0;
      end else if (restart) begin
        below_q <= '1;
        after_q <= '0;
      end else if (next_i) begin
        below_q <= spread_down >> 1;  // no term: nothing is left for good
        after_q <= spread_up << 1;
      end
    end
  end
endmodule
