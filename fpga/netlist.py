# SPDX-License-Identifier: Apache-2.0
"""Writes the ECP5 netlists of configuration small that the netlist bench simulates.

usage: netlist.py OUT

OUT/netlist.v has the processing element, with multiplier blocks, and the parts of it that
synth/test_netlist.cpp compares with their RTL; OUT/cells.v models of their cells: Yosys's own, and
of the multiplier the product, as it is used here. Memories are look-up tables (-nobram), because Yosys
has no model of a block RAM.
"""
import json
import pathlib
import re
import sys

import pyosys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "synth"))
from yosys import yosys  # noqa: E402

PARTS = {"tally_counter_set": {"MaxN": 3, "CntW": 10, "PingPong": 0, "Style": 1},
         "tally_quantizer": {"Stages": 7, "TagW": 2},
         "tally_int_to_fp32": {"Width": 10},
         "tally_fp32_to_fp16": {"Cut": 1}}


def multiplier() -> str:
    """MULT18X18D without its registers: Yosys uses only the product."""
    def bits(name: str, width: int) -> str:
        return "{" + ", ".join(f"{name}{i}" for i in reversed(range(width))) + "}"

    inputs = [f"{name}{i}" for name in "ABC" for i in range(18)]
    inputs += ["SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB", "CLK0", "CLK1", "CLK2", "CLK3", "CE0",
               "CE1", "CE2", "CE3", "RST0", "RST1", "RST2", "RST3"]
    outputs = [f"P{i}" for i in range(36)]
    return (f"module MULT18X18D(input {', '.join(inputs)}, output {', '.join(outputs)});\n"
            '  parameter REG_INPUTA_CLK = "NONE", REG_INPUTB_CLK = "NONE", REG_OUTPUT_CLK = "NONE";\n'
            f"  wire signed [35:0] a = {{{{18{{SIGNEDA & A17}}}}, {bits('A', 18)[1:-1]}}};\n"
            f"  wire signed [35:0] b = {{{{18{{SIGNEDB & B17}}}}, {bits('B', 18)[1:-1]}}};\n"
            f"  assign {bits('P', 36)} = a * b;\nendmodule\n")


def models() -> str:
    share = pathlib.Path(pyosys.__file__).parent / "share/lattice"
    return "".join((share / name).read_text() for name in ("common_sim.vh", "ccu2c_sim.vh"))


def main() -> int:
    out = pathlib.Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    small = json.loads((ROOT / "rtl/configs.json").read_text())["small"]
    texts = []
    for module, parameters in {"tally_pe": small, **PARTS}.items():
        settings = " ".join(f"-G{name}={value}" for name, value in parameters.items())
        yosys([f"read_slang --top {module} {settings} -f rtl/tally.f",
               f"synth_ecp5 -nobram -noiopad -top {module}", "delete t:$scopeinfo",
               f"tee -q -o {out}/{module}.json stat -json",
               f"write_verilog -noattr {out}/{module}.v"], out / f"{module}.log")
        texts.append((out / f"{module}.v").read_text())
    names = [re.search(r"^module (\S+?)\(", text, re.M).group(1) for text in texts]
    if names != ["tally_pe", *PARTS]:
        raise RuntimeError(f"netlists of {names}")
    (out / "netlist.v").write_text("".join(texts))
    (out / "cells.v").write_text(models() + multiplier())
    return 0


if __name__ == "__main__":
    sys.exit(main())
