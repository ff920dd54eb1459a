# SPDX-License-Identifier: Apache-2.0
"""Shortest clock period of a lane (counters in flip-flops, 10 bits) beside the INT8 multiplier, both buffered
and sized by abc: lane_time.json in the output folder. Exit code 2: wrong input."""
import argparse
import json
import pathlib
import sys

from cell_library import read_liberty
from netlist import read_netlist
from opensta import shortest_period
from synthesis import Synthesis
from yosys import ROOT

FASTEST = 1000      # ps, what abc is asked for: as fast as it can


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", type=pathlib.Path, default=ROOT / "data/osu018/osu018_stdcells.lib")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/synth/lane_time")
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 5])
    options = parser.parse_args()
    try:
        library = read_liberty(options.liberty.resolve())
    except ValueError as error:
        print(f"lane_time: {error}", file=sys.stderr)
        return 2
    work = options.out.resolve()
    rows = []
    try:
        for name, top, parameters in [
                ("int8_mac", "tally_int8_mac", {"AccW": 32}),
                *((f"lane n={n}", "tally_lane", {"MaxN": n, "CntW": 10, "PingPong": 0, "Style": 0,
                                               "Digits": 0})
                  for n in options.bits)]:
            synthesis = Synthesis(top, parameters, library, work, 1 << 30)
            synthesis.elaborate()
            synthesis.map_cells("timed", flat=True, picoseconds=FASTEST)
            netlist = read_netlist(work / "timed.json", top, library)
            period, path = shortest_period(netlist, work / "timed.v", work / "timed.tcl")
            area = synthesis.measure("timed")[top]["area"]
            rows.append({"block": name, "area": round(area), "ns": round(period, 2),
                         "area_ns_over_int8": round(area * period / (rows[0]["area"] * rows[0]["ns"])
                                                    if rows else 1.0, 2), "path": path})
            print(rows[-1], flush=True)
    except RuntimeError as error:
        print(f"lane_time: {error}", file=sys.stderr)
        return 1
    (work / "lane_time.json").write_text(json.dumps(rows, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
