# SPDX-License-Identifier: Apache-2.0
"""A counting lane with LUT RAM against the best soft INT8 multiply-accumulate, on two FPGA families.

usage: lanes.py [--widths 8 10] [--bits 2 3 4 5] [--pairs] [--out FILE]

Yosys only (synth_xilinx, synth_ecp5 without multiplier blocks), no place and route. Prints a table in
Markdown and writes FILE (build/fpga/lanes.json): look-up tables of a lane (exponential system only,
operands, counters, reading, clearing and overflow included), of its counters alone and of the MAC (product and
accumulator), their ratios, and how many fit the device when it holds nothing else. --pairs: instead, a lane with one
counter for each pair of indices (counting_pairs.sv), before its sums are formed, beside the same MAC; writes nothing.
"""
import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "synth"))
from yosys import yosys  # noqa: E402

from carry_cells import carry_cells, prove_carry_cells, soft_mac_cells  # noqa: E402

# Look-up tables by cell. xc7: a RAM32M is a SLICEM of four. ECP5: a CCU2C is two LUT4; a DPR16X4
# takes four, and two more for its write port.
FAMILIES = {
    "xc7": {"device": "XC7VX485T (VC707)", "luts": 303600, "ram_luts": 130800, "dsps": 2800,
            "command": "synth_xilinx -flatten -nodsp -noiopad -noclkbuf",
            "cost": {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4,
                     "RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "RAM256X1S": 4},
            "lut": r"(LUT\d|INV)$", "ram": r"RAM"},
    "ecp5": {"device": "LFE5U-85F (ULX3S)", "luts": 83640, "ram_luts": 10455 * 6, "dsps": 156,
             "command": "synth_ecp5 -nodsp -noiopad",
             "cost": {"CCU2C": 2, "TRELLIS_DPR16X4": 6}, "lut": r"LUT4$", "ram": r"TRELLIS_DPR"},
}


def count(family: dict, cells: dict[str, int]) -> dict[str, int]:
    result = {"luts": 0, "ram_luts": 0, "ff": 0}
    for cell, number in cells.items():
        cost = family["cost"].get(cell, 1 if re.match(family["lut"], cell) else 0)
        result["luts"] += number * cost
        if re.match(family["ram"], cell):
            if not cost:
                raise RuntimeError(f"no cost of cell {cell}")
            result["ram_luts"] += number * cost
        if re.match(r"FD[RSCP]E|TRELLIS_FF", cell):
            result["ff"] += number
    return result


def synthesize(name: str, family: dict, read: list[str], top: str, flatten: bool,
               work: pathlib.Path) -> dict:
    command = family["command"] if flatten else family["command"].replace("-flatten", "")
    if not flatten and "ecp5" in command:
        command += " -noflatten"
    yosys([*read, f"hierarchy -top {top}", f"{command} -top {top}",
           f"tee -q -o {work}/{name}.json stat -json"],
          work / f"{name}.log")
    return count(family, json.loads((work / f"{name}.json").read_text())["design"]["num_cells_by_type"])


def synthesize_mac(key: str, family: dict, work: pathlib.Path) -> dict:
    """Rows stay apart: Yosys would merge them into one sum, with a table for each gate."""
    read = ["read_slang --keep-hierarchy --top tally_soft_mac -f rtl/tally.f", *soft_mac_cells(key, 28)]
    return synthesize(f"{key}_mac", family, read, "tally_soft_mac", False, work)


def synthesize_lane(key: str, family: dict, n: int, width: int, offset: int, work: pathlib.Path,
                    top: str = "counting_lane") -> dict:
    read = [f"read_slang --keep-hierarchy --top {top} -GMaxN={n} -GCntW={width} "
            f"-GOffset={offset} -f rtl/tally.f fpga/{top}.sv", *carry_cells(key, width)]
    return synthesize(f"{top}_{key}_{n}_{width}_{offset}", family, read, top, True, work)


def print_pairs(widths: list[int], bits: list[int], work: pathlib.Path) -> None:
    print("| device | counters | n | counters a lane | LUTs (RAM), FF | ratio to MAC |\n" + "|---" * 6 + "|")
    for key, family in FAMILIES.items():
        prove_carry_cells(key, work)
        mac = synthesize_mac(key, family, work)["luts"]
        for width in widths:
            for n in bits:
                lane = synthesize_lane(key, family, n, width, 1, work, "counting_pairs")
                print(f"| {family['device']} | {width} bits | {n} | {4 ** n} | {lane['luts']} "
                      f"({lane['ram_luts']}), {lane['ff']} | {lane['luts'] / mac:.2f} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", type=int, nargs="+", default=[8, 10],
                        help="counter bits (default %(default)s)")
    parser.add_argument("--bits", type=int, nargs="+", default=[2, 3, 4, 5],
                        help="n (default %(default)s)")
    parser.add_argument("--pairs", action="store_true", help="one array of pairs of indices instead of three")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/fpga/lanes.json")
    options = parser.parse_args()
    work = options.out.resolve().parent / "lanes"
    work.mkdir(parents=True, exist_ok=True)
    if options.pairs:
        print_pairs(options.widths, options.bits, work)
        return 0
    rows = []
    for key, family in FAMILIES.items():
        prove_carry_cells(key, work)
        mac = synthesize_mac(key, family, work)
        for width in options.widths:
            for offset in (1, 0):
                for n in options.bits:
                    lane = synthesize_lane(key, family, n, width, offset, work)
                    arrays = synthesize_lane(key, family, n, width, offset, work,
                                             "counting_arrays")["luts"]
                    fit = min(family["luts"] // lane["luts"],
                              family["ram_luts"] // lane["ram_luts"])
                    rows.append({"family": key, "device": family["device"], "n": n,
                                 "counter_width": width, "offset": bool(offset), **lane,
                                 "mac_luts": mac["luts"],
                                 "ratio": round(lane["luts"] / mac["luts"], 3),
                                 "counters_luts": arrays,
                                 "counters_ratio": round(arrays / mac["luts"], 3),
                                 "lanes_fit": fit,
                                 "macs_fit": family["luts"] // mac["luts"] + family["dsps"]})
    options.out.write_text(json.dumps(rows, indent=2) + "\n")
    print("| device | counters | n | offset | lane: LUTs (RAM), FF | MAC: LUTs | ratio | counters "
          "alone | ratio | lanes that fit | MACs that fit (DSP + soft) |\n" + "|---" * 11 + "|")
    for row in rows:
        print(f"| {row['device']} | {row['counter_width']} bits | {row['n']} | "
              f"{'on' if row['offset'] else 'off'} | {row['luts']} ({row['ram_luts']}), {row['ff']} | "
              f"{row['mac_luts']} | {row['ratio']:.2f} | {row['counters_luts']} | "
              f"{row['counters_ratio']:.2f} | {row['lanes_fit']:,} | {row['macs_fit']:,} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
