# SPDX-License-Identifier: Apache-2.0
"""What a whole processing element uses of an FPGA, beside an INT8 one of the same shape, with and without
multiplier blocks, and the whole design of a board.

usage: utilization.py [--families ecp5 xc7] [--elements NAME ...] [--out FILE]

Yosys only (synth_ecp5, synth_xilinx), no place and route. Elements have 16 lanes, 2 dequantizers, buffers of
1,024 rows and two counter banks, counters in LUT RAM. A lane of the INT8 element is a product and an accumulator of
32 bits, in a multiplier block (int8_mac_block.sv) or as tally_soft_mac (int8_mac_soft.sv), which test_tally_int8_mac
holds against the same sums as the RTL's tally_int8_mac. Without blocks the multiply-adds have their products in rows
(FmaRows). The whole design is that of board ulx3s. Prints a table in Markdown and writes FILE
(build/fpga/utilization.json).
"""
import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "synth"))
from yosys import yosys  # noqa: E402

import build  # noqa: E402
from carry_cells import carry_cells, prove_carry_cells, soft_mac_cells  # noqa: E402
from lanes import FAMILIES, count  # noqa: E402

SHAPE = {"Lanes": 16, "Dequantizers": 2, "PingPong": 1, "BufferRows": 1024}
COUNTING = {**SHAPE, "CntW": 10, "CounterStyle": 1}
ELEMENTS = {
    "int8": ("INT8", "tally_int8_pe", SHAPE),
    "tally_n3": ("counting, n up to 3, exponential only", "tally_pe", {**COUNTING, "MaxN": 3, "Digits": 0}),
    "tally_n5": ("counting, n up to 5, exponential only", "tally_pe", {**COUNTING, "MaxN": 5, "Digits": 0}),
    "tally": ("counting, `default`: n up to 5, uniform and reveal", "tally_pe",
              {**COUNTING, "MaxN": 5, "Digits": 1}),
    "board": ("whole design of board `ulx3s`", "tally_uart_top", None),  # the board's own parameters
}
DSPS = {"ecp5": "MULT18X18D", "xc7": "DSP48E1"}
BRAMS = {"ecp5": {"DP16KD": 1}, "xc7": {"RAMB36E1": 1, "RAMB18E1": 0.5}}
COSTED = (r"LUT\d$|INV$|MUXF\d$|CARRY4$|FD[RSCP]E$|RAM\d+|DSP48E1$|SRL|VCC$|GND$"
          r"|TRELLIS_|CCU2C$|PFUMX$|L6MUX21$|MULT18X18D$")


def parameters_of(element: str, blocks: bool) -> dict[str, int]:
    parameters = ELEMENTS[element][2]
    if parameters is None:
        parameters = build.parameters_of(build.read_board("ulx3s"), None, [])
    return {**parameters, "FmaRows": 0 if blocks else 1}


def commands(key: str, element: str, blocks: bool) -> list[str]:
    """Reads one element and maps it to the family's cells."""
    top, parameters = ELEMENTS[element][1], parameters_of(element, blocks)
    settings = " ".join(f"-G{name}={value}" for name, value in parameters.items())
    read = f"read_slang --keep-hierarchy --top {top} {settings} -f rtl/tally.f"
    synth = "synth_ecp5 -noiopad" if key == "ecp5" else "synth_xilinx -flatten -noiopad -noclkbuf"
    if top == "tally_int8_pe":
        mac = "int8_mac_block" if blocks else "int8_mac_soft"
        replace = [f"{read} --top {mac} fpga/{mac}.sv", f"chtype -set {mac} t:tally_int8_mac*"]
        if not blocks:
            replace += soft_mac_cells(key, 32)
        if not blocks and key == "xc7":
            # Rows of products stay apart: Yosys would merge them into one sum, with a table for each gate. (ECP5
            # has them in carry cells.)
            replace.append("setattr -mod -set keep_hierarchy 1 tally_soft_mac_row*")
    else:
        replace = [read, *carry_cells(key, parameters["CntW"])]
    if parameters.get("Cut"):
        replace.append(build.KEEP_COPIES)
    return [*replace, f"hierarchy -top {top}", f"{synth}{'' if blocks else ' -nodsp'} -top {top}"]


def synthesize(key: str, element: str, blocks: bool, work: pathlib.Path) -> dict:
    name = f"{key}_{element}_{'blocks' if blocks else 'soft'}"
    yosys([*commands(key, element, blocks), f"tee -q -o {work}/{name}.json stat -json"],
          work / f"{name}.log")
    cells = json.loads((work / f"{name}.json").read_text())["design"]["num_cells_by_type"]
    return {"family": key, "element": element, "name": ELEMENTS[element][0], "blocks": blocks,
            **measure(key, cells)}


def measure(key: str, cells: dict[str, int]) -> dict:
    """Look-up tables (those of RAM and of shift registers too), flip-flops, multiplier blocks, block RAMs."""
    tables = {cell: number for cell, number in cells.items()
              if cell not in BRAMS[key] and not cell.startswith(("$scopeinfo", "tally_soft_mac_row"))}
    for cell in tables:
        if not re.match(COSTED, cell):
            raise RuntimeError(f"no cost of cell {cell}")
    result = count(FAMILIES[key], tables)
    result["luts"] += sum(number for cell, number in tables.items() if cell.startswith("SRL"))
    result["dsp"] = cells.get(DSPS[key], 0)
    result["bram"] = sum(cost * cells.get(cell, 0) for cell, cost in BRAMS[key].items())
    return result


def table(rows: list[dict]) -> str:
    """Markdown; ratios to the INT8 element of the same family and the same use of blocks."""
    lines = ["| device | element | multiplier blocks | LUTs (of RAM) | to INT8 | flip-flops | blocks used "
             "| block RAMs |", "|---" * 8 + "|"]
    base = {(row["family"], row["blocks"]): row["luts"] for row in rows if row["element"] == "int8"}
    for row in rows:
        int8 = base.get((row["family"], row["blocks"]))
        ratio = f"{row['luts'] / int8:.2f}" if int8 and row["element"] != "board" else "-"
        lines.append(f"| {FAMILIES[row['family']]['device']} | {row['name']} | "
                     f"{'yes' if row['blocks'] else 'no'} | {row['luts']:,} ({row['ram_luts']:,}) | {ratio} | "
                     f"{row['ff']:,} | {row['dsp']} | {row['bram']:g} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=["ecp5", "xc7"])
    parser.add_argument("--elements", nargs="+", choices=ELEMENTS, default=[*ELEMENTS])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/fpga/utilization.json")
    options = parser.parse_args(arguments)
    work = options.out.resolve().parent / "utilization"
    rows = []
    try:
        work.mkdir(parents=True, exist_ok=True)
        for key in options.families:
            prove_carry_cells(key, work)
            for element in options.elements:
                # The whole design is one of its board: with blocks.
                rows += [synthesize(key, element, blocks, work)
                         for blocks in ((True,) if element == "board" else (True, False))]
    except OSError as error:
        print(f"utilization: {error}", file=sys.stderr)
        return 2
    except RuntimeError as error:
        print(f"utilization: {error}", file=sys.stderr)
        return 1
    options.out.write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
