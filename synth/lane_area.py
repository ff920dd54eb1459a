# SPDX-License-Identifier: Apache-2.0
"""Area of a lane over n, width of a counter, banks and memory, beside the INT8 multiplier: lane_area.json,
.csv and .md in the output folder. Exit code 2: wrong input."""
import argparse
import csv
import json
import pathlib
import sys

from cell_library import read_liberty
from energy_common import netlist_of
from sram import DEFAULT, read_sram
from yosys import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", type=pathlib.Path, default=ROOT / "data/osu018/osu018_stdcells.lib")
    parser.add_argument("--sram", type=pathlib.Path, default=DEFAULT, help="model of memory macros")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/synth/lane_area")
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 5, 6, 7])
    parser.add_argument("--width", type=int, nargs="+", default=[8, 10], help="of a counter")
    parser.add_argument("--ping-pong", type=int, nargs="+", choices=[0, 1], default=[0])
    parser.add_argument("--style", choices=["ff", "sram"], nargs="+", default=["ff", "sram"])
    options = parser.parse_args()
    try:
        library = read_liberty(options.liberty.resolve())
        sram = read_sram(options.sram)
    except ValueError as error:
        print(f"lane_area: {error}", file=sys.stderr)
        return 2
    work = options.out.resolve()
    rows = []
    try:
        _, mac = netlist_of("tally_int8_mac", {"AccW": 32}, library, work / "mac")
        for n in options.bits:
            for width in options.width:
                for banks in options.ping_pong:
                    for style in options.style:
                        parameters = {"MaxN": n, "CntW": width, "PingPong": banks,
                                      "Style": 0 if style == "ff" else 2, "Digits": 0}
                        netlist, area = netlist_of("tally_lane", parameters, library, work / "lane",
                                                   1 << 30 if style == "ff" else 1)
                        memory = sum(sram.area(*size) for size in netlist.memories)
                        one_port = sum(sram.area(*size, "1rw") for size in netlist.memories)
                        rows.append({"n": n, "width": width, "banks": 1 + banks, "style": style,
                                     "logic": round(area), "memory": round(memory),
                                     "memory_one_port": round(one_port),
                                     "over_int8": round((area + memory) / mac, 3)})
                        print(rows[-1], flush=True)
    except RuntimeError as error:
        print(f"lane_area: {error}", file=sys.stderr)
        return 1
    (work / "lane_area.json").write_text(json.dumps({"int8_mac": mac, "lanes": rows}, indent=2) + "\n")
    with (work / "lane_area.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    (work / "lane_area.md").write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
