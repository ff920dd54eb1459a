// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One bank of signed counters at addresses First..Last.
//
//   count_i: C[count_addr_i] += negative_i ? -1 : +1      one event a cycle, any sequence of addresses
//   read_i:  read_data_o = C[read_addr_i], C[read_addr_i] = 0
//
// read_data_o is valid in the cycle after read_i and 0 in the cycles after none, so that readers of many
// counters need no multiplexer. A counter that passes its range wraps in two's
// complement, and overflow_o is high for one cycle: the cycle after the counter took its new value,
// that is one cycle after count_i (StyleSyncRam: two).
// Never count and read in one cycle; next to each other in any order is fine, so a read directly
// after the last count sees it.
// No style resets its contents (a resettable flip-flop costs twice a plain one, a RAM cannot): read
// every address once after reset.
//
//   StyleFlipFlop  a register an address in First..Last, one adder
//   StyleLutRam    asynchronous read: read, add and write in one cycle
//   StyleSyncRam   read in the cycle of the event, add and write in the next one; an event on the
//                  address written in that very cycle takes the written value instead of the RAM's
module tally_array_counter #(
  parameter int unsigned AddrW = 4,
  parameter int unsigned First = 0,
  parameter int unsigned Last  = 2 ** AddrW - 1,
  parameter int unsigned CntW  = 10,
  parameter int unsigned Style = tally_pkg::StyleFlipFlop
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // Count
  input  logic             count_i,
  input  logic [AddrW-1:0] count_addr_i,
  input  logic             negative_i,
  // Read and clear
  input  logic             read_i,
  input  logic [AddrW-1:0] read_addr_i,
  output logic [CntW-1:0]  read_data_o,
  // Status
  output logic             overflow_o
);
  if (First > Last || Last >= 2 ** AddrW) begin : g_bad_range
    $error("tally_array_counter: First..Last must lie in 0..2^AddrW-1");
  end
  if (CntW < 2) begin : g_bad_width
    $error("tally_array_counter: CntW must be at least 2");
  end
  if (Style > tally_pkg::StyleSyncRam) begin : g_bad_style
    $error("tally_array_counter: unknown Style");
  end

  // One port serves both: the caller never counts and reads in one cycle.
  logic             access;
  logic [AddrW-1:0] addr;
  assign access = count_i || read_i;
  // Flip-flops: an address that does not move saves the energy of their multiplexers.
  assign addr = (Style == tally_pkg::StyleLutRam ? !count_i : read_i) ? read_addr_i : count_addr_i;

  // The entry of the event, and what is written back: old +- 1 or, for a read, 0 + 0.
  logic            keep, negative, minus, overflow;
  logic [CntW-1:0] old_value, new_value;
  assign minus = negative && keep;
  tally_gated_adder #(.Width(CntW)) u_adder (
    .keep_i(keep), .value_i(old_value), .term_i({{(CntW - 1) {minus}}, keep}), .sum_o(new_value)
  );
  // Only +1 turns the sign bit on when it passes the range, only -1 turns it off.
  assign overflow = minus ? old_value[CntW-1] && !new_value[CntW-1]
                          : !old_value[CntW-1] && new_value[CntW-1];

  if (Style == tally_pkg::StyleSyncRam) begin : g_sync_ram
    logic [CntW-1:0] mem[2**AddrW];
    logic [CntW-1:0] ram_q, written_q;
    logic access_q, read_q, keep_q, negative_q, forward_d, forward_q;
    logic [AddrW-1:0] addr_q;
    assign forward_d = access_q && addr == addr_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        access_q   <= 1'b0;
        read_q     <= 1'b0;
        overflow_o <= 1'b0;
      end else begin
        access_q   <= access;
        read_q     <= read_i;
        overflow_o <= access_q && overflow;
      end
    end

    always_ff @(posedge clk_i) begin
      // Never read what is being written: RAMs differ in what they then give.
      if (access && !forward_d) ram_q <= mem[addr];
      if (access) begin
        addr_q     <= addr;
        keep_q     <= count_i;
        negative_q <= negative_i;
        forward_q  <= forward_d;
      end
      if (access_q) begin
        mem[addr_q] <= new_value;
        written_q   <= new_value;
      end
    end

    assign keep        = keep_q;
    assign negative    = negative_q;
    assign old_value   = forward_q ? written_q : ram_q;
    assign read_data_o = read_q ? old_value : '0;
  end else begin : g_one_cycle
    assign keep     = count_i;
    assign negative = negative_i;

    if (Style == tally_pkg::StyleLutRam) begin : g_lut_ram
      logic [CntW-1:0] mem[2**AddrW];
      assign old_value = mem[addr];
      always_ff @(posedge clk_i) begin
        if (access) mem[addr] <= new_value;
      end
    end else begin : g_flip_flop
      // One process for all entries: Verilator runs a process an entry 40 times slower.
      (* ram_style = "registers" *) logic [CntW-1:0] entries[First:Last];
      always_ff @(posedge clk_i) begin
        if (access) entries[addr] <= new_value;
      end
      assign old_value = entries[addr];
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) overflow_o <= 1'b0;
      else         overflow_o <= overflow;
    end
    always_ff @(posedge clk_i) begin
      read_data_o <= read_i ? old_value : '0;
    end
  end
endmodule
