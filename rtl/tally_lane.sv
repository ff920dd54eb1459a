// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One output channel, counting: turns a step (an activation code and a weight slot) into at most one
// event of its counter set.
//
// A slot is {sign, index[6:0]}. With both indices non-zero the event is
//   AC1[indexA + indexW] += v, with offset_i AC2[indexW] += v and AC3[indexA] += v, v = -1 where the
//   signs differ, else +1
// A weight index of 2^n_i or more counts as zero and bad_weight_o is high in the next cycle.
//
// A step a cycle. A step in cycle t is registered, counted in t+1, and so may be read, by the read
// port of tally_counter_set passed through here, from t+2 on; overflow_o of it is high in t+2
// (StyleSyncRam: t+3). After reset the counters must be swept, see tally_counter_set.
//
// A step is the whole interface between the processing element and a lane: other kinds of lanes and
// rows of several data values change code_i and slot_i, nothing else.
module tally_lane #(
  parameter  int unsigned MaxN     = 5,
  parameter  int unsigned CntW     = 10,
  parameter  int unsigned PingPong = 1,
  parameter  int unsigned Style    = tally_pkg::StyleFlipFlop,
  localparam int unsigned SumW     = MaxN + 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // Step
  input  logic                   step_valid_i,
  input  logic                   bank_i,
  input  logic                   offset_i,
  input  logic [2:0]             n_i,
  input  tally_pkg::code_t       code_i,
  input  logic [7:0]             slot_i,
  // Read and clear
  input  logic                   read_i,
  input  logic                   read_bank_i,
  input  logic [1:0]             read_array_i,
  input  logic [SumW-1:0]        read_addr_i,
  output logic signed [CntW-1:0] read_data_o,
  // Status
  output logic                   overflow_o,
  output logic                   bad_weight_o
);
  tally_pkg::code_t weight;
  logic bad_weight, event_d;
  assign weight     = slot_i;
  assign bad_weight = (weight.index >> n_i) != '0;
  assign event_d    = step_valid_i && code_i.index != '0 && weight.index != '0 && !bad_weight;

  logic event_q, bank_q, offset_q, negative_q;
  logic [SumW-1:0] sum_q;
  logic [MaxN-1:0] index_weight_q, index_code_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      event_q      <= 1'b0;
      bad_weight_o <= 1'b0;
    end else begin
      event_q      <= event_d;
      bad_weight_o <= step_valid_i && bad_weight;
    end
  end

  // Held without an event: addresses that do not move save the energy of the counters' multiplexers.
  always_ff @(posedge clk_i) begin
    if (event_d) begin
      bank_q         <= bank_i;
      offset_q       <= offset_i;
      negative_q     <= code_i.sign ^ weight.sign;
      sum_q          <= SumW'(code_i.index[MaxN-1:0]) + SumW'(weight.index[MaxN-1:0]);
      index_weight_q <= weight.index[MaxN-1:0];
      index_code_q   <= code_i.index[MaxN-1:0];
    end
  end

  tally_counter_set #(
    .MaxN(MaxN), .CntW(CntW), .PingPong(PingPong), .Style(Style)
  ) u_counters (
    .clk_i, .rst_ni,
    .count_i(event_q), .count_bank_i(bank_q), .offset_i(offset_q),
    .address1_i(sum_q), .address2_i(index_weight_q), .address3_i(index_code_q),
    .negative_i(negative_q),
    .read_i, .read_bank_i, .read_array_i, .read_addr_i, .read_data_o,
    .overflow_o
  );
endmodule
