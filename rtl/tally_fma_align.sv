// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// First stage of tally_fma: product of the significands, addend shifted to its place against it, and
// the cases that numbers do not decide. Combinational.
//
// With the biased exponents ea, eb, ec (1 for subnormals) the product, significands as integers, has
// its unit bit (2^46) at exponent ea + eb - 127. In the window it lies at
//
//   bit  75 ... 52  51 50  49 ... 2  1 0
//        addend      gap   product
//
// for shift 0, and the addend moves right by shift = ea + eb - 100 - ec. A negative shift is taken
// as 0: the product then lies below half of the addend's last place (also after one bit of
// cancellation), and only that it is there counts. A shift of 76 leaves nothing of the addend in the
// window: only that it is there counts, as a non-zero product is then at least 2^23 (one operand at
// most is subnormal), and two bits below it suffice to round. A zero product counts as negative shift.
module tally_fma_align (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] c_i,
  // Special values
  output logic        nan_o,
  output logic        infinite_o,
  // Numbers
  output logic        sign_o,
  output logic        subtract_o,
  output logic [8:0]  room_o,
  output logic [47:0] product_o,
  output logic [75:0] addend_o,
  output logic        sticky_o
);
  localparam int unsigned WindowW = 76;

  typedef struct packed {
    logic        sign;
    logic [7:0]  exponent;     // 1 for subnormals and zero
    logic [23:0] significand;
    logic        infinite;
    logic        nan;
  } operand_t;

  function automatic operand_t unpack(logic [31:0] word);
    logic normal, top, fraction;
    normal   = word[30:23] != 8'h00;
    top      = word[30:23] == 8'hFF;
    fraction = word[22:0] != 23'd0;
    return '{
        sign:        word[31],
        exponent:    {word[30:24], word[23] || !normal},
        significand: {normal, word[22:0]},
        infinite:    top && !fraction,
        nan:         top && fraction
    };
  endfunction

  operand_t a, b, c;
  assign a = unpack(a_i);
  assign b = unpack(b_i);
  assign c = unpack(c_i);

  // Special values. An infinite result takes the sign of the infinity there is.
  logic product_infinite, a_zero, b_zero, sign;
  assign product_infinite = a.infinite || b.infinite;
  assign a_zero           = a.significand == 24'd0;
  assign b_zero           = b.significand == 24'd0;
  assign sign             = a.sign ^ b.sign;
  assign nan_o = a.nan || b.nan || c.nan || (a.infinite && b_zero) || (a_zero && b.infinite) ||
                 (product_infinite && c.infinite && sign != c.sign);
  assign infinite_o = product_infinite || c.infinite;
  assign sign_o     = c.infinite ? c.sign : sign;
  assign subtract_o = sign != c.sign && !infinite_o;

  // Exponents.
  logic [9:0] shift_full;
  logic anchored;
  logic [6:0] shift;
  assign shift_full = {2'b00, a.exponent} + {2'b00, b.exponent} - {2'b00, c.exponent} - 10'd100;
  assign anchored   = shift_full[9] || a_zero || b_zero;
  always_comb begin
    shift = shift_full[6:0];
    if (anchored) shift = 7'd0;
    else if (shift_full[8:0] >= 9'(WindowW)) shift = 7'(WindowW);
  end
  assign room_o = (anchored ? {1'b0, c.exponent} : {1'b0, a.exponent} + {1'b0, b.exponent} - 9'd100)
                  - 9'd1;

  // Significands. The low 24 bits of the shifted addend are below the window.
  logic [23:0] below;
  assign {addend_o, below} = {c.significand, {WindowW{1'b0}}} >> shift;
  assign sticky_o  = below != 24'd0;
  assign product_o = a.significand * b.significand;
endmodule
