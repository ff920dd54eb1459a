// SPDX-License-Identifier: Apache-2.0
// Proof of the AXI4-Lite side of the registers: a response that is offered holds, unchanged, until it is
// taken; there is never one without a request; each channel holds one request at most; the register block
// is accessed exactly once for each, with what the master said, and in the cycle after one that nothing is
// in work and a request waits; a write comes first, but two never pass a read.
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

  logic access, write, read_error, write_error;
  logic [5:0] address;
  logic [31:0] write_data, read_data;
  logic [3:0] strobe;
  logic [3:0] unused_stall_ack;

  tally_axi_lite dut (
    .clk_i, .rst_ni,
    .awvalid_i, .awready_o(awready), .awaddr_i,
    .wvalid_i, .wready_o(wready), .wdata_i, .wstrb_i,
    .bvalid_o(bvalid), .bready_i, .bresp_o(bresp),
    .arvalid_i, .arready_o(arready), .araddr_i,
    .rvalid_o(rvalid), .rready_i, .rdata_o(rdata), .rresp_o(rresp),
    .access_o(access), .write_o(write), .address_o(address), .data_o(write_data),
    .strobe_o(strobe), .error_i(write ? write_error : read_error), .data_i(read_data)
  );
  tally_registers u_registers (
    .clk(clk_i), .arst_n(rst_ni),
    .s_cpuif_req(access), .s_cpuif_req_is_wr(write), .s_cpuif_addr(address),
    .s_cpuif_wr_data(write_data),
    .s_cpuif_wr_biten({{8{strobe[3]}}, {8{strobe[2]}}, {8{strobe[1]}}, {8{strobe[0]}}}),
    .s_cpuif_req_stall_wr(unused_stall_ack[3]), .s_cpuif_req_stall_rd(unused_stall_ack[2]),
    .s_cpuif_rd_ack(unused_stall_ack[1]), .s_cpuif_rd_err(read_error),
    .s_cpuif_rd_data(read_data),
    .s_cpuif_wr_ack(unused_stall_ack[0]), .s_cpuif_wr_err(write_error),
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
  logic write_done_q, read_done_q;  // the access of the oldest one was
  logic [5:2] awaddr_q, araddr_q;
  logic [35:0] data_seen_q;
  logic [33:0] answered_q;          // what the register block said
  logic waits, write_waits, waits_q, write_waits_q;  // and nothing is in work
  logic passed_q;                   // a write went before the read that waits
  assign write_waits = !access && !bvalid && !rvalid && addresses_q != '0 && data_q != '0;
  assign waits       = write_waits || (!access && !bvalid && !rvalid && reads_q != '0);
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
      {write_done_q, read_done_q, waits_q, write_waits_q, passed_q} <= '0;
    end else begin
      if (awvalid_i && awready) awaddr_q <= awaddr_i[5:2];
      if (arvalid_i && arready) araddr_q <= araddr_i[5:2];
      if (wvalid_i && wready) data_seen_q <= {wstrb_i, wdata_i};
      if (access) answered_q <= {(write ? write_error : read_error), 1'b0, read_data};
      {waits_q, write_waits_q} <= {waits, write_waits};
      passed_q     <= reads_q != '0 && (passed_q || (access && write)) && !(access && !write);
      write_done_q <= (write_done_q || (access && write)) && !(bvalid && bready_i);
      read_done_q  <= (read_done_q || (access && !write)) && !(rvalid && rready_i);
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
      assert (addresses_q == 3'(!awready) && data_q == 3'(!wready) && reads_q == 3'(!arready));
      assert (bvalid == write_done_q && rvalid == read_done_q);
      assert (!(access && (bvalid || rvalid)));
      assert (!(access && write) || (addresses_q != '0 && data_q != '0));
      assert (!(access && !write) || reads_q != '0);
      assert (!(access && write) || (address == {awaddr_q, 2'b00}
                                     && {strobe, write_data} == data_seen_q));
      assert (!(access && !write) || address == {araddr_q, 2'b00});
      assert (!bvalid || bresp == answered_q[33:32]);
      assert (!rvalid || {rresp, rdata} == answered_q);
      assert (access == waits_q);
      assert (!access || write == write_waits_q);
      assert (!(access && write && passed_q));
      // What induction must know of states, and of beats that wait.
      assert (dut.state_q != 2'd3);
      assert (!passed_q || bvalid || (access && !write)
              || (!access && !rvalid && addresses_q == '0 && data_q == '0));
      assert (addresses_q == '0 || dut.awaddr_q == awaddr_q);
      assert (reads_q == '0 || dut.araddr_q == araddr_q);
      assert (data_q == '0 || {strobe, write_data} == data_seen_q);
      cover (b_stalled_q && bresp == 2'b10);
      cover (access && !write && passed_q);
      cover (r_stalled_q && rresp == 2'b00 && addresses_q != '0 && data_q != '0);
    end
  end
endmodule
