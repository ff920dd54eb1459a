// SPDX-License-Identifier: Apache-2.0
// Plays a layer that `tally export` wrote on tally_pe and compares every result, in plain SystemVerilog:
// any simulator will do, no C++ is needed. The streams stall at random, with a fixed seed.
//
//   +weights=FILE +activations=FILE +results=FILE   $readmemh files, {last, data} a line
//   +weight_beats=N +activation_beats=N +result_beats=N   how many lines each has
//
// Ends with "PASS: N results equal", or with $fatal.
module tally_play_tb #(
  parameter int unsigned Lanes        = 4,
  parameter int unsigned MaxN         = 3,
  parameter int unsigned Dequantizers = 1,
  parameter int unsigned PingPong     = 0,
  parameter int unsigned Digits       = 1,
  parameter int unsigned CounterStyle = 1,
  parameter int unsigned BufferRows   = 256,
  parameter int unsigned MaxBeats     = 1 << 20
);
  logic clk = 1'b0;
  logic rst_n = 1'b0;
  initial forever #5 clk = !clk;

  logic [8*Lanes:0] weights[MaxBeats];
  logic [16:0] activations[MaxBeats];
  logic [16:0] results[MaxBeats];
  int unsigned weight_beats, activation_beats, result_beats;
  int unsigned weights_sent, activations_sent, compared;

  logic weight_valid, weight_ready, activation_valid, activation_ready;
  logic result_valid, result_ready, result_last;
  logic [15:0] result_data;
  tally_pkg::status_t status;
  logic busy, step, tile_done;
  logic [$clog2(7*Lanes+1)-1:0] term_pairs;

  tally_pe #(
    .Lanes(Lanes), .MaxN(MaxN), .Dequantizers(Dequantizers), .PingPong(PingPong), .Digits(Digits),
    .CounterStyle(CounterStyle), .BufferRows(BufferRows)
  ) u_pe (
    .clk_i(clk), .rst_ni(rst_n), .soft_reset_i(1'b0),
    .weight_valid_i(weight_valid), .weight_ready_o(weight_ready),
    .weight_data_i(weights[weights_sent][8*Lanes-1:0]),
    .weight_last_i(weights[weights_sent][8*Lanes]),
    .activation_valid_i(activation_valid), .activation_ready_o(activation_ready),
    .activation_data_i(activations[activations_sent][15:0]),
    .activation_last_i(activations[activations_sent][16]),
    .result_valid_o(result_valid), .result_ready_i(result_ready), .result_data_o(result_data),
    .result_last_o(result_last),
    .status_o(status), .busy_o(busy), .step_o(step), .term_pairs_o(term_pairs),
    .tile_done_o(tile_done)
  );

  function automatic int unsigned number(string name);
    number = 0;
    if (!$value$plusargs({name, "=%d"}, number) || number == 0 || number >= MaxBeats) begin
      $fatal(1, "+%s=N is missing, 0 or above %0d", name, MaxBeats - 1);
    end
  endfunction
  function automatic string file(string name);
    file = "";
    if (!$value$plusargs({name, "=%s"}, file)) $fatal(1, "+%s=FILE is missing", name);
  endfunction

  initial begin
    weight_beats     = number("weight_beats");
    activation_beats = number("activation_beats");
    result_beats     = number("result_beats");
    $readmemh(file("weights"), weights, 0, weight_beats - 1);
    $readmemh(file("activations"), activations, 0, activation_beats - 1);
    $readmemh(file("results"), results, 0, result_beats - 1);
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
  end

  // Stalls: each side pauses in a quarter of the cycles, drawn by a linear feedback shift register (taps
  // 32, 22, 2, 1), which is the same in every simulator.
  logic [31:0] draw;
  logic weight_go, activation_go, result_go;
  assign weight_go     = draw[1:0] != 2'd0;
  assign activation_go = draw[8:7] != 2'd0;
  assign result_go     = draw[15:14] != 2'd0;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) draw <= 32'd2025;
    else        draw <= {draw[30:0], draw[31] ^ draw[21] ^ draw[1] ^ draw[0]};
  end

  // Senders: once a beat is offered, it stays until it is taken.
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      weights_sent     <= 0;
      activations_sent <= 0;
      weight_valid     <= 1'b0;
      activation_valid <= 1'b0;
      result_ready     <= 1'b0;
    end else begin
      result_ready <= result_go;
      if (weight_valid && weight_ready) begin
        weights_sent <= weights_sent + 1;
        weight_valid <= weights_sent + 1 < weight_beats && weight_go;
      end else if (!weight_valid) begin
        weight_valid <= weights_sent < weight_beats && weight_go;
      end
      if (activation_valid && activation_ready) begin
        activations_sent <= activations_sent + 1;
        activation_valid <= activations_sent + 1 < activation_beats && activation_go;
      end else if (!activation_valid) begin
        activation_valid <= activations_sent < activation_beats && activation_go;
      end
    end
  end

  int unsigned idle;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      compared <= 0;
      idle     <= 0;
    end else begin
      idle <= idle + 1;
      if (result_valid && result_ready) begin
        idle     <= 0;
        compared <= compared + 1;
        if ({result_last, result_data} !== results[compared]) begin
          $fatal(1, "result %0d is %h, expected %h", compared, {result_last, result_data},
                 results[compared]);
        end
        if (compared + 1 == result_beats) begin
          if ((status & ~Allowed) != '0) $fatal(1, "status %b", status);
          $display("PASS: %0d results equal", result_beats);
          $finish;
        end
      end
      // The longest wait is a vector of weights and activations, every second cycle a stall.
      if (idle > 16 * (weight_beats + activation_beats) + 100000) begin
        $fatal(1, "no result for %0d cycles, %0d of %0d came", idle, compared, result_beats);
      end
    end
  end

  // Results may be infinite in an example; everything else would be a fault.
  localparam tally_pkg::status_t Allowed = '{
      result_overflow: 1'b1, nan_result: 1'b1, default: 1'b0
  };

  logic unused_events;
  assign unused_events = ^{busy, step, term_pairs, tile_done};
endmodule
