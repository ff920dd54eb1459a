// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// IEEE 754 binary32 fused multiply-add: result_o = a_i * b_i + c_i, rounded once, to nearest even.
//
// All operands and results, subnormal ones and infinities too, are as in the standard; an exact zero
// from unlike signs is +0; every NaN result is 0x7FC00000. Latency 4 cycles, or 8 with
// Cut = 1, one operation a cycle, no stall: what enters with valid_i leaves with valid_o.
//
// One fixed-point window of 76 bits holds product and addend, so that subnormal operands need no
// normalization. Each shift is in two halves, in neighbouring stages, to give all stages one length:
//   1 tally_fma_align      multiply the significands; shift the addend by 0..15
//   2 tally_fma_add        shift the addend by multiples of 16; subtract the smaller or add
//   3 tally_fma_normalize  count leading zeros; shift the sum by multiples of 16
//   4 tally_fma_round      shift the sum by 0..15; round, overflow, special values
// With Cut = 1 the first three have a register in the middle, and the operands one in front, as FPGAs want
// it. Rows = 1 multiplies without
// multiplier blocks (tally_row_multiplier).
module tally_fma #(
  parameter int unsigned Cut  = 0,
  parameter int unsigned Rows = 0
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Operands
  input  logic        valid_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] c_i,
  // Result
  output logic        valid_o,
  output logic [31:0] result_o
);
  // What the numbers do not decide, and the sign.
  typedef struct packed {
    logic nan;       // The result is NaN
    logic infinite;  // The result is infinite
    logic sign;      // Of the product (stages 1, 2), of the result
    logic subtract;  // Product and addend have unlike signs
  } flags_t;

  // Between the stages; each module says what its outputs mean.
  typedef struct packed {
    flags_t      flags;
    logic [8:0]  room;
    logic [47:0] product;
    logic [38:0] addend;
    logic [2:0]  coarse;
  } aligned_t;

  typedef struct packed {
    flags_t      flags;
    logic [8:0]  room;
    logic [75:0] sum;
    logic        rest;
  } added_t;

  typedef struct packed {
    flags_t      flags;
    logic [8:0]  exponent;
    logic [39:0] sum;
    logic [3:0]  fine;
    logic        rest;
  } normalized_t;

  // The operands, and which of them are normal: their significands have a leading one.
  logic [2:0][31:0] operands;
  logic [2:0] normal_d, normal;
  assign normal_d = {a_i[30:23] != 8'h00, b_i[30:23] != 8'h00, c_i[30:23] != 8'h00};
  if (Cut != 0) begin : g_operands
    always_ff @(posedge clk_i) {operands, normal} <= {a_i, b_i, c_i, normal_d};
  end else begin : g_no_operands
    assign {operands, normal} = {a_i, b_i, c_i, normal_d};
  end

  aligned_t aligned_d, aligned_q;
  added_t added_d, added_q;
  normalized_t normalized_d, normalized_q;
  logic [31:0] result_d;

  tally_fma_align #(.Cut(Cut), .Rows(Rows)) u_align (
    .clk_i,
    .a_i       (operands[2]),
    .b_i       (operands[1]),
    .c_i       (operands[0]),
    .normal_i  (normal),
    .nan_o     (aligned_d.flags.nan),
    .infinite_o(aligned_d.flags.infinite),
    .sign_o    (aligned_d.flags.sign),
    .subtract_o(aligned_d.flags.subtract),
    .room_o    (aligned_d.room),
    .product_o (aligned_d.product),
    .addend_o  (aligned_d.addend),
    .coarse_o  (aligned_d.coarse)
  );

  logic negate;
  tally_fma_add #(.Cut(Cut)) u_add (
    .clk_i,
    .subtract_i(aligned_q.flags.subtract),
    .product_i (aligned_q.product),
    .addend_i  (aligned_q.addend),
    .coarse_i  (aligned_q.coarse),
    .negate_o  (negate),
    .sum_o     (added_d.sum),
    .rest_o    (added_d.rest)
  );
  flags_t summing_flags;
  logic [8:0] summing_room;
  assign added_d.room = summing_room;
  always_comb begin
    added_d.flags      = summing_flags;
    added_d.flags.sign = summing_flags.sign ^ negate;
  end

  logic zero;
  tally_fma_normalize #(.Cut(Cut)) u_normalize (
    .clk_i,
    .sum_i     (added_q.sum),
    .rest_i    (added_q.rest),
    .room_i    (added_q.room),
    .zero_o    (zero),
    .exponent_o(normalized_d.exponent),
    .sum_o     (normalized_d.sum),
    .fine_o    (normalized_d.fine),
    .rest_o    (normalized_d.rest)
  );
  flags_t shifting_flags;
  always_comb begin
    normalized_d.flags = shifting_flags;
    if (shifting_flags.subtract && zero) normalized_d.flags.sign = 1'b0;
  end

  // What goes past the cuts of the second and third stage.
  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) begin
      {summing_flags, summing_room} <= {aligned_q.flags, aligned_q.room};
      shifting_flags                <= added_q.flags;
    end
  end else begin : g_no_cut
    assign {summing_flags, summing_room} = {aligned_q.flags, aligned_q.room};
    assign shifting_flags                = added_q.flags;
  end

  tally_fma_round #(.Cut(Cut)) u_round (
    .clk_i,
    .nan_i     (normalized_q.flags.nan),
    .infinite_i(normalized_q.flags.infinite),
    .sign_i    (normalized_q.flags.sign),
    .exponent_i(normalized_q.exponent),
    .sum_i     (normalized_q.sum),
    .fine_i    (normalized_q.fine),
    .rest_i    (normalized_q.rest),
    .result_o  (result_d)
  );
  logic unused_subtract;
  assign unused_subtract = normalized_q.flags.subtract;

  localparam int unsigned Latency = (Cut != 0) ? 8 : 4;
  logic [Latency-1:0] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Latency-2:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    aligned_q    <= aligned_d;
    added_q      <= added_d;
    normalized_q <= normalized_d;
  end
  // With Cut = 1 the last register is in the middle of the rounding.
  if (Cut != 0) begin : g_result
    assign result_o = result_d;
  end else begin : g_result_register
    always_ff @(posedge clk_i) result_o <= result_d;
  end

  assign valid_o = valid_q[Latency-1];
endmodule
