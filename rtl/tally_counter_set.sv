// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The counters of one lane: AC1, AC2 and AC3, twice with PingPong (one bank counts while the other
// is read).
//
//   count_i: AC1[address1_i] += v, and with offset_i also AC2[address2_i] += v, AC3[address3_i] += v
//            in bank count_bank_i; v = negative_i ? -1 : +1
//   terms_i: AC1[e] += plus_i[e] - minus_i[e] for all e at once (only with ParallelTerms; never with
//            count_i, never both bits of an e)
//   read_i:  read_data_o = the entry at read_addr_i of array read_array_i (1..3) of bank read_bank_i,
//            cleared by the read; valid in the cycle after read_i, and 0 in the cycles after none
//   read_i with read_array_i = 0: clears the entry at read_addr_i (modulo 2^MaxN in AC2 and AC3) in
//            all arrays of all banks; read_data_o then means nothing. After reset the counters hold anything: sweep
//            0 .. 2^(MaxN+1)-1 this way.
//
// Addresses: AC1 0 .. 2^(MaxN+1)-2, AC2 and AC3 1 .. 2^MaxN-1. Counts and reads of one bank never share
// a cycle. Without PingPong there is one bank and both bank inputs are ignored.
// Offset = 0: AC1 alone; AC2 and AC3 are left out and read as 0.
// overflow_o pulses when a counter wrapped: one cycle after count_i (StyleSyncRam: two).
module tally_counter_set #(
  parameter  int unsigned MaxN          = 5,
  parameter  int unsigned CntW          = 10,
  parameter  int unsigned PingPong      = 1,
  parameter  int unsigned Style         = tally_pkg::StyleFlipFlop,
  parameter  int unsigned ParallelTerms = 0,
  parameter  int unsigned Offset        = 1,
  localparam int unsigned SumW          = MaxN + 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // Count
  input  logic                   count_i,
  input  logic                   count_bank_i,
  input  logic                   offset_i,
  input  logic [SumW-1:0]        address1_i,
  input  logic [MaxN-1:0]        address2_i,
  input  logic [MaxN-1:0]        address3_i,
  input  logic                   negative_i,
  input  logic                   terms_i,
  input  logic [tally_pkg::TermSums-1:0] plus_i,
  input  logic [tally_pkg::TermSums-1:0] minus_i,
  // Read and clear
  input  logic                   read_i,
  input  logic                   read_bank_i,
  input  logic [1:0]             read_array_i,
  input  logic [SumW-1:0]        read_addr_i,
  output logic signed [CntW-1:0] read_data_o,
  // Status
  output logic                   overflow_o
);
  if (MaxN < 2 || MaxN > 7) begin : g_bad_max_n
    $error("tally_counter_set: MaxN must be 2..7");
  end
  if (ParallelTerms != 0 && Style != tally_pkg::StyleFlipFlop) begin : g_bad_parallel
    $error("tally_counter_set: ParallelTerms needs counters in flip-flops");
  end

  localparam int unsigned Banks = (PingPong != 0) ? 2 : 1;

  logic [Banks-1:0][3:1][CntW-1:0] data;
  logic [Banks-1:0][3:1]           overflow;

  for (genvar bank = 0; bank < Banks; bank++) begin : g_bank
    logic count, sweep, selected;
    logic [3:1] read;
    assign count    = count_i && (Banks == 1 || count_bank_i == bank[0]);
    assign sweep    = read_array_i == 2'd0;
    assign selected = Banks == 1 || read_bank_i == bank[0];
    for (genvar array = 1; array <= 3; array++) begin : g_read
      assign read[array] = read_i && (sweep || (selected && read_array_i == 2'(array)));
    end

    if (ParallelTerms != 0) begin : g_parallel
      logic terms;
      assign terms = terms_i && (Banks == 1 || count_bank_i == bank[0]);
      tally_parallel_counter #(.AddrW(SumW), .Last(2 ** SumW - 2), .CntW(CntW)) u_ac1 (
        .clk_i, .rst_ni,
        .count_i(count), .count_addr_i(address1_i), .negative_i,
        .terms_i(terms), .plus_i, .minus_i,
        .read_i(read[1]), .read_addr_i, .read_data_o(data[bank][1]),
        .overflow_o(overflow[bank][1])
      );
    end else begin : g_single
      tally_array_counter #(
        .AddrW(SumW), .First(0), .Last(2 ** SumW - 2), .CntW(CntW), .Style(Style)
      ) u_ac1 (
        .clk_i, .rst_ni,
        .count_i(count), .count_addr_i(address1_i), .negative_i,
        .read_i(read[1]), .read_addr_i, .read_data_o(data[bank][1]),
        .overflow_o(overflow[bank][1])
      );
    end
    if (Offset != 0) begin : g_offset
      tally_array_counter #(
        .AddrW(MaxN), .First(1), .Last(2 ** MaxN - 1), .CntW(CntW), .Style(Style)
      ) u_ac2 (
        .clk_i, .rst_ni,
        .count_i(count && offset_i), .count_addr_i(address2_i), .negative_i,
        .read_i(read[2]), .read_addr_i(read_addr_i[MaxN-1:0]), .read_data_o(data[bank][2]),
        .overflow_o(overflow[bank][2])
      );
      tally_array_counter #(
        .AddrW(MaxN), .First(1), .Last(2 ** MaxN - 1), .CntW(CntW), .Style(Style)
      ) u_ac3 (
        .clk_i, .rst_ni,
        .count_i(count && offset_i), .count_addr_i(address3_i), .negative_i,
        .read_i(read[3]), .read_addr_i(read_addr_i[MaxN-1:0]), .read_data_o(data[bank][3]),
        .overflow_o(overflow[bank][3])
      );
    end else begin : g_no_offset
      assign {data[bank][3], data[bank][2]} = '0;
      assign overflow[bank][3:2] = '0;

      logic unused_offset;
      assign unused_offset = ^{offset_i, address2_i, address3_i, read[3:2]};
    end
  end

  if (Banks == 1) begin : g_one_bank
    logic unused_bank;
    assign unused_bank = ^{count_bank_i, read_bank_i};
  end

  if (ParallelTerms == 0) begin : g_no_terms
    logic unused_terms;
    assign unused_terms = ^{terms_i, plus_i, minus_i};
  end

  assign overflow_o = |overflow;
  // What was not read gives 0.
  always_comb begin
    read_data_o = '0;
    for (int unsigned bank = 0; bank < Banks; bank++) begin
      read_data_o |= data[bank][1] | data[bank][2] | data[bank][3];
    end
  end
endmodule
