// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// The two tile banks: the control word of the tile in each, and which stage still needs it.
// A tile enters when its header is loaded and is held by two stages, which see the tiles in order:
// the framer (until its last activation is accepted) and the post-processor (until its last result is
// computed). The bank is free again when both have let go. counting_o tells the sequencer, which comes
// between the two, what it has not finished. A bad tile is never let go: only clear_i helps.

module tally_tile_bank (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      clear_i,
  // Loader
  input  logic                      load_bank_i,     // whether it may be loaded
  input  logic                      written_bank_i,  // of loaded_i and fault_i
  input  logic                      loaded_i,
  input  logic                      fault_i,
  input  tally_pkg::tile_t          tile_i,
  input  logic [tally_pkg::VectorsW-1:0] last_vector_i,
  output logic                      load_free_o,
  // Stages
  input  logic                      framer_done_i,
  input  logic                      count_done_i,
  input  logic                      post_done_i,
  output logic                      framer_bank_o,
  output logic                      framer_valid_o,
  output logic                      framer_bad_o,
  output logic [tally_pkg::InputsW-1:0]  framer_last_input_o,
  output logic [tally_pkg::VectorsW-1:0] framer_last_vector_o,
  output logic [2:0]                framer_n_o,
  output logic [1:0]                counting_o,
  output tally_pkg::tile_t [1:0]    tile_o,
  output logic [1:0][5:0]           last_slot_o,   // of a group
  output logic [1:0][tally_pkg::InputsW-1:0] last_group_o,  // of a segment: its first input
  output logic                      busy_o
);

  tally_pkg::tile_t [1:0] tile_q;
  logic [1:0][tally_pkg::VectorsW-1:0] last_vector_q;
  // Subtracted here, where there is time.
  logic [1:0][tally_pkg::InputsW-1:0] last_input_q, last_group_q;
  logic [1:0][5:0] last_slot_q;
  assign last_group_o = last_group_q;
  assign last_slot_o = last_slot_q;
  logic [1:0] framer_q, count_q, post_q, bad_q;
  logic framer_bank_q, count_bank_q, post_bank_q;

  assign tile_o = tile_q;
  assign counting_o = count_q;
  assign load_free_o = !framer_q[load_bank_i] && !post_q[load_bank_i];
  assign busy_o = post_q != '0;
  assign framer_bank_o = framer_bank_q;
  assign framer_valid_o = framer_q[framer_bank_q];
  assign framer_last_input_o = last_input_q[framer_bank_q];
  assign framer_last_vector_o = last_vector_q[framer_bank_q];
  assign framer_n_o = tile_q[framer_bank_q].n;
  assign framer_bad_o = bad_q[framer_bank_q];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tile_q <= '0;
      last_vector_q <= '0;
      {last_input_q, last_group_q, last_slot_q} <= '0;
      {framer_q, count_q, post_q, bad_q, framer_bank_q, count_bank_q, post_bank_q} <= '0;
    end else if (clear_i) begin
      {framer_q, count_q, post_q, bad_q, framer_bank_q, count_bank_q, post_bank_q} <= '0;
    end else begin
      if (framer_done_i) begin
        framer_q[framer_bank_q] <= 1'b0;
        framer_bank_q <= !framer_bank_q;
      end
      if (count_done_i) begin
        count_q[count_bank_q] <= 1'b0;
        count_bank_q <= !count_bank_q;
      end
      if (post_done_i) begin
        post_q[post_bank_q] <= 1'b0;
        post_bank_q <= !post_bank_q;
      end
      if (loaded_i) begin
        tile_q[written_bank_i] <= tile_i;
        last_vector_q[written_bank_i] <= last_vector_i;
        last_input_q[written_bank_i] <= tile_i.inputs - 1'b1;
        last_group_q[written_bank_i] <= tile_i.segment
            - (tally_pkg::InputsW'(1) << tile_i.log2_group);
        last_slot_q[written_bank_i] <= tile_i.budget - 1'b1;
        framer_q[written_bank_i] <= 1'b1;
        count_q[written_bank_i] <= 1'b1;
        post_q[written_bank_i] <= 1'b1;
      end
      if (fault_i) begin
        bad_q[written_bank_i] <= 1'b1;
      end
    end
  end

endmodule
