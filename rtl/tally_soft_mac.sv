// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// An INT8 multiply-accumulate without multiplier blocks, the best that FPGA fabric does: eight gated
// rows on carry chains (one look-up table a bit, no separate gates) and the accumulator. It is what a
// counting lane is compared with (fpga/lanes.py).
//
//   enable_i: acc_o = (clear_i ? 0 : acc_o) + a_i * b_i, modulo 2^AccW; acc_o is a register
module tally_soft_mac #(
  parameter int unsigned AccW = 28
) (
  input  logic                   clk_i,
  input  logic                   enable_i,
  input  logic                   clear_i,
  input  logic signed [7:0]      a_i,
  input  logic signed [7:0]      b_i,
  output logic signed [AccW-1:0] acc_o
);
  if (AccW < 16) begin : g_bad_width
    $error("tally_soft_mac: AccW must be at least 16");
  end

  logic signed [8:0] sum[8];
  logic signed [15:0] product;
  assign sum[0] = {a_i[7], a_i} & {9{b_i[0]}};
  for (genvar i = 1; i < 8; i++) begin : g_rows
    // The last bit of two's complement counts negative.
    tally_soft_mac_row #(.Subtract(i == 7 ? 1 : 0)) u_row (
      .sum_i(sum[i-1]), .a_i, .bit_i(b_i[i]), .sum_o(sum[i])
    );
    assign product[i-1] = sum[i-1][0];
  end
  assign product[15:7] = sum[7];

  logic [AccW-1:0] acc_d;
  tally_gated_adder #(.Width(AccW)) u_accumulator (
    .keep_i(!clear_i), .value_i(acc_o), .term_i(AccW'(product)), .sum_o(acc_d)
  );
  always_ff @(posedge clk_i) begin
    if (enable_i) acc_o <= acc_d;
  end
endmodule
