// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Orders the steps of tally_int8_pe: each joins an activation with one weight row, for all lanes at
// once. One step a cycle while both are there; no cycle is lost between vectors or tiles.
//
// A chunk of the weight buffer is freed after its last step when the tile is streamed, else at the end
// of its tile. Rows that fill a group up are never read.
//
//   take t            the activation is taken and its weight row read
//   t+1               step_o, first_o (of its vector), data_o beside the weight row; data_o is 0 in cycles
//                     without a step
//   t+2               after the last step of a vector: the sums are there, token_valid_o is high for this
//                     cycle. With PingPong they are taken over at its end, else they stay
//
// From the last step of a vector until free_i the sums before are in work: PingPong lets all steps but
// the last of the next vector pass meanwhile, without it none.
// clear_i drops everything.
module tally_int8_sequencer #(
  parameter  int unsigned BufferRows = 1024,
  parameter  int unsigned PingPong   = 1,
  localparam int unsigned RowW       = $clog2(BufferRows)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    clear_i,
  // Activations
  input  logic                    valid_i,
  output logic                    ready_o,
  input  tally_pkg::code_t        code_i,       // sign and magnitude
  input  logic                    vector_end_i,
  input  logic                    tile_end_i,
  // Tiles
  input  tally_pkg::tile_t [1:0]  tile_i,
  output logic                    tile_done_o,
  // Weight buffer
  input  logic                    chunk_valid_i,
  output logic                    read_o,
  output logic [RowW-1:0]         read_row_o,
  output logic                    release_o,
  // Steps, to all lanes
  output logic                    step_o,
  output logic                    first_o,
  output logic signed [7:0]       data_o,
  // Vectors, to the post-processor
  output logic                    token_valid_o,
  output tally_pkg::int8_token_t  token_o,
  input  logic                    free_i
);
  import tally_pkg::*;

  logic take, vector_end, chunk_end, bank_q, busy_q, fresh_q, ended_q;
  logic [RowW-1:0] row_q;
  tile_t tile;
  assign tile       = tile_i[bank_q];
  assign take       = valid_i && chunk_valid_i && !(busy_q && (PingPong == 0 || vector_end_i));
  assign vector_end = take && vector_end_i;
  assign chunk_end  = vector_end_i || row_q == RowW'(BufferRows - 1);

  assign ready_o     = take;
  assign tile_done_o = take && tile_end_i;
  assign read_o      = take;
  assign read_row_o  = row_q;
  assign release_o   = take && (tile.streamed ? chunk_end : tile_end_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {bank_q, busy_q, ended_q, step_o, token_valid_o} <= '0;
      fresh_q <= 1'b1;
      row_q   <= '0;
    end else if (clear_i) begin
      {bank_q, busy_q, ended_q, step_o, token_valid_o} <= '0;
      fresh_q <= 1'b1;
      row_q   <= '0;
    end else begin
      step_o        <= take;
      ended_q       <= vector_end;
      token_valid_o <= ended_q;
      if (take) begin
        fresh_q <= vector_end_i;
        row_q   <= chunk_end ? '0 : row_q + 1'b1;
      end
      if (tile_done_o) bank_q <= !bank_q;
      if (vector_end)  busy_q <= 1'b1;
      else if (free_i) busy_q <= 1'b0;
    end
  end

  // A vector's token holds until the next vector ends, and that is after free_i.
  always_ff @(posedge clk_i) begin
    data_o  <= !take ? '0 : code_i.sign ? -8'(code_i.index) : 8'(code_i.index);
    first_o <= take && fresh_q;
    if (vector_end) begin
      token_o <= '{
          tile_bank: bank_q,
          last_vector: tile_end_i,
          relu: tile.relu,
          valid_lanes: tile.valid_lanes
      };
    end
  end

  logic unused_tile;
  assign unused_tile = ^tile;
endmodule
