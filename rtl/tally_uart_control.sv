// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Does what the host asks and answers (docs/fpga.md): one request, one answer, and never a word unasked.
//
// Requests are numbered. The number after the last one is done, the last one again is not done again
// but gets the same answer (the first was lost), any other is refused; Reset is always done and makes
// its number the last one. A request that comes while another is worked on is forgotten: the host asks
// again. So nothing is lost, done twice or done out of order, whatever the line does.
//
// An answer, byte by byte: number, command, code, free bytes of the weight and of the activation queue
// (two bytes each), then a register value (Read: four bytes) or results (two bytes each, by the others),
// at the end 1 if the newest result ended a tile, else 0. Least significant bytes first. An answer whose
// code is not Done has neither value nor results.
module tally_uart_control (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Request
  input  logic                     end_i,
  input  logic                     good_i,
  input  logic                     malformed_i,
  input  logic [7:0]               number_i,
  input  tally_uart_pkg::command_e command_i,
  input  logic [7:0]               address_i,
  input  logic [31:0]              data_i,
  // Stream queues
  input  logic                     refused_i,
  output logic                     commit_o,
  output logic                     rollback_o,
  output logic                     clear_o,
  input  logic [15:0]              free_weight_i,
  input  logic [15:0]              free_activation_i,
  // Results
  output logic                     begin_o,
  output logic                     repeat_o,
  input  logic                     next_i,
  output logic                     take_o,
  input  logic [15:0]              result_i,
  input  logic                     ended_last_i,
  // Registers: a request stays until done_i
  output logic                     bus_valid_o,
  output logic                     bus_write_o,
  output logic [7:0]               bus_address_o,
  output logic [31:0]              bus_data_o,
  input  logic                     bus_done_i,
  input  logic                     bus_error_i,
  input  logic [31:0]              bus_data_i,
  // Answer
  output logic                     valid_o,
  input  logic                     ready_i,
  output logic [7:0]               data_o,
  output logic                     last_o
);
  import tally_uart_pkg::*;

  localparam logic [7:0] ResetAddress = 8'h08;  // tally_registers.rdl: control

  // Settle: free counts follow a commit, and after Reset all is cleared until the soft reset is over.
  typedef enum logic [2:0] {Idle, Bus, Settle, Head, Value, Look, Result, Trailer} state_e;

  state_e      state_q;
  logic        synced_q;
  logic [7:0]  last_q;      // number of the last request done
  logic [7:0]  number_q;    // of the request in work
  command_e    command_q, last_command_q;
  code_e       code_q, last_code_q;
  logic [31:0] value_q;
  logic [31:0] free_q;      // both counts as they were when the answer began: they go on growing
  logic [2:0]  byte_q;
  logic [1:0]  wait_q;
  logic        sent, accept, again, next, stream;
  assign sent   = valid_o && ready_i;
  assign accept = end_i && good_i && state_q == Idle;
  // Registered: number and command come long before the end, and after the last request.
  always_ff @(posedge clk_i) begin
    again <= synced_q && number_i == last_q && command_i == last_command_q;
    next  <= synced_q && number_i == last_q + 8'd1;
  end
  assign stream = command_i == Weights || command_i == Activations;

  // What a good request is answered with, before the bus has its say.
  code_e code;
  logic  reset, done;
  always_comb begin
    code = Done;
    if (malformed_i) code = Malformed;
    else if (command_i == Reset) code = Done;
    else if (again) code = last_code_q;
    else if (!next) code = Unexpected;
    else if (stream && refused_i) code = NoRoom;
  end
  assign reset      = accept && !malformed_i && command_i == Reset;
  assign done       = accept && !malformed_i && command_i != Reset && next && !again;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {commit_o, rollback_o, begin_o, repeat_o} <= '0;
    end else begin
      commit_o   <= done && stream && !refused_i;
      rollback_o <= end_i && !(done && stream && !refused_i);
      begin_o    <= done;
      repeat_o   <= accept && !malformed_i && command_i != Reset && again;
    end
  end
  // Registered: it fans out to all queues.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clear_o <= 1'b0;
    else         clear_o <= (state_q == Bus || state_q == Settle) && command_q == Reset;
  end

  assign bus_valid_o   = state_q == Bus;
  assign bus_write_o   = command_q != Read;
  assign bus_address_o = command_q == Reset ? ResetAddress : address_i;
  assign bus_data_o    = command_q == Reset ? 32'd1 : data_i;

  logic has_value;
  assign has_value = command_q == Read;
  assign take_o    = state_q == Result && sent && byte_q == 3'd1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q        <= Idle;
      synced_q       <= 1'b0;
      last_q         <= '0;
      number_q       <= '0;
      command_q      <= Poll;
      last_command_q <= Poll;
      code_q         <= Done;
      last_code_q    <= Done;
      value_q        <= '0;
      free_q         <= '0;
      byte_q         <= '0;
      wait_q         <= '0;
    end else begin
      if (state_q != Head) free_q <= {free_activation_i, free_weight_i};
      unique case (state_q)
        Idle: begin
          byte_q <= '0;
          if (accept) begin
            number_q  <= number_i;
            command_q <= command_i;
            code_q    <= code;
            state_q   <= Settle;
            if (reset || (done && (command_i == Read || command_i == Write))) state_q <= Bus;
          end
          if (reset || done) begin
            synced_q       <= 1'b1;
            last_q         <= number_i;
            last_command_q <= command_i;
            last_code_q    <= code;
          end
        end
        Bus: begin
          if (bus_done_i) begin
            value_q <= bus_data_i;
            state_q <= Settle;
            if (bus_error_i) {code_q, last_code_q} <= {BusError, BusError};
          end
        end
        Settle: begin
          wait_q <= wait_q + 1'b1;
          if (wait_q == 2'd3) state_q <= Head;
        end
        Head: begin
          if (sent) byte_q <= byte_q + 1'b1;
          if (sent && byte_q == 3'd6) begin
            byte_q  <= '0;
            state_q <= code_q != Done ? Trailer : has_value ? Value : Look;
          end
        end
        // The queue of results needs three cycles to show its next one.
        Look: begin
          wait_q <= wait_q + 1'b1;
          if (wait_q == 2'd2) begin
            wait_q  <= '0;
            state_q <= next_i ? Result : Trailer;
          end
        end
        Result: begin
          if (sent) byte_q <= byte_q == 3'd1 ? '0 : 3'd1;
          if (take_o) state_q <= Look;
        end
        Value: begin
          if (sent) byte_q <= byte_q + 1'b1;
          if (sent && byte_q == 3'd3) state_q <= Trailer;
        end
        Trailer: if (sent) state_q <= Idle;
        default: state_q <= Idle;
      endcase
    end
  end

  always_comb begin
    unique case (state_q)
      Result:  data_o = result_i[8*byte_q[0]+:8];
      Value:   data_o = value_q[8*byte_q[1:0]+:8];
      Trailer: data_o = 8'(code_q == Done && !has_value && ended_last_i);
      default: begin
        unique case (byte_q)
          3'd0:    data_o = number_q;
          3'd1:    data_o = command_q;
          3'd2:    data_o = code_q;
          3'd3:    data_o = free_q[7:0];
          3'd4:    data_o = free_q[15:8];
          3'd5:    data_o = free_q[23:16];
          default: data_o = free_q[31:24];
        endcase
      end
    endcase
  end
  assign valid_o = state_q inside {Head, Value, Result, Trailer};
  assign last_o  = state_q == Trailer;
endmodule
