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
  // What the bus reads. With Cut a cycle late, from registers that can stand beside the register block.
  tally_pkg::status_t status_seen;
  logic [5:0][63:0] counts, counts_seen;
  assign counts = {term_pairs, results, tiles, stalls, steps, cycles};
  if (Cut != 0) begin : g_seen_register
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {status_seen, counts_seen} <= '0;
      else         {status_seen, counts_seen} <= {status, counts};
    end
  end else begin : g_seen_at_once
    assign {status_seen, counts_seen} = {status, counts};
  end

  assign hwif_in.status.nan_input.next = status_seen.nan_input;
  assign hwif_in.status.counter_overflow.next = status_seen.counter_overflow;
  assign hwif_in.status.result_overflow.next = status_seen.result_overflow;
  assign hwif_in.status.nan_result.next = status_seen.nan_result;
  assign hwif_in.status.bad_weight.next = status_seen.bad_weight;
  assign hwif_in.status.bad_control.next = status_seen.bad_control;
  assign hwif_in.status.bad_boundaries.next = status_seen.bad_boundaries;
  assign hwif_in.status.weight_early.next = status_seen.weight_early;
  assign hwif_in.status.weight_late.next = status_seen.weight_late;
  assign hwif_in.status.activation_early.next = status_seen.activation_early;
  assign hwif_in.status.activation_late.next = status_seen.activation_late;
  assign hwif_in.cycles.value.next = counts_seen[0];
  assign hwif_in.steps.value.next = counts_seen[1];
  assign hwif_in.stalls.value.next = counts_seen[2];
  assign hwif_in.tiles.value.next = counts_seen[3];
  assign hwif_in.results.value.next = counts_seen[4];
  assign hwif_in.term_pairs.value.next = counts_seen[5];

  logic access, access_write, read_error, write_error, unused_bus;
  logic [5:0] access_address;
  logic [31:0] access_data, read_data;
  logic [3:0] access_strobe;
  logic [3:0] unused_stall_ack;

  tally_axi_lite u_axi_lite (
    .clk_i,
    .rst_ni,
    .awvalid_i(s_axil_awvalid),
    .awready_o(s_axil_awready),
    .awaddr_i(s_axil_awaddr),
    .wvalid_i(s_axil_wvalid),
    .wready_o(s_axil_wready),
    .wdata_i(s_axil_wdata),
    .wstrb_i(s_axil_wstrb),
    .bvalid_o(s_axil_bvalid),
    .bready_i(s_axil_bready),
    .bresp_o(s_axil_bresp),
    .arvalid_i(s_axil_arvalid),
    .arready_o(s_axil_arready),
    .araddr_i(s_axil_araddr),
    .rvalid_o(s_axil_rvalid),
    .rready_i(s_axil_rready),
    .rdata_o(s_axil_rdata),
    .rresp_o(s_axil_rresp),
    .access_o(access),
    .write_o(access_write),
    .address_o(access_address),
    .data_o(access_data),
    .strobe_o(access_strobe),
    .error_i(access_write ? write_error : read_error),
    .data_i(read_data)
  );
  assign unused_bus = ^{s_axil_awprot, s_axil_arprot, unused_stall_ack};

  // Without retiming it never stalls and acknowledges in the cycle of the request.
  tally_registers u_registers (
    .clk(clk_i),
    .arst_n(rst_ni),
    .s_cpuif_req(access),
    .s_cpuif_req_is_wr(access_write),
    .s_cpuif_addr(access_address),
    .s_cpuif_wr_data(access_data),
    .s_cpuif_wr_biten({{8{access_strobe[3]}}, {8{access_strobe[2]}},
                       {8{access_strobe[1]}}, {8{access_strobe[0]}}}),
    .s_cpuif_req_stall_wr(unused_stall_ack[3]),
    .s_cpuif_req_stall_rd(unused_stall_ack[2]),
    .s_cpuif_rd_ack(unused_stall_ack[1]),
    .s_cpuif_rd_err(read_error),
    .s_cpuif_rd_data(read_data),
    .s_cpuif_wr_ack(unused_stall_ack[0]),
    .s_cpuif_wr_err(write_error),
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
