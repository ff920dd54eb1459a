// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Where a stream may be cut: with Cut = 1 a tally_stream_register, with 0 wires.
module tally_stream_cut #(
  parameter int unsigned Width = 8,
  parameter int unsigned Cut   = 0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             clear_i,
  // Sender
  input  logic             valid_i,
  output logic             ready_o,
  input  logic [Width-1:0] data_i,
  // Receiver
  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);
  if (Cut != 0) begin : g_cut
    tally_stream_register #(.Width(Width)) u_register (
      .clk_i, .rst_ni, .clear_i, .valid_i, .ready_o, .data_i, .valid_o, .ready_i, .data_o
    );
  end else begin : g_no_cut
    assign {valid_o, data_o} = {valid_i, data_i};
    assign ready_o           = ready_i;

    logic unused_clock;
    assign unused_clock = ^{clk_i, rst_ni, clear_i};
  end
endmodule
