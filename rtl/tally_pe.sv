// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// The processing element: tile packets and binary16 activations in, binary16 results out, Lanes outputs
// at once by counting exponents (docs/number-systems.md; streams and errors: docs/tile-packet.md).
//
//   weight stream -> loader -> tile bank, boundaries, coefficients
//                           -> weight encoder -> weight buffer ----------+
//   activation stream -> framer -> quantizer -> data row -> sequencer ---+-> lanes (counters)
//                                                                            -> post-processor -> results
//
// One counting step a cycle. soft_reset_i (synchronous, one cycle or more) drops everything in flight,
// clears status_o and sweeps the counters; streams must start anew at a packet and a vector.

module tally_pe #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned MaxN = 5,
  parameter int unsigned Dequantizers = 2,
  parameter int unsigned PingPong = 1,
  parameter int unsigned Digits = 1,         // uniform and reveal built in
  parameter int unsigned ParallelTerms = 0,  // all digits of a value in one step
  parameter int unsigned CntW = 10,
  parameter int unsigned CounterStyle = tally_pkg::StyleFlipFlop,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned Cut = 0,            // more registers in the pipelines, for FPGAs
  parameter int unsigned FmaRows = 0,        // multiply-add without multiplier blocks, for FPGAs
  localparam int unsigned PairsW = $clog2(7 * Lanes + 1)
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
  output logic [PairsW-1:0]   term_pairs_o,  // term pairs counted
  output logic                tile_done_o
);

  import tally_pkg::*;

  localparam int unsigned TermW = (ParallelTerms != 0) ? 16 : 5;
  localparam int unsigned CoefW = $clog2(1 + 5 * Lanes);
  localparam int unsigned RowW = $clog2(BufferRows);
  localparam int unsigned LaneW = Lanes > Dequantizers ? $clog2(Lanes / Dequantizers) : 1;

  if (ParallelTerms != 0 && CounterStyle != StyleFlipFlop) begin : g_bad_parallel
    $error("ParallelTerms needs counters in flip-flops");
  end
  if (MaxN < 2 || MaxN > 7) begin : g_bad_max_n
    $error("MaxN must be 2 to 7");
  end
  if (Digits != 0 && MaxN < 3) begin : g_bad_digits
    $error("Digits needs MaxN of 3 or more: AC1 has a counter for every sum of two terms then");
  end

  // ---------------------------------------------------------------- reset
  // With Cut each part has a copy of soft_reset_i, a cycle later: one for all would cross the device
  // in front of other logic.
  // The lanes, where most of the flip-flops are, so have a copy of rst_ni, released a cycle later.
  logic clear_front, clear_codes, clear_weights, clear_steps, clear_results, lane_rst_n;
  if (Cut != 0) begin : g_clear_cut
    (* keep *) logic front_q, codes_q, weights_q, steps_q, results_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {front_q, codes_q, weights_q, steps_q, results_q} <= '0;
      else         {front_q, codes_q, weights_q, steps_q, results_q} <= {5{soft_reset_i}};
    end
    assign {clear_front, clear_codes, clear_weights} = {front_q, codes_q, weights_q};
    assign {clear_steps, clear_results}              = {steps_q, results_q};

    (* keep *) logic reset_lanes_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) reset_lanes_q <= 1'b1;
      else         reset_lanes_q <= 1'b0;
    end
    assign lane_rst_n = !reset_lanes_q;
  end else begin : g_no_clear_cut
    assign {clear_front, clear_codes, clear_weights} = {3{soft_reset_i}};
    assign {clear_steps, clear_results}              = {2{soft_reset_i}};
    assign lane_rst_n                                = rst_ni;
  end

  // ---------------------------------------------------------------- streams, tiles, codes
  logic load_bank, coefficient_we;
  tile_t load_tile;
  logic [CoefW-1:0] coefficient_word;
  logic [31:0] coefficient_data;
  logic row_valid, row_ready, row_vector_end, buffer_ready;
  logic [Lanes-1:0][7:0] row_data;
  tile_t [1:0] tile;
  logic [1:0] counting;
  logic [1:0][5:0] last_slot;
  logic [1:0][InputsW-1:0] last_group;
  logic count_done;
  logic quantized_valid, quantized_ready, quantized_vector_end, quantized_tile_end;
  code_t quantized;
  status_t front_raised;
  logic front_busy, post_done;

  tally_front #(
    .Lanes(Lanes), .MaxN(MaxN), .BufferRows(BufferRows), .Digits(Digits), .Cut(Cut)
  ) u_front (
    .clk_i, .rst_ni, .clear_i(clear_front),
    .weight_valid_i, .weight_ready_o, .weight_data_i, .weight_last_i,
    .activation_valid_i, .activation_ready_o, .activation_data_i, .activation_last_i,
    .load_bank_o(load_bank), .load_tile_o(load_tile),
    .coefficient_we_o(coefficient_we), .coefficient_word_o(coefficient_word),
    .coefficient_data_o(coefficient_data),
    .row_valid_o(row_valid), .row_ready_i(row_ready), .row_data_o(row_data),
    .row_vector_end_o(row_vector_end), .buffer_full_i(!buffer_ready),
    .tile_o(tile), .last_slot_o(last_slot), .last_group_o(last_group),
    .counting_o(counting), .count_done_i(count_done), .post_done_i(post_done),
    .busy_o(front_busy),
    .code_valid_o(quantized_valid), .code_ready_i(quantized_ready), .code_o(quantized),
    .code_vector_end_o(quantized_vector_end), .code_tile_end_o(quantized_tile_end),
    .raised_o(front_raised)
  );

  logic code_valid, code_ready, code_vector_end, code_tile_end;
  code_t code;
  tally_stream_cut #(.Width($bits(code_t) + 2), .Cut(Cut)) u_code_cut (
    .clk_i, .rst_ni, .clear_i(clear_codes),
    .valid_i(quantized_valid), .ready_o(quantized_ready),
    .data_i({quantized, quantized_tile_end, quantized_vector_end}),
    .valid_o(code_valid), .ready_i(code_ready),
    .data_o({code, code_tile_end, code_vector_end})
  );

  logic data_valid, data_step, data_done, data_last, data_vector_end, data_tile_end;
  code_t data_code;
  logic [Group-1:0][TermW-1:0] data_term;

  tally_data_row #(
    .Digits(Digits), .ParallelTerms(ParallelTerms), .Cut(Cut)
  ) u_data_row (
    .clk_i, .rst_ni, .clear_i(clear_codes), .tile_i(tile),
    .valid_i(code_valid), .ready_o(code_ready), .code_i(code),
    .vector_end_i(code_vector_end), .tile_end_i(code_tile_end),
    .valid_o(data_valid), .step_i(data_step), .done_i(data_done),
    .code_o(data_code), .term_o(data_term), .last_o(data_last),
    .vector_end_o(data_vector_end), .tile_end_o(data_tile_end)
  );

  // ---------------------------------------------------------------- weights
  // A row of the packet, with what the encoder must know of its tile.
  typedef struct packed {
    logic       vector_end;
    logic       digits;
    logic       hese;
    logic [1:0] log2_group;
    logic [5:0] budget;
    logic [8*Lanes-1:0] data;
  } weight_row_t;

  weight_row_t loaded_row, encoder_row;
  logic encoder_valid, encoder_ready, encoded_valid, encoded_ready, encoded_commit;
  logic buffer_valid, buffer_commit, low_weight;
  logic [8*Lanes-1:0] encoded_data, buffer_data;
  logic chunk_valid, weight_read, weight_release;
  logic [RowW-1:0] weight_row;
  logic [Lanes-1:0][7:0] slots;

  assign loaded_row = '{
      vector_end: row_vector_end,
      digits: load_tile.number_system != Exponential,
      hese: load_tile.hese,
      log2_group: load_tile.log2_group,
      budget: load_tile.budget,
      data: row_data
  };
  // With digits the encoder has its own register.
  tally_stream_cut #(
    .Width($bits(weight_row_t)), .Cut(Digits == 0 ? Cut : 0)
  ) u_row_cut (
    .clk_i, .rst_ni, .clear_i(clear_weights),
    .valid_i(row_valid), .ready_o(row_ready), .data_i(loaded_row),
    .valid_o(encoder_valid), .ready_i(encoder_ready), .data_o(encoder_row)
  );

  tally_weight_encoder #(
    .Lanes(Lanes), .BufferRows(BufferRows), .Digits(Digits), .Cut(Cut)
  ) u_weight_encoder (
    .clk_i, .rst_ni, .clear_i(clear_weights),
    .row_valid_i(encoder_valid), .row_ready_o(encoder_ready), .row_data_i(encoder_row.data),
    .vector_end_i(encoder_row.vector_end), .digits_i(encoder_row.digits),
    .hese_i(encoder_row.hese), .log2_group_i(encoder_row.log2_group),
    .budget_i(encoder_row.budget),
    .row_valid_o(encoded_valid), .row_ready_i(encoded_ready), .row_data_o(encoded_data),
    .row_commit_o(encoded_commit), .bad_weight_o(low_weight)
  );

  tally_stream_cut #(.Width(8 * Lanes + 1), .Cut(Cut)) u_slot_cut (
    .clk_i, .rst_ni, .clear_i(clear_weights),
    .valid_i(encoded_valid), .ready_o(encoded_ready), .data_i({encoded_commit, encoded_data}),
    .valid_o(buffer_valid), .ready_i(buffer_ready), .data_o({buffer_commit, buffer_data})
  );

  tally_weight_buffer #(.Rows(BufferRows), .Width(8 * Lanes), .Cut(Cut)) u_weight_buffer (
    .clk_i, .rst_ni, .clear_i(clear_weights),
    .row_valid_i(buffer_valid), .row_ready_o(buffer_ready), .row_data_i(buffer_data),
    .row_commit_i(buffer_commit),
    .chunk_valid_o(chunk_valid), .read_i(weight_read), .read_row_i(weight_row), .read_data_o(slots),
    .release_i(weight_release)
  );

  // ---------------------------------------------------------------- counting
  step_t step;
  logic swept, sweep;
  logic [MaxN:0] sweep_addr;
  logic counted_valid, counted_ready, token_valid, token_ready;
  logic counters_free, counters_free_bank;
  token_t counted, token;

  tally_sequencer #(
    .MaxN(MaxN), .BufferRows(BufferRows), .PingPong(PingPong), .Cut(Cut)
  ) u_sequencer (
    .clk_i, .rst_ni, .clear_i(clear_steps),
    .row_valid_i(data_valid), .row_step_o(data_step), .row_done_o(data_done), .code_i(data_code),
    .row_last_i(data_last), .vector_end_i(data_vector_end), .tile_end_i(data_tile_end),
    .tile_i(tile), .last_slot_i(last_slot), .last_group_i(last_group),
    .tile_valid_i(counting), .tile_done_o(count_done),
    .chunk_valid_i(chunk_valid), .read_o(weight_read), .read_row_o(weight_row),
    .release_o(weight_release), .step_o(step),
    .swept_o(swept), .sweep_o(sweep), .sweep_addr_o(sweep_addr),
    .token_valid_o(counted_valid), .token_ready_i(counted_ready), .token_o(counted),
    .bank_free_i(counters_free), .bank_free_bank_i(counters_free_bank)
  );

  tally_stream_cut #(.Width($bits(token_t)), .Cut(Cut)) u_token_cut (
    .clk_i, .rst_ni, .clear_i(clear_steps),
    .valid_i(counted_valid), .ready_o(counted_ready), .data_i(counted),
    .valid_o(token_valid), .ready_i(token_ready), .data_o(token)
  );

  // With the step, the terms of its data row.
  logic [Group-1:0][TermW-1:0] term_q;
  always_ff @(posedge clk_i) begin
    if (data_step) term_q <= data_term;
  end

  // What the lanes see: the weights come late in the cycle from a block RAM.
  step_t lane_step;
  logic [Group-1:0][TermW-1:0] lane_term;
  logic [Lanes-1:0][7:0] lane_slot;
  if (Cut != 0) begin : g_step_cut
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) lane_step <= '0;
      else         lane_step <= step;
    end
    always_ff @(posedge clk_i) {lane_term, lane_slot} <= {term_q, slots};
  end else begin : g_no_step_cut
    assign lane_step = step;
    assign {lane_term, lane_slot} = {term_q, slots};
  end

  logic [Lanes-1:0] lane_read, lane_overflow, lane_bad_weight;
  logic [Lanes-1:0][2:0] lane_pairs;
  logic [Lanes-1:0][CntW-1:0] lane_data;
  logic post_bank;
  logic [1:0] post_array;
  logic [MaxN:0] post_addr;

  for (genvar lane = 0; lane < Lanes; lane++) begin : g_lanes
    // What is read, with Cut a cycle later and from registers of the lane's own.
    logic read, read_bank;
    logic [1:0] read_array;
    logic [MaxN:0] read_addr;
    if (Cut != 0) begin : g_read_cut
      (* keep *) logic read_q, bank_q;
      (* keep *) logic [1:0] array_q;
      (* keep *) logic [MaxN:0] addr_q;
      always_ff @(posedge clk_i or negedge lane_rst_n) begin
        if (!lane_rst_n) read_q <= 1'b0;
        else             read_q <= sweep || lane_read[lane];
      end
      always_ff @(posedge clk_i) begin
        bank_q  <= post_bank;
        array_q <= sweep ? 2'd0 : post_array;
        addr_q  <= sweep ? sweep_addr : post_addr;
      end
      assign {read, read_bank, read_array, read_addr} = {read_q, bank_q, array_q, addr_q};
    end else begin : g_no_read_cut
      assign read       = sweep || lane_read[lane];
      assign read_bank  = post_bank;
      assign read_array = sweep ? 2'd0 : post_array;
      assign read_addr  = sweep ? sweep_addr : post_addr;
    end

    tally_lane #(
      .MaxN(MaxN), .CntW(CntW), .PingPong(PingPong), .Style(CounterStyle), .Digits(Digits),
      .ParallelTerms(ParallelTerms)
    ) u_lane (
      .clk_i, .rst_ni(lane_rst_n),
      .step_valid_i(lane_step.valid), .bank_i(lane_step.bank), .offset_i(lane_step.offset),
      .digits_i(lane_step.digits), .n_i(lane_step.n), .code_i(lane_step.code), .term_i(lane_term),
      .slot_i(lane_slot[lane]),
      .read_i(read), .read_bank_i(read_bank), .read_array_i(read_array), .read_addr_i(read_addr),
      .read_data_o(lane_data[lane]),
      .pairs_o(lane_pairs[lane]), .overflow_o(lane_overflow[lane]),
      .bad_weight_o(lane_bad_weight[lane])
    );
  end

  logic [PairsW-1:0] pairs_sum;
  always_comb begin
    pairs_sum = '0;
    for (int unsigned lane = 0; lane < Lanes; lane++) pairs_sum += PairsW'(lane_pairs[lane]);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) term_pairs_o <= '0;
    else         term_pairs_o <= soft_reset_i || clear_steps || !swept ? '0 : pairs_sum;
  end

  // ---------------------------------------------------------------- post-processing
  logic result_overflow, nan_result, post_valid;
  logic coefficient_bank, base_bank;
  logic [LaneW-1:0] coefficient_lane;
  logic [2:0] coefficient_field;
  logic [Dequantizers-1:0][31:0] coefficients;
  logic [31:0] base;

  tally_coefficient_store #(.Lanes(Lanes), .Dequantizers(Dequantizers)) u_coefficient_store (
    .clk_i, .rst_ni,
    .we_i(coefficient_we), .bank_i(load_bank), .word_i(coefficient_word), .data_i(coefficient_data),
    .read_bank_i(coefficient_bank), .read_lane_i(coefficient_lane),
    .read_field_i(coefficient_field), .read_data_o(coefficients),
    .base_bank_i(base_bank), .base_o(base)
  );

  tally_postprocessor #(
    .Lanes(Lanes), .MaxN(MaxN), .CntW(CntW), .Dequantizers(Dequantizers), .Cut(Cut),
    .Rows(FmaRows)
  ) u_postprocessor (
    .clk_i, .rst_ni, .clear_i(clear_results),
    .token_valid_i(token_valid), .token_ready_o(token_ready), .token_i(token),
    .read_o(lane_read), .read_bank_o(post_bank), .read_array_o(post_array),
    .read_addr_o(post_addr), .read_data_i(lane_data),
    .bank_free_o(counters_free), .bank_free_bank_o(counters_free_bank),
    .coefficient_bank_o(coefficient_bank), .coefficient_lane_o(coefficient_lane),
    .coefficient_field_o(coefficient_field), .coefficient_data_i(coefficients),
    .base_bank_o(base_bank), .base_i(base), .tile_done_o(post_done),
    .result_valid_o(post_valid), .result_ready_i, .result_data_o, .result_last_o,
    .result_overflow_o(result_overflow), .nan_result_o(nan_result)
  );

  // ---------------------------------------------------------------- status
  // Steps that a soft reset finds in the lanes still end there, unnoticed.
  status_t status_q, raised;

  always_comb begin
    raised = front_raised;
    raised.counter_overflow = swept && lane_overflow != '0;
    raised.bad_weight       = (swept && lane_bad_weight != '0) || low_weight;
    raised.result_overflow  = result_overflow;
    raised.nan_result       = nan_result;
  end

  if (Cut != 0) begin : g_status_cut
    status_t raised_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {raised_q, status_q} <= '0;
      else if (soft_reset_i || clear_front) {raised_q, status_q} <= '0;
      else {raised_q, status_q} <= {raised, status_q | raised_q};
    end
  end else begin : g_no_status_cut
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) status_q <= '0;
      else         status_q <= soft_reset_i ? '0 : status_q | raised;
    end
  end

  assign status_o = status_q;
  // In the last cycle of a soft reset, which comes late with Cut, nothing is told of what was before.
  assign busy_o         = front_busy && (Cut == 0 || !clear_front);
  assign step_o         = step.valid && (Cut == 0 || !clear_steps);
  assign tile_done_o    = post_done && (Cut == 0 || !clear_results);
  assign result_valid_o = post_valid && (Cut == 0 || !clear_results);

  logic unused_tile;
  assign unused_tile = ^load_tile;
endmodule
