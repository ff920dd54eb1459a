// SPDX-License-Identifier: Apache-2.0
// Proof of tally_hese for every value: the digits sum up to the value; signed digits are non-adjacent
// (so there are at most four, and never more than the binary ones); plain digits are the binary ones.
module tally_hese_fv (
  input logic             clk_i,
  input tally_pkg::code_t value_i,
  input logic             hese_i
);
  logic [7:0] pos, neg, digits;

  tally_hese dut (.value_i, .hese_i, .pos_o(pos), .neg_o(neg));

  logic signed [9:0] value, sum;
  assign value  = value_i.sign ? -10'(value_i.index) : 10'(value_i.index);
  assign sum    = signed'(10'(pos)) - signed'(10'(neg));
  assign digits = pos | neg;

  function automatic logic [3:0] count(logic [7:0] bits);
    count = '0;
    for (int unsigned i = 0; i < 8; i++) count += 4'(bits[i]);
  endfunction

  always_ff @(posedge clk_i) begin
    assert (sum == value);
    assert ((pos & neg) == '0);
    assert (!hese_i || (digits & (digits << 1)) == '0);
    assert (!hese_i || count(digits) <= 4'd4);
    assert (!hese_i || count(digits) <= count(8'(value_i.index)));
    assert (hese_i || digits == 8'(value_i.index));
    assert (hese_i || (value_i.sign ? pos : neg) == '0);
    cover (hese_i && count(digits) == 4'd4);
    cover (hese_i && digits[7] && value_i.sign);
    cover (!hese_i && count(digits) == 4'd7);
  end
endmodule
