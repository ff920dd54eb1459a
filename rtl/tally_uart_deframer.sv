// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Bytes of the line to frames, octet-stuffed as in RFC 1662 (docs/fpga.md): 0x7E ends and begins a
// frame, 0x7D says that the next byte has bit 5 inverted, the last four bytes are the check sequence.
//
// valid_o pulses with each byte of the frame, without the check sequence. end_o pulses after the last
// one: good_o then tells whether the check is right, the frame has at least the check and no byte in it
// was broken. So bytes are given before it is known that they are right: whoever takes them must be
// able to forget them. Nothing is given between two flags that follow each other.
module tally_uart_deframer (
  input  logic       clk_i,
  input  logic       rst_ni,
  // From the line, at most one every other cycle
  input  logic       valid_i,
  input  logic       error_i,
  input  logic [7:0] data_i,
  // Frames
  output logic       valid_o,
  output logic [7:0] data_o,
  output logic       end_o,
  output logic       good_o
);
  localparam logic [31:0] Residue = 32'hDEBB_20E3;  // RFC 1662, C.3: "good final FCS"
  localparam logic [7:0] Flag = 8'h7E, Escape = 8'h7D;

  logic            escaped_q, broken_q;
  logic [2:0]      held_q;   // bytes in hold_q
  logic [3:0][7:0] hold_q;   // the newest four: they may be the check sequence
  logic [31:0]     crc_q, crc_d;
  logic [7:0]      data;
  logic            take;
  assign data = escaped_q ? data_i ^ 8'h20 : data_i;
  assign take = valid_i && data_i != Flag && data_i != Escape;

  tally_uart_crc u_crc (.crc_i(crc_q), .data_i(data), .crc_o(crc_d));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      escaped_q <= 1'b0;
      broken_q  <= 1'b1;  // until the first flag
      held_q    <= '0;
      hold_q    <= '0;
      crc_q     <= '1;
      valid_o   <= 1'b0;
      data_o    <= '0;
      end_o     <= 1'b0;
      good_o    <= 1'b0;
    end else begin
      valid_o <= take && held_q == 3'd4;
      end_o   <= valid_i && data_i == Flag && held_q != '0;
      good_o  <= crc_q == Residue && held_q == 3'd4 && !broken_q && !escaped_q;
      if (error_i) broken_q <= 1'b1;
      if (valid_i && data_i == Flag) begin
        escaped_q <= 1'b0;
        broken_q  <= 1'b0;
        held_q    <= '0;
        crc_q     <= '1;
      end else if (valid_i && data_i == Escape) begin
        escaped_q <= 1'b1;
        if (escaped_q) broken_q <= 1'b1;
      end
      if (take) begin
        escaped_q <= 1'b0;
        crc_q     <= crc_d;
        data_o    <= hold_q[3];
        hold_q    <= {hold_q[2:0], data};
        if (held_q != 3'd4) held_q <= held_q + 1'b1;
      end
    end
  end
endmodule
