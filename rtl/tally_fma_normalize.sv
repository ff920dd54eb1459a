// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Third stage of tally_fma: moves the leading one of the sum to the top, by at most room_i places
// (the exponent then is the least there is and the number subnormal). Combinational.
//
//   shift = min(leading zeros of sum_i, room_i), exponent_o = room_i - shift
//   {significand_o, half_o} = upper 25 bits of sum_i << shift, rest_o = any bit below them
//
// A sum of 0: zero_o, and all else 0.
module tally_fma_normalize (
  input  logic [75:0] sum_i,
  input  logic [8:0]  room_i,
  output logic        zero_o,
  output logic [8:0]  exponent_o,
  output logic [23:0] significand_o,
  output logic        half_o,
  output logic        rest_o
);
  // A sum of 0 counts 76 zeros.
  logic [6:0] zeros, shift;
  logic unused_zero;
  tally_lzc #(.CountW(7)) u_lzc (
    .data_i ({sum_i, {52{1'b1}}}),
    .count_o(zeros),
    .zero_o (unused_zero)
  );
  assign zero_o     = zeros == 7'd76;
  assign shift      = {2'b00, zeros} > room_i ? room_i[6:0] : zeros;
  assign exponent_o = zero_o ? 9'd0 : room_i - {2'b00, shift};

  // Largest step first. What the steps to come cannot lift into the upper 25 bits only counts as
  // rest, so each step is narrower than the one before: after the step of 2^i, bits from
  // 51 - (2^i - 1) on stay.
  logic [75:0] by64, by32;
  logic [75:20] by16;
  logic [75:36] by8;
  logic [75:44] by4;
  logic [75:48] by2;
  logic [75:50] by1;
  assign by64 = shift[6] ? {sum_i[11:0], 64'd0} : sum_i;
  assign by32 = shift[5] ? {by64[43:0], 32'd0} : by64;
  assign by16 = shift[4] ? {by32[59:20], 16'd0} : by32[75:20];
  assign by8  = shift[3] ? {by16[67:36], 8'd0} : by16[75:36];
  assign by4  = shift[2] ? {by8[71:44], 4'd0} : by8[75:44];
  assign by2  = shift[1] ? {by4[73:48], 2'd0} : by4[75:48];
  assign by1  = shift[0] ? {by2[74:50], 1'd0} : by2[75:50];

  assign {significand_o, half_o} = by1[75:51];
  assign rest_o = by32[19:0] != '0 || by16[35:20] != '0 || by8[43:36] != '0 || by4[47:44] != '0 ||
                  by2[49:48] != '0 || by1[50];
endmodule
