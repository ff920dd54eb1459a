// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Bytes to beats of Bytes bytes, the first one lowest. A byte with last_i ends its beat, which then has
// last_o and zeros in the bytes that did not come. Both sides valid/ready; clear_i drops all.
module tally_uart_packer #(
  parameter int unsigned Bytes = 2
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  input  logic               valid_i,
  output logic               ready_o,
  input  logic [7:0]         data_i,
  input  logic               last_i,
  output logic               valid_o,
  input  logic               ready_i,
  output logic [8*Bytes-1:0] data_o,
  output logic               last_o
);
  localparam int unsigned CountW = $clog2(Bytes) + 1;

  logic [Bytes-1:0][7:0] data_q;
  logic [CountW-1:0]     count_q;  // bytes here
  logic                  full_q, last_q, take;
  assign ready_o = !full_q;
  assign take    = valid_i && ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {count_q, full_q, last_q} <= '0;
    end else if (clear_i) begin
      {count_q, full_q, last_q} <= '0;
    end else if (take) begin
      count_q <= count_q + 1'b1;
      full_q  <= last_i || count_q == CountW'(Bytes - 1);
      last_q  <= last_i;
    end else if (full_q && ready_i) begin
      {count_q, full_q, last_q} <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Bytes; i++) begin
      if (take && 32'(count_q) == i) data_q[i] <= data_i;
      if (take && count_q == '0 && i != 0) data_q[i] <= '0;
    end
  end

  assign valid_o = full_q;
  assign data_o  = data_q;
  assign last_o  = last_q;
endmodule
