// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// From counters to results (docs/number-systems.md): reads and clears the counters of a segment,
// evaluates the polynomials, accumulates over the segments of a vector and streams its binary16 results.
//
// Dequantizers units work in lock step; unit u serves lanes u*LanesPerUnit .. +LanesPerUnit-1 in turn.
// Stages of a slot (tally_post_program makes one a cycle, registered once):
//   R    read_o, read_addr_o         D = R+1  read_data_i is here, the unit picks its lane (Cut = 1: R+2)
//   C = D+1, X = C+1, W = X+4    tally_dequantizer (with Cut = 1 C = D+3, W = X+8); the coefficient is
//                                asked for in C, and here in X
//   H = W+2                          the result as binary16 goes to the buffer
// Cycles a segment, back to back: Slots * (2^(n+2) - 4) with the offset, Slots * (2^(n+1) - 3) without,
// Slots * 16 with integers, Slots = max(4, Lanes / Dequantizers); after a pause up to Slots cycles to
// fall in step.
// The first result of a vector is on the stream 12 cycles (Cut = 1: 19) after its finish begins.
//
// bank_free_o: all counters of counter bank bank_free_bank_o are read (one cycle ago) and cleared.
// tile_done_o: the coefficients of the oldest tile have been read for the last time.
// A stalled result stream stops the unit only when the next vector is finished as well.
// clear_i (synchronous) drops everything in flight.
module tally_postprocessor #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned MaxN         = 5,
  parameter  int unsigned CntW         = 10,
  parameter  int unsigned Dequantizers = 2,
  parameter  int unsigned Cut          = 0,
  parameter  int unsigned Rows         = 0,  // see tally_fma
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          clear_i,
  // Segments
  input  logic                          token_valid_i,
  output logic                          token_ready_o,
  input  tally_pkg::token_t             token_i,
  // Counters
  output logic [Lanes-1:0]              read_o,
  output logic                          read_bank_o,
  output logic [1:0]                    read_array_o,
  output logic [MaxN:0]                 read_addr_o,
  input  logic [Lanes-1:0][CntW-1:0]    read_data_i,
  output logic                          bank_free_o,
  output logic                          bank_free_bank_o,
  // Coefficient store
  output logic                          coefficient_bank_o,
  output logic [LaneW-1:0]              coefficient_lane_o,
  output logic [2:0]                    coefficient_field_o,
  input  logic [Dequantizers-1:0][31:0] coefficient_data_i,
  output logic                          base_bank_o,
  input  logic [31:0]                   base_i,
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

  localparam int unsigned AddrW = (MaxN < 3) ? 4 : MaxN + 1;

  if (Lanes % Dequantizers != 0 || Lanes > 128) begin : g_bad_lanes
    $error("tally_postprocessor: Dequantizers must divide Lanes, and Lanes be at most 128");
  end
  if (MaxN < 2 || MaxN > 7) begin : g_bad_max_n
    $error("tally_postprocessor: MaxN must be 2..7");
  end
  if (CntW > 24) begin : g_bad_width
    $error("tally_postprocessor: CntW must be at most 24, so that a count is exact as binary32");
  end

  // ---------------------------------------------------------------- stage R
  // What the program says is registered once: reads fan out to the memories of all lanes.
  logic read_p, read_last_p, read_bank_p, result_p, read_last, result_r;
  logic relu, last_vector, drained;
  logic [1:0] read_array_p;
  logic [LaneW-1:0] lane_p, lane_r;
  logic [7:0] valid_lanes;
  logic [AddrW-1:0] read_addr_p, read_addr;
  post_op_t op_p, op_r;

  tally_post_program #(
    .MaxN(MaxN), .LanesPerUnit(LanesPerUnit), .Cut(Cut)
  ) u_program (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(token_valid_i), .ready_o(token_ready_o), .token_i,
    .lane_o(lane_p), .op_o(op_p), .result_o(result_p),
    .read_o(read_p), .read_last_o(read_last_p), .read_bank_o(read_bank_p),
    .read_array_o(read_array_p), .read_addr_o(read_addr_p),
    .drained_i(drained), .relu_o(relu), .valid_lanes_o(valid_lanes), .last_vector_o(last_vector)
  );

  assign read_addr_o = read_addr[MaxN:0];
  if (AddrW > MaxN + 1) begin : g_short_addr
    logic unused_addr;
    assign unused_addr = ^read_addr[AddrW-1:MaxN+1];
  end

  always_ff @(posedge clk_i) begin
    lane_r       <= lane_p;
    op_r         <= op_p;
    read_bank_o  <= read_bank_p;
    read_array_o <= read_array_p;
    read_addr    <= read_addr_p;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {read_o, read_last, result_r} <= '0;
    end else if (clear_i) begin
      {read_o, read_last, result_r} <= '0;
    end else begin
      for (int unsigned lane = 0; lane < Lanes; lane++) begin
        read_o[lane] <= read_p && 32'(lane_p) == lane % LanesPerUnit;
      end
      read_last <= read_last_p;
      result_r  <= result_p;
    end
  end

  // ---------------------------------------------------------------- stages D to W
  localparam int unsigned D = (Cut != 0) ? 1 : 0, C = (Cut != 0) ? D + 3 : D + 1, X = C + 1;
  localparam int unsigned W = (Cut != 0) ? X + 8 : X + 4, H = W + 2;
  logic [H:0][LaneW-1:0] lane_q;
  post_op_t [X:0] op_q;
  logic [W:X+1] to_p_q, to_acc_q;
  logic [H:0] result_q;
  logic [H:W+1][7:0] valid_lanes_q;
  logic [H:W+1] last_vector_q;
  logic [31:0] base_q;

  always_ff @(posedge clk_i) begin
    lane_q   <= {lane_q[H-1:0], lane_r};
    op_q     <= {op_q[C:0], op_r};
    to_p_q   <= {to_p_q[W-1:X+1], op_q[X].fma && op_q[X].horner};
    to_acc_q <= {to_acc_q[W-1:X+1], op_q[X].fma && !op_q[X].horner};
    base_q   <= base_i;
    valid_lanes_q <= {valid_lanes_q[W+1], valid_lanes};
    last_vector_q <= {last_vector_q[W+1], last_vector};
    if (read_last) bank_free_bank_o <= read_bank_o;
  end

  // Only what acts outside needs a reset: Init fills the lines of the units.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {result_q, bank_free_o, tile_done_o} <= '0;
    end else if (clear_i) begin
      {result_q, bank_free_o, tile_done_o} <= '0;
    end else begin
      result_q    <= {result_q[H-1:0], result_r};
      bank_free_o <= read_last;
      tile_done_o <= result_q[C] && last_vector && 32'(lane_q[C]) == LanesPerUnit - 1;
    end
  end

  assign coefficient_bank_o  = op_q[C].coefficient_bank;
  assign coefficient_lane_o  = lane_q[C];
  assign coefficient_field_o = op_q[C].field;
  assign base_bank_o         = op_q[C].base_bank;

  // ---------------------------------------------------------------- units
  logic [Dequantizers-1:0][31:0] result;

  for (genvar unit = 0; unit < Dequantizers; unit++) begin : g_unit
    logic [CntW-1:0] count_d, count_q;

    always_comb begin
      count_d = '0;
      for (int unsigned j = 0; j < LanesPerUnit; j++) begin
        if (32'(lane_q[D]) == j) count_d = read_data_i[unit*LanesPerUnit+j];
      end
    end
    always_ff @(posedge clk_i) count_q <= count_d;

    tally_dequantizer #(
      .CntW(CntW), .LanesPerUnit(LanesPerUnit), .Cut(Cut), .Rows(Rows)
    ) u_dequantizer (
      .clk_i, .rst_ni,
      .count_i(count_q), .sum_load_i(op_q[C].sum_load), .sum_double_i(op_q[C].sum_double),
      .sum_count_i(op_q[C].sum_count), .sum_acc_i(op_q[C].sum_acc),
      .wide_i(op_q[C].wide), .wide_raw_i(op_q[C].wide_raw),
      .coefficient_i(coefficient_data_i[unit]),
      .fma_i(op_q[X].fma), .horner_i(op_q[X].horner), .start_i(op_q[X].start),
      .save_i(op_q[X].save), .bias_i(op_q[X].bias), .total_i(op_q[X].total), .base_i(base_q),
      .to_p_i(to_p_q[W]), .to_acc_i(to_acc_q[W]), .result_o(result[unit])
    );
  end

  tally_result_output #(.Lanes(Lanes), .Dequantizers(Dequantizers)) u_output (
    .clk_i, .rst_ni, .clear_i,
    .result_i(result), .relu_i(relu), .valid_i(result_q[H]), .lane_i(lane_q[H]),
    .valid_lanes_i(valid_lanes_q[H]), .last_i(last_vector_q[H]), .drained_o(drained),
    .result_valid_o, .result_ready_i, .result_data_o, .result_last_o,
    .result_overflow_o, .nan_result_o
  );
endmodule
