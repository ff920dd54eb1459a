// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Results on their way to the host, kept until the host has said that it got them.
//
// A batch is the results of one answer: begin_i starts it, then next_o/result_o with take_i give one
// result after the other while next_o is high. A batch ends behind a result with last, after MaxBatch
// results, or when there are none. repeat_i instead of begin_i gives the same batch again, never more;
// begin_i forgets the batch before. ended_last_o: the newest result of the batch had last.
// next_o is valid two cycles after begin_i, repeat_i and take_i, result_o three.
module tally_uart_results #(
  parameter  int unsigned Depth    = 512,
  parameter  int unsigned MaxBatch = 256,
  localparam int unsigned AddrW    = $clog2(Depth)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  // Result stream
  input  logic        valid_i,
  output logic        ready_o,
  input  logic [15:0] data_i,
  input  logic        last_i,
  // Answers
  input  logic        begin_i,
  input  logic        repeat_i,
  output logic        next_o,
  input  logic        take_i,
  output logic [15:0] result_o,
  output logic        ended_last_o
);
  if (Depth < 2 || 2 ** AddrW != Depth || MaxBatch > Depth) begin : g_bad_depth
    $error("tally_uart_results: Depth must be a power of two, MaxBatch at most Depth");
  end

  logic [AddrW:0] write_q, base_q, read_q;
  logic [AddrW:0] batch_q;    // results of this batch, so far or when it was given first
  logic [AddrW:0] offset;     // of read_q in the batch
  logic           again_q, write;
  logic [16:0]    mem[Depth];
  logic [16:0]    data_q;

  assign ready_o = write_q != {!base_q[AddrW], base_q[AddrW-1:0]};
  assign write   = valid_i && ready_o;
  assign offset  = read_q - base_q;
  assign next_o  = again_q ? offset != batch_q
                           : !ended_last_o && read_q != write_q && offset != (AddrW + 1)'(MaxBatch);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {write_q, base_q, read_q, batch_q, again_q, ended_last_o} <= '0;
    end else if (clear_i) begin
      {write_q, base_q, read_q, batch_q, again_q, ended_last_o} <= '0;
    end else begin
      if (write) write_q <= write_q + 1'b1;
      if (begin_i) begin
        base_q       <= base_q + batch_q;
        read_q       <= base_q + batch_q;
        batch_q      <= '0;
        again_q      <= 1'b0;
        ended_last_o <= 1'b0;
      end else if (repeat_i) begin
        read_q       <= base_q;
        again_q      <= 1'b1;
        ended_last_o <= 1'b0;
      end else if (take_i) begin
        read_q       <= read_q + 1'b1;
        ended_last_o <= data_q[16];
        if (!again_q) batch_q <= batch_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (write) mem[write_q[AddrW-1:0]] <= {last_i, data_i};
    data_q <= mem[read_q[AddrW-1:0]];
    result_o <= data_q[15:0];  // block RAMs are slow
  end
endmodule
