// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Judges the control word of a tile packet (docs/tile-packet.md, Control word): everything that this
// configuration cannot do is illegal.
//
//   ok_o       legal; combinational
//   ready_o    while check_i is high: streamed_o is known, after one cycle for each bit of the budget;
//              with Cut = 1 ok_o is, too, and no sooner
//   accept_i   in the last cycle of check_i: the packet is taken, and is the one before for the next
//
// tile_o is what the tile's stages need; all outputs hold while control_i does.
// A vector has last_row_o + 1 rows in the packet: its inputs, filled up to whole groups. It is streamed
// when its ceil(K/g) * k slot rows exceed BufferRows: multiplied bit by bit, there is time.
// Uniform and reveal take K below 2^17: K products of at most 2^14 always fit in 32 bits.
// reuse is legal after a packet of uniform or reveal that was not streamed, had the same K, g and hese,
// and whose slots were loaded with no smaller budget.
// Int8 = 1 (tally_int8_pe): only uniform is legal, without reuse, and a vector is streamed when its rows
// exceed BufferRows.
module tally_control_check #(
  parameter int unsigned Lanes      = 16,
  parameter int unsigned MaxN       = 5,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned Digits     = 1,
  parameter int unsigned Int8       = 0,
  parameter int unsigned Cut        = 0   // registers inside, for FPGAs
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          clear_i,
  input  tally_pkg::control_t           control_i,
  input  logic                          check_i,
  input  logic                          accept_i,
  output logic                          ok_o,
  output logic                          ready_o,
  output tally_pkg::tile_t              tile_o,
  output logic [tally_pkg::InputsW-1:0] last_row_o
);
  import tally_pkg::*;

  localparam logic [7:0] LegalN = 8'((1 << (MaxN + 1)) - 4);  // bit n: 2 to MaxN
  localparam int unsigned BudgetW = 6;
  localparam int unsigned SlotRowsW = InputsW + BudgetW;

  logic digits, common_ok, exponential_ok, digits_ok, streamed;
  logic [5:0] budget, skip;
  assign digits = control_i.number_system != Exponential;
  assign budget = digits ? control_i.budget : 6'd1;

  assign tile_o = '{
      streamed: streamed,
      reuse: control_i.reuse,
      hese: control_i.hese,
      log2_group: control_i.log2_group,
      budget: budget,
      skip: skip,
      terms: digits ? control_i.terms : 4'd1,
      segment: control_i.segment,
      inputs: control_i.inputs,
      valid_lanes: control_i.valid_lanes,
      n: control_i.n,
      relu: control_i.relu,
      offset: control_i.offset,
      number_system: number_system_e'(control_i.number_system)
  };

  assign common_ok = control_i.version == ControlVersion
      && (control_i & ControlReserved) == '0
      && control_i.inputs != '0 && control_i.segment != '0 && control_i.vectors != '0
      && control_i.valid_lanes != '0 && 32'(control_i.valid_lanes) <= Lanes;
  assign exponential_ok = LegalN[control_i.n]
      && {control_i.hese, control_i.select, control_i.reuse} == '0
      && {control_i.log2_group, control_i.budget, control_i.terms} == '0;
  // With Cut = 1 the first two cycles of a check only fill the registers.
  logic ok, check, counted;
  assign ok = common_ok && (digits ? digits_ok : exponential_ok && Int8 == 0);
  if (Cut != 0) begin : g_cut
    logic [1:0] check_q;
    logic ok_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {check_q, ok_q} <= '0;
      else         {check_q, ok_q} <= {{check_q[0], 1'b1} & {2{check_i && !accept_i}}, ok};
    end
    assign check = check_q[1];
    assign ok_o  = ok_q;
  end else begin : g_no_cut
    assign check = check_i;
    assign ok_o  = ok;
  end
  assign ready_o = counted && (check || Cut == 0);

  // What uniform and reveal share.
  logic [3:0] most_terms;
  logic [5:0] most_budget, below_group;
  logic shape_ok;
  assign most_terms  = control_i.hese ? 4'd4 : 4'd7;
  assign most_budget = 6'(most_terms) << control_i.log2_group;
  assign below_group = 6'((32'd1 << control_i.log2_group) - 1);
  assign shape_ok    = control_i.n == DigitN && !control_i.offset
      && control_i.inputs[InputsW-1:DigitInputsW] == '0
      && (6'(control_i.segment) & below_group) == '0;

  logic unused_shape;
  assign unused_shape = ^{most_budget, shape_ok};

  if (Int8 != 0) begin : g_int8
    assign digits_ok  = control_i.number_system == Uniform && !control_i.select && !control_i.reuse
        && shape_ok && control_i.budget == most_budget && control_i.terms == most_terms;
    assign skip       = '0;
    assign counted    = 1'b1;
    assign last_row_o = (control_i.inputs - 1'b1) | InputsW'(below_group);
    assign streamed   = 32'(last_row_o) >= BufferRows;

    logic unused_clock;
    assign unused_clock = ^{clk_i, rst_ni, clear_i, check, accept_i};
  end else if (Digits == 0) begin : g_exponential
    assign {digits_ok, skip} = '0;
    assign counted    = 1'b1;
    assign last_row_o = control_i.inputs - 1'b1;
    assign streamed   = 32'(control_i.inputs) > BufferRows;

    logic unused_clock;
    assign unused_clock = ^{clk_i, rst_ni, clear_i, check, accept_i};
  end else begin : g_digits
    // The packet before, or the one that loaded the slots which it reused.
    typedef struct packed {
      logic               reusable;
      logic               hese;
      logic [1:0]         log2_group;
      logic [5:0]         budget;
      logic [InputsW-1:0] inputs;
    } prior_t;

    typedef struct packed {
      prior_t              prior;
      logic                streamed;
      logic [2:0]          bits;     // of the budget, multiplied
      logic [SlotRowsW-1:0] slot_rows;
    } registers_t;

    registers_t q, d;

    logic [5:0] multiplier;
    logic budget_ok, reuse_ok, budget_bit;
    assign budget_ok   = control_i.select
        ? control_i.budget != '0 && control_i.budget <= most_budget
          && control_i.terms != '0 && control_i.terms <= most_terms
        : control_i.budget == most_budget && control_i.terms == most_terms;
    assign reuse_ok = !control_i.reuse
        || (q.prior.reusable && q.prior.hese == control_i.hese
            && q.prior.log2_group == control_i.log2_group
            && q.prior.inputs == control_i.inputs && q.prior.budget >= control_i.budget);
    assign digits_ok = control_i.number_system inside {Reveal, Uniform}
        && control_i.select == (control_i.number_system == Reveal)
        && shape_ok && budget_ok && reuse_ok;

    logic [InputsW-1:0] last_row, groups_d, groups;
    assign last_row   = (control_i.inputs - 1'b1) | (digits ? InputsW'(below_group) : '0);
    assign groups_d   = (last_row_o >> (digits ? control_i.log2_group : 2'd0)) + 1'b1;
    if (Cut != 0) begin : g_groups_cut
      always_ff @(posedge clk_i) {groups, last_row_o} <= {groups_d, last_row};
      assign multiplier = budget << d.bits;
      always_ff @(posedge clk_i) budget_bit <= multiplier[BudgetW-1];
    end else begin : g_no_groups_cut
      assign {groups, last_row_o} = {groups_d, last_row};
      assign multiplier = budget << q.bits;
      assign budget_bit = multiplier[BudgetW-1];
    end
    assign counted    = q.bits == 3'(BudgetW);
    assign streamed   = q.streamed;
    assign skip       = control_i.reuse ? q.prior.budget - control_i.budget : '0;

    always_comb begin
      d = q;
      if (!check || accept_i) begin
        d.bits = '0;
        d.slot_rows = '0;
      end else if (!counted) begin
        d.bits = q.bits + 1'b1;
        d.slot_rows = {q.slot_rows[SlotRowsW-2:0], 1'b0} + (budget_bit ? SlotRowsW'(groups) : '0);
      end
      if (accept_i) begin
        d.streamed = 32'(q.slot_rows) > BufferRows;
        d.prior = '{
            reusable: digits && !d.streamed,
            hese: control_i.hese,
            log2_group: control_i.log2_group,
            budget: control_i.reuse ? q.prior.budget : control_i.budget,
            inputs: control_i.inputs
        };
      end
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        q <= '0;
      end else begin
        q <= clear_i ? '0 : d;
      end
    end
  end
endmodule
