// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// AC1 for ParallelTerms: one bank of signed counters at addresses 0..Last in flip-flops, of which the
// first tally_pkg::TermSums may count all at once. Timing, range and overflow_o are those of
// tally_array_counter with StyleFlipFlop.
//
//   count_i: C[count_addr_i] += negative_i ? -1 : +1
//   terms_i: C[e] += plus_i[e] - minus_i[e] for every e; never both bits of an e, never with count_i
//   read_i:  read_data_o = C[read_addr_i], C[read_addr_i] = 0; after none read_data_o is 0
module tally_parallel_counter #(
  parameter int unsigned AddrW = 6,
  parameter int unsigned Last  = 2 ** AddrW - 2,
  parameter int unsigned CntW  = 10
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Count
  input  logic                           count_i,
  input  logic [AddrW-1:0]               count_addr_i,
  input  logic                           negative_i,
  input  logic                           terms_i,
  input  logic [tally_pkg::TermSums-1:0] plus_i,
  input  logic [tally_pkg::TermSums-1:0] minus_i,
  // Read and clear
  input  logic                           read_i,
  input  logic [AddrW-1:0]               read_addr_i,
  output logic [CntW-1:0]                read_data_o,
  // Status
  output logic                           overflow_o
);
  import tally_pkg::*;

  if (Last < TermSums - 1) begin : g_bad_range
    $error("tally_parallel_counter: no entry for every sum of two terms");
  end

  // ---------------------------------------------------------------- the entries of term sums
  logic [CntW-1:0] entries[TermSums];
  logic [TermSums-1:0] count, negative, read, overflow;
  logic [CntW-1:0] low_data_d, low_data_q;
  logic low_overflow_q;

  always_comb begin
    low_data_d = '0;
    for (int unsigned e = 0; e < TermSums; e++) begin
      count[e]    = terms_i ? plus_i[e] || minus_i[e] : count_i && 32'(count_addr_i) == e;
      negative[e] = terms_i ? minus_i[e] : negative_i;
      read[e]     = read_i && 32'(read_addr_i) == e;
      // At its last value before the range ends.
      overflow[e] = count[e] && entries[e] == {negative[e], {(CntW - 1) {!negative[e]}}};
      if (read[e]) low_data_d |= entries[e];
    end
  end

  always_ff @(posedge clk_i) begin
    low_data_q <= low_data_d;
    for (int unsigned e = 0; e < TermSums; e++) begin
      if (read[e]) begin
        entries[e] <= '0;
      end else if (count[e]) begin
        entries[e] <= entries[e] + {{(CntW - 1) {negative[e]}}, 1'b1};
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) low_overflow_q <= 1'b0;
    else         low_overflow_q <= overflow != '0;
  end

  // ---------------------------------------------------------------- the others: one event a cycle
  if (Last < TermSums) begin : g_low
    assign read_data_o = low_data_q;
    assign overflow_o  = low_overflow_q;
  end else begin : g_high
    logic high_overflow;
    logic [CntW-1:0] high_data;
    tally_array_counter #(
      .AddrW(AddrW), .First(TermSums), .Last(Last), .CntW(CntW), .Style(StyleFlipFlop)
    ) u_high (
      .clk_i, .rst_ni,
      .count_i(count_i && 32'(count_addr_i) >= TermSums), .count_addr_i, .negative_i,
      .read_i(read_i && 32'(read_addr_i) >= TermSums), .read_addr_i, .read_data_o(high_data),
      .overflow_o(high_overflow)
    );
    assign read_data_o = high_data | low_data_q;
    assign overflow_o  = low_overflow_q || high_overflow;
  end
endmodule
