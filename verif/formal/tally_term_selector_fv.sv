// SPDX-License-Identifier: Apache-2.0
// Proof of tally_term_selector for any one term, hence for each: a group gives exactly budget_i rows; as
// long as the term is left, each row holds it, or a term that precedes it (larger exponent, or the same
// and a lower position); it is given once, with its sign, and only if the group has it. So never more
// than k terms, and never a larger one dropped than one kept.
module tally_term_selector_fv #(
  parameter int unsigned Group   = 8,
  parameter int unsigned BudgetW = 6
) (
  input logic                      clk_i,
  input logic                      rst_ni,
  input logic                      clear_i,
  input logic [0:0][Group-1:0][7:0] pos_i,
  input logic [0:0][Group-1:0][7:0] neg_i,
  input logic [BudgetW-1:0]        budget_i,
  input logic                      next_i,
  input logic [2:0]                position_i,   // the term that is watched
  input logic [2:0]                exponent_i
);
  tally_pkg::slot_t [0:0] slot;
  logic last;

  tally_term_selector #(.Groups(1), .Group(Group), .BudgetW(BudgetW)) dut (
    .clk_i, .rst_ni, .clear_i, .pos_i, .neg_i, .budget_i, .next_i, .slot_o(slot), .last_o(last)
  );

  logic started_q = 1'b0;
  logic given_q, present, left, hit, earlier;   // the watched term; the slot is it, or precedes it
  logic [BudgetW-1:0] rows_q;                // rows given
  logic restart;
  assign restart = clear_i || (next_i && last);
  assign present = pos_i[0][position_i][exponent_i] || neg_i[0][position_i][exponent_i];
  assign left    = present && !given_q;
  assign hit     = slot[0].valid && slot[0].exponent == exponent_i &&
                   slot[0].position == position_i;
  assign earlier = slot[0].valid && (slot[0].exponent > exponent_i ||
                                     (slot[0].exponent == exponent_i &&
                                      slot[0].position < position_i));

  // The contract: never both digits of an exponent, and a group holds while it is read out.
  logic open_q;
  logic [Group-1:0][7:0] pos_q, neg_q;
  logic [BudgetW-1:0] budget_q;
  logic [2:0] position_q, exponent_q;
  always_comb begin
    assume (rst_ni == started_q);
    assume ((pos_i[0] & neg_i[0]) == '0);
    assume (budget_i != '0);
    assume (32'(position_i) < Group);
    assume (!started_q || (position_i == position_q && exponent_i == exponent_q));
    assume (!(open_q && started_q) ||
            (pos_i[0] == pos_q && neg_i[0] == neg_q && budget_i == budget_q));
  end

  always_ff @(posedge clk_i) begin
    started_q  <= 1'b1;
    position_q <= position_i;
    exponent_q <= exponent_i;
    pos_q     <= pos_i[0];
    neg_q     <= neg_i[0];
    budget_q  <= budget_i;
    if (!rst_ni || restart) begin
      given_q <= 1'b0;
      rows_q  <= '0;
      open_q  <= 1'b0;
    end else if (next_i) begin
      if (hit) given_q <= 1'b1;
      rows_q <= rows_q + 1'b1;
      open_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (last == (rows_q == budget_i - 1'b1));
      assert (rows_q < budget_i);
      assert (!left || hit || earlier);
      assert (!hit || left);
      assert (!hit || slot[0].sign == neg_i[0][position_i][exponent_i]);
      assert (!slot[0].valid || 32'(slot[0].position) < Group);
      // These make it inductive: the two masks, and that they describe what is left.
      assert (open_q || (!given_q && rows_q == '0));
      assert (dut.row_q == rows_q);
      assert ((dut.g_group[0].below_q & (dut.g_group[0].below_q + 8'd1)) == '0);
      assert ((~dut.g_group[0].after_q & (~dut.g_group[0].after_q + 8'd1)) == '0);
      assert (dut.g_group[0].left[position_i][exponent_i] == left);
      assert (open_q || (dut.g_group[0].below_q == '1 && dut.g_group[0].after_q == '0));
      cover (next_i && last && rows_q == BudgetW'(2) && left && !hit);
      cover (rows_q == BudgetW'(1) && hit && 32'(position_i) == Group - 1);
    end
  end
endmodule
