// SPDX-License-Identifier: Apache-2.0
// Proof of tally_term_selector: a group gives exactly budget_i rows; each holds a term of the group that
// was not given before and that no term still left precedes (larger exponent first, then lower position),
// or nothing when none is left. So never more than k terms, and never a larger one dropped than one kept.
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
  input logic                      next_i
);
  tally_pkg::slot_t [0:0] slot;
  logic last;

  tally_term_selector #(.Groups(1), .Group(Group), .BudgetW(BudgetW)) dut (
    .clk_i, .rst_ni, .clear_i, .pos_i, .neg_i, .budget_i, .next_i, .slot_o(slot), .last_o(last)
  );

  logic started_q = 1'b0;
  logic [Group-1:0][7:0] given_q, present;   // terms given since the first row, and those there are
  logic [BudgetW-1:0] rows_q;                // rows given
  logic restart;
  assign restart = clear_i || (next_i && last);
  assign present = pos_i[0] | neg_i[0];

  // The contract: never both digits of an exponent, and a group holds while it is read out.
  logic open_q;
  logic [Group-1:0][7:0] pos_q, neg_q;
  logic [BudgetW-1:0] budget_q;
  always_comb begin
    assume (rst_ni == started_q);
    assume ((pos_i[0] & neg_i[0]) == '0);
    assume (budget_i != '0);
    assume (!(open_q && started_q) ||
            (pos_i[0] == pos_q && neg_i[0] == neg_q && budget_i == budget_q));
  end

  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    pos_q     <= pos_i[0];
    neg_q     <= neg_i[0];
    budget_q  <= budget_i;
    if (!rst_ni || restart) begin
      given_q <= '0;
      rows_q  <= '0;
      open_q  <= 1'b0;
    end else if (next_i) begin
      if (slot[0].valid) given_q[slot[0].position][slot[0].exponent] <= 1'b1;
      rows_q <= rows_q + 1'b1;
      open_q <= 1'b1;
    end
  end

  // The terms that are left, and those of them that come before the one in the slot.
  logic [Group-1:0][7:0] left, earlier;
  assign left = present & ~given_q;
  always_comb begin
    for (int unsigned p = 0; p < Group; p++) begin
      for (int unsigned e = 0; e < 8; e++) begin
        earlier[p][e] = left[p][e] && (e > 32'(slot[0].exponent) ||
                                      (e == 32'(slot[0].exponent) && p < 32'(slot[0].position)));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (last == (rows_q == budget_i - 1'b1));
      assert (rows_q < budget_i);
      assert (slot[0].valid == (left != '0));
      assert (!slot[0].valid || 32'(slot[0].position) < Group);
      assert (!slot[0].valid || left[slot[0].position][slot[0].exponent]);
      assert (!slot[0].valid || slot[0].sign == neg_i[0][slot[0].position][slot[0].exponent]);
      assert (!slot[0].valid || earlier == '0);
      // These make it inductive: the two masks, and that they describe what is left.
      assert (open_q || (given_q == '0 && rows_q == '0));
      assert (dut.row_q == rows_q);
      assert ((dut.g_group[0].below_q & (dut.g_group[0].below_q + 8'd1)) == '0);
      assert ((~dut.g_group[0].after_q & (~dut.g_group[0].after_q + 8'd1)) == '0);
      assert (dut.g_group[0].left == left);
      assert (open_q || (dut.g_group[0].below_q == '1 && dut.g_group[0].after_q == '0));
      cover (next_i && last && rows_q == BudgetW'(2) && left != '0);
      cover (rows_q == BudgetW'(1) && slot[0].valid && 32'(slot[0].position) == Group - 1);
    end
  end
endmodule
