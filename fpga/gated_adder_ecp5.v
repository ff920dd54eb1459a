// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// tally_gated_adder in carry cells of the ECP5, whose look-up tables gate and add at once; Yosys would
// spend a table of its own on each gate. fpga/lanes.py proves both equal before it counts.
module gated_adder_ecp5 #(
  parameter Width = 10
) (
  input  wire             keep_i,
  input  wire [Width-1:0] value_i,
  input  wire [Width-1:0] term_i,
  output wire [Width-1:0] sum_o
);
  // With D = 1 (A & C) ^ B; where that is 0 both are equal and the carry is B (C = D = 0: B).
  localparam [15:0] Init = 16'h6C0C;
  localparam Pairs = (Width + 1) / 2;
  wire [2*Pairs-1:0] value = value_i, term = term_i, sum;
  wire [Pairs:0] carry;
  assign carry[0] = 1'b0;
  assign sum_o = sum[Width-1:0];
  genvar i;
  generate
    for (i = 0; i < Pairs; i = i + 1) begin : g_pair
      CCU2C #(.INIT0(Init), .INIT1(Init), .INJECT1_0("NO"), .INJECT1_1("NO")) u_pair (
        .CIN(carry[i]), .COUT(carry[i+1]),
        .A0(value[2*i]), .B0(term[2*i]), .C0(keep_i), .D0(1'b1), .S0(sum[2*i]),
        .A1(value[2*i+1]), .B1(term[2*i+1]), .C1(keep_i), .D1(1'b1), .S1(sum[2*i+1])
      );
    end
  endgenerate
endmodule
