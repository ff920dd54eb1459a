// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// What tally_pe and tally_int8_pe have in front of their lanes: takes both input streams, the tile
// packets apart, and turns activations into codes.
//
//   weight stream -> loader -> tile bank, boundaries, coefficient words, weight rows
//   activation stream -> framer -> quantizer -> codes
//
// Coefficient words and weight rows belong to load_bank_o and load_tile_o, codes to the tiles in work,
// tile_o. raised_o pulses what went wrong here; the other bits of it are 0. buffer_full_i: no weight row
// can be taken, so that a loader that must wait for the lanes can tell (tally_tile_loader).
// clear_i (synchronous) drops everything.
module tally_front #(
  parameter  int unsigned Lanes      = 16,
  parameter  int unsigned MaxN       = 5,
  parameter  int unsigned BufferRows = 1024,
  parameter  int unsigned Digits     = 1,
  parameter  int unsigned Int8       = 0,
  parameter  int unsigned Cut        = 0,  // more registers, for FPGAs
  localparam int unsigned CoefW      = $clog2(1 + 5 * Lanes)
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       clear_i,
  // Weight stream
  input  logic                       weight_valid_i,
  output logic                       weight_ready_o,
  input  logic [8*Lanes-1:0]         weight_data_i,
  input  logic                       weight_last_i,
  // Activation stream
  input  logic                       activation_valid_i,
  output logic                       activation_ready_o,
  input  logic [15:0]                activation_data_i,
  input  logic                       activation_last_i,
  // The tile that is loaded
  output logic                       load_bank_o,
  output tally_pkg::tile_t           load_tile_o,
  output logic                       coefficient_we_o,
  output logic [CoefW-1:0]           coefficient_word_o,
  output logic [31:0]                coefficient_data_o,
  output logic                       row_valid_o,
  input  logic                       row_ready_i,
  output logic [Lanes-1:0][7:0]      row_data_o,
  output logic                       row_vector_end_o,
  input  logic                       buffer_full_i,
  // The tiles in work
  output tally_pkg::tile_t [1:0]     tile_o,
  output logic [1:0][5:0]            last_slot_o,
  output logic [1:0][tally_pkg::InputsW-1:0] last_group_o,
  output logic [1:0]                 counting_o,
  input  logic                       count_done_i,
  input  logic                       post_done_i,
  output logic                       busy_o,
  // Codes
  output logic                       code_valid_o,
  input  logic                       code_ready_i,
  output tally_pkg::code_t           code_o,
  output logic                       code_vector_end_o,
  output logic                       code_tile_end_o,
  // Status, pulses
  output tally_pkg::status_t         raised_o
);
  import tally_pkg::*;

  localparam int unsigned TableN = (Digits != 0) ? 7 : MaxN;

  // ---------------------------------------------------------------- input registers
  logic weight_valid, weight_ready, weight_last;
  logic [8*Lanes-1:0] weight_data;
  logic activation_valid, activation_ready, activation_last;
  logic [15:0] activation_data;

  tally_stream_register #(.Width(8 * Lanes + 1)) u_weight_register (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(weight_valid_i), .ready_o(weight_ready_o), .data_i({weight_last_i, weight_data_i}),
    .valid_o(weight_valid), .ready_i(weight_ready), .data_o({weight_last, weight_data})
  );

  tally_stream_register #(.Width(17)) u_activation_register (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(activation_valid_i), .ready_o(activation_ready_o),
    .data_i({activation_last_i, activation_data_i}),
    .valid_o(activation_valid), .ready_i(activation_ready),
    .data_o({activation_last, activation_data})
  );

  // ---------------------------------------------------------------- tiles
  logic load_free, loaded, fault, stopped, halted;
  logic [VectorsW-1:0] load_last_vector;
  logic boundary_we;
  logic [TableN-1:0] boundary_entry;
  logic [31:0] boundary_data;
  logic bad_control, bad_boundaries, weight_early, weight_late;

  tally_tile_loader #(
    .Lanes(Lanes), .MaxN(MaxN), .BufferRows(BufferRows), .Digits(Digits), .Int8(Int8),
    .Cut(Cut)
  ) u_tile_loader (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(weight_valid), .ready_o(weight_ready), .data_i(weight_data), .last_i(weight_last),
    .bank_free_i(load_free), .halted_i(halted), .bank_o(load_bank_o), .tile_o(load_tile_o),
    .last_vector_o(load_last_vector), .loaded_o(loaded), .fault_o(fault), .stopped_o(stopped),
    .boundary_we_o(boundary_we), .boundary_entry_o(boundary_entry), .boundary_data_o(boundary_data),
    .coefficient_we_o, .coefficient_word_o, .coefficient_data_o,
    .row_valid_o, .row_ready_i, .row_data_o, .row_vector_end_o, .buffer_full_i,
    .bad_control_o(bad_control), .bad_boundaries_o(bad_boundaries),
    .early_o(weight_early), .late_o(weight_late)
  );

  // What the framer must know of its tile.
  typedef struct packed {
    logic                valid;
    logic                bad;
    logic                bank;
    logic [2:0]          n;
    logic [InputsW-1:0]  last_input;
    logic [VectorsW-1:0] last_vector;
  } framer_tile_t;

  logic framer_done, framer_stopped;
  framer_tile_t bank_tile, framer_tile;

  // What the loader hands over, with Cut a cycle later; the bank that it asks for is that of now.
  logic bank_loaded, bank_fault, bank_written;
  tile_t bank_load_tile;
  logic [VectorsW-1:0] bank_last_vector;

  tally_tile_bank u_tile_bank (
    .clk_i, .rst_ni, .clear_i,
    .load_bank_i(load_bank_o), .written_bank_i(bank_written), .loaded_i(bank_loaded),
    .fault_i(bank_fault), .tile_i(bank_load_tile),
    .last_vector_i(bank_last_vector), .load_free_o(load_free),
    .framer_done_i(framer_done), .count_done_i, .post_done_i,
    .framer_bank_o(bank_tile.bank), .framer_valid_o(bank_tile.valid),
    .framer_bad_o(bank_tile.bad), .framer_last_input_o(bank_tile.last_input),
    .framer_last_vector_o(bank_tile.last_vector), .framer_n_o(bank_tile.n),
    .last_slot_o, .last_group_o, .counting_o, .tile_o, .busy_o
  );

  if (Cut != 0) begin : g_tile_cut
    // A tile is the framer's when what it is has been here for a cycle; that it never will have one is
    // seen as late as the tile.
    logic seen_q, valid_q, bad_q, bank_q;
    logic [2:0] n_q;
    logic [InputsW-1:0] last_input_q;
    logic [VectorsW-1:0] last_vector_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {bank_loaded, bank_fault, seen_q, valid_q, framer_stopped} <= '0;
      end else if (clear_i) begin
        {bank_loaded, bank_fault, seen_q, valid_q, framer_stopped} <= '0;
      end else begin
        {bank_loaded, bank_fault} <= {loaded, fault};
        seen_q                    <= bank_tile.valid && !framer_done;
        valid_q                   <= bank_tile.valid && !framer_done && seen_q;
        framer_stopped            <= stopped && !bank_loaded && !bank_fault
                                     && (!bank_tile.valid || bank_tile.bad);
      end
    end
    always_ff @(posedge clk_i) begin
      {bank_written, bank_load_tile, bank_last_vector}
          <= {load_bank_o, load_tile_o, load_last_vector};
      {bad_q, bank_q, n_q, last_input_q, last_vector_q}
          <= {bank_tile.bad, bank_tile.bank, bank_tile.n, bank_tile.last_input,
              bank_tile.last_vector};
    end
    assign framer_tile = {valid_q, bad_q, bank_q, n_q, last_input_q, last_vector_q};
  end else begin : g_no_tile_cut
    assign {bank_loaded, bank_fault, bank_written} = {loaded, fault, load_bank_o};
    assign {bank_load_tile, bank_last_vector}      = {load_tile_o, load_last_vector};
    assign {framer_tile, framer_stopped}           = {bank_tile, stopped};
  end

  // ---------------------------------------------------------------- activations
  logic framed_valid, framed_ready, vector_end, tile_end, code_nan;
  logic activation_early, activation_late;

  tally_activation_framer #(.Cut(Cut)) u_activation_framer (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(activation_valid), .ready_o(activation_ready), .last_i(activation_last),
    .tile_valid_i(framer_tile.valid), .tile_bad_i(framer_tile.bad), .stopped_i(framer_stopped),
    .last_input_i(framer_tile.last_input), .last_vector_i(framer_tile.last_vector),
    .tile_done_o(framer_done),
    .valid_o(framed_valid), .ready_i(framed_ready),
    .vector_end_o(vector_end), .tile_end_o(tile_end),
    .halted_o(halted), .early_o(activation_early), .late_o(activation_late)
  );

  logic coding_valid, coding_ready, coding_bank;
  logic [1:0] coding_tag;
  logic [2:0] coding_n;
  logic [15:0] coding_data;
  tally_stream_cut #(.Width(22), .Cut(Cut)) u_coding_cut (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(framed_valid), .ready_o(framed_ready),
    .data_i({tile_end, vector_end, framer_tile.bank, framer_tile.n, activation_data}),
    .valid_o(coding_valid), .ready_i(coding_ready),
    .data_o({coding_tag, coding_bank, coding_n, coding_data})
  );

  tally_quantizer #(.Stages(TableN), .TagW(2), .Cut(Cut)) u_quantizer (
    .clk_i, .rst_ni, .clear_i,
    .table_we_i(boundary_we), .table_bank_i(load_bank_o), .table_n_i(load_tile_o.n),
    .table_entry_i(boundary_entry), .table_data_i(boundary_data),
    .valid_i(coding_valid), .ready_o(coding_ready), .data_i(coding_data),
    .bank_i(coding_bank), .n_i(coding_n), .tag_i(coding_tag),
    .valid_o(code_valid_o), .ready_i(code_ready_i), .code_o, .nan_o(code_nan),
    .tag_o({code_tile_end_o, code_vector_end_o})
  );

  assign raised_o = '{
      nan_input: code_valid_o && code_nan,
      bad_control: bad_control,
      bad_boundaries: bad_boundaries,
      weight_early: weight_early,
      weight_late: weight_late,
      activation_early: activation_early,
      activation_late: activation_late,
      default: 1'b0
  };
endmodule
