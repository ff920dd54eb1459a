// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// One byte of the 32-bit frame check sequence of RFC 1662, the CRC-32 of Ethernet and zlib: polynomial
// 0x04C11DB7, bits reflected. Combinational.
//
// The register starts as all ones. What is sent is its complement, least significant byte first; over a
// frame with its check the register ends as Residue whatever the frame holds.
module tally_uart_crc (
  input  logic [31:0] crc_i,
  input  logic [7:0]  data_i,
  output logic [31:0] crc_o
);
  always_comb begin
    crc_o = crc_i ^ {24'd0, data_i};
    for (int unsigned i = 0; i < 8; i++) begin
      crc_o = (crc_o >> 1) ^ (crc_o[0] ? 32'hEDB8_8320 : 32'd0);
    end
  end
endmodule
