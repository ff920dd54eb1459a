// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Frames to bytes of the line, the counterpart of tally_uart_deframer: a flag, the bytes of the frame up
// to the one with last_i, the check sequence, a flag; 0x7E and 0x7D between the flags are stuffed.
// Both sides are valid/ready; ready_o is high in the cycle in which a byte is taken.
module tally_uart_framer (
  input  logic       clk_i,
  input  logic       rst_ni,
  // Frame
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  input  logic       last_i,
  // To the line
  output logic       valid_o,
  input  logic       ready_i,
  output logic [7:0] data_o
);
  localparam logic [7:0] Flag = 8'h7E, Escape = 8'h7D;

  typedef enum logic [1:0] {
    Idle,   // before a frame: send its flag when there is one
    Data,
    Check,
    Close
  } state_e;

  state_e      state_q;
  logic        escaped_q;  // the escape before this byte is sent
  logic [1:0]  check_q;    // byte of the check sequence
  logic [31:0] crc_q, crc_d;
  logic [7:0]  data;
  logic        stuffed, special, sent;

  tally_uart_crc u_crc (.crc_i(crc_q), .data_i, .crc_o(crc_d));

  assign data    = state_q == Check ? ~crc_q[8*check_q+:8] : data_i;
  assign stuffed = state_q == Data || state_q == Check;
  assign special = stuffed && !escaped_q && (data == Flag || data == Escape);
  assign valid_o = state_q == Check || state_q == Close || valid_i;
  assign data_o  = !stuffed ? Flag : special ? Escape : escaped_q ? data ^ 8'h20 : data;
  assign sent    = valid_o && ready_i;
  assign ready_o = state_q == Data && sent && !special;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      escaped_q <= 1'b0;
      check_q   <= '0;
      crc_q     <= '1;
    end else if (sent) begin
      escaped_q <= special;
      unique case (state_q)
        Idle: begin
          state_q <= Data;
          crc_q   <= '1;
        end
        Data: begin
          if (!special) begin
            crc_q <= crc_d;
            if (last_i) state_q <= Check;
          end
        end
        Check: begin
          if (!special) begin
            check_q <= check_q + 1'b1;
            if (check_q == 2'd3) state_q <= Close;
          end
        end
        Close:   state_q <= Idle;
        default: state_q <= Idle;
      endcase
    end
  end
endmodule
