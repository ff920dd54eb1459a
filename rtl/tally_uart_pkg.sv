// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Requests and answers of the serial host link; docs/fpga.md specifies them.
package tally_uart_pkg;
  typedef enum logic [7:0] {
    Poll        = 8'd0,
    Weights     = 8'd1,
    Activations = 8'd2,
    Read        = 8'd3,
    Write       = 8'd4,
    Reset       = 8'd5
  } command_e;

  typedef enum logic [7:0] {
    Done       = 8'd0,
    Unexpected = 8'd1,  // not the next number, and not the last one again; or never reset
    Malformed  = 8'd2,
    NoRoom     = 8'd3,  // more stream bytes than were free
    BusError   = 8'd4   // the register does not exist or cannot be written
  } code_e;
endpackage
