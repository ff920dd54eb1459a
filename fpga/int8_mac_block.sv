// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// tally_int8_mac in a multiplier block, for fpga/utilization.py.
module int8_mac_block (
  input  logic               clk_i,
  input  logic               first_i,
  input  logic signed [7:0]  data_i,
  input  logic signed [7:0]  weight_i,
  output logic signed [31:0] acc_o
);
  always_ff @(posedge clk_i) acc_o <= (first_i ? 32'sd0 : acc_o) + 32'(data_i * weight_i);
endmodule
