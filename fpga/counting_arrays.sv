// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// What a counting lane counts with and nothing else, as fpga/lanes.py measures it: AC1, with Offset AC2
// and AC3 too, in LUT RAM, without operands and without reading and clearing.
module counting_arrays #(
  parameter int unsigned MaxN   = 3,
  parameter int unsigned CntW   = 8,
  parameter int unsigned Offset = 1
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            count_i,
  input  logic            negative_i,
  input  logic [MaxN:0]   address1_i,
  input  logic [MaxN-1:0] address2_i,
  input  logic [MaxN-1:0] address3_i,
  output logic            overflow_o
);
  localparam int unsigned Arrays = (Offset != 0) ? 3 : 1;
  logic [2:0][MaxN:0] address;
  logic [Arrays-1:0] overflow;
  assign address = {{1'b0, address3_i}, {1'b0, address2_i}, address1_i};
  for (genvar array = 0; array < Arrays; array++) begin : g_array
    localparam int unsigned AddrW = (array == 0) ? MaxN + 1 : MaxN;
    logic [CntW-1:0] unused_data;
    tally_array_counter #(
      .AddrW(AddrW), .CntW(CntW), .Style(tally_pkg::StyleLutRam)
    ) u_counter (
      .clk_i, .rst_ni, .count_i, .count_addr_i(address[array][AddrW-1:0]), .negative_i,
      .read_i(1'b0), .read_addr_i('0), .read_data_o(unused_data), .overflow_o(overflow[array])
    );
  end
  assign overflow_o = overflow != '0;
endmodule
