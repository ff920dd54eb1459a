// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The baseline's lane: multiplies and accumulates integers, Products products at once.
//
//   acc_o = (first_i ? 0 : acc_o) + sum over p of data_i[p] * weight_i[p]      every cycle, modulo 2^AccW
//
// There is no enable: data of zero adds nothing, and whoever broadcasts the data makes it zero in idle
// cycles once for all lanes. Latency one cycle; no product is ever out of range, -128 * -128 included.
//
// Products are Baugh-Wooley partial products, which need no sign extension. With a of m = DataW bits and
// b of n = WeightW (8 each but in narrower variants, to compare),
//
//   a * b = sum over i < m-1, j < n-1 of a[i] b[j] 2^(i+j) + a[m-1] b[n-1] 2^(m+n-2)
//         + sum over i < m-1 of not a[i] b[n-1] 2^(i+n-1) + sum over j < n-1 of not a[m-1] b[j] 2^(j+m-1)
//         + 2^(m-1) + 2^(n-1) - 2^(m+n-1)
//
// All partial products, the constants of all products together and the accumulator go into one
// compressor tree: there is one carry chain, that of the result.
module tally_int8_mac #(
  parameter int unsigned AccW     = 32,
  parameter int unsigned Products = 1,
  parameter int unsigned DataW    = 8,
  parameter int unsigned WeightW  = 8
) (
  input  logic                                    clk_i,
  // Step
  input  logic                                    first_i,
  input  logic signed [Products-1:0][DataW-1:0]   data_i,
  input  logic signed [Products-1:0][WeightW-1:0] weight_i,
  // Result
  output logic signed [AccW-1:0]                  acc_o
);
  if (AccW < 16 || AccW > 64) begin : g_bad_width
    $error("tally_int8_mac: AccW must be 16..64");
  end
  if (DataW < 2 || DataW > 8 || WeightW < 2 || WeightW > 8) begin : g_bad_operands
    $error("tally_int8_mac: DataW and WeightW must be 2..8");
  end
  if (Products < 1 || Products > 16) begin : g_bad_products
    $error("tally_int8_mac: Products must be 1..16");
  end

  typedef logic [AccW-1:0][7:0] counts_t;

  localparam int unsigned Narrow = (DataW < WeightW) ? DataW : WeightW;
  localparam int unsigned PartialRows = Narrow * Products;
  localparam int unsigned MaxHeight = PartialRows + 2;  // and the accumulator, and a constant
  localparam logic [AccW-1:0] Constant =
      AccW'(Products) * AccW'((64'd1 << (DataW - 1)) + (64'd1 << (WeightW - 1))
                              - (64'd1 << (DataW + WeightW - 1)));

  // Partial products of column c: those of rows j < WeightW with 0 <= c - j < DataW.
  function automatic int unsigned first_row(int unsigned c);
    return (c < DataW) ? 0 : c - DataW + 1;
  endfunction
  function automatic int unsigned partials(int unsigned c);
    if (c > DataW + WeightW - 2) return 0;
    return ((c < WeightW) ? c + 1 : WeightW) - first_row(c);
  endfunction
  function automatic counts_t column_heights();
    for (int unsigned c = 0; c < AccW; c++) begin
      column_heights[c] = 8'(Products * partials(c) + 1);
    end
  endfunction

  localparam counts_t Heights = column_heights();

  logic [AccW-1:0] acc_q, acc_d;
  logic [AccW-1:0][MaxHeight-1:0] columns;

  // In each column: partial products, and the accumulator on top.
  for (genvar c = 0; c < AccW; c++) begin : g_column
    localparam int unsigned Rows = partials(c);
    localparam int unsigned FirstRow = first_row(c);
    for (genvar p = 0; p < Products; p++) begin : g_product
      for (genvar r = 0; r < Rows; r++) begin : g_partial
        localparam int unsigned J = FirstRow + r;
        localparam int unsigned I = c - J;
        if ((I == DataW - 1) != (J == WeightW - 1)) begin : g_negative
          assign columns[c][p*Rows+r] = !(data_i[p][I] && weight_i[p][J]);
        end else begin : g_positive
          assign columns[c][p*Rows+r] = data_i[p][I] && weight_i[p][J];
        end
      end
    end
    assign columns[c][Products*Rows] = acc_q[c] && !first_i;
    assign columns[c][MaxHeight-1:Products*Rows+1] = '0;
  end

  tally_compressor_tree #(
    .Columns(AccW), .MaxHeight(MaxHeight), .Heights(Heights), .Constant(Constant)
  ) u_tree (
    .bits_i(columns), .sum_o(acc_d)
  );

  always_ff @(posedge clk_i) acc_q <= acc_d;
  assign acc_o = acc_q;
endmodule
