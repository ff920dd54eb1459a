// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// A register slice for a valid/ready stream: cuts every path between its two sides.
//
// Order and content are kept; one beat a cycle; a beat leaves at the earliest one cycle after it
// came. Once valid_o is up it stays, with data_o unchanged, until ready_i. While the receiver
// stalls, two beats are held: one at the output, and the one that came before ready_o could fall.
// clear_i drops all held beats, and a beat offered in that cycle is not taken.
module tally_stream_register #(
  parameter int unsigned Width = 8
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
  // The output register, and the spare one behind it. The spare is only full while the output is.
  logic valid_q, spare_valid_q;
  logic [Width-1:0] data_q, spare_q;

  logic take, load_output;
  assign ready_o     = !spare_valid_q && !clear_i;
  assign take        = valid_i && ready_o;
  assign load_output = !valid_q || ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q       <= 1'b0;
      spare_valid_q <= 1'b0;
    end else if (clear_i) begin
      valid_q       <= 1'b0;
      spare_valid_q <= 1'b0;
    end else if (load_output) begin
      valid_q       <= take || spare_valid_q;
      spare_valid_q <= 1'b0;
    end else if (take) begin
      spare_valid_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_output) data_q <= spare_valid_q ? spare_q : data_i;
    if (take) spare_q <= data_i;
  end

  assign valid_o = valid_q;
  assign data_o  = data_q;
endmodule
