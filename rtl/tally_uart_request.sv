// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Reads a request (docs/fpga.md) byte by byte: number, command, then by command
//   Weights, Activations  runs of {count[7:0]} {last, count[14:8]} and count bytes, count 1 or more;
//                         the last byte of a run with last set ends a packet or a vector
//   Read                  a register address
//   Write                 a register address and four bytes, least significant first
//   Poll, Reset           nothing
// Stream bytes leave at once (write_o), before it is known whether the frame is good. end_i closes the
// frame, in a cycle of its own; malformed_o then tells whether what came is not such a request.
module tally_uart_request (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Frame
  input  logic                     valid_i,
  input  logic [7:0]               data_i,
  input  logic                     end_i,
  // Request, valid with end_i
  output logic [7:0]               number_o,
  output tally_uart_pkg::command_e command_o,
  output logic [7:0]               address_o,
  output logic [31:0]              data_o,
  output logic                     malformed_o,
  // Stream bytes
  output logic                     write_weight_o,
  output logic                     write_activation_o,
  output logic [7:0]               write_data_o,
  output logic                     write_last_o
);
  import tally_uart_pkg::*;

  // Where in the request; of a stream: in the header of a run, or in the run.
  typedef enum logic [2:0] {
    Number, Command, Address, Value, CountLow, CountHigh, Run, Rest
  } place_e;

  place_e      place_q, place_d;
  command_e    command_q;
  logic        last_q, unknown_q;
  logic [1:0]  value_q;
  logic [14:0] count_q;
  logic        in_run;
  assign in_run = valid_i && place_q == Run;

  always_comb begin
    unique case (place_q)
      Number:    place_d = Command;
      Command: begin
        unique case (command_e'(data_i))
          Weights, Activations: place_d = CountLow;
          Read, Write:          place_d = Address;
          default:              place_d = Rest;
        endcase
      end
      Address:   place_d = command_q == Write ? Value : Rest;
      Value:     place_d = value_q == 2'd3 ? Rest : Value;
      CountLow:  place_d = CountHigh;
      CountHigh: place_d = Run;
      Run:       place_d = count_q == 15'd1 ? CountLow : Run;
      default:   place_d = Rest;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      place_q   <= Number;
      command_q <= Poll;
      number_o  <= '0;
      address_o <= '0;
      data_o    <= '0;
      value_q   <= '0;
      count_q   <= '0;
      last_q    <= 1'b0;
      unknown_q <= 1'b0;
    end else if (end_i) begin
      place_q   <= Number;
      unknown_q <= 1'b0;
    end else if (valid_i) begin
      place_q <= place_d;
      unique case (place_q)
        Number:  number_o <= data_i;
        Command: begin
          command_q <= command_e'(data_i);
          if (data_i > Reset) unknown_q <= 1'b1;
        end
        Address: begin
          address_o <= data_i;
          value_q   <= '0;
        end
        Value: begin
          data_o  <= {data_i, data_o[31:8]};
          value_q <= value_q + 1'b1;
        end
        CountLow: count_q[7:0] <= data_i;
        CountHigh: begin
          {last_q, count_q[14:8]} <= data_i;
          if (data_i[6:0] == '0 && count_q[7:0] == '0) unknown_q <= 1'b1;
        end
        Run:     count_q <= count_q - 1'b1;
        // Nothing may follow.
        default: unknown_q <= 1'b1;
      endcase
    end
  end

  assign command_o          = command_q;
  // A stream request ends where a run could begin.
  assign malformed_o        = unknown_q || (place_q != Rest && place_q != CountLow);
  assign write_weight_o     = in_run && command_q == Weights;
  assign write_activation_o = in_run && command_q == Activations;
  assign write_data_o       = data_i;
  assign write_last_o       = last_q && count_q == 15'd1;
endmodule
