// SPDX-License-Identifier: Apache-2.0
// Proof of tally_stream_register against a queue of two beats: order and content are kept, no beat is
// lost or doubled, and a beat that is offered stays, unchanged, until it is taken.
module tally_stream_register_fv #(
  parameter int unsigned Width = 2
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             clear_i,
  input logic             valid_i,
  input logic [Width-1:0] data_i,
  input logic             ready_i
);
  logic ready, valid;
  logic [Width-1:0] data;

  tally_stream_register #(.Width(Width)) dut (
    .clk_i, .rst_ni, .clear_i, .valid_i, .ready_o(ready), .data_i,
    .valid_o(valid), .ready_i, .data_o(data)
  );

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb assume (rst_ni == started_q);

  // The queue, oldest beat in entry 0.
  logic [1:0] count_q;
  logic [1:0][Width-1:0] queue_q;
  logic push, pop;
  assign push = valid_i && ready;
  assign pop  = valid && ready_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      count_q <= '0;
    else if (clear_i) count_q <= '0;
    else              count_q <= count_q + 2'(push) - 2'(pop);
  end
  always_ff @(posedge clk_i) begin
    if (pop) queue_q[0] <= count_q == 2'd2 ? queue_q[1] : data_i;
    else if (push && count_q == 2'd0) queue_q[0] <= data_i;
    if (push) queue_q[1] <= data_i;
  end

  // The cycle before, for the rule of the handshake.
  logic stalled_q;
  logic [Width-1:0] stalled_data_q;
  always_ff @(posedge clk_i) begin
    stalled_q      <= valid && !ready_i && !clear_i && rst_ni;
    stalled_data_q <= data;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (count_q <= 2'd2);
      assert (valid == (count_q != 2'd0));
      assert (ready == (count_q != 2'd2 && !clear_i));
      assert (!valid || data == queue_q[0]);
      assert (!(stalled_q && started_q) || (valid && data == stalled_data_q));
      // Makes it inductive: the spare register holds the second beat.
      assert (count_q != 2'd2 || dut.spare_q == queue_q[1]);
      cover (count_q == 2'd2 && pop && queue_q[0] != queue_q[1]);
      cover (push && pop);
    end
  end
endmodule
