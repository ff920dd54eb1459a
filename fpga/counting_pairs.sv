// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// What a counting lane with the offset would be with one array instead of three, as fpga/lanes.py --pairs
// measures it; not part of the design. A counter for each pair of indices holds all that AC1, AC2 and AC3 do:
// they are the sums along its diagonals, rows and columns, which have to be formed where it is read out. That part
// is missing here.
module counting_pairs #(
  parameter int unsigned MaxN   = 3,
  parameter int unsigned CntW   = 8,
  parameter int unsigned Offset = 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              step_valid_i,
  input  logic [2:0]        n_i,
  input  tally_pkg::code_t  code_i,
  input  tally_pkg::code_t  weight_i,
  input  logic              read_i,
  input  logic [2*MaxN-1:0] read_addr_i,
  output logic [CntW-1:0]   read_data_o,
  output logic              overflow_o,
  output logic              bad_weight_o
);
  if (Offset == 0) begin : g_no_offset
    $error("counting_pairs: without the offset one array is enough");
  end

  logic bad_weight, event_d, event_q, negative_q;
  logic [2*MaxN-1:0] pair_q;
  always_comb begin
    bad_weight = 1'b0;
    for (int unsigned i = 2; i < 7; i++) begin
      if (weight_i.index[i] && (i >= MaxN || 32'(n_i) <= i)) bad_weight = step_valid_i;
    end
  end
  assign event_d = step_valid_i && code_i.index[MaxN-1:0] != '0 && weight_i.index[MaxN-1:0] != '0
                   && !bad_weight;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {event_q, bad_weight_o} <= '0;
    else         {event_q, bad_weight_o} <= {event_d, bad_weight};
  end
  always_ff @(posedge clk_i) begin
    if (event_d) begin
      negative_q <= code_i.sign ^ weight_i.sign;
      pair_q     <= {weight_i.index[MaxN-1:0], code_i.index[MaxN-1:0]};
    end
  end

  tally_array_counter #(
    .AddrW(2 * MaxN), .CntW(CntW), .Style(tally_pkg::StyleLutRam)
  ) u_counter (
    .clk_i, .rst_ni, .count_i(event_q), .count_addr_i(pair_q), .negative_i(negative_q),
    .read_i, .read_addr_i, .read_data_o, .overflow_o
  );
endmodule
