// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The host link: a serial line on one side, the streams and the register bus of tally_top on the other.
// docs/fpga.md specifies line, frames, requests and answers.
//
//   rx_i -> uart_rx -> deframer -> request --> ring -> packer -> weight, activation stream
//                                    |
//   tx_o <- uart_tx <- framer <-- control <-- results <- result stream
//                                    |
//                                   bus -> registers
//
// The host writes only as many bytes as an answer said are free, and results wait in their queue with
// back-pressure, so a slow host or a slow processing element loses nothing.
module tally_uart_link #(
  parameter int unsigned ClocksPerBit    = 16,
  parameter int unsigned WeightBytes     = 2,     // of a beat of the weight stream
  parameter int unsigned WeightDepth     = 2048,  // bytes that wait for the weight stream
  parameter int unsigned ActivationDepth = 2048,
  parameter int unsigned ResultDepth     = 512    // results that wait for the host
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Serial line
  input  logic                     rx_i,
  output logic                     tx_o,
  // Streams
  output logic                     weight_valid_o,
  input  logic                     weight_ready_i,
  output logic [8*WeightBytes-1:0] weight_data_o,
  output logic                     weight_last_o,
  output logic                     activation_valid_o,
  input  logic                     activation_ready_i,
  output logic [15:0]              activation_data_o,
  output logic                     activation_last_o,
  input  logic                     result_valid_i,
  output logic                     result_ready_o,
  input  logic [15:0]              result_data_i,
  input  logic                     result_last_i,
  // AXI4-Lite
  output logic                     awvalid_o,
  input  logic                     awready_i,
  output logic [7:0]               awaddr_o,
  output logic                     wvalid_o,
  input  logic                     wready_i,
  output logic [31:0]              wdata_o,
  input  logic                     bvalid_i,
  output logic                     bready_o,
  input  logic [1:0]               bresp_i,
  output logic                     arvalid_o,
  input  logic                     arready_i,
  output logic [7:0]               araddr_o,
  input  logic                     rvalid_i,
  output logic                     rready_o,
  input  logic [1:0]               rresp_i,
  input  logic [31:0]              rdata_i
);
  localparam int unsigned MaxBatch = (ResultDepth < 256) ? ResultDepth : 256;

  if (WeightDepth > 32768 || ActivationDepth > 32768) begin : g_bad_depth
    $error("tally_uart_link: free bytes must fit in 16 bits");
  end

  // ---------------------------------------------------------------- line to requests
  logic rx_valid, rx_error, byte_valid, frame_end, frame_good;
  logic [7:0] rx_data, byte_data;

  tally_uart_rx #(.ClocksPerBit(ClocksPerBit)) u_rx (
    .clk_i, .rst_ni, .rx_i, .valid_o(rx_valid), .error_o(rx_error), .data_o(rx_data)
  );
  tally_uart_deframer u_deframer (
    .clk_i, .rst_ni, .valid_i(rx_valid), .error_i(rx_error), .data_i(rx_data),
    .valid_o(byte_valid), .data_o(byte_data), .end_o(frame_end), .good_o(frame_good)
  );

  logic [7:0] number, address, write_data;
  tally_uart_pkg::command_e command;
  logic [31:0] data;
  logic malformed, write_weight, write_activation, write_last;

  tally_uart_request u_request (
    .clk_i, .rst_ni, .valid_i(byte_valid), .data_i(byte_data), .end_i(frame_end),
    .number_o(number), .command_o(command), .address_o(address), .data_o(data),
    .malformed_o(malformed), .write_weight_o(write_weight), .write_activation_o(write_activation),
    .write_data_o(write_data), .write_last_o(write_last)
  );

  // What a request is takes long to find out, and bytes come seldom.
  logic request_end, request_good, request_malformed;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {request_end, request_good, request_malformed} <= '0;
    else begin
      {request_end, request_good, request_malformed} <= {frame_end, frame_good, malformed};
    end
  end

  // ---------------------------------------------------------------- streams to the device
  logic commit, rollback, clear, refused_weight, refused_activation;
  logic [$clog2(WeightDepth):0] free_weight;
  logic [$clog2(ActivationDepth):0] free_activation;
  logic weight_byte_valid, weight_byte_ready, weight_byte_last;
  logic activation_byte_valid, activation_byte_ready, activation_byte_last;
  logic [7:0] weight_byte, activation_byte;

  tally_uart_ring #(.Depth(WeightDepth)) u_weight_ring (
    .clk_i, .rst_ni, .clear_i(clear),
    .write_i(write_weight), .data_i(write_data), .last_i(write_last),
    .commit_i(commit), .rollback_i(rollback), .refused_o(refused_weight), .free_o(free_weight),
    .valid_o(weight_byte_valid), .ready_i(weight_byte_ready), .data_o(weight_byte),
    .last_o(weight_byte_last)
  );
  tally_uart_packer #(.Bytes(WeightBytes)) u_weight_packer (
    .clk_i, .rst_ni, .clear_i(clear),
    .valid_i(weight_byte_valid), .ready_o(weight_byte_ready), .data_i(weight_byte),
    .last_i(weight_byte_last),
    .valid_o(weight_valid_o), .ready_i(weight_ready_i), .data_o(weight_data_o),
    .last_o(weight_last_o)
  );
  tally_uart_ring #(.Depth(ActivationDepth)) u_activation_ring (
    .clk_i, .rst_ni, .clear_i(clear),
    .write_i(write_activation), .data_i(write_data), .last_i(write_last),
    .commit_i(commit), .rollback_i(rollback), .refused_o(refused_activation),
    .free_o(free_activation),
    .valid_o(activation_byte_valid), .ready_i(activation_byte_ready), .data_o(activation_byte),
    .last_o(activation_byte_last)
  );
  tally_uart_packer #(.Bytes(2)) u_activation_packer (
    .clk_i, .rst_ni, .clear_i(clear),
    .valid_i(activation_byte_valid), .ready_o(activation_byte_ready), .data_i(activation_byte),
    .last_i(activation_byte_last),
    .valid_o(activation_valid_o), .ready_i(activation_ready_i), .data_o(activation_data_o),
    .last_o(activation_last_o)
  );

  // ---------------------------------------------------------------- answers
  logic begin_batch, repeat_batch, next_result, take_result, ended_last;
  logic [15:0] result;

  tally_uart_results #(.Depth(ResultDepth), .MaxBatch(MaxBatch)) u_results (
    .clk_i, .rst_ni, .clear_i(clear),
    .valid_i(result_valid_i), .ready_o(result_ready_o), .data_i(result_data_i),
    .last_i(result_last_i),
    .begin_i(begin_batch), .repeat_i(repeat_batch), .next_o(next_result), .take_i(take_result),
    .result_o(result), .ended_last_o(ended_last)
  );

  logic bus_valid, bus_write, bus_done, bus_error;
  logic [7:0] bus_address;
  logic [31:0] bus_write_data, bus_read_data;
  logic answer_valid, answer_ready, answer_last, framed_valid, framed_ready, framed_last;
  logic [7:0] answer_data, framed_data;

  tally_uart_control u_control (
    .clk_i, .rst_ni,
    .end_i(request_end), .good_i(request_good), .malformed_i(request_malformed), .number_i(number),
    .command_i(command), .address_i(address), .data_i(data),
    .refused_i(refused_weight || refused_activation), .commit_o(commit), .rollback_o(rollback),
    .clear_o(clear), .free_weight_i(16'(free_weight)), .free_activation_i(16'(free_activation)),
    .begin_o(begin_batch), .repeat_o(repeat_batch), .next_i(next_result), .take_o(take_result),
    .result_i(result), .ended_last_i(ended_last),
    .bus_valid_o(bus_valid), .bus_write_o(bus_write), .bus_address_o(bus_address),
    .bus_data_o(bus_write_data), .bus_done_i(bus_done), .bus_error_i(bus_error),
    .bus_data_i(bus_read_data),
    .valid_o(answer_valid), .ready_i(answer_ready), .data_o(answer_data), .last_o(answer_last)
  );

  tally_uart_bus u_bus (
    .clk_i, .rst_ni, .valid_i(bus_valid), .write_i(bus_write), .address_i(bus_address),
    .data_i(bus_write_data), .done_o(bus_done), .error_o(bus_error), .data_o(bus_read_data),
    .awvalid_o, .awready_i, .awaddr_o, .wvalid_o, .wready_i, .wdata_o, .bvalid_i, .bready_o,
    .bresp_i, .arvalid_o, .arready_i, .araddr_o, .rvalid_i, .rready_o, .rresp_i, .rdata_i
  );

  // Results come from a slow RAM, and the framer compares and checks what it takes.
  tally_stream_register #(.Width(9)) u_answer_register (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(answer_valid), .ready_o(answer_ready), .data_i({answer_last, answer_data}),
    .valid_o(framed_valid), .ready_i(framed_ready), .data_o({framed_last, framed_data})
  );

  logic tx_valid, tx_ready;
  logic [7:0] tx_data;

  tally_uart_framer u_framer (
    .clk_i, .rst_ni, .valid_i(framed_valid), .ready_o(framed_ready), .data_i(framed_data),
    .last_i(framed_last), .valid_o(tx_valid), .ready_i(tx_ready), .data_o(tx_data)
  );
  tally_uart_tx #(.ClocksPerBit(ClocksPerBit)) u_tx (
    .clk_i, .rst_ni, .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data), .tx_o
  );
endmodule
