// SPDX-License-Identifier: Apache-2.0
// Proof of the AXI4-Lite side of the generated register block: a response that is offered holds,
// unchanged, until it is taken; there is never one without a request, and requests stay countable.
module tally_registers_fv (
  input logic                                       clk_i,
  input logic                                       rst_ni,
  input logic                                       awvalid_i,
  input logic [5:0]                                 awaddr_i,
  input logic                                       wvalid_i,
  input logic [31:0]                                wdata_i,
  input logic [3:0]                                 wstrb_i,
  input logic                                       bready_i,
  input logic                                       arvalid_i,
  input logic [5:0]                                 araddr_i,
  input logic                                       rready_i,
  input tally_registers_pkg::tally_registers__in_t  hwif_i
);
  logic awready, wready, bvalid, arready, rvalid;
  logic [1:0] bresp, rresp;
  logic [31:0] rdata;
  tally_registers_pkg::tally_registers__out_t unused_hwif;

  tally_registers dut (
    .clk(clk_i), .arst_n(rst_ni),
    .s_axil_awready(awready), .s_axil_awvalid(awvalid_i), .s_axil_awaddr(awaddr_i),
    .s_axil_awprot(3'd0),
    .s_axil_wready(wready), .s_axil_wvalid(wvalid_i), .s_axil_wdata(wdata_i),
    .s_axil_wstrb(wstrb_i),
    .s_axil_bready(bready_i), .s_axil_bvalid(bvalid), .s_axil_bresp(bresp),
    .s_axil_arready(arready), .s_axil_arvalid(arvalid_i), .s_axil_araddr(araddr_i),
    .s_axil_arprot(3'd0),
    .s_axil_rready(rready_i), .s_axil_rvalid(rvalid), .s_axil_rdata(rdata), .s_axil_rresp(rresp),
    .hwif_in(hwif_i), .hwif_out(unused_hwif)
  );

  logic started_q = 1'b0;
  always_comb begin
    assume (rst_ni == started_q);
    // The master's side: nothing in reset.
    assume (rst_ni || !(awvalid_i || wvalid_i || arvalid_i || bready_i || rready_i));
  end

  // Requests taken whose response has not been.
  logic [2:0] addresses_q, data_q, reads_q;
  logic b_stalled_q, r_stalled_q;
  logic [1:0] bresp_q;
  logic [33:0] read_q;
  always_ff @(posedge clk_i) begin
    started_q   <= 1'b1;
    b_stalled_q <= rst_ni && bvalid && !bready_i;
    r_stalled_q <= rst_ni && rvalid && !rready_i;
    bresp_q     <= bresp;
    read_q      <= {rresp, rdata};
    if (!rst_ni) begin
      addresses_q <= '0;
      data_q      <= '0;
      reads_q     <= '0;
    end else begin
      addresses_q <= addresses_q + 3'(awvalid_i && awready) - 3'(bvalid && bready_i);
      data_q      <= data_q + 3'(wvalid_i && wready) - 3'(bvalid && bready_i);
      reads_q     <= reads_q + 3'(arvalid_i && arready) - 3'(rvalid && rready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (!b_stalled_q || (bvalid && bresp == bresp_q));
      assert (!r_stalled_q || (rvalid && {rresp, rdata} == read_q));
      assert (!bvalid || (addresses_q != '0 && data_q != '0));
      assert (!rvalid || reads_q != '0);
      assert (addresses_q <= 3'd4 && data_q <= 3'd4 && reads_q <= 3'd4);
      cover (b_stalled_q && bresp == 2'b10);
      cover (r_stalled_q && rresp == 2'b00 && reads_q >= 3'd3);
    end
  end
endmodule
