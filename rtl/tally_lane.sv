// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One output channel, counting: turns a step (a data row and a weight slot) into events of its
// counter set.
//
// Exponential: the slot is {sign, index[6:0]}. With both indices non-zero the event is
//   AC1[indexA + indexW] += v, with offset_i AC2[indexW] += v and AC3[indexA] += v, v = -1 where the
//   signs differ, else +1
// A weight index of 2^n_i or more counts as zero and bad_weight_o is high in the next cycle.
//
// Uniform and reveal (digits_i): the slot is {valid, sign, exponent[2:0], position[2:0]} and takes the
// data value at its position, in term_i:
//   serial           one term {valid, sign, exponent[2:0]}; with both valid
//                    AC1[exponentA + exponentW] += v
//   ParallelTerms    all its digits {neg[7:0], pos[7:0]}; the same for each at once
//
// A step a cycle. A step in cycle t is registered, counted in t+1 (pairs_o of it then tells how many
// term pairs), and so may be read, by the read port of tally_counter_set passed through here, from
// t+2 on; overflow_o of it is high in t+2 (StyleSyncRam: t+3). After reset the counters must be swept,
// see tally_counter_set.
//
// A step is the whole interface between the processing element and a lane: other kinds of lanes change
// code_i, term_i and slot_i, nothing else. Digits = 0: without uniform and reveal. Offset = 0: without AC2
// and AC3.
module tally_lane #(
  parameter  int unsigned MaxN          = 5,
  parameter  int unsigned CntW          = 10,
  parameter  int unsigned PingPong      = 1,
  parameter  int unsigned Style         = tally_pkg::StyleFlipFlop,
  parameter  int unsigned Digits        = 1,
  parameter  int unsigned ParallelTerms = 0,
  parameter  int unsigned Offset        = 1,
  localparam int unsigned Parallel      = (Digits != 0 && ParallelTerms != 0) ? 1 : 0,
  localparam int unsigned TermW         = (ParallelTerms != 0) ? 16 : 5,
  localparam int unsigned SumW          = MaxN + 1
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  // Step
  input  logic                                    step_valid_i,
  input  logic                                    bank_i,
  input  logic                                    offset_i,
  input  logic                                    digits_i,
  input  logic [2:0]                              n_i,
  input  tally_pkg::code_t                        code_i,
  input  logic [tally_pkg::Group-1:0][TermW-1:0]  term_i,
  input  logic [7:0]                              slot_i,
  // Read and clear
  input  logic                                    read_i,
  input  logic                                    read_bank_i,
  input  logic [1:0]                              read_array_i,
  input  logic [SumW-1:0]                         read_addr_i,
  output logic signed [CntW-1:0]                  read_data_o,
  // Status
  output logic [2:0]                              pairs_o,
  output logic                                    overflow_o,
  output logic                                    bad_weight_o
);
  import tally_pkg::*;

  if (Digits != 0 && 2 ** SumW - 1 < TermSums) begin : g_bad_max_n
    $error("tally_lane: Digits needs MaxN of 3 or more, a counter for every sum of two terms");
  end

  // ---------------------------------------------------------------- the event of this step
  // Exponential
  code_t weight;
  logic bad_weight, code_event;
  assign weight     = slot_i;
  always_comb begin
    bad_weight = 1'b0;
    for (int unsigned i = 2; i < 7; i++) begin
      if (weight.index[i] && (i >= MaxN || 32'(n_i) <= i)) bad_weight = step_valid_i && !digits_i;
    end
  end
  // Codes have MaxN bits at most, and so have weights that are not bad.
  assign code_event = step_valid_i && !digits_i && code_i.index[MaxN-1:0] != '0
                      && weight.index[MaxN-1:0] != '0 && !bad_weight;

  // Uniform and reveal, serial
  slot_t slot;
  logic [TermW-1:0] term;
  logic term_event, term_negative;
  logic [3:0] term_sum;
  assign slot = slot_i;
  assign term = term_i[slot.position];
  if (Digits != 0 && Parallel == 0) begin : g_serial
    assign term_event    = step_valid_i && digits_i && slot.valid && term[4];
    assign term_negative = slot.sign ^ term[3];
    assign term_sum      = 4'(slot.exponent) + 4'(term[2:0]);
  end else begin : g_no_serial
    assign {term_event, term_negative, term_sum} = '0;
  end

  logic event_d, event_q, terms_d, terms_q, bank_q, offset_q, negative_q;
  logic [SumW-1:0] sum_q;
  logic [MaxN-1:0] index_weight_q, index_code_q;
  assign event_d = code_event || term_event;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      event_q      <= 1'b0;
      bad_weight_o <= 1'b0;
    end else begin
      event_q      <= event_d;
      bad_weight_o <= bad_weight;
    end
  end

  // Held without an event: addresses that do not move save the energy of the counters' multiplexers.
  always_ff @(posedge clk_i) begin
    if (event_d || terms_d) bank_q <= bank_i;
    if (event_d) begin
      offset_q       <= offset_i;
      negative_q     <= term_event ? term_negative : code_i.sign ^ weight.sign;
      sum_q          <= term_event ? SumW'(term_sum)
                                   : SumW'(code_i.index[MaxN-1:0]) + SumW'(weight.index[MaxN-1:0]);
      index_weight_q <= weight.index[MaxN-1:0];
      index_code_q   <= code_i.index[MaxN-1:0];
    end
  end

  // Uniform and reveal, all digits at once
  logic [TermSums-1:0] plus_q, minus_q;
  if (Parallel != 0) begin : g_parallel
    logic [TermSums-1:0] same, other;
    assign terms_d = step_valid_i && digits_i && slot.valid && term != '0;
    assign same    = TermSums'(term[7:0]) << slot.exponent;
    assign other   = TermSums'(term[15:8]) << slot.exponent;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) terms_q <= 1'b0;
      else         terms_q <= terms_d;
    end
    always_ff @(posedge clk_i) begin
      if (terms_d) begin
        plus_q  <= slot.sign ? other : same;
        minus_q <= slot.sign ? same : other;
      end
    end
    always_comb begin
      pairs_o = 3'(event_q);
      for (int unsigned e = 0; e < TermSums; e++) begin
        pairs_o += 3'(terms_q && (plus_q[e] || minus_q[e]));
      end
    end
  end else begin : g_no_parallel
    assign {terms_d, terms_q, plus_q, minus_q} = '0;
    assign pairs_o = 3'(event_q);
  end

  logic unused_step;
  assign unused_step = ^{term, slot, digits_i, term_sum, code_i};

  // ---------------------------------------------------------------- counting
  tally_counter_set #(
    .MaxN(MaxN), .CntW(CntW), .PingPong(PingPong), .Style(Style), .ParallelTerms(Parallel),
    .Offset(Offset)
  ) u_counters (
    .clk_i, .rst_ni,
    .count_i(event_q), .count_bank_i(bank_q), .offset_i(offset_q),
    .address1_i(sum_q), .address2_i(index_weight_q), .address3_i(index_code_q),
    .negative_i(negative_q), .terms_i(terms_q), .plus_i(plus_q), .minus_i(minus_q),
    .read_i, .read_bank_i, .read_array_i, .read_addr_i, .read_data_o,
    .overflow_o
  );
endmodule
