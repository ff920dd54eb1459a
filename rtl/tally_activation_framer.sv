// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// Assigns incoming activations to tiles: waits until a tile's header is loaded, passes vectors * inputs
// values on with the tile bank and the end-of-vector and end-of-tile marks, and checks TLAST against them.
//
// A TLAST that comes early or late, a bad tile, or the end of all tiles (stopped_i) halts it: it accepts and discards everything until
// clear_i, and the value with the wrong TLAST is not passed on, so its vector never completes.
// No cycle of latency. With Cut = 1 what a vector and a tile is must be there a cycle before tile_valid_i.

module tally_activation_framer #(
  parameter int unsigned Cut = 0
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      clear_i,
  // Activation stream
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic                      last_i,
  // Tile
  input  logic                      tile_valid_i,
  input  logic                      tile_bad_i,
  input  logic                      stopped_i,  // no tile will follow those that are valid
  input  logic [tally_pkg::InputsW-1:0]  last_input_i,   // of a vector
  input  logic [tally_pkg::VectorsW-1:0] last_vector_i,
  output logic                      tile_done_o,
  // To the quantizer
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic                      vector_end_o,
  output logic                      tile_end_o,
  // State and errors
  output logic                      halted_o,
  output logic                      early_o,
  output logic                      late_o
);

  import tally_pkg::*;

  logic [InputsW-1:0] input_q;
  logic [VectorsW-1:0] vector_q;
  logic halted_q;
  logic active, mismatch, take, last_vector;

  // With Cut from registers that follow every value.
  if (Cut != 0) begin : g_cut
    logic vector_end_q, last_vector_q;
    assign {vector_end_o, last_vector} = {vector_end_q, last_vector_q};
    always_ff @(posedge clk_i) begin
      if (!take)             vector_end_q <= input_q == last_input_i;
      else if (vector_end_q) vector_end_q <= last_input_i == '0;
      else                   vector_end_q <= input_q + 1'b1 == last_input_i;
      if (!(take && vector_end_q)) last_vector_q <= vector_q == last_vector_i;
      else if (last_vector_q)      last_vector_q <= last_vector_i == '0;
      else                         last_vector_q <= vector_q + 1'b1 == last_vector_i;
    end
  end else begin : g_no_cut
    assign vector_end_o = input_q == last_input_i;
    assign last_vector = vector_q == last_vector_i;
  end
  assign tile_end_o = vector_end_o && last_vector;

  assign active = tile_valid_i && !tile_bad_i && !halted_q;
  assign mismatch = last_i != vector_end_o;
  assign valid_o = active && valid_i && !mismatch;
  assign ready_o = halted_q || (active && (ready_i || mismatch));
  assign take = valid_o && ready_i;
  assign tile_done_o = take && tile_end_o;
  assign halted_o = halted_q;
  assign early_o = active && valid_i && mismatch && last_i;
  assign late_o = active && valid_i && mismatch && !last_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      input_q <= '0;
      vector_q <= '0;
      halted_q <= 1'b0;
    end else if (clear_i) begin
      input_q <= '0;
      vector_q <= '0;
      halted_q <= 1'b0;
    end else begin
      if (early_o || late_o || (stopped_i && (!tile_valid_i || tile_bad_i))) begin
        halted_q <= 1'b1;
      end
      if (take) begin
        input_q <= vector_end_o ? '0 : input_q + 1'b1;
        if (vector_end_o) vector_q <= tile_end_o ? '0 : vector_q + 1'b1;
      end
    end
  end

endmodule
