// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// sum_o = (keep_i ? value_i : 0) + term_i, modulo 2^Width. Combinational.
//
// An accumulator that can start anew. A module of its own, because the look-up table of a carry cell
// gates and adds at once on FPGAs: fpga/gated_adder_ecp5.v does so where Yosys would not.
module tally_gated_adder #(
  parameter int unsigned Width = 10
) (
  input  logic             keep_i,
  input  logic [Width-1:0] value_i,
  input  logic [Width-1:0] term_i,
  output logic [Width-1:0] sum_o
);
  assign sum_o = (value_i & {Width{keep_i}}) + term_i;
endmodule
