// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// tally_gated_adder on the carry chain of the 7 series: the carry of equal inputs is the ungated one, so
// that one look-up table a bit gates and adds. Yosys takes either input, and then needs a second table
// for the gate. fpga/lanes.py proves both equal before it counts.
module gated_adder_xc7 #(
  parameter Width = 10
) (
  input  wire             keep_i,
  input  wire [Width-1:0] value_i,
  input  wire [Width-1:0] term_i,
  output wire [Width-1:0] sum_o
);
  localparam Quads = (Width + 3) / 4;
  wire [4*Quads-1:0] term = term_i, sum, carry;
  wire [Quads:0] before;
  assign before[0] = 1'b0;
  wire [4*Quads-1:0] half = {Width{keep_i}} & value_i ^ term_i;
  assign sum_o = sum[Width-1:0];
  genvar i;
  generate
    for (i = 0; i < Quads; i = i + 1) begin : g_quad
      assign before[i+1] = carry[4*i+3];
      CARRY4 u_quad (
        .CI(before[i]), .CYINIT(1'b0), .DI(term[4*i+:4]), .S(half[4*i+:4]),
        .O(sum[4*i+:4]), .CO(carry[4*i+:4])
      );
    end
  endgenerate
endmodule
