// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Control of the post-processor: which counter to read and which operation to do, in rounds of Slots
// cycles; cycle j of a round is lane j of every unit (LanesPerUnit < 4: the slots above are idle).
// All outputs belong to the same slot; the counter arrives one cycle later, see tally_postprocessor.
//
// Rounds of a segment, exponential, top = 2^n - 1, T = 2^(n+1) - 2 (offset off: the lines marked *):
//   Init     P = C2[top] (off: P = C1[T])                    *   read and multiply-add of
//   Chain2   P = fma(P, b, C2[e]), e = top-1 .. 1                a round go side by side
//   Acc4     acc = fma(c4, N, acc)            P = C3[top]
//   Chain3   P = fma(P, b, C3[e]), e = top-1 .. 1
//   Acc3     acc = fma(c3, P3, acc)
//   Acc2     acc = fma(c2, P2, acc)           P = C1[T]
//   Chain1   P = fma(P, b, C1[e]), e = T-1 .. 2              *   acc = bias in the first round
//   finish   acc = fma(c1, P1, acc)                          *   is the next segment's Init
// Uniform and reveal: Init v = C1[14]; IntChain v = 2v + C1[e], e = 13..0; IntAdd total += v (last:
// v += total, acc = bias); after the last segment: finish acc = fma(c1, v, acc).
// So a segment takes 2^(n+2) - 4 rounds (n = 5: 124) with the offset, 2^(n+1) - 3 (61) without, and 16
// with integers.
//
// A finish that gives results waits until the vector before has drained (Hold).
module tally_post_program #(
  parameter  int unsigned MaxN         = 5,
  parameter  int unsigned LanesPerUnit = 8,
  parameter  int unsigned Cut          = 0,  // decides a cycle before a round ends, for FPGAs
  localparam int unsigned Slots        = (LanesPerUnit < 4) ? 4 : LanesPerUnit,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1,
  localparam int unsigned AddrW        = (MaxN < 3) ? 4 : MaxN + 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  // Segments
  input  logic                valid_i,
  output logic                ready_o,
  input  tally_pkg::token_t   token_i,
  // Slot
  output logic [LaneW-1:0]    lane_o,
  output tally_pkg::post_op_t op_o,
  output logic                result_o,  // the multiply-add gives a result
  // Counter read
  output logic                read_o,
  output logic                read_last_o,  // of the segment
  output logic                read_bank_o,
  output logic [1:0]          read_array_o,
  output logic [AddrW-1:0]    read_addr_o,
  // Results; the tile's facts hold from the finish until its results are out
  input  logic                drained_i,
  output logic                relu_o,
  output logic [7:0]          valid_lanes_o,
  output logic                last_vector_o
);
  import tally_pkg::*;

  typedef enum logic [3:0] {
    Idle, Init, Chain2, Acc4, Chain3, Acc3, Acc2, Chain1, IntChain, IntAdd, Hold
  } phase_e;

  localparam int unsigned SlotW = $clog2(Slots);

  logic [SlotW-1:0] slot_q;
  phase_e phase_q, phase_d;
  logic [AddrW-1:0] addr_q, addr_d;
  logic [1:0] array_q, array_d;
  logic fresh_q, fresh_d;      // the round after Init
  logic finish_q, finish_d;    // this round ends the segment before
  logic pending_q;             // results that have not drained
  token_t segment_q, finished_q;

  // ---------------------------------------------------------------- rounds
  logic round_end, closing, may_finish, open;
  logic [AddrW-1:0] segment_top, segment_pair_top, next_top, next_pair_top;
  logic segment_integer, next_integer;
  assign round_end        = slot_q == SlotW'(Slots - 1);
  assign segment_integer  = segment_q.number_system != Exponential;
  assign next_integer     = token_i.number_system != Exponential;
  assign segment_top      = AddrW'((32'd1 << segment_q.n) - 1);
  assign segment_pair_top = AddrW'((32'd2 << segment_q.n) - 2);
  assign next_top         = AddrW'((32'd1 << token_i.n) - 1);
  assign next_pair_top    = AddrW'((32'd2 << token_i.n) - 2);
  assign may_finish       = !segment_q.last || !pending_q;

  // What follows from the round alone, and then with the segment that waits and the results before.
  typedef struct packed {
    phase_e           phase;
    logic [AddrW-1:0] addr;
    logic [1:0]       array;
    logic             fresh;
    logic             closing;
    logic             open;
  } follow_t;
  follow_t follow_d, follow;
  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) follow <= follow_d;
  end else begin : g_no_cut
    assign follow = follow_d;
  end

  always_comb begin
    follow_d = '{phase: phase_q, addr: addr_q - 1'b1, array: array_q, default: '0};
    unique case (phase_q)
      Idle: follow_d.open = 1'b1;
      Init: begin
        follow_d.phase = segment_integer ? IntChain : segment_q.offset ? Chain2 : Chain1;
        follow_d.fresh = 1'b1;
      end
      Chain2: if (addr_q == AddrW'(1)) begin
        follow_d.phase = Acc4;
        follow_d.array = 2'd3;
        follow_d.addr  = segment_top;
      end
      Acc4: follow_d.phase = Chain3;
      Chain3: if (addr_q == AddrW'(1)) follow_d.phase = Acc3;
      Acc3: begin
        follow_d.phase = Acc2;
        follow_d.array = 2'd1;
        follow_d.addr  = segment_pair_top;
      end
      Acc2: follow_d.phase = Chain1;
      Chain1: follow_d.closing = addr_q == AddrW'(2);
      IntChain: if (addr_q == '0) follow_d.phase = IntAdd;
      IntAdd: begin
        follow_d.closing = segment_q.last;
        follow_d.open    = !segment_q.last;
      end
      default: follow_d.closing = 1'b1;  // Hold
    endcase
  end

  always_comb begin
    phase_d  = follow.phase;
    addr_d   = follow.addr;
    array_d  = follow.array;
    fresh_d  = follow.fresh;
    finish_d = 1'b0;
    closing  = follow.closing;
    open     = follow.open;
    if (closing) begin
      phase_d  = Hold;
      finish_d = may_finish;
      open     = may_finish;
    end
    if (open) begin
      phase_d = valid_i ? Init : Idle;
      array_d = !next_integer && token_i.offset ? 2'd2 : 2'd1;
      addr_d  = next_integer ? AddrW'(14) : token_i.offset ? next_top : next_pair_top;
    end
  end

  assign ready_o = round_end && open;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      slot_q    <= '0;
      phase_q   <= Idle;
      finish_q  <= 1'b0;
      pending_q <= 1'b0;
    end else if (clear_i) begin
      slot_q    <= '0;
      phase_q   <= Idle;
      finish_q  <= 1'b0;
      pending_q <= 1'b0;
    end else begin
      slot_q <= round_end ? '0 : slot_q + 1'b1;
      if (round_end) begin
        phase_q  <= phase_d;
        finish_q <= finish_d;
      end
      if (round_end && finish_d && segment_q.last) pending_q <= 1'b1;
      else if (drained_i)                          pending_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (round_end) begin
      addr_q  <= addr_d;
      array_q <= array_d;
      fresh_q <= fresh_d;
      if (finish_d) finished_q <= segment_q;
      if (open && valid_i) segment_q <= token_i;
    end
  end

  // ---------------------------------------------------------------- slots
  logic chain, active;
  assign chain  = phase_q inside {Chain1, Chain2, Chain3};
  assign active = 32'(slot_q) < LanesPerUnit;

  assign lane_o       = active ? slot_q[LaneW-1:0] : '0;
  assign read_o       = active && (chain || phase_q inside {Init, Acc4, Acc2, IntChain});
  assign read_last_o  = 32'(slot_q) == LanesPerUnit - 1
      && (phase_q == Chain1 && addr_q == AddrW'(2) || phase_q == IntChain && addr_q == '0);
  assign read_bank_o  = segment_q.counter_bank;
  assign read_array_o = array_q;
  assign read_addr_o  = addr_q;

  assign result_o      = active && finish_q && finished_q.last;
  assign relu_o        = finished_q.relu;
  assign valid_lanes_o = finished_q.valid_lanes;
  assign last_vector_o = finished_q.last_vector;

  always_comb begin
    op_o = '{
        sum_load: phase_q == Init,
        sum_double: phase_q == IntChain,
        sum_count: phase_q inside {Init, Chain2, IntChain},
        sum_acc: phase_q == IntAdd && !segment_q.first,
        wide: phase_q inside {Acc4, Acc2} || (finish_q && finished_q.number_system != Exponential),
        wide_raw: phase_q == Acc2,
        field: FieldBias,
        coefficient_bank: finish_q ? finished_q.tile_bank : segment_q.tile_bank,
        base_bank: segment_q.tile_bank,
        fma: active && (finish_q || chain || phase_q inside {Acc4, Acc3, Acc2}),
        horner: chain,
        start: phase_q inside {Init, Acc4, Acc2},
        save: phase_q == Acc4,
        bias: chain ? fresh_q && segment_q.first : phase_q == IntAdd && segment_q.last,
        total: phase_q == IntAdd && !segment_q.last
    };
    if (finish_q) op_o.field = FieldC1;
    else if (phase_q == Acc2) op_o.field = FieldC2;
    else if (phase_q == Acc3) op_o.field = FieldC3;
    else if (phase_q == Acc4) op_o.field = FieldC4;
  end

  logic unused_finished;
  assign unused_finished = ^{finished_q.counter_bank, finished_q.first, finished_q.n,
                             finished_q.offset};
endmodule
