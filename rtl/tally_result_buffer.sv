// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Holds the binary16 results of one vector and streams lanes 0 .. valid_lanes_i-1 in order.
//
// Unit u writes lane u*LanesPerUnit + lane_i; the writes of a vector are lanes 0 .. LanesPerUnit-1 in
// consecutive cycles. The stream starts one cycle after the first of them: it reads no lane before its
// turn. drained_o pulses with the vector's last beat; only then may the next vector be written.
// valid_lanes_i and last_i (the last vector of its tile: last_o with its last lane) are taken with lane 0.
module tally_result_buffer #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned Dequantizers = 2,
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          clear_i,
  // Write
  input  logic                          we_i,
  input  logic [LaneW-1:0]              lane_i,
  input  logic [Dequantizers-1:0][15:0] data_i,
  input  logic [7:0]                    valid_lanes_i,
  input  logic                          last_i,
  output logic                          drained_o,
  // Result stream
  output logic                          valid_o,
  input  logic                          ready_i,
  output logic [15:0]                   data_o,
  output logic                          last_o
);
  localparam int unsigned IndexW = (Lanes > 1) ? $clog2(Lanes) : 1;

  logic [Lanes-1:0][15:0] results_q;
  logic [7:0] index_q, final_q;
  logic valid_q, last_q, at_end;
  assign at_end    = index_q == final_q;
  assign drained_o = valid_q && ready_i && at_end;
  assign valid_o   = valid_q;
  assign data_o    = results_q[index_q[IndexW-1:0]];
  assign last_o    = last_q && at_end;

  always_ff @(posedge clk_i) begin
    for (int unsigned lane = 0; lane < Lanes; lane++) begin
      if (we_i && 32'(lane_i) == lane % LanesPerUnit) begin
        results_q[lane] <= data_i[lane/LanesPerUnit];
      end
    end
    if (we_i && lane_i == '0) begin
      final_q <= valid_lanes_i - 8'd1;
      last_q  <= last_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      index_q <= '0;
    end else if (clear_i) begin
      valid_q <= 1'b0;
      index_q <= '0;
    end else if (valid_q) begin
      if (ready_i) begin
        valid_q <= !at_end;
        index_q <= at_end ? '0 : index_q + 8'd1;
      end
    end else begin
      valid_q <= we_i && lane_i == '0;
    end
  end
endmodule
