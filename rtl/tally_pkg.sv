// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// Types and encodings shared by all Tally modules; docs/tile-packet.md and docs/number-systems.md are
// their specification.
//
// Every stream is valid/ready: once valid is high, valid and data hold until ready; valid never depends
// combinationally on ready. A beat moves in a cycle in which both are high.

package tally_pkg;

  // A module by itself never uses all of these.
  // verilator lint_off UNUSEDPARAM

  localparam int unsigned InputsW = 20;    // K and SegLen
  localparam int unsigned DigitInputsW = 17;  // K in uniform and reveal
  localparam int unsigned VectorsW = 32;

  // Control word, number systems and status, described in tally_registers.rdl.
  import tally_formats_pkg::*;
  export tally_formats_pkg::ControlWords, tally_formats_pkg::ControlVersion;
  export tally_formats_pkg::ControlReserved;
  export tally_formats_pkg::control_t, tally_formats_pkg::status_t;
  export tally_formats_pkg::number_system_e, tally_formats_pkg::Exponential;
  export tally_formats_pkg::Reveal, tally_formats_pkg::Uniform;

  // Counter memories: flip-flops; distributed RAM (asynchronous read, the FPGA style); synchronous RAM
  // with forwarding.
  localparam int unsigned StyleFlipFlop = 0;
  localparam int unsigned StyleLutRam = 1;
  localparam int unsigned StyleSyncRam = 2;

  // Uniform and reveal: values of a group at most, exponents of a sum of two terms, and the width of an
  // activation's binary exponent.
  localparam int unsigned Group = 8;
  localparam int unsigned TermSums = 15;
  localparam logic [2:0] DigitN = 3'd7;

  // A term of a group of values, as the weight buffer keeps it; 0 is no term.
  typedef struct packed {
    logic       valid;
    logic       sign;
    logic [2:0] exponent;
    logic [2:0] position;
  } slot_t;

  // The digits of a value: which exponents have one, and the sign of exponents 2i and 2i+1, of which
  // HESE uses one at most and which in binary are equal.
  typedef struct packed {
    logic [3:0] negative;
    logic [7:0] present;
  } digits_t;

  // The bits at and below the highest one.
  function automatic logic [7:0] downward(logic [7:0] bits);
    logic [7:0] spread;
    spread = bits | (bits >> 1);
    spread = spread | (spread >> 2);
    return spread | (spread >> 4);
  endfunction

  // The number of the only bit that is set; 0 if none is.
  function automatic logic [2:0] place(logic [7:0] one_hot);
    return {|(one_hot & 8'hF0), |(one_hot & 8'hCC), |(one_hot & 8'hAA)};
  endfunction

  function automatic digits_t pack_digits(logic [7:0] pos, logic [7:0] neg);
    return '{
        negative: {|neg[7:6], |neg[5:4], |neg[3:2], |neg[1:0]},
        present: pos | neg
    };
  endfunction

  function automatic logic [15:0] unpack_digits(digits_t digits);  // {neg, pos}
    logic [7:0] negative;
    negative = {{2{digits.negative[3]}}, {2{digits.negative[2]}}, {2{digits.negative[1]}},
                {2{digits.negative[0]}}};
    return {digits.present & negative, digits.present & ~negative};
  endfunction

  // What counting and post-processing need of a tile's control word; exponential has groups of one
  // value, a budget of 1 and nothing skipped.
  typedef struct packed {
    logic               streamed;     // the weights come again with every vector
    logic               reuse;        // the slots of the tile before serve again
    logic               hese;
    logic [1:0]         log2_group;
    logic [5:0]         budget;       // slots a group
    logic [5:0]         skip;         // slots of a group that are loaded but beyond the budget
    logic [3:0]         terms;        // digits of a data value
    logic [InputsW-1:0] segment;
    logic [InputsW-1:0] inputs;
    logic [7:0]         valid_lanes;
    logic [2:0]         n;
    logic               relu;
    logic               offset;
    number_system_e     number_system;
  } tile_t;

  // An activation code: sign and index (0 is zero) of an exponential value, or sign and magnitude.
  typedef struct packed {
    logic       sign;
    logic [6:0] index;
  } code_t;

  // A counting step, broadcast to all lanes together with the weight row.
  typedef struct packed {
    logic       valid;
    logic       bank;    // counter bank
    logic       offset;  // AC2 and AC3 count too
    logic       digits;  // uniform or reveal: the terms count, else the code
    logic [2:0] n;
    code_t      code;
  } step_t;

  // A segment whose counting is done, on its way to the post-processor.
  typedef struct packed {
    logic           counter_bank;
    logic           tile_bank;    // whose coefficients apply
    logic           first;        // segment of its vector
    logic           last;         // segment of its vector
    logic           last_vector;  // of its tile
    logic [2:0]     n;
    logic           offset;
    logic           relu;
    number_system_e number_system;
    logic [7:0]     valid_lanes;
  } token_t;

  // A vector of tally_int8_pe that is accumulated, on its way to the post-processor.
  typedef struct packed {
    logic       tile_bank;    // whose coefficients apply
    logic       last_vector;  // of its tile
    logic       relu;
    logic [7:0] valid_lanes;
  } int8_token_t;

  // What one slot of the post-processor does (tally_dequantizer; fields of the coefficient store).
  typedef struct packed {
    // Stage C
    logic       sum_load;
    logic       sum_double;
    logic       sum_count;
    logic       sum_acc;
    logic       wide;
    logic       wide_raw;
    logic [2:0] field;
    logic       coefficient_bank;
    logic       base_bank;
    // Stage X
    logic       fma;
    logic       horner;
    logic       start;
    logic       save;
    logic       bias;
    logic       total;
  } post_op_t;

  localparam logic [2:0] FieldC1   = 3'd0;
  localparam logic [2:0] FieldC2   = 3'd1;
  localparam logic [2:0] FieldC3   = 3'd2;
  localparam logic [2:0] FieldC4   = 3'd3;
  localparam logic [2:0] FieldBias = 3'd4;

  // verilator lint_on UNUSEDPARAM

endpackage
