// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// tally_pe behind standard interfaces: AXI4-Lite for identity, soft reset, sticky status and event
// counters (registers: tally_registers.rdl), AXI4-Stream for weights, activations and results
// (docs/tile-packet.md), with AXI's own port names. The registers fill the address range; a write to a read-only one answers SLVERR.

module tally_top #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned MaxN = 5,
  parameter int unsigned Dequantizers = 2,
  parameter int unsigned PingPong = 1,
  parameter int unsigned Digits = 1,
  parameter int unsigned ParallelTerms = 0,
  parameter int unsigned CntW = 10,
  parameter int unsigned CounterStyle = tally_pkg::StyleFlipFlop,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned Cut = 0,
  parameter int unsigned FmaRows = 0,
  parameter int unsigned EventCounters = 1  // 0: left out, they read 0
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // AXI4-Lite
  input  logic                 s_axil_awvalid,
  output logic                 s_axil_awready,
  input  logic [5:0]           s_axil_awaddr,
  input  logic [2:0]           s_axil_awprot,
  input  logic                 s_axil_wvalid,
  output logic                 s_axil_wready,
  input  logic [31:0]          s_axil_wdata,
  input  logic [3:0]           s_axil_wstrb,
  output logic                 s_axil_bvalid,
  input  logic                 s_axil_bready,
  output logic [1:0]           s_axil_bresp,
  input  logic                 s_axil_arvalid,
  output logic                 s_axil_arready,
  input  logic [5:0]           s_axil_araddr,
  input  logic [2:0]           s_axil_arprot,
  output logic                 s_axil_rvalid,
  input  logic                 s_axil_rready,
  output logic [31:0]          s_axil_rdata,
  output logic [1:0]           s_axil_rresp,
  // AXI4-Stream: weights
  input  logic                 s_axis_weight_tvalid,
  output logic                 s_axis_weight_tready,
  input  logic [8*Lanes-1:0]   s_axis_weight_tdata,
  input  logic                 s_axis_weight_tlast,
  // AXI4-Stream: activations
  input  logic                 s_axis_activation_tvalid,
  output logic                 s_axis_activation_tready,
  input  logic [15:0]          s_axis_activation_tdata,
  input  logic                 s_axis_activation_tlast,
  // AXI4-Stream: results
  output logic                 m_axis_result_tvalid,
  input  logic                 m_axis_result_tready,
  output logic [15:0]          m_axis_result_tdata,
  output logic                 m_axis_result_tlast
);

  tally_registers_pkg::tally_registers__in_t hwif_in;
  tally_registers_pkg::tally_registers__out_t hwif_out;
  tally_pkg::status_t status;
  localparam int unsigned PairsW = $clog2(7 * Lanes + 1);
  logic soft_reset, busy, step, tile_done;
  logic [PairsW-1:0] pairs;
  logic [63:0] cycles, steps, stalls, tiles, results, term_pairs;

  assign soft_reset = hwif_out.control.soft_reset.value;
  assign hwif_in.configuration.lanes.next = 8'(Lanes);
  assign hwif_in.configuration.max_n.next = 4'(MaxN);
  assign hwif_in.configuration.dequantizers.next = 4'(Dequantizers);
  assign hwif_in.configuration.ping_pong.next = PingPong != 0;
  assign hwif_in.configuration.counter_style.next = 2'(CounterStyle);
  assign hwif_in.configuration.counter_width.next = 5'(CntW);
  assign hwif_in.configuration.parallel_terms.next = ParallelTerms != 0;
  assign hwif_in.configuration.digits.next = Digits != 0;
  assign hwif_in.status.nan_input.next = status.nan_input;
  assign hwif_in.status.counter_overflow.next = status.counter_overflow;
  assign hwif_in.status.result_overflow.next = status.result_overflow;
  assign hwif_in.status.nan_result.next = status.nan_result;
  assign hwif_in.status.bad_weight.next = status.bad_weight;
  assign hwif_in.status.bad_control.next = status.bad_control;
  assign hwif_in.status.bad_boundaries.next = status.bad_boundaries;
  assign hwif_in.status.weight_early.next = status.weight_early;
  assign hwif_in.status.weight_late.next = status.weight_late;
  assign hwif_in.status.activation_early.next = status.activation_early;
  assign hwif_in.status.activation_late.next = status.activation_late;
  assign hwif_in.cycles.value.next = cycles;
  assign hwif_in.steps.value.next = steps;
  assign hwif_in.stalls.value.next = stalls;
  assign hwif_in.tiles.value.next = tiles;
  assign hwif_in.results.value.next = results;
  assign hwif_in.term_pairs.value.next = term_pairs;

  tally_registers u_registers (
    .clk(clk_i),
    .arst_n(rst_ni),
    .s_axil_awready,
    .s_axil_awvalid,
    .s_axil_awaddr,
    .s_axil_awprot,
    .s_axil_wready,
    .s_axil_wvalid,
    .s_axil_wdata,
    .s_axil_wstrb,
    .s_axil_bready,
    .s_axil_bvalid,
    .s_axil_bresp,
    .s_axil_arready,
    .s_axil_arvalid,
    .s_axil_araddr,
    .s_axil_arprot,
    .s_axil_rready,
    .s_axil_rvalid,
    .s_axil_rdata,
    .s_axil_rresp,
    .hwif_in,
    .hwif_out
  );

  if (EventCounters != 0) begin : g_event_counters
    tally_event_counters #(.PairsW(PairsW)) u_event_counters (
      .clk_i,
      .rst_ni,
      .clear_i(soft_reset),
      .busy_i(busy),
      .step_i(step),
      .tile_i(tile_done),
      .result_i(m_axis_result_tvalid && m_axis_result_tready),
      .pairs_i(pairs),
      .cycles_o(cycles),
      .steps_o(steps),
      .stalls_o(stalls),
      .tiles_o(tiles),
      .results_o(results),
      .pairs_o(term_pairs)
    );
  end else begin : g_no_event_counters
    assign {cycles, steps, stalls, tiles, results, term_pairs} = '0;
    logic unused_events;
    assign unused_events = ^{busy, step, tile_done, pairs};
  end

  tally_pe #(
    .Lanes(Lanes),
    .MaxN(MaxN),
    .Dequantizers(Dequantizers),
    .PingPong(PingPong),
    .Digits(Digits),
    .ParallelTerms(ParallelTerms),
    .CntW(CntW),
    .CounterStyle(CounterStyle),
    .BufferRows(BufferRows), .Cut(Cut), .FmaRows(FmaRows)
  ) u_pe (
    .clk_i,
    .rst_ni,
    .soft_reset_i(soft_reset),
    .weight_valid_i(s_axis_weight_tvalid),
    .weight_ready_o(s_axis_weight_tready),
    .weight_data_i(s_axis_weight_tdata),
    .weight_last_i(s_axis_weight_tlast),
    .activation_valid_i(s_axis_activation_tvalid),
    .activation_ready_o(s_axis_activation_tready),
    .activation_data_i(s_axis_activation_tdata),
    .activation_last_i(s_axis_activation_tlast),
    .result_valid_o(m_axis_result_tvalid),
    .result_ready_i(m_axis_result_tready),
    .result_data_o(m_axis_result_tdata),
    .result_last_o(m_axis_result_tlast),
    .status_o(status),
    .busy_o(busy),
    .step_o(step),
    .term_pairs_o(pairs),
    .tile_done_o(tile_done)
  );

endmodule
