// SPDX-License-Identifier: Apache-2.0 WITH SHL-2.1
// The coefficients of two tiles: one bank is used while the other is loaded.
//
// Write: words in the order of the tile packet (docs/tile-packet.md): word 0 is the base b, word
// 1 + 5*lane + field a coefficient of a lane, field 0..4 = c1, c2, c3, c4, bias. It may be asked
// for from the third cycle after we_i on.
//
// Read: unit u serves the lanes u*LanesPerUnit + j; read_data_o[u] is, one cycle later, the field of its
// lane j = read_lane_i. Fields 5 to 7 read as anything. base_o comes without a clock.
//
// FPGAs with distributed RAM read it without a clock and have a fast register behind it; others have the
// register in a block RAM, from which data comes late in the cycle.
module tally_coefficient_store #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned Dequantizers = 2,
  localparam int unsigned LanesPerUnit = Lanes / Dequantizers,
  localparam int unsigned LaneW        = (LanesPerUnit > 1) ? $clog2(LanesPerUnit) : 1,
  localparam int unsigned WordW        = $clog2(1 + 5 * Lanes)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  // Write
  input  logic                          we_i,
  input  logic                          bank_i,
  input  logic [WordW-1:0]              word_i,
  input  logic [31:0]                   data_i,
  // Read
  input  logic                          read_bank_i,
  input  logic [LaneW-1:0]              read_lane_i,
  input  logic [2:0]                    read_field_i,
  output logic [Dequantizers-1:0][31:0] read_data_o,
  input  logic                          base_bank_i,
  output logic [31:0]                   base_o
);
  if (Lanes < 1 || Lanes > 128) begin : g_bad_lanes
    $error("tally_coefficient_store: Lanes must be 1..128");
  end

  localparam int unsigned Depth = 10 * LanesPerUnit;  // both banks
  localparam int unsigned AddrW = $clog2(Depth);

  // word - 1 = 5*lane + field; the reciprocal is exact up to 1023.
  logic             first_we_q, first_bank_q, first_is_base_q, we_q, bank_q, is_base_q;
  logic [31:0]      first_data_q, data_q;
  logic [WordW-1:0] index_q;
  logic [9:0]       lane_d, lane_q, lane;
  logic [2:0]       field_d, field;
  logic [AddrW-1:0] write_addr, read_addr;
  logic [WordW-1:0] index_d;
  assign index_d    = word_i - 1'b1;  // of the base: any
  assign lane_d     = 10'((20'(index_d) * 20'd205) >> 10);
  assign field_d    = 3'(10'(index_q) - 10'd5 * lane_q);
  assign write_addr = AddrW'((32'(bank_q) * 5 + 32'(field)) * LanesPerUnit
                             + 32'(lane) % LanesPerUnit);
  assign read_addr  = AddrW'((32'(read_bank_i) * 5 + 32'(read_field_i)) * LanesPerUnit
                             + 32'(read_lane_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {we_q, first_we_q} <= '0;
    else         {we_q, first_we_q} <= {first_we_q, we_i};
  end

  logic [1:0][31:0] base_q;
  always_ff @(posedge clk_i) begin
    if (we_i) begin
      first_bank_q    <= bank_i;
      first_data_q    <= data_i;
      first_is_base_q <= word_i == '0;
      {index_q, lane_q} <= {index_d, lane_d};
    end
    if (first_we_q) begin
      {bank_q, data_q, is_base_q} <= {first_bank_q, first_data_q, first_is_base_q};
      {lane, field}               <= {lane_q, field_d};
    end
    if (we_q && is_base_q) base_q[bank_q] <= data_q;
  end
  assign base_o = base_q[base_bank_i];

  for (genvar unit = 0; unit < Dequantizers; unit++) begin : g_unit
    // What is written is not read in that cycle: it is another tile's.
    (* ram_style = "distributed", no_rw_check *) logic [31:0] mem[Depth];
    always_ff @(posedge clk_i) begin
      if (we_q && !is_base_q && 32'(lane) / LanesPerUnit == unit) mem[write_addr] <= data_q;
      read_data_o[unit] <= mem[read_addr];
    end
  end
endmodule
