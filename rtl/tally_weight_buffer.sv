// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Weight rows in two banks of up to Rows rows: one fills while the other serves.
//
// Write: rows enter a bank in order, from row 0, while row_ready_o (a bank is free). The one with
// row_commit_i is the last of a chunk: in the next cycle the chunk may be read, and rows go to the
// other bank. A chunk has 1..Rows rows; row Rows-1 must commit.
// Read: while chunk_valid_o, read_i gives row read_row_i of the oldest chunk on read_data_o from the
// next cycle on, unchanged until the next read_i. release_i frees the chunk, in the cycle of its last
// read_i or later; the chunk after it may be read in the next cycle, and the bank filled again.
// clear_i drops all rows, committed or not; read_data_o then is undefined.
module tally_weight_buffer #(
  parameter  int unsigned Rows  = 1024,
  parameter  int unsigned Width = 128,
  parameter  int unsigned Cut   = 0,  // chunk_valid_o from a register of its own, for FPGAs
  localparam int unsigned RowW  = $clog2(Rows)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             clear_i,
  // Write
  input  logic             row_valid_i,
  output logic             row_ready_o,
  input  logic [Width-1:0] row_data_i,
  input  logic             row_commit_i,
  // Read
  output logic             chunk_valid_o,
  input  logic             read_i,
  input  logic [RowW-1:0]  read_row_i,
  output logic [Width-1:0] read_data_o,
  input  logic             release_i
);
  if (Rows < 2 || 2 ** RowW != Rows) begin : g_bad_rows
    $error("tally_weight_buffer: Rows must be a power of two, 2 or more");
  end

  logic [1:0]      full_d, full_q;  // a committed chunk is in the bank
  logic            write_bank_q, read_bank_q;
  logic [RowW-1:0] row_q;
  logic            write;

  assign row_ready_o   = !full_q[write_bank_q];
  assign write         = row_valid_i && row_ready_o;

  always_comb begin
    full_d = full_q;
    if (write && row_commit_i) full_d[write_bank_q] = 1'b1;
    if (release_i)             full_d[read_bank_q]  = 1'b0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q       <= '0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
      row_q        <= '0;
    end else if (clear_i) begin
      full_q       <= '0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
      row_q        <= '0;
    end else begin
      full_q <= full_d;
      if (write) row_q <= row_commit_i ? '0 : row_q + 1'b1;
      if (write && row_commit_i) write_bank_q <= !write_bank_q;
      if (release_i) read_bank_q <= !read_bank_q;
    end
  end

  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)      chunk_valid_o <= 1'b0;
      else if (clear_i) chunk_valid_o <= 1'b0;
      else              chunk_valid_o <= release_i ? full_d[!read_bank_q] : full_d[read_bank_q];
    end
  end else begin : g_no_cut
    assign chunk_valid_o = full_q[read_bank_q];
  end

  // A bank is either readable or being written, never both, so no row is read and written in one
  // cycle; the read enable says so, else synthesis adds logic for that case around the RAM.
  logic [Width-1:0] mem[2*Rows];
  logic [Width-1:0] data_q;
  always_ff @(posedge clk_i) begin
    if (write) mem[{write_bank_q, row_q}] <= row_data_i;
    if (read_i && chunk_valid_o) data_q <= mem[{read_bank_q, read_row_i}];
  end
  assign read_data_o = data_q;
endmodule
