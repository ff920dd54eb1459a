// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// Scale and bias of each lane of tally_int8_pe, of two tiles: one bank is used while the other is loaded.
//
// Write: the words of a tile packet in their order (docs/tile-packet.md): word 0 is the base, then c1,
// c2, c3, c4, bias of lane 0, 1, ... Only c1, the scale, and the bias are kept. Readable from the cycle
// after we_i of the bias on.
//
// Read, without a clock (LUT RAM): unit u serves the lanes u*LanesPerUnit + j; scale_o[u] and bias_o[u]
// are those of its lane j = read_lane_i.
module tally_int8_coefficients #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned Dequantizers = 2,
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1,
  localparam int unsigned WordW        = $clog2(1 + 5 * Lanes)
) (
  input  logic                          clk_i,
  // Write
  input  logic                          we_i,
  input  logic                          bank_i,
  input  logic [WordW-1:0]              word_i,
  input  logic [31:0]                   data_i,
  // Read
  input  logic                          read_bank_i,
  input  logic [LaneW-1:0]              read_lane_i,
  output logic [Dequantizers-1:0][31:0] scale_o,
  output logic [Dequantizers-1:0][31:0] bias_o
);
  import tally_pkg::*;

  localparam int unsigned IndexW = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int unsigned Depth = 2 * LanesPerUnit;  // both banks
  localparam int unsigned AddrW = $clog2(Depth);

  // Field and lane of the word on the input; word 0 starts them anew.
  logic [2:0]        field_q;
  logic [IndexW-1:0] lane_q;
  logic [31:0]       scale_q;
  always_ff @(posedge clk_i) begin
    if (we_i) begin
      if (field_q == FieldC1) scale_q <= data_i;
      if (word_i == '0) begin
        field_q <= FieldC1;
        lane_q  <= '0;
      end else if (field_q == FieldBias) begin
        field_q <= FieldC1;
        lane_q  <= lane_q + 1'b1;
      end else begin
        field_q <= field_q + 1'b1;
      end
    end
  end

  logic             write;
  logic [AddrW-1:0] write_addr, read_addr;
  assign write      = we_i && word_i != '0 && field_q == FieldBias;
  assign write_addr = AddrW'(32'(bank_i) * LanesPerUnit + 32'(lane_q) % LanesPerUnit);
  assign read_addr  = AddrW'(32'(read_bank_i) * LanesPerUnit + 32'(read_lane_i));

  for (genvar unit = 0; unit < Dequantizers; unit++) begin : g_unit
    (* ram_style = "distributed" *) logic [63:0] mem[Depth];
    always_ff @(posedge clk_i) begin
      if (write && 32'(lane_q) / LanesPerUnit == unit) mem[write_addr] <= {data_i, scale_q};
    end
    assign {bias_o[unit], scale_o[unit]} = mem[read_addr];
  end
endmodule
