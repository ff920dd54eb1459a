// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// Event counters of a processing element, 64 bits each so that they never wrap in practice:
// cycles with a tile loaded or in work, counting steps, stalls (such cycles without a step), tiles
// finished, results sent, term pairs counted. clear_i sets all to 0.

module tally_event_counters #(
  parameter int unsigned PairsW = 7
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  // Events
  input  logic        busy_i,
  input  logic        step_i,
  input  logic        tile_i,
  input  logic        result_i,
  input  logic [PairsW-1:0] pairs_i,
  // Counts
  output logic [63:0] cycles_o,
  output logic [63:0] steps_o,
  output logic [63:0] stalls_o,
  output logic [63:0] tiles_o,
  output logic [63:0] results_o,
  output logic [63:0] pairs_o
);

  logic [5:0][63:0] count_q;
  logic [5:0][PairsW-1:0] increment;

  assign increment = {pairs_i, PairsW'(result_i), PairsW'(tile_i), PairsW'(busy_i && !step_i),
                      PairsW'(step_i), PairsW'(busy_i)};
  assign {pairs_o, results_o, tiles_o, stalls_o, steps_o, cycles_o} = count_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (clear_i) begin
      count_q <= '0;
    end else begin
      for (int unsigned i = 0; i < 6; i++) count_q[i] <= count_q[i] + 64'(increment[i]);
    end
  end

endmodule
