// SPDX-License-Identifier: Apache-2.0
// Proof that tally_term_picker gives the rows of tally_term_selector, which has a proof of its own: side by
// side on a group that holds while it is read out, every row of the one is that of the other, and so is which
// is the last. A row comes two cycles after its group, never later.
module tally_term_picker_fv #(
  parameter int unsigned Group   = 4,
  parameter int unsigned BudgetW = 4
) (
  input logic                       clk_i,
  input logic                       rst_ni,
  input logic                       clear_i,
  input logic                       valid_i,
  input logic [0:0][Group-1:0][7:0] pos_i,
  input logic [0:0][Group-1:0][7:0] neg_i,
  input logic [BudgetW-1:0]         budget_i,
  input logic                       next_i
);
  tally_pkg::slot_t [0:0] slot, reference;
  logic valid, last, reference_last;

  tally_term_picker #(.Groups(1), .Group(Group), .BudgetW(BudgetW)) dut (
    .clk_i, .rst_ni, .clear_i, .valid_i, .pos_i, .neg_i, .budget_i,
    .valid_o(valid), .next_i, .slot_o(slot), .last_o(last)
  );
  tally_term_selector #(.Groups(1), .Group(Group), .BudgetW(BudgetW)) u_reference (
    .clk_i, .rst_ni, .clear_i, .pos_i, .neg_i, .budget_i,
    .next_i, .slot_o(reference), .last_o(reference_last)
  );

  // The contract: never both digits of an exponent, and a group holds until its last row is taken.
  logic started_q = 1'b0;
  logic open_q;
  logic [1:0] waited_q;
  logic [Group-1:0][7:0] pos_q, neg_q;
  logic [BudgetW-1:0] budget_q;
  always_comb begin
    assume (rst_ni == started_q);
    assume ((pos_i[0] & neg_i[0]) == '0);
    assume (budget_i != '0);
    assume (!next_i || valid);
    assume (!(open_q && started_q)
            || (valid_i && pos_i[0] == pos_q && neg_i[0] == neg_q && budget_i == budget_q));
  end
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    pos_q     <= pos_i[0];
    neg_q     <= neg_i[0];
    budget_q  <= budget_i;
    open_q    <= rst_ni && valid_i && !clear_i && !(next_i && last);
    waited_q  <= !rst_ni || !valid_i || clear_i || (next_i && last) ? 2'd0
        : waited_q == 2'd2 ? 2'd2 : waited_q + 2'd1;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (valid == (waited_q == 2'd2));
      assert (!valid || slot[0] == reference[0]);
      assert (!valid || last == reference_last);
      cover (valid && last && slot[0].valid && slot[0].position != '0 && waited_q == 2'd2);
      cover (valid && !slot[0].valid && last);
    end
  end
endmodule
