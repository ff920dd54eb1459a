// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// AXI4-Lite in front of the generated register block (its "passthrough" bus), one access at a time:
// each channel holds one beat until the access is answered, a write waits for address and data, and
// of a read and a write that wait together the write is first; the read then comes before another write.
//
// Request and answer are registers, so that what the block decodes and selects has a cycle of its own.
// access_o is high for one cycle; the block answers in it.

module tally_axi_lite (
  input  logic        clk_i,
  input  logic        rst_ni,
  // AXI4-Lite
  input  logic        awvalid_i,
  output logic        awready_o,
  input  logic [5:0]  awaddr_i,
  input  logic        wvalid_i,
  output logic        wready_o,
  input  logic [31:0] wdata_i,
  input  logic [3:0]  wstrb_i,
  output logic        bvalid_o,
  input  logic        bready_i,
  output logic [1:0]  bresp_o,
  input  logic        arvalid_i,
  output logic        arready_o,
  input  logic [5:0]  araddr_i,
  output logic        rvalid_o,
  input  logic        rready_i,
  output logic [31:0] rdata_o,
  output logic [1:0]  rresp_o,
  // Register block
  output logic        access_o,
  output logic        write_o,
  output logic [5:0]  address_o,
  output logic [31:0] data_o,
  output logic [3:0]  strobe_o,
  input  logic        error_i,  // of either kind of access
  input  logic [31:0] data_i
);
  typedef enum logic [1:0] {Idle, Access, Answer} state_e;

  localparam logic [1:0] Okay = 2'b00, SlaveError = 2'b10;

  state_e     state_q;
  logic       write_q, error_q;
  logic       aw_held_q, w_held_q, ar_held_q;  // a beat is here, and not answered
  logic [5:2] awaddr_q, araddr_q, address_q;
  logic       taken;

  assign {awready_o, wready_o, arready_o} = ~{aw_held_q, w_held_q, ar_held_q};
  assign taken = state_q == Answer && (write_q ? bready_i : rready_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      {aw_held_q, w_held_q, ar_held_q} <= '0;
      {write_q, error_q, address_q, rdata_o} <= '0;
      {awaddr_q, araddr_q, data_o, strobe_o} <= '0;
    end else begin
      if (awvalid_i && awready_o) {aw_held_q, awaddr_q} <= {1'b1, awaddr_i[5:2]};
      if (wvalid_i && wready_o) {w_held_q, data_o, strobe_o} <= {1'b1, wdata_i, wstrb_i};
      if (arvalid_i && arready_o) {ar_held_q, araddr_q} <= {1'b1, araddr_i[5:2]};
      if (taken && write_q) {aw_held_q, w_held_q} <= '0;
      if (taken && !write_q) ar_held_q <= 1'b0;
      if (state_q == Idle) begin
        write_q   <= aw_held_q && w_held_q;
        address_q <= (aw_held_q && w_held_q) ? awaddr_q : araddr_q;
        if ((aw_held_q && w_held_q) || ar_held_q) state_q <= Access;
      end else if (state_q == Access) begin
        {error_q, rdata_o} <= {error_i, data_i};
        state_q <= Answer;
      end else if (taken) begin
        state_q <= Idle;
      end
    end
  end

  assign access_o  = state_q == Access;
  assign write_o   = write_q;
  assign address_o = {address_q, 2'b00};
  assign bvalid_o  = state_q == Answer && write_q;
  assign rvalid_o  = state_q == Answer && !write_q;
  assign bresp_o   = error_q ? SlaveError : Okay;
  assign rresp_o   = bresp_o;

  logic unused_address;
  assign unused_address = ^{awaddr_i[1:0], araddr_i[1:0]};
endmodule
