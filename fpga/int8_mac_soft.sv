// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// tally_int8_mac as the best that we know of look-up tables (tally_soft_mac), for fpga/utilization.py: a
// compressor tree is for full adders.
module int8_mac_soft (
  input  logic               clk_i,
  input  logic               first_i,
  input  logic signed [7:0]  data_i,
  input  logic signed [7:0]  weight_i,
  output logic signed [31:0] acc_o
);
  tally_soft_mac #(.AccW(32)) u_mac (
    .clk_i, .enable_i(1'b1), .clear_i(first_i), .a_i(data_i), .b_i(weight_i), .acc_o
  );
endmodule
