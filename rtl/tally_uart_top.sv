// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// A whole board but for its pins: tally_top behind the serial host link. rst_ni may be released at any
// time; it is synchronized here.
module tally_uart_top #(
  parameter int unsigned Lanes           = 16,
  parameter int unsigned MaxN            = 5,
  parameter int unsigned Dequantizers    = 2,
  parameter int unsigned PingPong        = 1,
  parameter int unsigned Digits          = 1,
  parameter int unsigned ParallelTerms   = 0,
  parameter int unsigned CntW            = 10,
  parameter int unsigned CounterStyle    = tally_pkg::StyleLutRam,
  parameter int unsigned BufferRows      = 1024,
  parameter int unsigned Cut             = 0,
  parameter int unsigned FmaRows         = 0,
  parameter int unsigned EventCounters   = 1,
  parameter int unsigned ClocksPerBit    = 40,
  parameter int unsigned WeightDepth     = 2048,
  parameter int unsigned ActivationDepth = 2048,
  parameter int unsigned ResultDepth     = 512
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic rx_i,
  output logic tx_o
);
  // High while reset, as the flip-flops of FPGAs want it; copies, because all of them have it.
  logic reset_q;
  (* keep *) logic reset_link_q, reset_top_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {reset_q, reset_link_q, reset_top_q} <= '1;
    else         {reset_q, reset_link_q, reset_top_q} <= {1'b0, {2{reset_q}}};
  end

  logic weight_valid, weight_ready, weight_last;
  logic [8*Lanes-1:0] weight_data;
  logic activation_valid, activation_ready, activation_last;
  logic result_valid, result_ready, result_last;
  logic [15:0] activation_data, result_data;
  logic awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  logic [7:0] awaddr, araddr;
  logic [31:0] wdata, rdata;
  logic [1:0] bresp, rresp;

  tally_uart_link #(
    .ClocksPerBit(ClocksPerBit), .WeightBytes(Lanes), .WeightDepth(WeightDepth),
    .ActivationDepth(ActivationDepth), .ResultDepth(ResultDepth)
  ) u_link (
    .clk_i, .rst_ni(!reset_link_q), .rx_i, .tx_o,
    .weight_valid_o(weight_valid), .weight_ready_i(weight_ready), .weight_data_o(weight_data),
    .weight_last_o(weight_last),
    .activation_valid_o(activation_valid), .activation_ready_i(activation_ready),
    .activation_data_o(activation_data), .activation_last_o(activation_last),
    .result_valid_i(result_valid), .result_ready_o(result_ready), .result_data_i(result_data),
    .result_last_i(result_last),
    .awvalid_o(awvalid), .awready_i(awready), .awaddr_o(awaddr), .wvalid_o(wvalid),
    .wready_i(wready), .wdata_o(wdata), .bvalid_i(bvalid), .bready_o(bready), .bresp_i(bresp),
    .arvalid_o(arvalid), .arready_i(arready), .araddr_o(araddr), .rvalid_i(rvalid),
    .rready_o(rready), .rresp_i(rresp), .rdata_i(rdata)
  );

  logic [3:0] unused_address;  // beyond the register block: the host asks for registers that exist
  assign unused_address = {awaddr[7:6], araddr[7:6]};

  tally_top #(
    .Lanes(Lanes), .MaxN(MaxN), .Dequantizers(Dequantizers), .PingPong(PingPong),
    .Digits(Digits), .ParallelTerms(ParallelTerms), .CntW(CntW), .CounterStyle(CounterStyle),
    .BufferRows(BufferRows), .Cut(Cut), .FmaRows(FmaRows), .EventCounters(EventCounters)
  ) u_top (
    .clk_i, .rst_ni(!reset_top_q),
    .s_axil_awvalid(awvalid), .s_axil_awready(awready), .s_axil_awaddr(awaddr[5:0]),
    .s_axil_awprot(3'b000),
    .s_axil_wvalid(wvalid), .s_axil_wready(wready), .s_axil_wdata(wdata), .s_axil_wstrb(4'hF),
    .s_axil_bvalid(bvalid), .s_axil_bready(bready), .s_axil_bresp(bresp),
    .s_axil_arvalid(arvalid), .s_axil_arready(arready), .s_axil_araddr(araddr[5:0]),
    .s_axil_arprot(3'b000),
    .s_axil_rvalid(rvalid), .s_axil_rready(rready), .s_axil_rdata(rdata), .s_axil_rresp(rresp),
    .s_axis_weight_tvalid(weight_valid), .s_axis_weight_tready(weight_ready),
    .s_axis_weight_tdata(weight_data), .s_axis_weight_tlast(weight_last),
    .s_axis_activation_tvalid(activation_valid), .s_axis_activation_tready(activation_ready),
    .s_axis_activation_tdata(activation_data), .s_axis_activation_tlast(activation_last),
    .m_axis_result_tvalid(result_valid), .m_axis_result_tready(result_ready),
    .m_axis_result_tdata(result_data), .m_axis_result_tlast(result_last)
  );
endmodule
