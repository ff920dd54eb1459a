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
    .Lanes(Lanes), .MaxN(MaxN), .BufferRows(BufferRows), .Digits(Digits), .Int8(Int8)
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

  logic framer_done, framer_bank, framer_valid, framer_bad;
  logic [InputsW-1:0] framer_last_input;
  logic [VectorsW-1:0] framer_last_vector;
  logic [2:0] framer_n;

  tally_tile_bank u_tile_bank (
    .clk_i, .rst_ni, .clear_i,
    .load_bank_i(load_bank_o), .loaded_i(loaded), .fault_i(fault), .tile_i(load_tile_o),
    .last_vector_i(load_last_vector), .load_free_o(load_free),
    .framer_done_i(framer_done), .count_done_i, .post_done_i,
    .framer_bank_o(framer_bank), .framer_valid_o(framer_valid), .framer_bad_o(framer_bad),
    .framer_last_input_o(framer_last_input), .framer_last_vector_o(framer_last_vector),
    .framer_n_o(framer_n),
    .last_slot_o, .last_group_o, .counting_o, .tile_o, .busy_o
  );

  // ---------------------------------------------------------------- activations
  logic framed_valid, framed_ready, vector_end, tile_end, code_nan;
  logic activation_early, activation_late;

  tally_activation_framer u_activation_framer (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(activation_valid), .ready_o(activation_ready), .last_i(activation_last),
    .tile_valid_i(framer_valid), .tile_bad_i(framer_bad), .stopped_i(stopped),
    .last_input_i(framer_last_input), .last_vector_i(framer_last_vector), .tile_done_o(framer_done),
    .valid_o(framed_valid), .ready_i(framed_ready),
    .vector_end_o(vector_end), .tile_end_o(tile_end),
    .halted_o(halted), .early_o(activation_early), .late_o(activation_late)
  );

  tally_quantizer #(.Stages(TableN), .TagW(2)) u_quantizer (
    .clk_i, .rst_ni, .clear_i,
    .table_we_i(boundary_we), .table_bank_i(load_bank_o), .table_n_i(load_tile_o.n),
    .table_entry_i(boundary_entry), .table_data_i(boundary_data),
    .valid_i(framed_valid), .ready_o(framed_ready), .data_i(activation_data),
    .bank_i(framer_bank), .n_i(framer_n), .tag_i({tile_end, vector_end}),
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
