# SPDX-License-Identifier: Apache-2.0
"""Counting over INT8 in one table a question, from what sweep.py, measure_energy.py and lane_time.py wrote.

usage: summary.py [--sweep FILE] [--energy FILE] [--time FILE]

Prints Markdown: area of lanes and elements, area x delay, energy and throughput for each n, and where the
paper's claims (counter sets 0.48 and element 0.76 of INT8 in area, less energy) would begin to hold. A column
without measurements is left out. Exit code 2: a file is missing or is not what it should be.
"""
import argparse
import json
import pathlib
import sys

from yosys import ROOT

CLAIM_SET, CLAIM_ELEMENT = 0.48, 0.76       # the paper's areas over INT8
INPUTS = 512        # of a vector, for throughput
LANES, UNITS = 16, 2


def read(path: pathlib.Path) -> dict | list:
    try:
        return json.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error


def total(energy: dict) -> float:
    return sum(energy[key] for key in ("clock", "internal", "switching", "leakage"))


def table(head: list[str], rows: list[list]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(f"{v:,.0f}" if isinstance(v, float) and v >= 1000 else
                                f"{v:.3g}" if isinstance(v, float) else str(v) for v in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


class Areas:
    def __init__(self, sweep: dict):
        self.rows = sweep["rows"]
        self.mac = float(sweep["baseline"][0]["cells"])
        self.buffer = float(sweep["baseline"][1]["buffer"])
        self.int8 = {(row["banks"], row["style"]): float(row["cells"] + row["memory"])
                     for row in sweep["baseline"] if row["what"] == "int8_pe" and row["lanes"] == LANES}

    def find(self, what: str, n: int, width: int, banks: int, offset: int, style: str) -> float:
        for row in self.rows:
            if (row["what"], row["n"], row["width"], row["banks"], row["offset"], row["style"]) == (
                    what, n, width, banks, offset, style) and row["lanes"] in (1, LANES):
                return float(row["cells"] + row["memory"])
        raise ValueError(f"no {what} of n = {n}, {width} bits, {banks} banks, offset {offset}, {style} in the sweep")

    def ns(self) -> list[int]:
        return sorted({row["n"] for row in self.rows})


def print_areas(areas: Areas) -> None:
    rows = []
    for n in areas.ns():
        row: list = [n]
        for style in ("ff", "sram"):
            for width, offset in ((10, 1), (8, 1), (8, 0)):
                row.append(areas.find("lane", n, width, 1, offset, style) / areas.mac)
            for banks, buffer in ((1, 0.0), (2, 0.0), (1, areas.buffer)):
                row.append((areas.find("element", n, 10, banks, 1, style) + buffer)
                           / (areas.int8[banks, style] + buffer))
        rows.append(row)
    head = [f"{style}: {what}" for style in ("flip-flops", "SRAM") for what in (
        "lane", "8-bit counters", "8 bits, AC1 alone", "element, serial", "element, ping-pong", "serial with weight buffer")]
    print("Area over INT8 (10-bit counters with offset, unless said):\n")
    print(table(["n", *head], rows))
    print("INT8: multiplier " + f"{areas.mac:,.0f}; element " + ", ".join(
        f"{area:,.0f} ({'serial' if banks == 1 else 'ping-pong'}, {style})"
        for (banks, style), area in sorted(areas.int8.items())) + f"; weight buffer {areas.buffer:,.0f}\n")


def print_claims(areas: Areas) -> None:
    rows = []
    for n in areas.ns():
        row: list = [n]
        for style in ("ff", "sram"):
            need = areas.find("lane", n, 8, 1, 1, style) / CLAIM_SET
            element = areas.find("element", n, 8, 1, 1, style)
            around = areas.int8[1, style] - LANES * areas.mac
            need_element = (element / CLAIM_ELEMENT - around) / LANES
            row += [need, need / areas.mac, need_element, need_element / areas.mac]
        rows.append(row)
    print(f"INT8 multiplier at which 8-bit counters give {CLAIM_SET} (lane) and {CLAIM_ELEMENT} (element):\n")
    print(table(["n", *(f"{style}: {what}" for style in ("flip-flops", "SRAM") for what in (
        "lane", "over ours", "element", "over ours"))], rows))


def print_energy(energy: dict) -> None:
    for network in sorted({row["network"] for row in energy["lane"]}):
        integers = {row["kind"]: row for row in energy["integers"] if row["network"] == network}
        int8 = total(integers["int8"]["count"])
        print(f"Energy of a multiply-equivalent, {network}, layer {integers['int8']['layer']}, pJ:\n")
        print(table(["lane of integers", "area a multiply", "pJ", "over INT8", "without clock pins"], [
            [kind, float(row["area_a_product"]), total(row["count"]), total(row["count"]) / int8,
             total(row["count"]) - row["count"]["clock"]] for kind, row in integers.items()]))
        rows = []
        for row in (row for row in energy["lane"] if row["network"] == network):
            logic, memory = total(row["count"]), row.get("count_sram", 0.0)
            post = [total(other["post"]) for other in energy["post"]
                    if other["network"] == network and other["n"] == row["n"]]
            rows.append([row["n"], "SRAM" if row["style"] else "flip-flops", row["width"], logic + memory,
                         (logic + memory) / int8, memory, logic + memory - row["count"]["clock"],
                         (int8 - logic) / memory if memory else "",
                         total(row["read"]) + row.get("read_sram", 0.0), *post])
        head = ["n", "counters", "bits", "pJ", "over INT8", "of it memory", "without clock pins",
                "memory energy at which it equals INT8, over the model's", "reading"]
        print(table(head + ["post-processing"] * (len(rows[0]) - len(head)), rows))
        print("INT8 post-processing: " + ", ".join(f"{total(row['post']):.2f} pJ" for row in energy["int8_post"]
                                                    if row["network"] == network) + "\n")


def print_throughput(bits: list[int]) -> None:
    rows = []
    for n in bits:
        post = [((4 << n) - 4) * LANES // UNITS, ((2 << n) - 3) * LANES // UNITS]
        rows.append([n, *(INPUTS / (INPUTS + cycles) for cycles in post),
                     *(INPUTS / max(INPUTS, cycles) for cycles in post)])
    print(f"Multiply-equivalents a lane and cycle, K = {INPUTS}, {LANES} lanes, {UNITS} dequantizers (INT8: 1):\n")
    print(table(["n", "serial, offset", "serial", "ping-pong, offset", "ping-pong"], rows))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = ROOT / "build/synth"
    parser.add_argument("--sweep", type=pathlib.Path, default=folder / "sweep/sweep.json")
    parser.add_argument("--energy", type=pathlib.Path, default=folder / "energy/energy.json")
    parser.add_argument("--time", type=pathlib.Path, default=folder / "lane_time/lane_time.json")
    options = parser.parse_args()
    try:
        if options.sweep.is_file():
            areas = Areas(read(options.sweep))
            print_areas(areas)
            print_claims(areas)
            print_throughput(areas.ns())
        if options.energy.is_file():
            print_energy(read(options.energy))
        if options.time.is_file():
            times = read(options.time)
            print("Area x delay, each buffered and sized by itself:\n")
            print(table(["block", "area", "ns", "area x delay over INT8"], [
                [row["block"], float(row["area"]), float(row["ns"]), float(row["area_ns_over_int8"])] for row in times]))
        if not any(path.is_file() for path in (options.sweep, options.energy, options.time)):
            raise ValueError(f"nothing measured yet: {options.sweep} is not there (make synth SWEEP=1)")
    except (ValueError, KeyError) as error:
        print(f"summary: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
