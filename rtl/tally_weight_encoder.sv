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
// max(2^log2_group_i, budget_i) cycles a group (Cut = 1: budget_i + 4). The control inputs belong to the row
// on the input.
// Digits = 0: without uniform and reveal, rows only pass through.
module tally_weight_encoder #(
  parameter int unsigned Lanes      = 16,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned Digits     = 1,
  parameter int unsigned Cut        = 0   // shorter paths, for FPGAs: tally_term_picker
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
    logic [Lanes-1:0] lowest;
    slot_t [Lanes-1:0] slot;

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
    end
    assign bad_weight_o = row_valid_i && row_ready_o && digits_i && lowest != '0;

    if (Cut != 0) begin : g_cut
      // Rows of codes go past the groups, of which none is there then: a group ends with its vector.
      // That a group is read out is told a cycle late. Four lanes share the control; all of it is alike.
      localparam int unsigned Slices = (Lanes % 4 == 0) ? Lanes / 4 : 1;
      localparam int unsigned SliceLanes = Lanes / Slices;
      logic [Slices-1:0] ready, valid, held, slot_valid, last;

      // Digits are found in front of a register, sorted behind it.
      typedef struct packed {
        logic       vector_end;
        logic       digits;
        logic [1:0] log2_group;
        logic [5:0] budget;
      } word_tag_t;
      word_tag_t here;
      digits_t [Lanes-1:0] here_word;
      logic here_valid, here_ready;
      tally_stream_register #(.Width(12 * Lanes + $bits(word_tag_t))) u_word (
        .clk_i, .rst_ni, .clear_i,
        .valid_i(row_valid_i), .ready_o(row_ready_o),
        .data_i({vector_end_i, digits_i, log2_group_i, budget_i, word}),
        .valid_o(here_valid), .ready_i(here_ready), .data_o({here, here_word})
      );
      tag_t [Slices-1:0] tags;
      (* keep *) logic [Slices-1:0] done_q;

      for (genvar i = 0; i < Slices; i++) begin : g_slice
        digits_t [Group-1:0][SliceLanes-1:0] slice_group;
        logic [SliceLanes-1:0][Group-1:0][7:0] slice_pos, slice_neg;
        tally_group_register #(
          .Width(12 * SliceLanes), .TagW($bits(tag_t)), .Cut(1)
        ) u_group (
          .clk_i, .rst_ni, .clear_i,
          .valid_i(here_valid && here.digits), .ready_o(ready[i]),
          .data_i(here_word[SliceLanes*i+:SliceLanes]), .log2_group_i(here.log2_group),
          .end_i(here.vector_end), .tag_i({here.vector_end, here.digits, here.budget}),
          .valid_o(valid[i]), .done_i(done_q[i]), .held_o(held[i]), .data_o(slice_group),
          .tag_o(tags[i])
        );
        for (genvar lane = 0; lane < SliceLanes; lane++) begin : g_lane
          for (genvar j = 0; j < Group; j++) begin : g_word
            assign {slice_neg[lane][j], slice_pos[lane][j]} = unpack_digits(slice_group[j][lane]);
          end
        end
        tally_term_picker #(.Groups(SliceLanes), .Group(Group), .BudgetW(6)) u_picker (
          .clk_i, .rst_ni, .clear_i,
          .valid_i(valid[i] && !done_q[i]), .pos_i(slice_pos), .neg_i(slice_neg),
          .budget_i(tags[i].budget), .valid_o(slot_valid[i]),
          .next_i(slot_valid[i] && row_ready_i), .slot_o(slot[SliceLanes*i+:SliceLanes]),
          .last_o(last[i])
        );
        always_ff @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) done_q[i] <= 1'b0;
          else         done_q[i] <= !clear_i && slot_valid[i] && row_ready_i && last[i];
        end
        for (genvar lane = SliceLanes * i; lane < SliceLanes * (i + 1); lane++) begin : g_row
          assign row_data_o[lane] = valid[i] ? slot[lane] : here_word[lane].present;
        end
      end
      assign row_valid_o = slot_valid[0] || (here_valid && !here.digits && !held[0]);
      assign here_ready  = here.digits ? ready[0] : row_ready_i && !held[0];
      assign vector_end  = valid[0] ? tags[0].vector_end && last[0] : here.vector_end;

      logic unused_slices;
      assign unused_slices = ^{ready, valid, held, slot_valid, last, tags};
    end else begin : g_no_cut
      digits_t [Group-1:0][Lanes-1:0] group;
      logic [Lanes-1:0][Group-1:0][7:0] pos, neg;
      logic group_valid, held, last_slot, row_last;
      logic unused_held;
      assign unused_held = held;
      tag_t tag;
      tally_group_register #(.Width(12 * Lanes), .TagW($bits(tag_t))) u_group (
        .clk_i, .rst_ni, .clear_i,
        .valid_i(row_valid_i), .ready_o(row_ready_o), .data_i(word),
        .log2_group_i(digits_i ? log2_group_i : 2'd0), .end_i(vector_end_i),
        .tag_i({vector_end_i, digits_i, budget_i}),
        .valid_o(group_valid), .done_i(take && row_last), .held_o(held), .data_o(group), .tag_o(tag)
      );
      for (genvar lane = 0; lane < Lanes; lane++) begin : g_unpack
        for (genvar i = 0; i < Group; i++) begin : g_word
          assign {neg[lane][i], pos[lane][i]} = unpack_digits(group[i][lane]);
        end
      end
      tally_term_selector #(.Groups(Lanes), .Group(Group), .BudgetW(6)) u_selector (
        .clk_i, .rst_ni, .clear_i,
        .pos_i(pos), .neg_i(neg), .budget_i(tag.budget),
        .next_i(take && tag.digits), .slot_o(slot), .last_o(last_slot)
      );
      assign row_valid_o = group_valid;
      assign row_last    = !tag.digits || last_slot;
      assign vector_end  = tag.vector_end && row_last;
      for (genvar lane = 0; lane < Lanes; lane++) begin : g_row
        assign row_data_o[lane] = tag.digits ? slot[lane] : group[0][lane].present;
      end
    end
  end
endmodule
