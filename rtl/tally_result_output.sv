// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Behind the multiply-add of both post-processors: the units' results as binary16, in order, on the
// result stream.
//
// Unit u serves lanes u*LanesPerUnit .. +LanesPerUnit-1. result_i and relu_i are taken in every cycle;
// what they are is told two cycles later: valid_i, if they are results, their lane in each unit, and of
// their vector the valid lanes and whether it is the last of its tile. drained_o is that of
// tally_result_buffer. Overflow to infinity and NaN in a valid lane pulse one cycle after valid_i.
module tally_result_output #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned Dequantizers = 2,
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          clear_i,
  input  logic [Dequantizers-1:0][31:0] result_i,
  input  logic                          relu_i,
  input  logic                          valid_i,
  input  logic [LaneW-1:0]              lane_i,
  input  logic [7:0]                    valid_lanes_i,
  input  logic                          last_i,
  output logic                          drained_o,
  // Result stream
  output logic                          result_valid_o,
  input  logic                          result_ready_i,
  output logic [15:0]                   result_data_o,
  output logic                          result_last_o,
  // Status, pulses
  output logic                          result_overflow_o,
  output logic                          nan_result_o
);
  logic [Dequantizers-1:0][15:0] half;
  logic [Dequantizers-1:0] overflow, is_nan, lane_valid;

  for (genvar unit = 0; unit < Dequantizers; unit++) begin : g_unit
    // ReLU: whatever has the sign set, -0 as well; a NaN has it clear.
    tally_fp32_to_fp16 #(.Cut(1)) u_to_half (
      .clk_i, .data_i(relu_i && result_i[unit][31] ? '0 : result_i[unit]),
      .result_o(half[unit]), .overflow_o(overflow[unit]), .nan_o(is_nan[unit])
    );
    assign lane_valid[unit] = valid_i
        && unit * LanesPerUnit + 32'(lane_i) < 32'(valid_lanes_i);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {result_overflow_o, nan_result_o} <= '0;
    end else begin
      result_overflow_o <= !clear_i && |(overflow & lane_valid);
      nan_result_o      <= !clear_i && |(is_nan & lane_valid);
    end
  end

  tally_result_buffer #(.Lanes(Lanes), .Dequantizers(Dequantizers)) u_result_buffer (
    .clk_i, .rst_ni, .clear_i,
    .we_i(valid_i), .lane_i, .data_i(half), .valid_lanes_i, .last_i, .drained_o,
    .valid_o(result_valid_o), .ready_i(result_ready_i), .data_o(result_data_o),
    .last_o(result_last_o)
  );
endmodule
