// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One row of tally_soft_mac: sum_o = sum_i / 2, rounded down, plus a_i if bit_i (Subtract: minus it).
// Combinational; with |sum_i| up to 256 and an 8-bit a_i the result fits in 9 bits. A look-up table a
// bit gates and adds: the gate costs nothing on an FPGA.
module tally_soft_mac_row #(
  parameter int unsigned Subtract = 0
) (
  input  logic signed [8:0] sum_i,
  input  logic signed [7:0] a_i,
  input  logic              bit_i,
  output logic signed [8:0] sum_o
);
  logic [8:0] half, term;
  logic unused_low;
  assign half       = {sum_i[8], sum_i[8:1]};
  assign unused_low = sum_i[0];
  assign term       = {a_i[7], a_i} & {9{bit_i}};
  assign sum_o      = (Subtract != 0) ? half - term : half + term;
endmodule
