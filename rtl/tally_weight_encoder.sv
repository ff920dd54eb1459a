// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Weight rows of a packet to rows of the weight buffer, and where its chunks end.
//
//   exponential        a row stays as it is
//   uniform, reveal    2^log2_group_i rows of INT8 weights become budget_i rows of slots: the digits of
//                      every weight (tally_hese), the largest budget_i of each lane's group
//                      (tally_term_selector), largest first
//
// vector_end_i marks the last row of a vector, always the last of its group. row_commit_o ends a
// chunk: with the last row of a vector, and when a bank of BufferRows is full, wherever that is.
// -128 is taken as -127, and bad_weight_o is high while such a row is taken.
// One row of latency. A group collects while the one before is read out, so that loading takes
// max(2^log2_group_i, budget_i) cycles a group. The control inputs belong to the row on the input.
// Digits = 0: without uniform and reveal, rows only pass through.
module tally_weight_encoder #(
  parameter int unsigned Lanes      = 16,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned Digits     = 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    clear_i,
  // Rows of the packet
  input  logic                    row_valid_i,
  output logic                    row_ready_o,
  input  logic [Lanes-1:0][7:0]   row_data_i,
  input  logic                    vector_end_i,
  input  logic                    digits_i,      // uniform or reveal
  input  logic                    hese_i,
  input  logic [1:0]              log2_group_i,
  input  logic [5:0]              budget_i,
  // Rows of the weight buffer
  output logic                    row_valid_o,
  input  logic                    row_ready_i,
  output logic [Lanes-1:0][7:0]   row_data_o,
  output logic                    row_commit_o,
  // Status
  output logic                    bad_weight_o
);
  import tally_pkg::*;

  localparam int unsigned RowW = $clog2(BufferRows);

  logic vector_end, take;
  logic [RowW-1:0] row_q;
  assign take         = row_valid_o && row_ready_i;
  assign row_commit_o = vector_end || row_q == RowW'(BufferRows - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      row_q <= '0;
    else if (clear_i) row_q <= '0;
    else if (take)    row_q <= row_commit_o ? '0 : row_q + 1'b1;
  end

  if (Digits == 0) begin : g_rows
    assign row_valid_o  = row_valid_i;
    assign row_ready_o  = row_ready_i;
    assign row_data_o   = row_data_i;
    assign vector_end   = vector_end_i;
    assign bad_weight_o = 1'b0;

    logic unused_control;
    assign unused_control = ^{digits_i, hese_i, log2_group_i, budget_i};
  end else begin : g_slots
    typedef struct packed {
      logic       vector_end;
      logic       digits;
      logic [5:0] budget;
    } tag_t;

    digits_t [Lanes-1:0] word;
    digits_t [Group-1:0][Lanes-1:0] group;
    logic [Lanes-1:0] lowest;
    slot_t [Lanes-1:0] slot;
    logic [Lanes-1:0][Group-1:0][7:0] pos, neg;
    logic last_slot, row_last;
    tag_t tag;

    for (genvar lane = 0; lane < Lanes; lane++) begin : g_lane
      logic [7:0] weight, word_pos, word_neg;
      code_t value;
      assign weight       = row_data_i[lane];
      assign lowest[lane] = weight == 8'h80;
      assign value.sign   = weight[7];
      assign value.index  = lowest[lane] ? 7'h7F : weight[7] ? 7'(-weight) : weight[6:0];

      tally_hese u_hese (.value_i(value), .hese_i, .pos_o(word_pos), .neg_o(word_neg));

      // Rows of codes use the place of the digits.
      assign word[lane] = digits_i ? pack_digits(word_pos, word_neg) : digits_t'(12'(weight));
      for (genvar i = 0; i < Group; i++) begin : g_word
        assign {neg[lane][i], pos[lane][i]} = unpack_digits(group[i][lane]);
      end
    end
    assign bad_weight_o = row_valid_i && row_ready_o && digits_i && lowest != '0;

    tally_group_register #(.Width(12 * Lanes), .TagW($bits(tag_t))) u_group (
      .clk_i, .rst_ni, .clear_i,
      .valid_i(row_valid_i), .ready_o(row_ready_o), .data_i(word),
      .log2_group_i(digits_i ? log2_group_i : 2'd0), .end_i(vector_end_i),
      .tag_i({vector_end_i, digits_i, budget_i}),
      .valid_o(row_valid_o), .done_i(take && row_last), .data_o(group), .tag_o(tag)
    );

    tally_term_selector #(.Groups(Lanes), .Group(Group), .BudgetW(6)) u_selector (
      .clk_i, .rst_ni, .clear_i,
      .pos_i(pos), .neg_i(neg), .budget_i(tag.budget),
      .next_i(take && tag.digits), .slot_o(slot), .last_o(last_slot)
    );

    assign row_last   = !tag.digits || last_slot;
    assign vector_end = tag.vector_end && row_last;
    for (genvar lane = 0; lane < Lanes; lane++) begin : g_row
      assign row_data_o[lane] = tag.digits ? slot[lane] : group[0][lane].present;
    end
  end
endmodule
