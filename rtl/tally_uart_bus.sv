// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// AXI4-Lite master for one access at a time: valid_i with write_i, address_i and data_i stays until
// done_o, a pulse, which comes with data_o of a read and error_o where the answer was not OKAY.
module tally_uart_bus (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic        write_i,
  input  logic [7:0]  address_i,
  input  logic [31:0] data_i,
  output logic        done_o,
  output logic        error_o,
  output logic [31:0] data_o,
  // AXI4-Lite
  output logic        awvalid_o,
  input  logic        awready_i,
  output logic [7:0]  awaddr_o,
  output logic        wvalid_o,
  input  logic        wready_i,
  output logic [31:0] wdata_o,
  input  logic        bvalid_i,
  output logic        bready_o,
  input  logic [1:0]  bresp_i,
  output logic        arvalid_o,
  input  logic        arready_i,
  output logic [7:0]  araddr_o,
  input  logic        rvalid_i,
  output logic        rready_o,
  input  logic [1:0]  rresp_i,
  input  logic [31:0] rdata_i
);
  logic address_sent_q, data_sent_q;  // of this access
  assign awvalid_o = valid_i && write_i && !address_sent_q;
  assign wvalid_o  = valid_i && write_i && !data_sent_q;
  assign arvalid_o = valid_i && !write_i && !address_sent_q;
  assign awaddr_o  = address_i;
  assign araddr_o  = address_i;
  assign wdata_o   = data_i;
  assign bready_o  = 1'b1;
  assign rready_o  = 1'b1;
  assign done_o    = valid_i && (write_i ? bvalid_i : rvalid_i);
  assign error_o   = (write_i ? bresp_i : rresp_i) != 2'b00;
  assign data_o    = rdata_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {address_sent_q, data_sent_q} <= '0;
    end else if (done_o) begin
      {address_sent_q, data_sent_q} <= '0;
    end else begin
      if ((awvalid_o && awready_i) || (arvalid_o && arready_i)) address_sent_q <= 1'b1;
      if (wvalid_o && wready_i) data_sent_q <= 1'b1;
    end
  end
endmodule
