// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Activation codes to the rows of data values that counting steps broadcast to all lanes.
//
//   exponential        a row is one code, for one step
//   uniform, reveal    a row is a group of g values as signed digits (tally_hese), the last group of
//                      a vector filled with zeros, of which each keeps the s largest. A row serves
//                      one slot of the weights after the other:
//                        serial           s steps a slot; step j gives the j-th largest digit of every
//                                         value: term_o = {valid, sign, exponent[2:0]}
//                        ParallelTerms    one step a slot: term_o = {neg[7:0], pos[7:0]} of every value
//
// valid_o: a row is there; step_i is a step with it, last_o that this is the last step of a slot,
// done_i (in the row's last step) frees it. The next row collects meanwhile and may be there in the
// cycle after done_i. tile_i are the tiles of both banks; rows come in their order.
// clear_i drops everything. Digits = 0: without uniform and reveal, codes only pass through.
module tally_data_row #(
  parameter  int unsigned Digits        = 1,
  parameter  int unsigned ParallelTerms = 0,
  parameter  int unsigned Cut           = 0,  // two cycles more latency, shorter paths: for FPGAs
  localparam int unsigned TermW         = (ParallelTerms != 0) ? 16 : 5
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  input  logic                                    clear_i,
  input  tally_pkg::tile_t [1:0]                  tile_i,
  // Codes
  input  logic                                    valid_i,
  output logic                                    ready_o,
  input  tally_pkg::code_t                        code_i,
  input  logic                                    vector_end_i,
  input  logic                                    tile_end_i,
  // Rows
  output logic                                    valid_o,
  input  logic                                    step_i,
  input  logic                                    done_i,
  output tally_pkg::code_t                        code_o,
  output logic [tally_pkg::Group-1:0][TermW-1:0]  term_o,
  output logic                                    last_o,
  output logic                                    vector_end_o,
  output logic                                    tile_end_o
);
  import tally_pkg::*;

  if (Digits == 0) begin : g_codes
    assign valid_o      = valid_i;
    assign ready_o      = done_i;
    assign code_o       = code_i;
    assign term_o       = '0;
    assign last_o       = 1'b1;
    assign vector_end_o = vector_end_i;
    assign tile_end_o   = tile_end_i;

    logic unused_digits;
    assign unused_digits = ^{clk_i, rst_ni, clear_i, tile_i, step_i};
  end else begin : g_digits
    typedef struct packed {
      logic       tile_end;
      logic       vector_end;
      logic       digits;
      logic       single;  // one step a slot
      logic [3:0] terms;
    } tag_t;

    // The tile of the code on the input.
    logic bank_q, digits;
    tile_t tile;
    assign tile   = tile_i[bank_q];
    assign digits = tile.number_system != Exponential;
    logic unused_tile;
    assign unused_tile = ^tile;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                               bank_q <= 1'b0;
      else if (clear_i)                          bank_q <= 1'b0;
      else if (valid_i && ready_o && tile_end_i) bank_q <= !bank_q;
    end

    logic [7:0] pos, neg;
    digits_t all, word;
    tally_hese u_hese (.value_i(code_i), .hese_i(tile.hese), .pos_o(pos), .neg_o(neg));
    assign all = pack_digits(pos, neg);

    digits_t [Group-1:0] row, group;
    tag_t tag, group_tag;
    logic group_valid, group_ready, held;
    tally_group_register #(.Width(12), .TagW($bits(tag_t)), .Cut(Cut)) u_group (
      .clk_i, .rst_ni, .clear_i,
      .valid_i, .ready_o, .data_i(word), .log2_group_i(tile.log2_group), .end_i(vector_end_i),
      .tag_i({tile_end_i, vector_end_i, digits, !digits || tile.terms == 4'd1, tile.terms}),
      .valid_o(group_valid), .done_i(group_ready), .held_o(held),
      .data_o(group), .tag_o(group_tag)
    );
    // The end of a row comes late from the sequencer; the codes behind it do not wait for it.
    tally_stream_cut #(.Width(12 * Group + $bits(tag_t)), .Cut(Cut)) u_row_cut (
      .clk_i, .rst_ni, .clear_i,
      .valid_i(group_valid), .ready_o(group_ready), .data_i({group_tag, group}),
      .valid_o, .ready_i(done_i), .data_o({tag, row})
    );
    logic unused_held;
    assign unused_held = held;
    assign vector_end_o = tag.vector_end;
    assign tile_end_o   = tag.tile_end;
    assign code_o       = row[0].present;  // codes use the place of the digits

    logic [Group-1:0][7:0] row_pos, row_neg;
    for (genvar i = 0; i < Group; i++) begin : g_value
      assign {row_neg[i], row_pos[i]} = unpack_digits(row[i]);
    end

    if (ParallelTerms != 0) begin : g_parallel
      // All digits go out in one step, so the smaller ones are left out before.
      logic [7:0] kept;
      logic [3:0] count;
      always_comb begin
        kept = '0;
        count = '0;
        for (int e = 7; e >= 0; e--) begin
          kept[e] = all.present[e] && count < tile.terms;
          count += 4'(all.present[e]);
        end
      end
      assign word = digits ? '{negative: all.negative, present: kept} : digits_t'(12'(code_i));
      for (genvar i = 0; i < Group; i++) begin : g_term
        assign term_o[i] = {row_neg[i], row_pos[i]};
      end
      assign last_o = 1'b1;

      logic unused_serial;
      assign unused_serial = ^{step_i, tag.digits, tag.single, tag.terms};
    end else begin : g_serial
      slot_t [Group-1:0] term;
      logic last_term, step, selector_clear;
      logic [3:0] selector_budget;
      assign step = step_i && tag.digits;
      assign word = digits ? all : digits_t'(12'(code_i));
      tally_term_selector #(.Groups(Group), .Group(1), .BudgetW(4)) u_selector (
        .clk_i, .rst_ni, .clear_i(selector_clear),
        .pos_i(row_pos), .neg_i(row_neg), .budget_i(selector_budget),
        .next_i(step), .slot_o(term), .last_o(last_term)
      );
      logic [Group-1:0][2:0] position;
      for (genvar i = 0; i < Group; i++) begin : g_term
        assign {term_o[i], position[i]} = term[i];
      end
      if (Cut != 0) begin : g_cut
        // The same as in the other branch, from registers; the selector has no last row of its own.
        assign selector_clear  = clear_i || (step && last_o);
        assign selector_budget = '0;
        logic [3:0] row_q;
        logic last_q;
        always_ff @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) begin
            {row_q, last_q} <= '0;
          end else if (clear_i || (step && last_o)) begin
            {row_q, last_q} <= '0;
          end else if (step) begin
            row_q  <= row_q + 1'b1;
            last_q <= row_q + 4'd2 == tag.terms;
          end
        end
        assign last_o = tag.single || last_q;

        logic unused_last;
        assign unused_last = last_term;
      end else begin : g_no_cut
        assign selector_clear  = clear_i;
        assign selector_budget = tag.terms;
        assign last_o          = !tag.digits || last_term;

        logic unused_single;
        assign unused_single = tag.single;
      end

      logic unused_position;
      assign unused_position = ^position;
    end
  end
endmodule
