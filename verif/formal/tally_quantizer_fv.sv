// SPDX-License-Identifier: Apache-2.0
// Proof that tally_quantizer is monotone: of two values, neither NaN, the one of smaller magnitude never
// gets the larger index, whatever is in the tables and however they are written. Two quantizers with the
// same tables take one value each in the same cycles. And a beat that is offered holds until it is taken.
module tally_quantizer_fv #(
  parameter int unsigned Stages = 3
) (
  input logic              clk_i,
  input logic              rst_ni,
  input logic              clear_i,
  input logic              table_we_i,
  input logic              table_bank_i,
  input logic [2:0]        table_n_i,
  input logic [Stages-1:0] table_entry_i,
  input logic [31:0]       table_data_i,
  input logic              valid_i,
  input logic [15:0]       small_i,
  input logic [15:0]       large_i,
  input logic              bank_i,
  input logic [2:0]        n_i,
  input logic              tag_i,
  input logic              ready_i
);
  logic small_ready, large_ready, small_valid, large_valid;
  logic small_nan, large_nan, small_tag, large_tag;
  tally_pkg::code_t small_code, large_code;

  tally_quantizer #(.Stages(Stages), .TagW(1)) dut_small (
    .clk_i, .rst_ni, .clear_i,
    .table_we_i, .table_bank_i, .table_n_i, .table_entry_i, .table_data_i,
    .valid_i, .ready_o(small_ready), .data_i(small_i), .bank_i, .n_i, .tag_i,
    .valid_o(small_valid), .ready_i, .code_o(small_code), .nan_o(small_nan), .tag_o(small_tag)
  );
  tally_quantizer #(.Stages(Stages), .TagW(1)) dut_large (
    .clk_i, .rst_ni, .clear_i,
    .table_we_i, .table_bank_i, .table_n_i, .table_entry_i, .table_data_i,
    .valid_i, .ready_o(large_ready), .data_i(large_i), .bank_i, .n_i, .tag_i,
    .valid_o(large_valid), .ready_i, .code_o(large_code), .nan_o(large_nan), .tag_o(large_tag)
  );

  logic started_q = 1'b0;
  always_comb begin
    assume (rst_ni == started_q);
    assume (small_i[14:0] <= large_i[14:0] && large_i[14:0] <= 15'h7C00);
    // Both start with the same tables: what is in a memory after power-up is not known, but equal here.
    if (!started_q) begin
      assume (dut_small.g_stage[0].g_root.root_q == dut_large.g_stage[0].g_root.root_q);
    end
  end
  for (genvar j = 1; j < Stages; j++) begin : g_memory
    for (genvar i = 0; i < 2 ** (j + 1); i++) begin : g_word
      always_comb begin
        assume (started_q ||
                dut_small.g_stage[j].g_level.mem[i] == dut_large.g_stage[j].g_level.mem[i]);
      end
    end
  end

  logic stalled_q;
  logic [9:0] beat, beat_q;
  assign beat = {small_code, small_nan, small_tag};
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    stalled_q <= rst_ni && small_valid && !ready_i && !clear_i;
    beat_q    <= beat;
  end

  // The invariants of each stage: the two pipelines go in step, and the paths are in order; equal paths
  // meet the same boundary.
  for (genvar j = 1; j <= Stages; j++) begin : g_beat
    always_ff @(posedge clk_i) begin
      if (rst_ni && started_q) begin
        assert (dut_small.valid[j] == dut_large.valid[j]);
        assert (!dut_small.valid[j] || dut_small.beat[j].path <= dut_large.beat[j].path);
        assert (!dut_small.valid[j] || dut_small.beat[j].magnitude <= dut_large.beat[j].magnitude);
        assert (!dut_small.valid[j] || dut_small.beat[j].n == dut_large.beat[j].n);
        assert (!dut_small.valid[j] || dut_small.beat[j].bank == dut_large.beat[j].bank);
        assert (!dut_small.valid[j] || dut_small.beat[j].tag == dut_large.beat[j].tag);
        assert (!dut_small.valid[j] || !(dut_small.beat[j].nan || dut_large.beat[j].nan));
      end
    end
  end
  for (genvar j = 1; j < Stages; j++) begin : g_level
    always_ff @(posedge clk_i) begin
      if (rst_ni && started_q) begin
        assert (!dut_small.valid[j] || dut_small.beat[j].n <= 3'(j) ||
                dut_small.beat[j].path[j-1:0] != dut_large.beat[j].path[j-1:0] ||
                dut_small.g_stage[j].g_level.boundary_q == dut_large.g_stage[j].g_level.boundary_q);
        // Only the decisions made so far are in the path.
        assert (!dut_small.valid[j] || (dut_small.beat[j].path >> j) == '0);
        assert (!dut_small.valid[j] || (dut_large.beat[j].path >> j) == '0);
      end
    end
    for (genvar i = 0; i < 2 ** (j + 1); i++) begin : g_word
      always_ff @(posedge clk_i) begin
        if (rst_ni && started_q) begin
          assert (dut_small.g_stage[j].g_level.mem[i] == dut_large.g_stage[j].g_level.mem[i]);
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (small_ready == large_ready && small_valid == large_valid);
      assert (!small_valid || small_code.index <= large_code.index);
      assert (!small_valid || (!small_nan && !large_nan && small_tag == large_tag));
      assert (!stalled_q || (small_valid && beat == beat_q));
      assert (dut_small.g_stage[0].g_root.root_q == dut_large.g_stage[0].g_root.root_q);
      cover (small_valid && small_code.index == 7'd2 && large_code.index == 7'd5);
      cover (stalled_q && small_code.sign && large_code.index == 7'(2 ** Stages - 1));
    end
  end
endmodule
