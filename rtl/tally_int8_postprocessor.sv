// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// From the sums of tally_int8_pe to results: result = fma(scale, binary32(sum), bias), optional ReLU,
// binary16 (docs/number-systems.md, Result, reveal and uniform).
//
// Dequantizers units work in lock step; unit u serves lanes u*LanesPerUnit .. +LanesPerUnit-1 in turn, one
// a cycle. Stages of a lane:
//   S      the unit picks its sum             S+1  it is binary32; scale and bias are read
//   S+2    the multiply-add starts            S+6  its result is here
//   S+8    the result as binary16 goes to the buffer
//
// token_valid_i: acc_i are the sums of a vector. With PingPong they are taken over in this cycle, else
// they must hold until free_o. free_o: the last of them is being read. A vector begins when the results of
// the one before have left, so a stalled result stream stalls the vectors behind it.
// tile_done_o: the coefficients of the oldest tile have been read for the last time.
// clear_i (synchronous) drops everything in flight.
module tally_int8_postprocessor #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned Dequantizers = 2,
  parameter  int unsigned PingPong     = 1,
  parameter  int unsigned Rows         = 0,  // see tally_fma
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          clear_i,
  // Vectors
  input  logic                          token_valid_i,
  input  tally_pkg::int8_token_t        token_i,
  input  logic [Lanes-1:0][31:0]        acc_i,
  output logic                          free_o,
  // Coefficients
  output logic                          coefficient_bank_o,
  output logic [LaneW-1:0]              coefficient_lane_o,
  input  logic [Dequantizers-1:0][31:0] scale_i,
  input  logic [Dequantizers-1:0][31:0] bias_i,
  output logic                          tile_done_o,
  // Result stream
  output logic                          result_valid_o,
  input  logic                          result_ready_i,
  output logic [15:0]                   result_data_o,
  output logic                          result_last_o,
  // Status, pulses
  output logic                          result_overflow_o,
  output logic                          nan_result_o
);
  import tally_pkg::*;

  if (Lanes % Dequantizers != 0 || Lanes > 128) begin : g_bad_lanes
    $error("tally_int8_postprocessor: Dequantizers must divide Lanes, and Lanes be at most 128");
  end

  // ---------------------------------------------------------------- the sums
  logic [Lanes-1:0][31:0] sums;
  if (PingPong != 0) begin : g_hold
    logic [Lanes-1:0][31:0] hold_q;
    always_ff @(posedge clk_i) begin
      if (token_valid_i) hold_q <= acc_i;
    end
    assign sums = hold_q;
  end else begin : g_direct
    assign sums = acc_i;
  end

  // ---------------------------------------------------------------- stage S
  localparam int unsigned H = 8;
  logic waiting_q, active_q, undrained_q, drained, start, last_lane;
  logic [LaneW-1:0] lane_q;
  int8_token_t token_q;  // of the vector in work
  logic [H:1] valid_q;
  logic [H:1][LaneW-1:0] stage_lane_q;
  assign start     = waiting_q && !undrained_q && !active_q && valid_q == '0;
  assign last_lane = active_q && 32'(lane_q) == LanesPerUnit - 1;
  assign free_o    = last_lane;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {waiting_q, active_q, undrained_q, valid_q, tile_done_o} <= '0;
      lane_q <= '0;
    end else if (clear_i) begin
      {waiting_q, active_q, undrained_q, valid_q, tile_done_o} <= '0;
      lane_q <= '0;
    end else begin
      if (token_valid_i) waiting_q <= 1'b1;
      else if (start)    waiting_q <= 1'b0;
      if (start)          active_q <= 1'b1;
      else if (last_lane) active_q <= 1'b0;
      if (active_q) lane_q <= last_lane ? '0 : lane_q + 1'b1;
      if (start)        undrained_q <= 1'b1;
      else if (drained) undrained_q <= 1'b0;
      valid_q     <= {valid_q[H-1:1], active_q};
      tile_done_o <= valid_q[1] && token_q.last_vector
                     && 32'(stage_lane_q[1]) == LanesPerUnit - 1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start) token_q <= token_i;
    stage_lane_q <= {stage_lane_q[H-1:1], lane_q};
  end

  assign coefficient_bank_o = token_q.tile_bank;
  assign coefficient_lane_o = stage_lane_q[1];

  // ---------------------------------------------------------------- units
  logic [Dequantizers-1:0][31:0] result;

  for (genvar unit = 0; unit < Dequantizers; unit++) begin : g_unit
    logic [31:0] sum, sum_float, operand_q, scale_q, bias_q;
    logic unused_valid;
    always_comb begin
      sum = '0;
      for (int unsigned j = 0; j < LanesPerUnit; j++) begin
        if (32'(lane_q) == j) sum = sums[unit*LanesPerUnit+j];
      end
    end
    tally_int_to_fp32 #(.Width(32), .Cut(1)) u_sum_to_float (
      .clk_i, .data_i(sum), .result_o(sum_float)
    );
    always_ff @(posedge clk_i) begin
      operand_q <= sum_float;
      scale_q   <= scale_i[unit];
      bias_q    <= bias_i[unit];
    end
    tally_fma #(.Rows(Rows)) u_fma (
      .clk_i, .rst_ni,
      .valid_i(valid_q[2]), .a_i(operand_q), .b_i(scale_q), .c_i(bias_q),
      .valid_o(unused_valid), .result_o(result[unit])
    );
  end

  tally_result_output #(.Lanes(Lanes), .Dequantizers(Dequantizers)) u_output (
    .clk_i, .rst_ni, .clear_i,
    .result_i(result), .relu_i(token_q.relu), .valid_i(valid_q[H]), .lane_i(stage_lane_q[H]),
    .valid_lanes_i(token_q.valid_lanes), .last_i(token_q.last_vector), .drained_o(drained),
    .result_valid_o, .result_ready_i, .result_data_o, .result_last_o,
    .result_overflow_o, .nan_result_o
  );
endmodule
