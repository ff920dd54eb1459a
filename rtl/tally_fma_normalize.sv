// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Third stage of tally_fma: how far the leading one of the sum moves to the top, at most room_i places
// (then the exponent is the least there is and the number subnormal), and the large steps of that
// shift. Combinational, or with Cut = 1 registered between finding and doing these steps: all outputs
// come one cycle later.
//
//   shift = min(leading zeros of sum_i, room_i) = 16 * steps + fine_o
//   sum_o = bits 75..36 of sum_i << (16 * steps); rest_o: rest_i, or any bit below them
//   exponent_o = room_i - 16 * steps: the biased exponent of bit 39 of sum_o, less 1
//
// A sum of 0 gives zero_o, and exponent_o and fine_o are 0.
module tally_fma_normalize #(
  parameter int unsigned Cut = 0
) (
  input  logic        clk_i,
  input  logic [75:0] sum_i,
  input  logic        rest_i,
  input  logic [8:0]  room_i,
  output logic        zero_o,
  output logic [8:0]  exponent_o,
  output logic [39:0] sum_o,
  output logic [3:0]  fine_o,
  output logic        rest_o
);
  // The sum in five groups of 16 bits, the upper one first. The shift stops in the first group that
  // holds a one or is the last that room_i reaches.
  logic [75:0] sum_q;
  logic [79:0] sum;
  logic [8:0] room;
  logic [4:0] occupied, limit, stop, first_d, first;
  logic zero_d, end_d, room_ends, rest;
  logic [79:0] sum_d;
  assign sum_d = {sum_i, 4'd0};
  for (genvar i = 0; i < 5; ++i) begin : g_groups
    assign occupied[i] = sum_d[79-16*i-:16] != 16'd0;
    assign limit[i]    = room_i[8:4] == 5'(i);
  end
  assign stop       = occupied | limit;
  assign first_d[0] = stop[0];
  for (genvar i = 1; i < 5; ++i) begin : g_first
    assign first_d[i] = stop[i] && stop[i-1:0] == '0;
  end
  assign zero_d = occupied == '0;
  assign end_d  = (first_d & limit) != '0;

  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      {sum_q, room, rest}         <= {sum_i, room_i, rest_i};
      {first, zero_o, room_ends}  <= {first_d, zero_d, end_d};
    end
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {sum_q, room, rest}        = {sum_i, room_i, rest_i};
    assign {first, zero_o, room_ends} = {first_d, zero_d, end_d};
  end
  assign sum = {sum_q, 4'd0};

  logic [2:0] steps;
  logic [79:0] moved;
  always_comb begin
    steps = 3'd0;
    moved = '0;
    for (int unsigned i = 0; i < 5; ++i) begin
      if (first[i]) begin
        steps = steps | 3'(i);
        moved = moved | sum << (16 * i);
      end
    end
  end
  assign sum_o  = moved[79:40];
  assign rest_o = rest || moved[39:0] != '0;

  // Within the group: a one where room_i ends stops the count there.
  logic [15:0] room_end, group;
  logic unused_zero;
  assign room_end = room_ends ? 16'h8000 >> room[3:0] : 16'd0;
  assign group    = sum_o[39:24] | room_end | {zero_o, 15'd0};
  tally_lzc #(.CountW(4)) u_lzc (
    .data_i (group),
    .count_o(fine_o),
    .zero_o (unused_zero)
  );
  assign exponent_o = zero_o ? 9'd0 : {room[8:4] - {2'b00, steps}, room[3:0]};
endmodule
