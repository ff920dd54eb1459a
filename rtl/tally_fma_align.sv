// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// First stage of tally_fma: product of the significands, the addend's shift against it, and the cases
// that numbers do not decide. Combinational, or with Cut = 1 registered behind the partial products and
// the shift: all outputs come one cycle later.
//
// With the biased exponents ea, eb, ec (1 for subnormals) the unit bit of the product (2^46, taking
// significands as integers) has exponent ea + eb - 127. The window, for shift 0:
//
//   bit  75 ... 52  51 50  49 ... 2  1 0
//        addend      gap   product
//
// and the addend moves right by shift = ea + eb - 100 - ec.
// - A negative shift is taken as 0: the product then lies below half of the addend's last place (also
//   after one bit of cancellation), and only that it is there counts. So it does if it is 0.
// - A shift of 76 and more leaves nothing of the addend in the window: only that it is there counts,
//   as the product then is at least 2^23 (not both of its factors are subnormal) and two bits below
//   it suffice to round.
// This stage does the lower four bits of the shift: addend_o is the addend at bit 38, moved right.
// coarse_o counts the steps of 16 that remain; 5 moves all of it out of the window.
// room_o: the biased exponent of bit 75, less 1 (a leading one may be that far below bit 75).
//
// Rows = 1: the product comes from tally_row_multiplier, for devices without multiplier blocks.
module tally_fma_align #(
  parameter int unsigned Cut  = 0,
  parameter int unsigned Rows = 0
) (
  input  logic        clk_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] c_i,
  input  logic [2:0]  normal_i,  // their exponents are not 0
  // Special values; an infinite result has the sign sign_o
  output logic        nan_o,
  output logic        infinite_o,
  // Numbers; sign_o is that of the product
  output logic        sign_o,
  output logic        subtract_o,
  output logic [8:0]  room_o,
  output logic [47:0] product_o,
  output logic [38:0] addend_o,
  output logic [2:0]  coarse_o
);
  typedef struct packed {
    logic        sign;
    logic [7:0]  exponent;     // 1 for subnormals and zero
    logic [23:0] significand;
    logic        infinite;
    logic        nan;
  } operand_t;

  function automatic operand_t unpack(logic [31:0] word, logic normal);
    logic top, fraction;
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
  assign a = unpack(a_i, normal_i[2]);
  assign b = unpack(b_i, normal_i[1]);
  assign c = unpack(c_i, normal_i[0]);

  logic product_infinite, infinite, a_zero, b_zero, sign;
  assign product_infinite = a.infinite || b.infinite;
  assign a_zero           = a.significand == 24'd0;
  assign b_zero           = b.significand == 24'd0;
  assign sign             = a.sign ^ b.sign;

  // What is decided in front of the cut.
  typedef struct packed {
    logic        nan;
    logic        infinite;
    logic        sign;
    logic        subtract;
    logic        product_zero;
    logic [9:0]  shift;        // of the addend
    logic [8:0]  product_room;
    logic [8:0]  addend_room;
    logic [23:0] addend;
  } parts_t;
  parts_t parts_d, parts;

  assign infinite = product_infinite || c.infinite;

  // Two sums of three terms, each its own: no adder waits for another.
  assign parts_d = '{
      nan: a.nan || b.nan || c.nan || (a.infinite && b_zero) || (a_zero && b.infinite)
          || (product_infinite && c.infinite && sign != c.sign),
      infinite: infinite,
      sign: c.infinite ? c.sign : sign,
      subtract: sign != c.sign && !infinite,
      product_zero: a_zero || b_zero,
      shift: {2'b00, a.exponent} + {2'b00, b.exponent} - {2'b00, c.exponent} - 10'd100,
      product_room: {1'b0, a.exponent} + {1'b0, b.exponent} - 9'd101,
      addend_room: {1'b0, c.exponent} - 9'd1,
      addend: c.significand
  };

  // 75 is 4 * 16 + 11: a shift by 5 * 16 also stands for 4 * 16 + 12..15.
  logic anchored;
  logic [3:0] fine;
  assign anchored = parts.shift[9] || parts.product_zero;
  assign fine     = anchored ? 4'd0 : parts.shift[3:0];
  always_comb begin
    coarse_o = parts.shift[6:4];
    if (parts.shift[8:7] != 2'd0 || parts.shift[6:4] > 3'd4) coarse_o = 3'd5;
    if (anchored) coarse_o = 3'd0;
  end

  // What is multiplied in front of the cut: all of it, or four products of at most 18 bits, for the
  // multipliers of FPGAs, which one sum of three terms joins.
  localparam int unsigned ProductsW = (Rows != 0) ? 48 : 96;
  logic [ProductsW-1:0] products_d, products;
  if (Rows != 0) begin : g_rows
    tally_row_multiplier #(.Width(24)) u_multiplier (
      .a_i(a.significand), .b_i(b.significand), .product_o(products_d)
    );
    assign product_o = products;
  end else begin : g_four
    logic [35:0] low_low;
    logic [23:0] high_low, low_high;
    logic [11:0] high_high;
    assign products_d = {36'(a.significand[17:0]) * 36'(b.significand[17:0]),
                         24'(a.significand[23:18]) * 24'(b.significand[17:0]),
                         24'(a.significand[17:0]) * 24'(b.significand[23:18]),
                         12'(a.significand[23:18]) * 12'(b.significand[23:18])};
    assign {low_low, high_low, low_high, high_high} = products;
    assign product_o = {high_high, low_low} + {6'd0, high_low, 18'd0} + {6'd0, low_high, 18'd0};
  end

  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) {parts, products} <= {parts_d, products_d};
  end else begin : g_no_cut
    logic unused_clk;
    assign unused_clk = clk_i;
    assign {parts, products} = {parts_d, products_d};
  end

  assign nan_o      = parts.nan;
  assign infinite_o = parts.infinite;
  assign sign_o     = parts.sign;
  assign subtract_o = parts.subtract;
  assign room_o     = anchored ? parts.addend_room : parts.product_room;
  assign addend_o   = {parts.addend, 15'd0} >> fine;
endmodule
