// SPDX-License-Identifier: Apache-2.0
// Proof of tally_int_to_fp32 for every integer: significand and exponent give the integer back, and above
// 24 bits the nearest such number, the even one in a tie.
module tally_int_to_fp32_fv #(
  parameter int unsigned Width = 26
) (
  input logic                    clk_i,
  input logic signed [Width-1:0] data_i
);
  logic [31:0] result;

  tally_int_to_fp32 #(.Width(Width)) dut (.data_i, .result_o(result));

  // The magnitude, the integer that the result stands for, and the unit in its last place.
  localparam int unsigned WideW = Width + 4;
  logic [WideW-1:0] magnitude, number, distance, unit;
  logic [7:0] exponent;
  logic [23:0] significand;
  assign magnitude   = data_i[Width-1] ? WideW'(-(WideW'(data_i))) : WideW'(data_i);
  assign exponent    = result[30:23];
  assign significand = {1'b1, result[22:0]};
  always_comb begin
    if (exponent >= 8'd150) number = WideW'(significand) << (exponent - 8'd150);
    else number = WideW'(significand >> (8'd150 - exponent));
    unit     = exponent >= 8'd150 ? WideW'(1) << (exponent - 8'd150) : '0;
    distance = magnitude > number ? magnitude - number : number - magnitude;
  end
  logic fraction;   // the number has bits below 1
  assign fraction = exponent < 8'd150 && significand << (5'd24 - 5'(8'd150 - exponent)) != '0;

  always_ff @(posedge clk_i) begin
    assert ((data_i == '0) == (result == '0));
    assert (data_i == '0 || result[31] == data_i[Width-1]);
    assert (data_i == '0 || (exponent >= 8'd127 && 32'(exponent) < 127 + Width));
    assert (data_i == '0 || !fraction);
    assert (data_i == '0 || WideW'(2) * distance <= unit);
    assert (data_i == '0 || WideW'(2) * distance != unit || unit == '0 || !significand[0]);
    cover (data_i != '0 && 32'(exponent) == 126 + Width && result[31]);
    cover (result == 32'h3F80_0000);
  end
  if (Width > 24) begin : g_rounded
    always_ff @(posedge clk_i) begin
      cover (WideW'(2) * distance < unit && distance != '0);
      cover (WideW'(2) * distance == unit && unit != '0);
    end
  end
endmodule
