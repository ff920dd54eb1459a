// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Collects words into groups of 2^log2_group_i (1, 2, 4 or 8) and holds a complete group for its
// reader, while the next one is collected.
//
// A group is complete with its last word, or earlier with end_i, and its words from there on are 0.
// valid_o: data_o holds a group, data_o[i] the word that came i-th, and tag_o the tag of its last word.
// They hold until done_i; in the cycle after it the next group may be there already: with a word a cycle
// on the input and a group's reader taking at least as many cycles as the group has words, neither
// ever waits. log2_group_i belongs to the word on the input.
// clear_i drops everything, and a word offered in that cycle is not taken.
//
// With Cut = 1 a group comes a cycle later, and between done_i and the group's registers there is one gate.
module tally_group_register #(
  parameter int unsigned Width = 12,
  parameter int unsigned TagW  = 1,
  parameter int unsigned Cut   = 0
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     clear_i,
  // Words
  input  logic                                     valid_i,
  output logic                                     ready_o,
  input  logic [Width-1:0]                         data_i,
  input  logic [1:0]                               log2_group_i,
  input  logic                                     end_i,
  input  logic [TagW-1:0]                          tag_i,
  // Groups
  output logic                                     valid_o,
  input  logic                                     done_i,
  output logic                                     held_o,  // a group, or a part of one, is here
  output logic [tally_pkg::Group-1:0][Width-1:0]   data_o,
  output logic [TagW-1:0]                          tag_o
);
  import tally_pkg::*;

  logic [2:0] position_q, last;
  logic complete, take;
  assign last     = 3'((32'd1 << log2_group_i) - 1);
  assign complete = end_i || position_q == last;
  assign take     = valid_i && ready_o;

  if (Cut != 0) begin : g_cut
    // All words of a group are collected before any is handed over.
    logic [Group-1:0][Width-1:0] collect_q;
    logic [TagW-1:0] collect_tag_q;
    (* keep *) logic full_q, valid_q;  // several registers side by side have their own
    logic load, empty;  // at the first word what a short group leaves out is 0
    assign load    = full_q && (!valid_q || done_i);
    assign empty   = position_q == '0 && (!full_q || load);
    assign ready_o = !clear_i && (!full_q || !valid_q || done_i);
    assign valid_o = valid_q;
    assign held_o  = position_q != '0 || full_q || valid_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {position_q, full_q, valid_q} <= '0;
      end else if (clear_i) begin
        {position_q, full_q, valid_q} <= '0;
      end else begin
        if (take) position_q <= complete ? '0 : position_q + 1'b1;
        if (take && complete) full_q <= 1'b1;
        else if (load)        full_q <= 1'b0;
        if (load)        valid_q <= 1'b1;
        else if (done_i) valid_q <= 1'b0;
      end
    end

    always_ff @(posedge clk_i) begin
      for (int unsigned i = 0; i < Group; i++) begin
        if (empty && i != 0)                  collect_q[i] <= '0;
        else if (take && position_q == 3'(i)) collect_q[i] <= data_i;
      end
      if (take) collect_tag_q <= tag_i;
      if (load) {tag_o, data_o} <= {collect_tag_q, collect_q};
    end
  end else begin : g_no_cut
    logic [Group-2:0][Width-1:0] collect_q;  // the last word goes past it
    assign ready_o = !clear_i && (!complete || !valid_o || done_i);
    assign held_o  = position_q != '0 || valid_o;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        position_q <= '0;
        valid_o    <= 1'b0;
      end else if (clear_i) begin
        position_q <= '0;
        valid_o    <= 1'b0;
      end else begin
        if (take) position_q <= complete ? '0 : position_q + 1'b1;
        if (take && complete) valid_o <= 1'b1;
        else if (done_i)      valid_o <= 1'b0;
      end
    end

    always_ff @(posedge clk_i) begin
      for (int unsigned i = 0; i < Group - 1; i++) begin
        if (take && position_q == 3'(i)) collect_q[i] <= data_i;
      end
      if (take && complete) begin
        tag_o <= tag_i;
        for (int unsigned i = 0; i < Group; i++) begin
          if (position_q == 3'(i))     data_o[i] <= data_i;
          else if (i < 32'(position_q)) data_o[i] <= collect_q[i];
          else                         data_o[i] <= '0;
        end
      end
    end
  end
endmodule
