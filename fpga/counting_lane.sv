// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// A counting lane as fpga/lanes.py measures it: counters in LUT RAM, exponential system only. Without
// the offset AC2 and AC3 are never counted and only AC1 is read, so that synthesis drops them.
module counting_lane #(
  parameter int unsigned MaxN     = 3,
  parameter int unsigned CntW     = 8,
  parameter int unsigned PingPong = 0,
  parameter int unsigned Offset   = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             step_valid_i,
  input  logic             bank_i,
  input  logic [2:0]       n_i,
  input  tally_pkg::code_t code_i,
  input  logic [7:0]       slot_i,
  input  logic             read_i,
  input  logic             read_bank_i,
  input  logic [1:0]       read_array_i,
  input  logic [MaxN:0]    read_addr_i,
  output logic signed [CntW-1:0] read_data_o,
  output logic             overflow_o,
  output logic             bad_weight_o
);
  logic [2:0] unused_pairs;
  tally_lane #(
    .MaxN(MaxN), .CntW(CntW), .PingPong(PingPong), .Style(tally_pkg::StyleLutRam), .Digits(0),
    .Offset(Offset)
  ) u_lane (
    .clk_i, .rst_ni, .step_valid_i, .bank_i, .offset_i(Offset != 0), .digits_i(1'b0), .n_i,
    .code_i, .term_i('0), .slot_i, .read_i, .read_bank_i,
    .read_array_i(Offset != 0 ? read_array_i : 2'd1), .read_addr_i,
    .read_data_o, .pairs_o(unused_pairs), .overflow_o, .bad_weight_o
  );
endmodule
