// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// A queue of bytes, each with a last flag, whose writer may change its mind: what was written since the
// last commit_i or rollback_i can be read only after commit_i, and is forgotten by rollback_i.
//
// A write into a full queue is not done, and refused_o is high until the next commit_i or rollback_i;
// such bytes must be rolled back. free_o: bytes that can be written after the last commit; it only grows
// between commits. clear_i forgets everything. At most one of write_i, commit_i, rollback_i a cycle.
// The reader gets a byte every other cycle (the RAM is read with a clock).
module tally_uart_ring #(
  parameter  int unsigned Depth = 1024,
  localparam int unsigned AddrW = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             clear_i,
  // Writer
  input  logic             write_i,
  input  logic [7:0]       data_i,
  input  logic             last_i,
  input  logic             commit_i,
  input  logic             rollback_i,
  output logic             refused_o,
  output logic [AddrW:0]   free_o,
  // Reader
  output logic             valid_o,
  input  logic             ready_i,
  output logic [7:0]       data_o,
  output logic             last_o
);
  if (Depth < 2 || 2 ** AddrW != Depth) begin : g_bad_depth
    $error("tally_uart_ring: Depth must be a power of two, 2 or more");
  end

  // One bit more than an address: full and empty differ.
  logic [AddrW:0] write_q, committed_q, read_q;
  logic           full, read, valid_q;
  assign full    = write_q == {!read_q[AddrW], read_q[AddrW-1:0]};
  assign read    = !valid_q && read_q != committed_q;
  assign free_o  = (AddrW + 1)'(Depth) - (committed_q - read_q);
  assign valid_o = valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {write_q, committed_q, read_q} <= '0;
      {valid_q, refused_o}           <= '0;
    end else if (clear_i) begin
      {write_q, committed_q, read_q} <= '0;
      {valid_q, refused_o}           <= '0;
    end else begin
      if (write_i && !full) write_q <= write_q + 1'b1;
      if (write_i && full) refused_o <= 1'b1;
      if (commit_i) committed_q <= write_q;
      if (rollback_i) write_q <= committed_q;
      if (commit_i || rollback_i) refused_o <= 1'b0;
      if (read) read_q <= read_q + 1'b1;
      valid_q <= read || (valid_q && !ready_i);
    end
  end

  logic [8:0] mem[Depth];
  logic [8:0] data_q;
  always_ff @(posedge clk_i) begin
    if (write_i && !full) mem[write_q[AddrW-1:0]] <= {last_i, data_i};
    if (read) data_q <= mem[read_q[AddrW-1:0]];
  end
  assign {last_o, data_o} = data_q;
endmodule
