// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Turns binary16 activations into codes through a table of 2^n - 1 boundaries t[1..2^n-1]:
//
//   index = number of boundaries <= |x|,  sign = the sign of x, or 0 where index is 0
//
// A NaN gives code 0 and nan_o with it; infinity compares as 0x7C00.
// The boundaries, non-descending, form a search tree over Stages stages of one comparator each. Stage j
// compares with entry j of the path from the root; stages from n on only pass the beat along.
//
//   n = 3:  stage 0      t4             |x| between t5 and t6 goes up, down, up: index 0b101
//           stage 1   t2    t6
//           stage 2 t1 t3  t5 t7
//
// Latency Stages cycles, one activation a cycle, for any n; every stage holds a beat of its own, so
// bubbles close up while the receiver stalls. tag_i comes out with its beat. clear_i drops all beats
// in the pipeline, and takes none.
//
// There are two tables (banks). Each beat names its bank and n. A table is written two entries a cycle:
// table_data_i = {t[e+1], t[e]} for even e = table_entry_i (t[0] is ignored), before the first beat
// that uses it is offered and after the last one of the table before has left.
module tally_quantizer #(
  parameter int unsigned Stages = 7,
  parameter int unsigned TagW   = 1,
  parameter int unsigned Cut    = 0   // tables are written a cycle later, for FPGAs
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              clear_i,
  // Tables
  input  logic              table_we_i,
  input  logic              table_bank_i,
  input  logic [2:0]        table_n_i,
  input  logic [Stages-1:0] table_entry_i,
  input  logic [31:0]       table_data_i,
  // Activations
  input  logic              valid_i,
  output logic              ready_o,
  input  logic [15:0]       data_i,
  input  logic              bank_i,
  input  logic [2:0]        n_i,
  input  logic [TagW-1:0]   tag_i,
  // Codes
  output logic              valid_o,
  input  logic              ready_i,
  output tally_pkg::code_t  code_o,
  output logic              nan_o,
  output logic [TagW-1:0]   tag_o
);
  if (Stages < 2 || Stages > 7) begin : g_bad_stages
    $error("tally_quantizer: Stages must be 2..7");
  end

  localparam logic [14:0] Infinity = 15'h7C00;

  typedef struct packed {
    logic              sign;
    logic              nan;
    logic              bank;
    logic [2:0]        n;
    logic [14:0]       magnitude;
    logic [Stages-1:0] path;  // the decisions so far, the newest in bit 0: at the end the index
    logic [TagW-1:0]   tag;
  } beat_t;

  // beat[j] enters stage j; beat[Stages] is the output register.
  logic  [Stages:0]   valid;
  logic  [Stages-1:0] ready;
  beat_t [Stages:0]   beat;

  assign valid[0] = valid_i;
  assign beat[0]  = '{
      sign: data_i[15],
      nan: data_i[14:0] > Infinity,
      bank: bank_i,
      n: n_i,
      magnitude: data_i[14:0] > Infinity ? '0 : data_i[14:0],  // below all boundaries
      path: '0,
      tag: tag_i
  };

  // The place of entries e and e+1 in the tree, with e as in a table of Stages bits: the odd one is a
  // leaf, in the last level in use; an even one is in the level of its lowest set bit, the top bit
  // being level 0. The address in level j is the j bits above that one.
  logic [Stages-1:0] entry_d, entry, lowest_one_d, lowest_one;
  logic write_table, write_bank;
  logic [2:0] write_n;
  logic [31:0] write_data;
  assign entry_d      = {table_entry_i[Stages-1:1], 1'b0} << (3'(Stages) - table_n_i);
  assign lowest_one_d = entry_d & (~entry_d + 1'b1);
  if (Cut != 0) begin : g_cut
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) write_table <= 1'b0;
      else         write_table <= table_we_i;
    end
    always_ff @(posedge clk_i) begin
      {entry, lowest_one}               <= {entry_d, lowest_one_d};
      {write_bank, write_n, write_data} <= {table_bank_i, table_n_i, table_data_i};
    end
  end else begin : g_no_cut
    assign {entry, lowest_one}               = {entry_d, lowest_one_d};
    assign write_table                       = table_we_i;
    assign {write_bank, write_n, write_data} = {table_bank_i, table_n_i, table_data_i};
  end

  logic unused_table;
  assign unused_table = ^{table_entry_i[0], entry[0], write_data[31], write_data[15]};

  for (genvar j = 0; j < Stages; j++) begin : g_stage
    logic        leaf, write;
    logic [14:0] value, boundary;
    assign leaf  = write_n == 3'(j + 1);
    assign write = write_table && (leaf || lowest_one[Stages-1-j]);
    assign value = leaf ? write_data[30:16] : write_data[14:0];

    // The boundary of the beat that is in this stage. The root is there at once; deeper levels are
    // read as the beat enters, with the decision of the stage before as the lowest address bit.
    if (j == 0) begin : g_root
      logic [1:0][14:0] root_q;
      always_ff @(posedge clk_i) begin
        if (write) root_q[write_bank] <= value;
      end
      assign boundary = root_q[beat[0].bank];
    end else begin : g_level
      logic [14:0] mem[2 ** (j + 1)];
      logic [14:0] boundary_q;
      logic        enter;
      assign enter = valid[j-1] && ready[j-1] && beat[j-1].n > 3'(j);
      always_ff @(posedge clk_i) begin
        if (write) mem[{write_bank, entry[Stages-1-:j]}] <= value;
        if (enter) boundary_q <= mem[{beat[j-1].bank, g_stage[j-1].path_d[j-1:0]}];
      end
      assign boundary = boundary_q;
    end

    logic              reached;
    logic [Stages-1:0] path_d;
    assign reached = beat[j].magnitude >= boundary;
    assign path_d  = beat[j].n > 3'(j) ? {beat[j].path[Stages-2:0], reached} : beat[j].path;

    logic  valid_q;
    beat_t beat_q;
    // A beat moves on when there is a gap in front of it, or the receiver makes one.
    assign ready[j] = ready_i || !(&valid[Stages:j+1]);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)       valid_q <= 1'b0;
      else if (clear_i)  valid_q <= 1'b0;
      else if (ready[j]) valid_q <= valid[j];
    end
    always_ff @(posedge clk_i) begin
      if (valid[j] && ready[j]) begin
        beat_q      <= beat[j];
        beat_q.path <= path_d;
      end
    end
    assign valid[j+1] = valid_q;
    assign beat[j+1]  = beat_q;
  end

  assign ready_o = ready[0] && !clear_i;

  assign valid_o = valid[Stages];
  assign code_o  = '{
      sign: beat[Stages].sign && beat[Stages].path != '0,
      index: 7'(beat[Stages].path)
  };
  assign nan_o   = beat[Stages].nan;
  assign tag_o   = beat[Stages].tag;

  logic unused_beat;
  assign unused_beat = ^{beat[Stages].bank, beat[Stages].n, beat[Stages].magnitude};
endmodule
