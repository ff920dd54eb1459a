// SPDX-License-Identifier: Apache-2.0
// Proof of tally_weight_buffer for any one row, hence for each: chunks come out in the order in which
// they went in, none is lost, and reading a row of the oldest chunk gives what was written there.
module tally_weight_buffer_fv #(
  parameter  int unsigned Rows  = 4,
  parameter  int unsigned Width = 2,
  parameter  int unsigned Cut   = 0,
  localparam int unsigned RowW  = $clog2(Rows)
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             clear_i,
  input logic             row_valid_i,
  input logic [Width-1:0] row_data_i,
  input logic             row_commit_i,
  input logic             read_i,
  input logic [RowW-1:0]  read_row_i,
  input logic             release_i,
  input logic             mark_i        // watch the row that is written now
);
  logic row_ready, chunk_valid;
  logic [Width-1:0] read_data;

  tally_weight_buffer #(.Rows(Rows), .Width(Width), .Cut(Cut)) dut (
    .clk_i, .rst_ni, .clear_i,
    .row_valid_i, .row_ready_o(row_ready), .row_data_i, .row_commit_i,
    .chunk_valid_o(chunk_valid), .read_i, .read_row_i, .read_data_o(read_data), .release_i
  );

  // Rows of the open chunk, and committed chunks that are not released.
  logic [RowW-1:0] row_q;
  logic [1:0] chunks_q;
  logic write, commit;
  assign write  = row_valid_i && row_ready;
  assign commit = write && row_commit_i;

  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb begin
    assume (rst_ni == started_q);
    // The contract: a full bank is committed, and only a chunk that is there is released.
    assume (!(row_valid_i && row_q == RowW'(Rows - 1)) || row_commit_i);
    assume (!release_i || chunk_valid);
  end

  // The watched row: its place, its content, and how many chunks are in front of it.
  logic watched_q, committed_q, bank_q;
  logic [RowW-1:0] place_q;
  logic [Width-1:0] content_q;
  logic [1:0] ahead_q;
  logic mark;
  assign mark = mark_i && write && !watched_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      row_q       <= '0;
      chunks_q    <= '0;
      watched_q   <= 1'b0;
      committed_q <= 1'b0;
    end else begin
      if (write) row_q <= row_commit_i ? '0 : row_q + 1'b1;
      chunks_q <= chunks_q + 2'(commit) - 2'(release_i);
      if (mark) begin
        watched_q   <= 1'b1;
        committed_q <= commit;
      end else if (watched_q && committed_q && release_i && ahead_q == 2'd0) begin
        watched_q <= 1'b0;
      end else if (commit) begin
        committed_q <= 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (mark) begin
      place_q   <= row_q;
      content_q <= row_data_i;
      bank_q    <= dut.write_bank_q;
      ahead_q   <= chunks_q - 2'(release_i);
    end else if (release_i && ahead_q != 2'd0) begin
      ahead_q <= ahead_q - 2'd1;
    end
  end

  // A read of the watched row, and of any row, in the cycle before.
  logic read_watched_q, read_q;
  logic [Width-1:0] expected_q, data_q;
  always_ff @(posedge clk_i) begin
    read_watched_q <= rst_ni && watched_q && committed_q && ahead_q == 2'd0 && read_i &&
                      read_row_i == place_q;
    expected_q     <= content_q;
    read_q         <= read_i;
    data_q         <= read_data;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (chunk_valid == (chunks_q != 2'd0));
      assert (row_ready == (chunks_q != 2'd2));
      assert (chunks_q <= 2'd2);
      assert (!read_watched_q || read_data == expected_q);
      assert (read_q || read_data == data_q);
      // These make it inductive.
      assert (dut.row_q == row_q);
      assert (chunks_q == 2'(dut.full_q[0]) + 2'(dut.full_q[1]));
      assert ((dut.write_bank_q != dut.read_bank_q) == (chunks_q == 2'd1));
      assert (chunks_q == 2'd0 || dut.full_q[dut.read_bank_q]);
      assert (!watched_q || dut.mem[{bank_q, place_q}] == content_q);
      assert (!watched_q || committed_q ||
              (bank_q == dut.write_bank_q && place_q < row_q && ahead_q == chunks_q));
      assert (!(watched_q && committed_q) ||
              (ahead_q < chunks_q && bank_q == (dut.read_bank_q ^ ahead_q[0])));
      cover (chunks_q == 2'd2 && watched_q && ahead_q == 2'd1);
      cover (read_watched_q && place_q == RowW'(Rows - 1) && expected_q != '0);
    end
  end
endmodule
