// SPDX-License-Identifier: Apache-2.0
// What timing sees of a synchronous memory: its inputs end and its outputs begin in flip-flops, as if it were
// as fast as these. A techmap for lane_time.py; the values mean nothing.
module \$mem_v2 (RD_CLK, RD_EN, RD_ARST, RD_SRST, RD_ADDR, RD_DATA, WR_CLK, WR_EN, WR_ADDR, WR_DATA);
  parameter MEMID = "";
  parameter SIZE = 256, OFFSET = 0, ABITS = 8, WIDTH = 8, INIT = 1'bx;
  parameter RD_PORTS = 1, RD_CLK_ENABLE = 1'b1, RD_CLK_POLARITY = 1'b1, RD_TRANSPARENCY_MASK = 1'b0;
  parameter RD_COLLISION_X_MASK = 1'b0, RD_WIDE_CONTINUATION = 1'b0, RD_CE_OVER_SRST = 1'b0;
  parameter RD_ARST_VALUE = 1'b0, RD_SRST_VALUE = 1'b0, RD_INIT_VALUE = 1'bx;
  parameter WR_PORTS = 1, WR_CLK_ENABLE = 1'b1, WR_CLK_POLARITY = 1'b1, WR_PRIORITY_MASK = 1'b0;
  parameter WR_WIDE_CONTINUATION = 1'b0;
  input [RD_PORTS-1:0] RD_CLK, RD_EN, RD_ARST, RD_SRST;
  input [RD_PORTS*ABITS-1:0] RD_ADDR;
  output [RD_PORTS*WIDTH-1:0] RD_DATA;
  input [WR_PORTS-1:0] WR_CLK;
  input [WR_PORTS*WIDTH-1:0] WR_EN, WR_DATA;
  input [WR_PORTS*ABITS-1:0] WR_ADDR;

  (* keep *) reg [RD_PORTS*WIDTH-1:0] sram_data;
  (* keep *) reg [RD_PORTS*(1+ABITS)+WR_PORTS*(2*WIDTH+ABITS)-1:0] sram_asked;
  always @(posedge WR_CLK[0]) begin
    sram_data  <= sram_asked[RD_PORTS*WIDTH-1:0];
    sram_asked <= {RD_EN, RD_ADDR, WR_EN, WR_ADDR, WR_DATA};
  end
  assign RD_DATA = sram_data;
endmodule
