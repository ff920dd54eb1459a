// SPDX-License-Identifier: Apache-2.0
// Proof that tally_quantizer counts boundaries, for any table and any value: after reset a table of
// 2^n - 1 boundaries in any non-descending order of values is written, then a value is sent; its index
// is the number of boundaries that are not above its magnitude. Bounded: until the value has come out.
module tally_quantizer_table_fv #(
  parameter  int unsigned Stages  = 3,
  parameter  int unsigned N       = Stages,
  localparam int unsigned Entries = 2 ** N
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        bank_i,
  input logic [31:0] table_data_i,
  input logic [15:0] data_i,
  input logic        ready_i
);
  logic started_q = 1'b0;
  logic [4:0] cycle_q;
  always_comb assume (rst_ni == started_q);

  // Cycles 0 .. Entries/2 - 1 write, the next one offers the value until it is taken.
  logic write, offer, sent_q, bank_q, ready, valid, nan, unused_tag;
  tally_pkg::code_t code;
  assign write = rst_ni && 32'(cycle_q) < Entries / 2;
  assign offer = rst_ni && !write && !sent_q;

  tally_quantizer #(.Stages(Stages), .TagW(1)) dut (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .table_we_i(write), .table_bank_i(bank_i), .table_n_i(3'(N)),
    .table_entry_i(Stages'({cycle_q, 1'b0})), .table_data_i,
    .valid_i(offer), .ready_o(ready), .data_i, .bank_i, .n_i(3'(N)), .tag_i(1'b0),
    .valid_o(valid), .ready_i, .code_o(code), .nan_o(nan), .tag_o(unused_tag)
  );

  // The table and the value as they went in.
  logic [Entries-1:0][14:0] table_q;
  logic [14:0] newest_q;
  logic [15:0] value_q;
  always_comb begin
    assume (!started_q || cycle_q == '0 || bank_i == bank_q);
    assume (!write || table_data_i[14:0] <= table_data_i[30:16]);
    assume (!write || cycle_q == '0 || newest_q <= table_data_i[14:0]);
  end
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    bank_q    <= bank_i;
    if (write) begin
      table_q[{cycle_q[N-2:0], 1'b0}] <= table_data_i[14:0];
      table_q[{cycle_q[N-2:0], 1'b1}] <= table_data_i[30:16];
      newest_q <= table_data_i[30:16];
    end
    if (offer && ready) value_q <= data_i;
    if (!rst_ni) begin
      cycle_q <= '0;
      sent_q  <= 1'b0;
    end else begin
      cycle_q <= cycle_q == '1 ? '1 : cycle_q + 1'b1;
      sent_q  <= sent_q || (offer && ready);
    end
  end

  logic is_nan;
  logic [6:0] index;
  assign is_nan = value_q[14:0] > 15'h7C00;
  always_comb begin
    index = '0;
    for (int unsigned e = 1; e < Entries; e++) index += 7'(table_q[e] <= value_q[14:0] && !is_nan);
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni && started_q) begin
      // A boundary of zero would count for NaN too; the loader refuses it.
      assume (!write || cycle_q != '0 || table_data_i[30:16] != '0);
      assert (!valid || sent_q);
      assert (!valid || code.index == index);
      assert (!valid || nan == is_nan);
      assert (!valid || code.sign == (value_q[15] && index != '0));
      cover (valid && ready_i && index == 7'(Entries - 1) && code.sign);
      cover (valid && ready_i && index == 7'd1 && table_q[2] != table_q[1]);
      cover (valid && nan);
    end
  end
endmodule
