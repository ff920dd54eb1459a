// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The same rows of terms as tally_term_selector, in the same order, with short paths: for FPGAs. It finds
// the next exponent that has a digit, the digits at one that is found, and the first of these, each from a
// register, so that a group's first row is there two cycles after the group.
//
//   valid_i    a group is there: pos_i, neg_i and budget_i hold until its last row is taken
//   valid_o    slot_o is a row of it, last_o that it is the budget_i-th; they hold until next_i
//
// next_i only with valid_o. clear_i (or reset) goes back to the first row.
module tally_term_picker #(
  parameter int unsigned Groups  = 16,
  parameter int unsigned Group   = 8,
  parameter int unsigned BudgetW = 6
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,
  // Digit pairs
  input  logic                                valid_i,
  input  logic [Groups-1:0][Group-1:0][7:0]   pos_i,
  input  logic [Groups-1:0][Group-1:0][7:0]   neg_i,
  input  logic [BudgetW-1:0]                  budget_i,  // at least 1
  // Terms
  output logic                                valid_o,
  input  logic                                next_i,
  output tally_pkg::slot_t [Groups-1:0]       slot_o,
  output logic                                last_o
);
  if (Group < 1 || Group > 8) begin : g_bad_group
    $error("tally_term_picker: Group must be 1..8");
  end

  // Look for the first exponent, for the digits there, then give rows.
  typedef enum logic [1:0] {Exponent, Digits, Rows} state_e;
  // The lanes of an FPGA have them in several places.
  (* keep *) state_e state_q;
  (* keep *) logic last_q;
  logic [BudgetW-1:0] left_q;  // rows after this one
  logic enter;
  assign enter   = state_q == Digits;
  assign valid_o = state_q == Rows;
  assign last_o  = last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                            state_q <= Exponent;
    else if (clear_i || (next_i && last_q)) state_q <= Exponent;
    else if (state_q == Exponent)           state_q <= valid_i ? Digits : Exponent;
    else                                    state_q <= Rows;
  end
  always_ff @(posedge clk_i) begin
    if (enter) begin
      left_q <= budget_i - 1'b1;
      last_q <= budget_i == BudgetW'(1);
    end else if (next_i) begin
      left_q <= left_q - 1'b1;
      last_q <= left_q == BudgetW'(1);
    end
  end

  function automatic logic [7:0] highest(logic [7:0] bits);
    logic [7:0] spread;
    spread = tally_pkg::downward(bits);
    return spread & ~(spread >> 1);
  endfunction
  function automatic logic at_most_one(logic [Group-1:0] bits);
    logic more;
    more = 1'b0;
    for (int unsigned p = 1; p < Group; p++) more |= bits[p] && (bits & ~('1 << p)) != '0;
    return !more;
  endfunction

  for (genvar group = 0; group < Groups; group++) begin : g_group
    // The exponent whose digits come next (one bit, or none when there are no more), and of the one before
    // it the digits that are left, lowest position first.
    logic [7:0] top_q, any, below;
    logic [2:0] exponent_q;
    logic [Group-1:0] hit_q, negative_q, hit_d, negative_d, rest;
    logic single_q, advance;  // at most one digit is left
    always_comb begin
      any = '0;
      for (int unsigned p = 0; p < Group; p++) begin
        any          |= pos_i[group][p] | neg_i[group][p];
        hit_d[p]      = ((pos_i[group][p] | neg_i[group][p]) & top_q) != '0;
        negative_d[p] = (neg_i[group][p] & top_q) != '0;
      end
      for (int unsigned e = 0; e < 8; e++) below[e] = (top_q & ~(8'h01 << e) & ('1 << e)) != '0;
    end

    always_comb begin
      for (int unsigned p = 0; p < Group; p++) rest[p] = hit_q[p] && (hit_q & ~('1 << p)) != '0;
    end
    assign advance = enter || (next_i && single_q);
    always_ff @(posedge clk_i) begin
      if (advance || state_q == Exponent) begin
        top_q <= highest(state_q == Exponent ? any : any & below);
      end
      if (advance) begin
        hit_q      <= hit_d;
        negative_q <= negative_d;
        single_q   <= at_most_one(hit_d);
        exponent_q <= tally_pkg::place(top_q);
      end else if (next_i) begin
        hit_q    <= rest;
        single_q <= at_most_one(rest);
      end
    end

    logic [7:0] first;
    assign first         = 8'(hit_q) & ~8'(rest);
    assign slot_o[group] = '{
        valid: hit_q != '0,
        sign: (8'(negative_q) & first) != '0,
        exponent: exponent_q,
        position: tally_pkg::place(first)
    };
  end
endmodule
