// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// IEEE 754 binary32 fused multiply-add: result_o = a_i * b_i + c_i, rounded once, to nearest even.
//
// All operands and results, subnormal ones and infinities too, are as in the standard; an exact zero
// from unlike signs is +0; every NaN result is 0x7FC00000. Latency 4 cycles, one operation a cycle,
// no stall: what enters with valid_i leaves with valid_o four cycles later.
//
// One fixed-point window of 76 bits holds product and addend, so that subnormal operands need no
// normalization (see tally_fma_align for the bits):
//   1 multiply the significands; shift the addend to its place against the product
//   2 add, or subtract the smaller from the larger
//   3 shift the leading one to the top, but not below the least exponent
//   4 round, overflow, special values
module tally_fma (
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
  localparam int unsigned WindowW = 76;
  localparam logic [31:0] CanonicalNan = 32'h7FC0_0000;
  localparam logic [30:0] Infinity     = 31'h7F80_0000;

  // Stage 1: product and aligned addend.
  typedef struct packed {
    logic               nan;       // The result is NaN whatever the numbers say
    logic               infinite;  // ... infinity with the sign of the product
    logic               sign;      // Sign of the product
    logic               subtract;  // The addend has the other sign
    logic [8:0]         room;      // How far bit 75 may still move down: its biased exponent less 1
    logic [47:0]        product;
    logic [WindowW-1:0] addend;
    logic               sticky;    // Non-zero addend bits below the window
  } aligned_t;

  aligned_t aligned_d, aligned_q;

  tally_fma_align u_align (
    .a_i,
    .b_i,
    .c_i,
    .nan_o     (aligned_d.nan),
    .infinite_o(aligned_d.infinite),
    .sign_o    (aligned_d.sign),
    .subtract_o(aligned_d.subtract),
    .room_o    (aligned_d.room),
    .product_o (aligned_d.product),
    .addend_o  (aligned_d.addend),
    .sticky_o  (aligned_d.sticky)
  );

  // Stage 2: the magnitude of the sum. P > A: P - A = P + ~A + 1, where bits below the window lend
  // from the +1; else A - P = ~(~A + P), and then nothing is below the window.
  typedef struct packed {
    logic               nan;
    logic               infinite;
    logic               sign;
    logic               subtract;
    logic [8:0]         room;
    logic [WindowW-1:0] sum;
    logic               sticky;
  } summed_t;

  summed_t summed_d, summed_q;
  logic product_wins;
  logic [49:0] product_place;
  logic [WindowW-1:0] sum;

  assign product_place = {aligned_q.product, 2'b00};
  assign product_wins  = aligned_q.addend[WindowW-1:50] == '0 &&
                         product_place > aligned_q.addend[49:0];
  assign sum = (aligned_q.addend ^ {WindowW{aligned_q.subtract}}) + {26'd0, product_place} +
               {75'd0, aligned_q.subtract && product_wins && !aligned_q.sticky};

  assign summed_d = '{
      nan:      aligned_q.nan,
      infinite: aligned_q.infinite,
      sign:     aligned_q.sign ^ (aligned_q.subtract && !product_wins),
      subtract: aligned_q.subtract,
      room:     aligned_q.room,
      sum:      sum ^ {WindowW{aligned_q.subtract && !product_wins}},
      sticky:   aligned_q.sticky
  };

  // Stage 3: significand in 24 bits, with the half and the rest below it.
  typedef struct packed {
    logic        nan;
    logic        infinite;
    logic        sign;
    logic [8:0]  exponent;     // Biased, less 1, of bit 23 of the significand
    logic [23:0] significand;
    logic        half;
    logic        rest;
  } normalized_t;

  normalized_t normalized_d, normalized_q;
  logic sum_is_zero, rest;

  tally_fma_normalize u_normalize (
    .sum_i        (summed_q.sum),
    .room_i       (summed_q.room),
    .zero_o       (sum_is_zero),
    .exponent_o   (normalized_d.exponent),
    .significand_o(normalized_d.significand),
    .half_o       (normalized_d.half),
    .rest_o       (rest)
  );
  assign normalized_d.nan      = summed_q.nan;
  assign normalized_d.infinite = summed_q.infinite;
  assign normalized_d.sign     = summed_q.sign && !(summed_q.subtract && sum_is_zero);
  assign normalized_d.rest     = rest || summed_q.sticky;

  // Stage 4: the exponent is stored less 1 and the leading one added to it, so that a subnormal
  // significand gives exponent 0 and a carry out of the significand moves into the exponent.
  logic round_up, overflow;
  logic [31:0] rounded;
  logic [31:0] result_d;

  assign round_up = normalized_q.half && (normalized_q.rest || normalized_q.significand[0]);
  assign rounded  = {normalized_q.exponent, normalized_q.significand[22:0]} +
                    {8'd0, normalized_q.significand[23], 22'd0, round_up};
  assign overflow = rounded[31:23] >= 9'd255;

  always_comb begin
    result_d = {normalized_q.sign, rounded[30:0]};
    if (normalized_q.infinite || overflow) result_d = {normalized_q.sign, Infinity};
    if (normalized_q.nan) result_d = CanonicalNan;
  end

  logic [3:0] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    aligned_q    <= aligned_d;
    summed_q     <= summed_d;
    normalized_q <= normalized_d;
    result_o     <= result_d;
  end

  assign valid_o = valid_q[3];
endmodule
