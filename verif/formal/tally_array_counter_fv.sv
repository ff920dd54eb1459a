// SPDX-License-Identifier: Apache-2.0
// Proof of tally_array_counter for any one address, hence for each: a read gives the sum of all events
// since the read before, modulo 2^CntW, and overflow_o is high exactly when that sum passed its range.
module tally_array_counter_fv #(
  parameter int unsigned AddrW = 2,
  parameter int unsigned First = 0,
  parameter int unsigned Last  = 2 ** AddrW - 1,
  parameter int unsigned CntW  = 3,
  parameter int unsigned Style = 0
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             count_i,
  input logic [AddrW-1:0] count_addr_i,
  input logic             negative_i,
  input logic             read_i,
  input logic [AddrW-1:0] read_addr_i,
  input logic [AddrW-1:0] watched_i
);
  logic [CntW-1:0] read_data;
  logic overflow;

  tally_array_counter #(
    .AddrW(AddrW), .First(First), .Last(Last), .CntW(CntW), .Style(Style)
  ) dut (
    .clk_i, .rst_ni, .count_i, .count_addr_i, .negative_i, .read_i, .read_addr_i,
    .read_data_o(read_data), .overflow_o(overflow)
  );

  localparam logic [CntW-1:0] Most  = {1'b0, {(CntW - 1) {1'b1}}};
  localparam logic [CntW-1:0] Least = {1'b1, {(CntW - 1) {1'b0}}};

  logic started_q = 1'b0;
  logic [AddrW-1:0] watched_q;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    watched_q <= watched_i;
  end
  always_comb begin
    assume (rst_ni == started_q);
    assume (!started_q || watched_i == watched_q);
    assume (32'(watched_i) >= First && 32'(watched_i) <= Last);
    // The contract: never both in one cycle, and only addresses that exist. None in reset.
    assume (!(count_i && read_i));
    assume (rst_ni || !(count_i || read_i));
    assume (!count_i || (32'(count_addr_i) >= First && 32'(count_addr_i) <= Last));
    assume (!read_i || (32'(read_addr_i) >= First && 32'(read_addr_i) <= Last));
  end

  // The counter as the contract has it; known from its first read on.
  logic known_q, count_hit, read_hit, passes;
  logic [CntW-1:0] model_q;
  assign count_hit = count_i && count_addr_i == watched_i;
  assign read_hit  = read_i && read_addr_i == watched_i;
  assign passes    = count_hit && (negative_i ? model_q == Least : model_q == Most);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)       known_q <= 1'b0;
    else if (read_hit) known_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (read_hit) model_q <= '0;
    else if (count_hit) model_q <= negative_i ? model_q - 1'b1 : model_q + 1'b1;
  end

  // What must be seen one cycle later, and two.
  typedef struct packed {
    logic            read;
    logic            judged;    // overflow_o is determined: a known counter was hit, or none at all
    logic            overflow;
    logic [CntW-1:0] value;
  } seen_t;
  seen_t now, one_q, two_q;
  assign now = '{
      read: read_hit && known_q,
      judged: (count_hit && known_q) || read_i || !count_i,
      overflow: passes,
      value: model_q
  };
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      one_q <= '0;
      two_q <= '0;
    end else begin
      one_q <= now;
      two_q <= one_q;
    end
  end
  seen_t due;
  assign due = Style == tally_pkg::StyleSyncRam ? two_q : one_q;

  // The access of the cycle before.
  logic hit_q, access_q, was_read_q, was_negative_q, known_before_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      hit_q    <= 1'b0;
      access_q <= 1'b0;
    end else begin
      hit_q    <= count_hit || read_hit;
      access_q <= count_i || read_i;
    end
  end
  always_ff @(posedge clk_i) begin
    was_read_q     <= read_i;
    was_negative_q <= negative_i;
    known_before_q <= known_q;
  end

  // What the module holds for the watched address: this makes the proof inductive.
  logic [CntW-1:0] held;
  if (Style == tally_pkg::StyleSyncRam) begin : g_sync_ram
    logic pending;
    assign pending = dut.g_sync_ram.access_q && dut.g_sync_ram.addr_q == watched_i;
    assign held    = pending ? dut.new_value : dut.g_sync_ram.mem[watched_i];
    always_ff @(posedge clk_i) begin
      if (rst_ni && started_q) begin
        // The value that the pending event starts from, and what it does with it.
        assert (!(one_q.read) || (pending && !dut.g_sync_ram.keep_q));
        assert (!(pending && known_before_q) || dut.old_value == one_q.value);
        assert (!(pending && known_before_q) || one_q.judged);
        assert (!(pending && known_before_q) || dut.overflow == one_q.overflow);
        assert (pending == hit_q);
        assert (dut.g_sync_ram.access_q == access_q);
        assert (!pending || dut.g_sync_ram.keep_q == !was_read_q);
        assert (!pending || was_read_q || dut.g_sync_ram.negative_q == was_negative_q);
      end
    end
  end else if (Style == tally_pkg::StyleLutRam) begin : g_lut_ram
    assign held = dut.g_one_cycle.g_lut_ram.mem[watched_i];
  end else begin : g_flip_flop
    assign held = dut.g_one_cycle.g_flip_flop.entries[watched_i];
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      assert (!known_q || held == model_q);
      assert (!one_q.read || read_data == one_q.value);
      assert (!due.judged || overflow == due.overflow);
      cover (one_q.read && one_q.value == Most);
      cover (due.judged && overflow);
      cover (known_q && one_q.read && count_hit);
    end
  end
endmodule
