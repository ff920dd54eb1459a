// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The baseline: an INT8 processing element of the same shape as tally_pe. Lanes multipliers with
// accumulators (tally_int8_mac), the same streams, tile packets, tables and quantizer, and as many
// dequantizers; results are those of tally_pe bit for bit (docs/number-systems.md, uniform).
//
//   weight stream -> loader -> tile bank, boundaries, coefficients
//                           -> weight buffer ----------------------------+
//   activation stream -> framer -> quantizer -> sequencer ---------------+-> multipliers
//                                                                            -> post-processor -> results
//
// It takes uniform tiles without reuse; every other control word is bad_control. Digits mean nothing
// here: hese, groups and segments change no result, and a weight is one row of the buffer, so a tile is
// streamed when its rows exceed BufferRows (docs/tile-packet.md says what tally_pe does).
// One input of every lane a cycle: a vector takes K cycles with PingPong, without it
// K + Lanes/Dequantizers + 3, but no fewer than Lanes + 12 while results leave one a cycle.
// No sum overflows: K of 131,072 and more is bad_control.
// soft_reset_i (synchronous, one cycle or more) drops everything in flight and clears status_o.
module tally_int8_pe #(
  parameter int unsigned Lanes        = 16,
  parameter int unsigned Dequantizers = 2,
  parameter int unsigned PingPong     = 1,
  parameter int unsigned BufferRows   = 1024,
  parameter int unsigned FmaRows      = 0     // multiply-add without multiplier blocks, for FPGAs
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                soft_reset_i,
  // Weight stream
  input  logic                weight_valid_i,
  output logic                weight_ready_o,
  input  logic [8*Lanes-1:0]  weight_data_i,
  input  logic                weight_last_i,
  // Activation stream
  input  logic                activation_valid_i,
  output logic                activation_ready_o,
  input  logic [15:0]         activation_data_i,
  input  logic                activation_last_i,
  // Result stream
  output logic                result_valid_o,
  input  logic                result_ready_i,
  output logic [15:0]         result_data_o,
  output logic                result_last_o,
  // Status (sticky) and events (pulses)
  output tally_pkg::status_t  status_o,
  output logic                busy_o,      // a tile is loaded or in work
  output logic                step_o,
  output logic                tile_done_o
);
  import tally_pkg::*;

  localparam int unsigned CoefW = $clog2(1 + 5 * Lanes);
  localparam int unsigned RowW = $clog2(BufferRows);
  localparam int unsigned LaneW = Lanes > Dequantizers ? $clog2(Lanes / Dequantizers) : 1;

  // ---------------------------------------------------------------- streams, tiles, codes
  logic load_bank, coefficient_we;
  tile_t load_tile;
  logic [CoefW-1:0] coefficient_word;
  logic [31:0] coefficient_data;
  logic row_valid, row_ready, row_vector_end;
  logic [Lanes-1:0][7:0] row_data;
  tile_t [1:0] tile;
  logic [1:0][5:0] unused_last_slot;
  logic [1:0][InputsW-1:0] unused_last_group;
  logic [1:0] counting;
  logic count_done, code_valid, code_ready, code_vector_end, code_tile_end;
  code_t code;
  status_t front_raised;

  tally_front #(
    .Lanes(Lanes), .MaxN(2), .BufferRows(BufferRows), .Digits(1), .Int8(1)
  ) u_front (
    .clk_i, .rst_ni, .clear_i(soft_reset_i),
    .weight_valid_i, .weight_ready_o, .weight_data_i, .weight_last_i,
    .activation_valid_i, .activation_ready_o, .activation_data_i, .activation_last_i,
    .load_bank_o(load_bank), .load_tile_o(load_tile),
    .coefficient_we_o(coefficient_we), .coefficient_word_o(coefficient_word),
    .coefficient_data_o(coefficient_data),
    .row_valid_o(row_valid), .row_ready_i(row_ready), .row_data_o(row_data),
    .row_vector_end_o(row_vector_end), .buffer_full_i(!row_ready),
    .tile_o(tile), .last_slot_o(unused_last_slot), .last_group_o(unused_last_group),
    .counting_o(counting), .count_done_i(count_done), .post_done_i(tile_done_o),
    .busy_o,
    .code_valid_o(code_valid), .code_ready_i(code_ready), .code_o(code),
    .code_vector_end_o(code_vector_end), .code_tile_end_o(code_tile_end),
    .raised_o(front_raised)
  );

  // ---------------------------------------------------------------- weights
  // -128 is taken as -127. A bank ends with a vector or when it is full.
  logic [Lanes-1:0] lowest;
  logic [Lanes-1:0][7:0] buffer_row, weights;
  logic [RowW-1:0] row_q;
  logic buffer_commit, row_take, chunk_valid, weight_read, weight_release;
  logic [RowW-1:0] weight_row;

  for (genvar lane = 0; lane < Lanes; lane++) begin : g_row
    assign lowest[lane]     = row_data[lane] == 8'h80;
    assign buffer_row[lane] = {row_data[lane][7:1], row_data[lane][0] || lowest[lane]};
  end
  assign row_take      = row_valid && row_ready;
  assign buffer_commit = row_vector_end || row_q == RowW'(BufferRows - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)           row_q <= '0;
    else if (soft_reset_i) row_q <= '0;
    else if (row_take)     row_q <= buffer_commit ? '0 : row_q + 1'b1;
  end

  tally_weight_buffer #(.Rows(BufferRows), .Width(8 * Lanes)) u_weight_buffer (
    .clk_i, .rst_ni, .clear_i(soft_reset_i),
    .row_valid_i(row_valid), .row_ready_o(row_ready), .row_data_i(buffer_row),
    .row_commit_i(buffer_commit),
    .chunk_valid_o(chunk_valid), .read_i(weight_read), .read_row_i(weight_row),
    .read_data_o(weights), .release_i(weight_release)
  );

  // ---------------------------------------------------------------- multiply and accumulate
  logic first, token_valid, sums_free;
  logic signed [7:0] data;
  int8_token_t token;
  logic [Lanes-1:0][31:0] sums;

  tally_int8_sequencer #(.BufferRows(BufferRows), .PingPong(PingPong)) u_sequencer (
    .clk_i, .rst_ni, .clear_i(soft_reset_i),
    .valid_i(code_valid), .ready_o(code_ready), .code_i(code),
    .vector_end_i(code_vector_end), .tile_end_i(code_tile_end),
    .tile_i(tile), .tile_done_o(count_done),
    .chunk_valid_i(chunk_valid), .read_o(weight_read), .read_row_o(weight_row),
    .release_o(weight_release),
    .step_o(step_o), .first_o(first), .data_o(data),
    .token_valid_o(token_valid), .token_o(token), .free_i(sums_free)
  );

  for (genvar lane = 0; lane < Lanes; lane++) begin : g_lanes
    tally_int8_mac #(.AccW(32), .Products(1)) u_mac (
      .clk_i, .first_i(first), .data_i(data), .weight_i(weights[lane]), .acc_o(sums[lane])
    );
  end

  // ---------------------------------------------------------------- post-processing
  logic result_overflow, nan_result, coefficient_bank;
  logic [LaneW-1:0] coefficient_lane;
  logic [Dequantizers-1:0][31:0] scale, bias;

  tally_int8_coefficients #(.Lanes(Lanes), .Dequantizers(Dequantizers)) u_coefficients (
    .clk_i,
    .we_i(coefficient_we), .bank_i(load_bank), .word_i(coefficient_word), .data_i(coefficient_data),
    .read_bank_i(coefficient_bank), .read_lane_i(coefficient_lane), .scale_o(scale), .bias_o(bias)
  );

  tally_int8_postprocessor #(
    .Lanes(Lanes), .Dequantizers(Dequantizers), .PingPong(PingPong), .Rows(FmaRows)
  ) u_postprocessor (
    .clk_i, .rst_ni, .clear_i(soft_reset_i),
    .token_valid_i(token_valid), .token_i(token), .acc_i(sums), .free_o(sums_free),
    .coefficient_bank_o(coefficient_bank), .coefficient_lane_o(coefficient_lane),
    .scale_i(scale), .bias_i(bias), .tile_done_o(tile_done_o),
    .result_valid_o, .result_ready_i, .result_data_o, .result_last_o,
    .result_overflow_o(result_overflow), .nan_result_o(nan_result)
  );

  // ---------------------------------------------------------------- status
  status_t status_q, raised;
  always_comb begin
    raised = front_raised;
    raised.bad_weight      = row_take && lowest != '0;
    raised.result_overflow = result_overflow;
    raised.nan_result      = nan_result;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) status_q <= '0;
    else         status_q <= soft_reset_i ? '0 : status_q | raised;
  end
  assign status_o = status_q;

  logic unused_tile;
  assign unused_tile = ^{counting, load_tile};
endmodule
