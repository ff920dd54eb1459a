// SPDX-License-Identifier: Apache-2.0
// Proof of tally_fp32_to_fp16: it is monotone over all pairs of values and odd in the sign, and every
// binary16 value, widened to binary32, comes back unchanged.
module tally_fp32_to_fp16_fv (
  input logic        clk_i,
  input logic [31:0] low_i,
  input logic [31:0] high_i,
  input logic [15:0] half_i
);
  logic [15:0] low, high, negated, back;
  logic low_overflow, high_overflow, low_nan, high_nan, unused_overflow, unused_nan;
  logic back_overflow, back_nan;

  tally_fp32_to_fp16 dut_low (
    .data_i(low_i), .result_o(low), .overflow_o(low_overflow), .nan_o(low_nan)
  );
  tally_fp32_to_fp16 dut_high (
    .data_i(high_i), .result_o(high), .overflow_o(high_overflow), .nan_o(high_nan)
  );
  tally_fp32_to_fp16 dut_negated (
    .data_i(low_i ^ 32'h8000_0000), .result_o(negated), .overflow_o(unused_overflow),
    .nan_o(unused_nan)
  );

  // half_i as binary32; a subnormal one is normalized.
  logic [31:0] wide;
  logic [3:0] zeros;
  logic [9:0] fraction;
  always_comb begin
    zeros = 4'd0;
    for (int unsigned i = 0; i < 10; i++) if (half_i[i]) zeros = 4'(9 - i);
    fraction = half_i[9:0] << (zeros + 4'd1);
    wide = {half_i[15], 8'(half_i[14:10]) + 8'd112, half_i[9:0], 13'd0};
    if (half_i[14:10] == 5'd31) wide = {half_i[15], 8'hFF, half_i[9:0], 13'd0};
    if (half_i[14:10] == 5'd0) wide = {half_i[15], 8'd112 - 8'(zeros), fraction, 13'd0};
    if (half_i[14:0] == 15'd0) wide = {half_i[15], 31'd0};
  end
  tally_fp32_to_fp16 dut_back (
    .data_i(wide), .result_o(back), .overflow_o(back_overflow), .nan_o(back_nan)
  );

  logic half_nan;
  assign half_nan = half_i[14:0] > 15'h7C00;
  always_comb assume (low_i[30:0] <= high_i[30:0]);

  always_ff @(posedge clk_i) begin
    assert (low_nan == (low_i[30:0] > 31'h7F80_0000));
    assert (high_nan || low[14:0] <= high[14:0]);
    assert (high_nan || high[14:0] <= 15'h7C00);
    assert (low_nan || negated == (low ^ 16'h8000));
    assert (low_nan || low[15] == low_i[31]);
    assert (!low_nan || low == 16'h7E00);
    // The least finite value that becomes infinite is 65520.
    assert (high_nan || high_overflow ==
            (high_i[30:0] >= 31'h477F_F000 && high_i[30:0] < 31'h7F80_0000));
    assert (high_nan || (high[14:0] == 15'h7C00) == (high_i[30:0] >= 31'h477F_F000));
    assert (half_nan || back == half_i);
    assert (back_nan == half_nan && !back_overflow);
    cover (high_overflow && !low_overflow && !low_nan);
    cover (back[14:0] == 15'd1 && low[14:0] == 15'd1 && high[14:0] == 15'd2);
    cover (half_nan);
  end
endmodule
