// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// tally_soft_mac_row in carry cells of the ECP5, whose look-up tables gate and add at once; Yosys would
// spend a table of its own on each gate. fpga/lanes.py proves both equal before it counts.
module soft_mac_row_ecp5 #(
  parameter Subtract = 0
) (
  input  wire [8:0] sum_i,
  input  wire [7:0] a_i,
  input  wire       bit_i,
  output wire [8:0] sum_o
);
  // A ^ (B & C), and with D = 1 in the last row A ^ ~(B & C); the carry of equal inputs is A.
  localparam [15:0] Init = Subtract ? 16'h956A : 16'h6A6A;
  wire [9:0] half = {sum_i[8], sum_i[8], sum_i[8:1]};
  wire [9:0] a = {a_i[7], a_i[7], a_i};
  wire [5:0] carry;
  assign carry[0] = Subtract ? 1'b1 : 1'b0;
  genvar i;
  generate
    for (i = 0; i < 5; i = i + 1) begin : g_pair
      wire high;
      CCU2C #(.INIT0(Init), .INIT1(Init), .INJECT1_0("NO"), .INJECT1_1("NO")) u_pair (
        .CIN(carry[i]), .COUT(carry[i+1]),
        .A0(half[2*i]), .B0(a[2*i]), .C0(bit_i), .D0(1'b1), .S0(sum_o[2*i]),
        .A1(half[2*i+1]), .B1(a[2*i+1]), .C1(bit_i), .D1(1'b1), .S1(high)
      );
      if (i < 4) assign sum_o[2*i+1] = high;
    end
  endgenerate
endmodule
