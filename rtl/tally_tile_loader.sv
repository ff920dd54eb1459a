// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
//
// Takes tile packets apart (docs/tile-packet.md): control word, boundaries and coefficients go into
// the tables of the free tile bank, 32 bits a cycle; weight rows go to the weight encoder, a beat a
// cycle. A packet that reuses the weights of the one before ends with its coefficients.
//
// Checks what it reads (the control word: tally_control_check). On a fault it raises one error pulse, takes the tile back if it is in a bank
// already (fault_o), and from then on (stopped_o) accepts and discards every beat until clear_i.
// The header of the next tile loads while the tiles before it are counted and post-processed.
// Beats taken after halted_i are dropped when the weight buffer has no room, so the sender never hangs.

module tally_tile_loader #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned MaxN = 5,
  parameter int unsigned BufferRows = 1024,
  parameter int unsigned Digits = 1,
  parameter int unsigned Int8 = 0,  // see tally_control_check
  parameter int unsigned Cut = 0,   // the same
  localparam int unsigned TableN = (Digits != 0) ? 7 : MaxN,
  localparam int unsigned CoefW = $clog2(1 + 5 * Lanes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  // Weight stream
  input  logic                 valid_i,
  output logic                 ready_o,
  input  logic [8*Lanes-1:0]   data_i,
  input  logic                 last_i,
  // Tile bank
  input  logic                 bank_free_i,  // the bank that bank_o names may be written
  input  logic                 halted_i,     // the activation side has stopped
  output logic                 bank_o,
  output tally_pkg::tile_t     tile_o,
  output logic [tally_pkg::VectorsW-1:0] last_vector_o,
  output logic                 loaded_o,     // pulse: header of bank_o complete
  output logic                 fault_o,      // pulse: the tile of bank_o is bad
  output logic                 stopped_o,    // no tile will follow
  // Boundary table: entries entry_o and entry_o + 1
  output logic                 boundary_we_o,
  output logic [TableN-1:0]    boundary_entry_o,
  output logic [31:0]          boundary_data_o,
  // Coefficient store
  output logic                 coefficient_we_o,
  output logic [CoefW-1:0]     coefficient_word_o,
  output logic [31:0]          coefficient_data_o,
  // Weight rows
  output logic                 row_valid_o,
  input  logic                 row_ready_i,
  output logic [8*Lanes-1:0]   row_data_o,
  output logic                 row_vector_end_o,
  input  logic                 buffer_full_i,  // the weight buffer has no room
  // Errors, pulses
  output logic                 bad_control_o,
  output logic                 bad_boundaries_o,
  output logic                 early_o,
  output logic                 late_o
);

  import tally_pkg::*;

  localparam int unsigned BeatWords = Lanes / 4;
  localparam int unsigned BeatWordW = BeatWords > 1 ? $clog2(BeatWords) : 1;
  localparam int unsigned WordW = CoefW > TableN ? CoefW : TableN;
  localparam logic [WordW-1:0] LastCoefficient = WordW'(5 * Lanes);

  if (Lanes % 4 != 0 || Lanes < 4 || Lanes > 128) begin : g_bad_lanes
    $error("Lanes must be a multiple of 4, 4 to 128");
  end

  typedef enum logic [2:0] {
    Control = 3'd0,
    Check,
    Boundaries,
    Coefficients,
    Weights,
    Fault,
    Discard
  } state_e;

  typedef struct packed {
    state_e               state;
    logic                 bank;
    logic                 handed;     // the tile of bank has been handed over
    logic [3:0][31:0]     control;
    logic [BeatWordW-1:0] beat_word;  // of the header beat on the input
    logic [WordW-1:0]     word;       // of the section
    logic [14:0]          previous;   // boundary
    logic [InputsW-1:0]   row;        // of the vector
    logic [VectorsW-1:0]  vector_index;
  } registers_t;

  registers_t q, d;
  control_t control;
  logic control_ok, control_ready, accept;
  logic [InputsW-1:0] last_row, last_row_q;
  logic [VectorsW-1:0] last_vector_q;

  assign control = control_t'(q.control);
  assign last_vector_o = last_vector_q;
  assign accept = q.state == Check && control_ok && control_ready && bank_free_i && !halted_i;

  tally_control_check #(
    .Lanes(Lanes), .MaxN(MaxN), .BufferRows(BufferRows), .Digits(Digits), .Int8(Int8), .Cut(Cut)
  ) u_control_check (
    .clk_i, .rst_ni, .clear_i,
    .control_i(control), .check_i(q.state == Check), .accept_i(accept),
    .ok_o(control_ok), .ready_o(control_ready), .tile_o(tile_o), .last_row_o(last_row)
  );
  assign bank_o = q.bank;

  // The control word stands many cycles before the first row.
  always_ff @(posedge clk_i) begin
    last_row_q    <= last_row;
    last_vector_q <= control.vectors - 1'b1;
  end

  // The last word of the boundaries; the control word stands for a cycle or more before the first.
  logic [WordW-1:0] last_boundary_d, last_boundary;
  assign last_boundary_d = WordW'((32'd1 << control.n) / 2 - 1);
  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i) last_boundary <= last_boundary_d;
  end else begin : g_no_cut
    assign last_boundary = last_boundary_d;
  end

  // Header words: a beat stays on the input until its last word is taken.
  logic [31:0] word;
  logic header, word_valid, section_end, take_word, take_beat;
  assign header = q.state inside {Control, Boundaries, Coefficients};
  assign word = data_i[32*q.beat_word+:32];
  assign word_valid = valid_i && !halted_i;

  logic [WordW-1:0] last_word;
  always_comb begin
    unique case (q.state)
      Control:      last_word = WordW'(ControlWords - 1);
      Boundaries:   last_word = last_boundary;
      default:      last_word = LastCoefficient;
    endcase
  end

  assign take_word = header && word_valid;
  assign take_beat = take_word && (section_end || q.beat_word == BeatWordW'(BeatWords - 1));

  // Boundaries: 0x0001 .. 0x7C00, non-descending; entry 0 is a filler. With Cut a word is checked a
  // cycle after it came, and other errors are told a cycle late.
  logic boundaries_here, check, check_first, boundaries_ok, boundaries_bad;
  logic [14:0] check_previous;
  logic [31:0] check_word;
  logic early, late;
  function automatic logic legal(logic [15:0] boundary, logic [14:0] below);
    return boundary != '0 && boundary <= 16'h7C00 && boundary[14:0] >= below;
  endfunction
  assign boundaries_ok = check_first ? legal(check_word[31:16], '0)
      : legal(check_word[15:0], check_previous) && legal(check_word[31:16], check_word[14:0]);
  assign boundaries_bad = check && !boundaries_ok;

  assign boundaries_here = q.state == Boundaries && take_word;
  if (Cut != 0) begin : g_check_cut
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {check, early_o, late_o} <= '0;
      end else begin
        check             <= boundaries_here && !boundaries_bad && !clear_i;
        {early_o, late_o} <= {early, late} & {2{!boundaries_bad && !clear_i}};
      end
    end
    always_ff @(posedge clk_i) begin
      {check_first, check_previous, check_word} <= {q.word == '0, q.previous, word};
    end
  end else begin : g_no_check_cut
    assign check                                     = boundaries_here;
    assign {check_first, check_previous, check_word} = {q.word == '0, q.previous, word};
    assign {early_o, late_o}                         = {early, late} & {2{!boundaries_bad}};
  end

  // Weight rows. One with a wrong TLAST is not passed on, so its vector never completes.
  logic vector_end, packet_end, last_vector, row_here, take_row, drop_row;
  assign packet_end = vector_end && (!tile_o.streamed || last_vector);
  assign row_here = q.state == Weights && valid_i;

  // Where sections, vectors and packets end: with Cut from registers that follow every word and row.
  if (Cut != 0) begin : g_end_cut
    logic section_end_q, vector_end_q, last_vector_end_q;
    assign {section_end, vector_end} = {section_end_q, vector_end_q};
    assign last_vector = last_vector_end_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {section_end_q, vector_end_q, last_vector_end_q} <= '0;
      end else if (clear_i) begin
        {section_end_q, vector_end_q, last_vector_end_q} <= '0;
      end else begin
        // No section has a single word.
        if (take_word) section_end_q <= !section_end_q && q.word + 1'b1 == last_word;
        if (!take_row)         vector_end_q <= q.row == last_row_q;
        else if (vector_end_q) vector_end_q <= last_row_q == '0;
        else                   vector_end_q <= q.row + 1'b1 == last_row_q;
        if (!(take_row && vector_end_q)) last_vector_end_q <= q.vector_index == last_vector_q;
        else if (packet_end)             last_vector_end_q <= last_vector_q == '0;
        else last_vector_end_q <= q.vector_index + 1'b1 == last_vector_q;
      end
    end
  end else begin : g_no_end_cut
    assign section_end = header && q.word == last_word;
    assign vector_end  = q.row == last_row_q;
    assign last_vector = q.vector_index == last_vector_q;
  end
  assign row_valid_o = row_here && last_i == packet_end;
  assign row_data_o = data_i;
  assign row_vector_end_o = vector_end;
  assign take_row = row_here && row_ready_i;
  assign drop_row = row_here && !row_ready_i && buffer_full_i && halted_i;

  assign ready_o = take_beat || take_row || drop_row || q.state inside {Fault, Discard};

  assign stopped_o = q.state == Discard;
  assign boundary_we_o = q.state == Boundaries && take_word;
  assign boundary_entry_o = {q.word[TableN-2:0], 1'b0};
  assign boundary_data_o = word;
  assign coefficient_we_o = q.state == Coefficients && take_word;
  assign coefficient_word_o = q.word[CoefW-1:0];
  assign coefficient_data_o = word;

  always_comb begin
    d = q;
    loaded_o = 1'b0;
    fault_o = 1'b0;
    bad_control_o = 1'b0;
    bad_boundaries_o = 1'b0;
    early = 1'b0;
    late = 1'b0;

    if (take_word) begin
      d.beat_word = take_beat ? '0 : q.beat_word + 1'b1;
      d.word = section_end ? '0 : q.word + 1'b1;
      d.previous = word[30:16];
    end
    if (take_row) begin
      d.row = vector_end ? '0 : q.row + 1'b1;
      if (vector_end) d.vector_index = packet_end ? '0 : q.vector_index + 1'b1;
    end

    unique case (q.state)
      Control: begin
        if (take_word) d.control = {word, q.control[3:1]};
        if (take_beat && section_end) d.state = Check;
      end
      Check: begin
        if (!control_ok && (control_ready || Cut == 0)) begin
          bad_control_o = 1'b1;
          d.state = Fault;
        end else if (accept) begin
          d.state = Boundaries;
        end
      end
      Boundaries: begin
        if (take_beat && section_end) d.state = Coefficients;
      end
      Coefficients: begin
        if (take_beat && section_end && last_i == control.reuse) begin
          loaded_o = 1'b1;
          d.handed = !control.reuse;
          d.bank = q.bank ^ control.reuse;
          d.state = control.reuse ? Control : Weights;
        end else if (take_beat && section_end && control.reuse) begin
          late = 1'b1;
          d.state = Fault;
        end
      end
      Weights: begin
        if (take_row && packet_end && last_i) begin
          d.bank = !q.bank;
          d.handed = 1'b0;
          d.state = Control;
        end else if (take_row && (packet_end || last_i)) begin
          early = last_i;
          late = !last_i;
          d.state = Fault;
        end else if (drop_row) begin
          d.state = Discard;
        end
      end
      Fault: begin
        fault_o = q.handed;
        d.state = Discard;
      end
      default: ;  // Discard, until clear_i
    endcase

    if (take_beat && last_i && !loaded_o) begin
      early = 1'b1;  // a packet that ends in its header
      d.state = Fault;
    end
    if (boundaries_bad) begin
      bad_boundaries_o = 1'b1;
      d.state = Fault;
    end
    if (halted_i && (header || q.state == Check)) d.state = Discard;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      q <= '0;
    end else begin
      q <= clear_i ? '0 : d;
    end
  end

endmodule
