// SPDX-License-Identifier: Apache-2.0
// Proof of tally_group_register against a list of groups: words keep their order, none is lost or doubled,
// what a short group leaves out is 0, groups come out in the order in which they were completed, with the tag
// of their last word, and one that is there stays, unchanged, until it is done.
module tally_group_register_fv #(
  parameter int unsigned Cut   = 1,
  parameter int unsigned Width = 1,
  parameter int unsigned TagW  = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             clear_i,
  input logic             valid_i,
  input logic [Width-1:0] data_i,
  input logic [1:0]       log2_group_i,
  input logic             end_i,
  input logic [TagW-1:0]  tag_i,
  input logic             done_i
);
  import tally_pkg::*;

  typedef logic [Group-1:0][Width-1:0] words_t;
  logic ready, valid, held;
  words_t data;
  logic [TagW-1:0] tag;

  tally_group_register #(.Width(Width), .TagW(TagW), .Cut(Cut)) dut (
    .clk_i, .rst_ni, .clear_i, .valid_i, .ready_o(ready), .data_i, .log2_group_i, .end_i, .tag_i,
    .valid_o(valid), .done_i, .held_o(held), .data_o(data), .tag_o(tag)
  );

  // The group that is being collected, whose words agree on its size, and those that are complete.
  logic [1:0] log2_q;
  logic started_q = 1'b0;
  logic [2:0] position_q, last;
  words_t building_q, built;
  logic [1:0] count_q;
  logic [1:0][TagW-1:0] tags_q;
  words_t first_q, second_q;
  logic take, complete, pop;
  assign last     = 3'((32'd1 << log2_group_i) - 1);
  assign complete = end_i || position_q == last;
  assign take     = valid_i && ready;
  assign pop      = valid && done_i;
  always_comb begin
    built = building_q;
    built[position_q] = data_i;
  end
  always_comb begin
    assume (rst_ni == started_q);
    assume (!done_i || valid);
    assume (!started_q || position_q == '0 || log2_group_i == log2_q);
  end

  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    log2_q    <= log2_group_i;
    if (!rst_ni || clear_i) begin
      {position_q, count_q, building_q} <= '0;
    end else begin
      if (take) begin
        position_q <= complete ? '0 : position_q + 1'b1;
        building_q <= complete ? '0 : built;
      end
      count_q <= count_q + 2'(take && complete) - 2'(pop);
      if (pop) {first_q, tags_q[0]} <= {second_q, tags_q[1]};
      if (take && complete) begin
        if (count_q - 2'(pop) == 2'd0) {first_q, tags_q[0]} <= {built, tag_i};
        else                           {second_q, tags_q[1]} <= {built, tag_i};
      end
    end
  end

  // The cycle before, for the rule of the handshake.
  logic stalled_q;
  words_t stalled_data_q;
  always_ff @(posedge clk_i) begin
    stalled_q      <= valid && !done_i && !clear_i && rst_ni;
    stalled_data_q <= data;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (count_q <= ((Cut != 0) ? 2'd2 : 2'd1));
      assert (!valid || (count_q != 2'd0 && data == first_q && tag == tags_q[0]));
      assert (held == (count_q != 2'd0 || position_q != '0));
      assert (!stalled_q || (valid && data == stalled_data_q));
      cover (pop && take && complete);
      cover (valid && count_q == 2'd1 && position_q == 3'd3);
      // These make it inductive: what is collected is where it should be.
      assert (dut.position_q == position_q);
      assert (32'(position_q) < (32'd1 << log2_q) || position_q == '0);
      for (int unsigned i = 0; i < Group; i++) begin
        assert (i < 32'(position_q) || building_q[i] == '0);
      end
    end
  end
  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      if (rst_ni && started_q) begin
        assert (dut.g_cut.full_q == (count_q != 2'(valid)));
        assert (!dut.g_cut.full_q || position_q == '0);
        assert (!dut.g_cut.full_q || dut.g_cut.collect_q == (valid ? second_q : first_q));
        assert (!dut.g_cut.full_q || dut.g_cut.collect_tag_q == (valid ? tags_q[1] : tags_q[0]));
        assert (position_q == '0 || dut.g_cut.collect_q == building_q);
        // A complete group is shown in the next cycle.
        assert (valid || count_q <= 2'd1);
      end
    end
  end else begin : g_no_cut
    always_ff @(posedge clk_i) begin
      if (rst_ni && started_q) begin
        assert (valid == (count_q != 2'd0));
        for (int unsigned i = 0; i + 1 < Group; i++) begin
          assert (i >= 32'(position_q) || dut.g_no_cut.collect_q[i] == building_q[i]);
        end
      end
    end
  end
endmodule
