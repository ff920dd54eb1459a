// SPDX-License-Identifier: Apache-2.0
// Proof of tally_result_buffer: the results of a vector leave in the order of the lanes, each once,
// unchanged while they wait; last_o and drained_o come with the last one.
module tally_result_buffer_fv #(
  parameter  int unsigned Lanes        = 4,
  parameter  int unsigned Dequantizers = 2,  // Lanes / 2: then no vector drains while it is written
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1
) (
  input logic                          clk_i,
  input logic                          rst_ni,
  input logic                          clear_i,
  input logic                          we_i,
  input logic [LaneW-1:0]              lane_i,
  input logic [Dequantizers-1:0][15:0] data_i,
  input logic [7:0]                    valid_lanes_i,
  input logic                          last_i,
  input logic                          ready_i
);
  logic drained, valid, last;
  logic [15:0] data;

  tally_result_buffer #(.Lanes(Lanes), .Dequantizers(Dequantizers)) dut (
    .clk_i, .rst_ni, .clear_i, .we_i, .lane_i, .data_i, .valid_lanes_i, .last_i,
    .drained_o(drained), .valid_o(valid), .ready_i, .data_o(data), .last_o(last)
  );

  // What the writer has written of the vector, and what has left.
  logic busy_q, vector_last_q;
  logic [7:0] written_q, sent_q, lanes_q;   // written_q: lanes of each unit
  logic [Lanes-1:0][15:0] results_q;

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb begin
    assume (rst_ni == started_q);
    // The contract of the writer: lane after lane in consecutive cycles, after the vector before has
    // drained, with 1..Lanes valid lanes.
    assume (!we_i || 32'(lane_i) == (busy_q ? 32'(written_q) : 32'd0));
    assume (!busy_q || we_i == (32'(written_q) < LanesPerUnit));
    assume (valid_lanes_i >= 8'd1 && 32'(valid_lanes_i) <= Lanes);
  end

  logic pop;
  assign pop = valid && ready_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      busy_q    <= 1'b0;
      written_q <= '0;
      sent_q    <= '0;
    end else if (!busy_q) begin
      busy_q    <= we_i;
      written_q <= 8'(we_i);
      sent_q    <= '0;
    end else begin
      written_q <= written_q + 8'(we_i);
      sent_q    <= sent_q + 8'(pop);
      if (pop && sent_q == lanes_q - 8'd1) busy_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (we_i) begin
      for (int unsigned unit = 0; unit < Dequantizers; unit++) begin
        results_q[unit*LanesPerUnit+32'(lane_i)] <= data_i[unit];
      end
    end
    if (we_i && !busy_q) begin
      lanes_q       <= valid_lanes_i;
      vector_last_q <= last_i;
    end
  end

  logic stalled_q, stalled_last_q;
  logic [15:0] stalled_data_q;
  always_ff @(posedge clk_i) begin
    stalled_q      <= rst_ni && valid && !ready_i && !clear_i;
    stalled_data_q <= data;
    stalled_last_q <= last;
  end

  localparam int unsigned IndexW = $clog2(Lanes);
  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (valid == busy_q);
      assert (!valid || data == results_q[sent_q[IndexW-1:0]]);
      assert (!valid || last == (vector_last_q && sent_q == lanes_q - 8'd1));
      assert (drained == (pop && sent_q == lanes_q - 8'd1));
      assert (!stalled_q || (valid && data == stalled_data_q && last == stalled_last_q));
      // These make it inductive.
      assert (!busy_q || (lanes_q >= 8'd1 && 32'(lanes_q) <= Lanes && sent_q < lanes_q));
      assert (!busy_q || (32'(written_q) >= 1 && 32'(written_q) <= LanesPerUnit));
      assert (dut.index_q == (busy_q ? sent_q : 8'd0));
      assert (!busy_q || (dut.final_q == lanes_q - 8'd1 && dut.last_q == vector_last_q));
      assert (!busy_q || 32'(sent_q) < 32'(written_q) || 32'(written_q) == LanesPerUnit);
      for (int unsigned lane = 0; lane < Lanes; lane++) begin
        assert (!busy_q || lane % LanesPerUnit >= 32'(written_q) ||
                dut.results_q[lane] == results_q[lane]);
      end
      cover (pop && last && 32'(lanes_q) == Lanes);
      cover (stalled_q && sent_q == 8'd2);
    end
  end
endmodule
