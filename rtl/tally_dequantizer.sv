// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Datapath of one Horner unit: one fused multiply-add a cycle, shared by LanesPerUnit lanes in turn.
//
// Time is cut into rounds of Slots cycles; in cycle j of a round every register below serves lane j.
// So a lane's state needs no addresses: it goes round in delay lines of Slots stages.
//
//   sum    integer: N of the exponential system, the Horner register of the integer ones; after
//          save_i the polynomial P2, which waits there for its turn
//   p      Horner, P = fma(P, base, count)
//   acc    the result, acc = fma(operand, coefficient, acc); with integers first their total
//
// Stages of a slot, the control of each comes with it:
//   C      the count of the lane: sum and the conversions to binary32; count_i, with Cut = 1 count_i two
//          cycles before
//   X = C+1  the multiply-add starts, p takes a first coefficient, acc a bias or total
//   W = X+4  its result is on result_o and goes to p or acc; with Cut = 1 (see tally_fma, needs
//            LanesPerUnit of 8 or more) W = X+8
module tally_dequantizer #(
  parameter  int unsigned CntW         = 10,
  parameter  int unsigned LanesPerUnit = 8,
  parameter  int unsigned Cut          = 0,
  parameter  int unsigned Rows         = 0,  // see tally_fma
  localparam int unsigned Slots        = (LanesPerUnit < 4) ? 4 : LanesPerUnit,
  localparam int unsigned Latency      = (Cut != 0) ? 8 : 4
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // Stage C
  input  logic signed [CntW-1:0] count_i,        // Cut = 1: two cycles before
  input  logic                   sum_load_i,     // sum = addend, else sum += addend
  input  logic                   sum_double_i,   // sum = 2*sum + addend
  input  logic                   sum_count_i,    // addend: the count, else 0
  input  logic                   sum_acc_i,      // addend: acc as an integer
  input  logic                   wide_i,         // operand of the multiply-add: sum, else p
  input  logic                   wide_raw_i,     // sum holds P2, else an integer
  // Stage X
  input  logic [31:0]            coefficient_i,
  input  logic                   fma_i,
  input  logic                   horner_i,       // fma(p, base, count), else into acc
  input  logic                   start_i,        // p = count
  input  logic                   save_i,         // sum = p as it is
  input  logic                   bias_i,         // acc = coefficient
  input  logic                   total_i,        // acc = sum as it is
  input  logic [31:0]            base_i,
  // Stage W
  input  logic                   to_p_i,
  input  logic                   to_acc_i,
  output logic [31:0]            result_o
);
  if (Slots < Latency) begin : g_bad_cut
    $error("tally_dequantizer: Cut needs 8 lanes or more in a unit");
  end

  // ---------------------------------------------------------------- stage C
  logic signed [CntW-1:0] count;
  if (Cut != 0) begin : g_count
    logic signed [CntW-1:0] first_count;
    always_ff @(posedge clk_i) {count, first_count} <= {first_count, count_i};
  end else begin : g_no_count
    assign count = count_i;
  end

  logic [Slots-1:0][31:0] sum_q, p_q, acc_q;
  logic [31:0] sum, sum_next, addend, count_float, sum_float;
  assign sum = sum_q[Slots-1];

  always_comb begin
    addend = '0;
    if (sum_count_i) addend = 32'(count);
    if (sum_acc_i) addend = acc_q[Slots-2];
    sum_next = (sum_load_i ? '0 : sum_double_i ? {sum[30:0], 1'b0} : sum) + addend;
  end

  // Sums are on their way round for as long as that takes.
  localparam int unsigned SumCut = (Cut != 0) ? 3 : 1;
  tally_int_to_fp32 #(.Width(CntW), .Cut((Cut != 0) ? 2 : 0)) u_count_to_float (
    .clk_i, .data_i(count_i), .result_o(count_float)
  );
  // It begins cycles early, with what then is the sum.
  tally_int_to_fp32 #(.Width(32), .Cut(SumCut)) u_sum_to_float (
    .clk_i, .data_i(sum_q[Slots-1-SumCut]), .result_o(sum_float)
  );

  logic wide_q;
  logic [31:0] count_q, operand_q;
  always_ff @(posedge clk_i) begin
    count_q <= count_float;
    wide_q  <= wide_i;
    if (wide_i) operand_q <= wide_raw_i ? sum : sum_float;
  end

  // ---------------------------------------------------------------- stages X and W
  logic [31:0] p, p_merged, acc, acc_merged, result;
  logic unused_valid;

  tally_fma #(.Cut(Cut), .Rows(Rows)) u_fma (
    .clk_i, .rst_ni,
    .valid_i(fma_i),
    .a_i(wide_q ? operand_q : p),
    .b_i(horner_i ? base_i : coefficient_i),
    .c_i(horner_i ? count_q : acc),
    .valid_o(unused_valid),
    .result_o(result)
  );
  assign result_o = result;

  // Stage Latency of the lines is where a result joins; with as many slots it is the end as well.
  assign p_merged   = to_p_i ? result : p_q[Latency-1];
  assign acc_merged = to_acc_i ? result : acc_q[Latency-1];
  if (Slots == Latency) begin : g_bypass
    assign p   = p_merged;
    assign acc = acc_merged;
  end else begin : g_line
    assign p   = p_q[Slots-1];
    assign acc = acc_q[Slots-1];
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Slots; i++) begin
      unique case (i)
        0: begin
          sum_q[i] <= sum_next;
          p_q[i]   <= start_i ? count_q : p;
          acc_q[i] <= bias_i ? coefficient_i : total_i ? sum_q[0] : acc;
        end
        1: begin
          sum_q[i] <= save_i ? p : sum_q[0];
          p_q[i]   <= p_q[0];
          acc_q[i] <= acc_q[0];
        end
        Latency: begin
          sum_q[i] <= sum_q[Latency-1];
          p_q[i]   <= p_merged;
          acc_q[i] <= acc_merged;
        end
        default: begin
          sum_q[i] <= sum_q[i-1];
          p_q[i]   <= p_q[i-1];
          acc_q[i] <= acc_q[i-1];
        end
      endcase
    end
  end
endmodule
