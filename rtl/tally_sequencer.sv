// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// Orders the counting: each step joins the data row of a group of inputs with one weight row, for all
// lanes at once. A data row serves `budget` weight rows, each for as many steps as the data row says
// (tally_data_row; exponential: one weight row, one step). One step a cycle while rows and weights are
// there and the counter bank is free; no cycle is lost between groups, vectors, segments or tiles.
//
// A chunk of the weight buffer is freed after its last step when the tile is streamed, else at the
// end of its tile; in uniform and reveal only when the next tile is known and does not reuse it. A reused
// chunk may hold more slots a group than the budget: the others are skipped.
//
// At the end of a segment the counters go to the post-processor (a token), and counting goes on in the other bank
// (PingPong) or waits until the bank has been read. Steps come out one cycle later, with the weight
// buffer's data; tokens TokenDelay cycles later, when the last count of the segment has been written.
// After reset and clear_i it first sweeps all counters (reading clears them).

module tally_sequencer #(
  parameter int unsigned MaxN = 5,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned PingPong = 1,
  parameter int unsigned Cut = 0,  // steps reach the lanes a cycle later; shorter paths, for FPGAs
  localparam int unsigned RowW = $clog2(BufferRows)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      clear_i,
  // Data rows
  input  logic                      row_valid_i,
  output logic                      row_step_o,
  output logic                      row_done_o,
  input  tally_pkg::code_t          code_i,
  input  logic                      row_last_i,   // the last step of a weight row
  input  logic                      vector_end_i,
  input  logic                      tile_end_i,
  // Tiles
  input  tally_pkg::tile_t [1:0]    tile_i,
  input  logic [1:0][5:0]           last_slot_i,
  input  logic [1:0][tally_pkg::InputsW-1:0] last_group_i,
  input  logic [1:0]                tile_valid_i,  // loaded, and not finished here
  output logic                      tile_done_o,
  // Weight buffer
  input  logic                      chunk_valid_i,
  output logic                      read_o,
  output logic [RowW-1:0]           read_row_o,
  output logic                      release_o,
  // Steps, to all lanes
  output tally_pkg::step_t          step_o,
  // Counter sweep
  output logic                      swept_o,       // it is over, and no step from before it is left
  output logic                      sweep_o,
  output logic [MaxN:0]             sweep_addr_o,
  // Segments, to the post-processor
  output logic                      token_valid_o,
  input  logic                      token_ready_i,
  output tally_pkg::token_t         token_o,
  input  logic                      bank_free_i,
  input  logic                      bank_free_bank_i
);

  import tally_pkg::*;

  // From the step that ends a segment to the first cycle in which its counters may be read: weight
  // buffer 1, lane 1, counter write 2, one to spare.
  localparam int unsigned TokenDelay = (Cut != 0) ? 6 : 5;
  localparam int unsigned SweepW = MaxN + 2;
  localparam int unsigned SweepReads = 2 << MaxN;  // each clears all arrays of both banks
  localparam logic [SweepW-1:0] SweepEnd = SweepW'(SweepReads + TokenDelay);

  typedef struct packed {
    logic               tile_bank;
    logic               counter_bank;
    logic               later;         // not the first segment of the vector
    logic               opened;        // a step of this weight row has been
    logic               held;          // the chunk of the tile before, until the next one is known
    logic [5:0]         slot;          // of the group
    logic [RowW-1:0]    row;           // of the chunk
    logic [InputsW-1:0] input_;        // of the segment
    logic [SweepW-1:0]  sweep;         // SweepEnd: done
    logic               swept;
    logic [1:0]         busy;          // counter banks that wait for, or are in, post-processing
    token_t [1:0]       token;
    logic [1:0][2:0]    token_age;
    logic [1:0]         token_pending;
    logic               token_bank;
    step_t              step;
  } registers_t;

  registers_t q, d;
  tile_t tile, next_tile;
  logic sweep_end, swept, take, slot_end, group_end, vector_end, tile_end, segment_end;
  logic chunk_end, reusable, free, last_slot, last_group, take_step;

  assign tile = tile_i[q.tile_bank];
  assign next_tile = tile_i[!q.tile_bank];
  assign sweep_end = q.sweep == SweepEnd;
  assign swept = q.swept;
  assign take = row_valid_i && chunk_valid_i && free;
  assign slot_end = take && row_last_i;
  assign group_end = slot_end && last_slot;
  assign vector_end = group_end && vector_end_i;
  assign tile_end = group_end && tile_end_i;
  assign segment_end = group_end && (vector_end_i || last_group);

  // Whether a step may be counted, whether the slot is the last of its group, and the group that of its
  // segment. With Cut from registers, which follow every step; a tile is known long before its first row.
  if (Cut != 0) begin : g_cut
    // What goes to the lanes has a copy of its own, so that the way to it is not that of the control.
    (* keep *) logic free_q, free_step_q;
    logic last_slot_q, last_group_q, free_d;
    logic [InputsW-1:0] next_input;
    logic [1:0] busy;
    assign {free, last_slot, last_group} = {free_q, last_slot_q, last_group_q};
    assign next_input        = q.input_ + (InputsW'(1) << tile.log2_group);
    assign take_step         = row_valid_i && chunk_valid_i && free_step_q;
    always_comb begin
      busy = q.busy;
      if (bank_free_i) busy[bank_free_bank_i] = 1'b0;
      free_d = !clear_i && sweep_end
          && (segment_end ? PingPong != 0 && !busy[!q.counter_bank] : !busy[q.counter_bank]);
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {free_q, free_step_q, last_slot_q, last_group_q} <= '0;
      end else begin
        {free_q, free_step_q} <= {2{free_d}};
        if (clear_i || !slot_end) last_slot_q <= q.slot == last_slot_i[q.tile_bank];
        else if (!last_slot_q)    last_slot_q <= q.slot + 1'b1 == last_slot_i[q.tile_bank];
        else if (tile_end_i)      last_slot_q <= last_slot_i[!q.tile_bank] == '0;
        else                      last_slot_q <= last_slot_i[q.tile_bank] == '0;
        if (clear_i || !group_end) last_group_q <= q.input_ == last_group_i[q.tile_bank];
        else if (!segment_end)     last_group_q <= next_input == last_group_i[q.tile_bank];
        else if (tile_end_i)       last_group_q <= last_group_i[!q.tile_bank] == '0;
        else                       last_group_q <= last_group_i[q.tile_bank] == '0;
      end
    end
  end else begin : g_no_cut
    assign free      = swept && !q.busy[q.counter_bank];
    assign take_step = take;
    assign last_slot = q.slot == last_slot_i[q.tile_bank];
    assign last_group = q.input_ == last_group_i[q.tile_bank];
  end

  assign row_step_o = take_step;
  assign row_done_o = group_end;
  assign tile_done_o = tile_end;
  assign read_o = take_step && !q.opened;
  assign read_row_o = q.row;
  assign step_o = q.step;

  // Chunks
  assign reusable = tile.number_system != Exponential && !tile.streamed;
  assign chunk_end = slot_end && (vector_end || q.row == RowW'(BufferRows - 1));
  always_comb begin
    if (q.held) release_o = tile_valid_i[q.tile_bank] && !tile.reuse;
    else if (tile.streamed) release_o = chunk_end;
    else release_o = tile_end && (!reusable || (tile_valid_i[!q.tile_bank] && !next_tile.reuse));
  end

  assign swept_o = swept;
  // Registered: it fans out to the memories of all lanes. A count comes two cycles after its step.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sweep_o <= 1'b0;
    else sweep_o <= !clear_i && !sweep_end && q.sweep >= SweepW'(TokenDelay);
  end
  always_ff @(posedge clk_i) sweep_addr_o <= (MaxN + 1)'(q.sweep - SweepW'(TokenDelay));

  assign token_o = q.token[q.token_bank];
  assign token_valid_o = q.token_pending[q.token_bank] && q.token_age[q.token_bank] == '0;

  always_comb begin
    d = q;
    if (!sweep_end) d.sweep = q.sweep + 1'b1;
    d.swept = sweep_end;

    if (bank_free_i) d.busy[bank_free_bank_i] = 1'b0;
    for (int unsigned bank = 0; bank < 2; bank++) begin
      if (q.token_age[bank] != '0) d.token_age[bank] = q.token_age[bank] - 1'b1;
    end
    if (token_valid_o && token_ready_i) begin
      d.token_pending[q.token_bank] = 1'b0;
      if (PingPong != 0) d.token_bank = !q.token_bank;
    end

    if (tile_end) d.held = reusable && !tile_valid_i[!q.tile_bank];
    else if (tile_valid_i[q.tile_bank]) d.held = 1'b0;

    d.step.valid = take_step;
    if (take_step) begin
      d.step.bank = q.counter_bank;
      d.step.offset = tile.offset;
      d.step.digits = tile.number_system != Exponential;
      d.step.n = tile.n;
      d.step.code = code_i;
      d.opened = !row_last_i;
    end
    if (slot_end) begin
      d.slot = group_end ? '0 : q.slot + 1'b1;
      d.row = chunk_end ? '0 : q.row + RowW'(1) + (group_end ? RowW'(tile.skip) : '0);
    end
    if (group_end) d.input_ = segment_end ? '0 : q.input_ + (InputsW'(1) << tile.log2_group);
    if (tile_end) d.tile_bank = !q.tile_bank;
    if (segment_end) begin
      d.later = !vector_end;
      d.busy[q.counter_bank] = 1'b1;
      d.token_pending[q.counter_bank] = 1'b1;
      d.token_age[q.counter_bank] = 3'(TokenDelay - 1);
      d.token[q.counter_bank] = '{
          counter_bank: q.counter_bank,
          tile_bank: q.tile_bank,
          first: !q.later,
          last: vector_end,
          last_vector: tile_end,
          n: tile.n,
          offset: tile.offset,
          relu: tile.relu,
          number_system: tile.number_system,
          valid_lanes: tile.valid_lanes
      };
      if (PingPong != 0) d.counter_bank = !q.counter_bank;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      q <= '0;
    end else begin
      q <= clear_i ? '0 : d;
    end
  end

  logic unused_tile;
  assign unused_tile = ^{tile, next_tile};

endmodule
