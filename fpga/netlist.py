# SPDX-License-Identifier: Apache-2.0
"""Writes the ECP5 netlist of a whole board, without its pins, for simulation.

usage: netlist.py OUT [--board NAME] [--config NAME] [--set Name=value ...]

Synthesizes tally_uart_top with the commands and the parameters of a board (fpga/build.py, default ulx3s), and
writes OUT/netlist.v: look-up tables, carry cells, flip-flops and RAMs by Yosys's own models of them, multipliers
and block RAMs, of which Yosys has none, by those below. Their ways of use that these leave out are refused.
OUT/cells.json counts the cells.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import pyosys

import build
from yosys import yosys

SHARE = pathlib.Path(pyosys.__file__).parent / "share/lattice"
CONTROL = ["CLK0", "CLK1", "CLK2", "CLK3", "CE0", "CE1", "CE2", "CE3", "RST0", "RST1", "RST2", "RST3"]


def bits(name: str, width: int) -> str:
    return ", ".join(f"{name}{i}" for i in reversed(range(width)))


def multiplier() -> str:
    """MULT18X18D without registers."""
    inputs = [f"{name}{i}" for name in "ABC" for i in range(18)]
    inputs += ["SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB", *CONTROL]
    return (f"module MULT18X18D(input {', '.join(inputs)}, output {bits('P', 36)});\n"
            "  wire signed [35:0] a = {{18{SIGNEDA & A17}}, " + bits("A", 18) + "};\n"
            "  wire signed [35:0] b = {{18{SIGNEDB & B17}}, " + bits("B", 18) + "};\n"
            f"  assign {{{bits('P', 36)}}} = a * b;\nendmodule\n")


def port(name: str, write_width: int) -> str:
    """One port of the block RAM: `mem` in bytes of nine bits. A gives what was there before it writes, B
    only reads."""
    lines = [f"  wire [13:0] address{name} = {{{bits(f'AD{name}', 14)}}};",
             f"  wire [{9 * write_width - 1}:0] in{name} = {{"
             + (f"{bits('DIB', 18)}, {bits('DIA', 18)}" if write_width == 4 else
                bits(f"DI{name}", 9 * write_width)) + "};",
             f"  reg [{9 * write_width - 1}:0] out{name};",
             f"  always @(posedge CLK{name}) if (CE{name}) begin"]
    low = {1: 3, 2: 4, 4: 5}[write_width]
    for byte in range(write_width):
        where = f"{{address{name}[13:{low}], {write_width.bit_length() - 1}'d{byte}}}" \
            if write_width > 1 else f"address{name}[13:3]"
        enable = f"WE{name}" + (f" && address{name}[{byte}]" if write_width > 1 else "")
        lines.append(f"    out{name}[{9 * byte}+:9] <= mem[{where}];")
        if name == "A":
            lines.append(f"    if ({enable}) mem[{where}] <= in{name}[{9 * byte}+:9];")
    return "\n".join([*lines, "  end\n"])


def block_ram_inputs() -> list[str]:
    return [*(f"{pin}{side}" for side in "AB" for pin in ("CLK", "CE", "OCE", "WE", "RST")),
            *(f"CS{side}{i}" for side in "AB" for i in range(3)),
            *(f"AD{side}{i}" for side in "AB" for i in range(14)),
            *(f"DI{side}{i}" for side in "AB" for i in range(18))]


def block_ram(width_a: int, width_b: int) -> str:
    """DP16KD without output registers, of these bytes a word."""
    inputs = block_ram_inputs()
    outputs = [f"DO{side}{i}" for side in "AB" for i in range(18)]
    text = (f"module DP16KD_{width_a}_{width_b}(input {', '.join(inputs)}, output {', '.join(outputs)});\n"
            "  reg [8:0] mem[0:2047];\n" + port("A", width_a) + port("B", width_b))
    for side, width in (("A", width_a), ("B", width_b)):
        if width < 4:
            text += f"  assign {{{bits(f'DO{side}', 9 * width)}}} = out{side};\n"
    if width_b == 4:  # the wide port has the pins of both sides
        text += f"  assign {{{bits('DOB', 18)}, {bits('DOA', 18)}}} = outB;\n"
    return text + "endmodule\n"


def number(value: str) -> int:
    return int(value, 2)


def check_cells(cells: dict) -> dict[str, int]:
    """Refuses what the models leave out; returns how many there are of each kind of block RAM."""
    rams: dict[str, int] = {}
    for name, cell in cells.items():
        parameters, pins = cell["parameters"], cell["connections"]
        if cell["type"] == "MULT18X18D":
            used = [key for key, value in parameters.items() if key.startswith("REG_") and value != "NONE"]
        elif cell["type"] == "DP16KD":
            used = [key for key in ("REGMODE_A", "REGMODE_B") if parameters[key] != "NOREG"]
            used += [pin for pin in pins if pin[:3] in ("RST", "CSA", "CSB") and pins[pin] != ["0"]]
            used += [f"CLK{side}MUX" for side in "AB" if parameters[f"CLK{side}MUX"] != f"CLK{side}"]
            used += [key for key, value in parameters.items()
                     if key.startswith("INITVAL") and "1" in value]
            widths = [number(parameters[f"DATA_WIDTH_{side}"]) for side in "AB"]
            # A port of 36 bits reads with the pins of both: then the other one only writes.
            reads = "B" if widths[1] == 36 else "AB"
            used += ["WEB"] * (pins["WEB"] != ["0"])
            used += [f"OCE{side}" for side in reads if pins[f"OCE{side}"] != ["1"]]
            for side, width in zip("AB", widths):
                mode = parameters.get(f"WRITEMODE_{side}", "NORMAL")
                # A port that writes and is read would give the new value in another mode.
                if side in reads and mode != "READBEFOREWRITE" and pins[f"WE{side}"] != ["0"] and f"DO{side}0" in pins:
                    used.append(f"WRITEMODE_{side}={mode}")
                if width not in (9, 18, 36):
                    used.append(f"DATA_WIDTH_{side}={width}")
            kind = f"DP16KD_{widths[0] // 9}_{widths[1] // 9}"
            rams[kind] = rams.get(kind, 0) + 1
        else:
            continue
        if used:
            raise RuntimeError(f"{name} ({cell['type']}): no model of {', '.join(used)}")
    return rams


TOP = "tally_uart_top"


def synthesize(parameters: dict[str, int], out: pathlib.Path) -> dict[str, int]:
    """Leaves OUT/cells_netlist.json, as it comes from synthesis; returns its cells by type."""
    yosys([*build.read_commands("ecp5", parameters, out), *build.map_commands("ecp5", TOP, "-noiopad"),
           "delete t:$scopeinfo", f"tee -q -o {out}/stat.json stat -json",
           f"write_json {out}/cells_netlist.json"], out / "synth.log")
    return json.loads((out / "stat.json").read_text())["design"]["num_cells_by_type"]


def write_netlist(out: pathlib.Path) -> None:
    """Leaves OUT/netlist.v: the same with the cells' models in their places."""
    module = json.loads((out / "cells_netlist.json").read_text())["modules"][TOP]
    # Pins that are left open are 0, and there are no empty modules that synthesis had for its cells.
    for cell in module["cells"].values():
        if cell["type"] == "DP16KD":
            for pin in block_ram_inputs():
                cell["connections"][pin] = ["0" if bit == "x" else bit
                                            for bit in cell["connections"].get(pin, ["0"])]
                cell["port_directions"][pin] = "input"
    (out / "top.json").write_text(json.dumps({"modules": {TOP: module}}))
    rams = check_cells(module["cells"])
    models = multiplier() + "".join(block_ram(*map(int, kind.split("_")[1:])) for kind in rams)
    (out / "models.v").write_text(models)
    renames = [f"chtype -set {kind} t:DP16KD r:DATA_WIDTH_A={9 * int(kind.split('_')[1])} %i "
               f"r:DATA_WIDTH_B={9 * int(kind.split('_')[2])} %i" for kind in rams]
    # The models have no parameters: what they would say has been checked.
    keys = sorted({key for cell in module["cells"].values() if cell["type"] in ("DP16KD", "MULT18X18D")
                   for key in cell["parameters"]})
    unset = [f"setparam {' '.join(f'-unset {key}' for key in keys)} t:DP16KD_* t:MULT18X18D"] if keys else []
    yosys([f"read_json {out}/top.json", *renames,
           *unset,
           f"read_verilog {SHARE}/common_sim.vh {SHARE}/ccu2c_sim.vh {out}/models.v",
           f"hierarchy -check -top {TOP}", "proc",
           # Modules like any other: white boxes would stay in one piece.
           "setattr -mod -unset lib_whitebox -unset whitebox -unset blackbox -unset abc9_box =*", "flatten",
           "opt_expr", "opt_clean",
           f"write_verilog -noattr {out}/netlist.v"], out / "models.log")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--board", default="ulx3s")
    parser.add_argument("--config")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE")
    options = parser.parse_args(arguments)
    out = options.out.resolve()
    try:
        board = build.read_board(options.board)
        parameters = build.parameters_of(board, options.config, options.set)
        out.mkdir(parents=True, exist_ok=True)
        subprocess.run([build.ROOT / "rtl/generate_registers.sh"], check=True)
        build.check_parameters(parameters, out)
    except (ValueError, OSError) as error:
        print(f"netlist: {error}", file=sys.stderr)
        return 2
    try:
        cells = synthesize(parameters, out)
        write_netlist(out)
    except RuntimeError as error:
        print(f"netlist: {error}", file=sys.stderr)
        return 1
    (out / "cells.json").write_text(json.dumps({"parameters": parameters, "cells": cells}, indent=2) + "\n")
    print(f"netlist: {', '.join(f'{number} {cell}' for cell, number in sorted(cells.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
