# SPDX-License-Identifier: Apache-2.0
"""Shortest clock period of a lane (10-bit counters in flip-flops and in SRAM) beside the INT8 multiplier, all
buffered and sized by abc: lane_time.json in the output folder. With SRAM the paths between the memories and
the logic begin and end as at flip-flops (sram_edges.v), and the memories' area is that of the model.
Exit code 2: wrong input."""
import argparse
import json
import pathlib
import re
import sys

from cell_library import Library, read_liberty
from netlist import Netlist, read_netlist
from opensta import shortest_period
from sram import DEFAULT, Sram, read_sram
from synthesis import Synthesis
from yosys import ROOT, yosys

FASTEST = 1000      # ps, what abc is asked for: as fast as it can


def lane(n: int, style: str) -> dict[str, int]:
    return {"MaxN": n, "CntW": 10, "PingPong": 0, "Style": 2 if style == "sram" else 0, "Digits": 0}


def stand_ins(netlist: Netlist) -> float:
    """Area of the flip-flops of sram_edges.v."""
    cells = netlist.library.cells
    return sum(cells[gate.kind].area for gate in netlist.gates if cells[gate.kind].flip_flop
               and any(re.search(r"sram_(data|asked)\b", netlist.nets[gate.pins[pin]].name)
                       for pin in cells[gate.kind].outputs() if isinstance(gate.pins.get(pin), int)))


def measure(top: str, parameters: dict[str, int], library: Library, sram: Sram | None,
            work: pathlib.Path) -> dict:
    """Area, clock and longest path of a block, flat; with `sram` its memories are what the model says."""
    synthesis = Synthesis(top, parameters, library, work, 1 << 30 if sram is None else 1)
    synthesis.elaborate()
    if sram is not None:
        yosys([f"read_rtlil {work}/coarse.il", f"techmap -autoproc -map {ROOT}/synth/sram_edges.v t:$mem_v2",
               "opt -full", f"write_rtlil {work}/coarse.il"], work / "edges.log")
        synthesis.memories = []
    synthesis.map_cells("timed", flat=True, picoseconds=FASTEST)
    netlist = read_netlist(work / "timed.json", top, library)
    period, path = shortest_period(netlist, work / "timed.v", work / "timed.tcl")
    area = synthesis.measure("timed")[top]["area"] - stand_ins(netlist)
    if sram is not None:    # AC1, AC2 and AC3
        n, width = parameters["MaxN"], parameters["CntW"]
        area += sum(sram.area(words, width, "1r1w") for words in (2 << n, 1 << n, 1 << n))
    return {"area": round(area), "ns": round(period, 2), "path": path}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", type=pathlib.Path, default=ROOT / "data/osu018/osu018_stdcells.lib")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/synth/lane_time")
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 5, 6, 7])
    parser.add_argument("--style", choices=["ff", "sram"], nargs="+", default=["ff", "sram"],
                        help="counters in flip-flops, in SRAM")
    parser.add_argument("--sram", type=pathlib.Path, default=DEFAULT, help="model of memory macros")
    options = parser.parse_args()
    try:
        library = read_liberty(options.liberty.resolve())
        sram = read_sram(options.sram)
    except ValueError as error:
        print(f"lane_time: {error}", file=sys.stderr)
        return 2
    work = options.out.resolve()
    rows: list[dict] = []
    try:
        blocks = [("int8_mac", "tally_int8_mac", {"AccW": 32}, None)]
        blocks += [(f"lane n={n}, {style}", "tally_lane", lane(n, style), sram if style == "sram" else None)
                   for style in options.style for n in options.bits]
        for name, top, parameters, memory in blocks:
            found = measure(top, parameters, library, memory, work)
            base = rows[0] if rows else found
            rows.append({"block": name, **found, "area_ns_over_int8": round(
                found["area"] * found["ns"] / (base["area"] * base["ns"]), 2)})
            print(rows[-1], flush=True)
    except RuntimeError as error:
        print(f"lane_time: {error}", file=sys.stderr)
        return 1
    (work / "lane_time.json").write_text(json.dumps(rows, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
