# SPDX-License-Identifier: Apache-2.0
"""Synthesizes the processing element in one named configuration, and the INT8 baseline beside it, to a
cell library.

Reads rtl/tally.f with slang, refuses latches, undriven and multiply driven nets and any warning. Writes
into the output folder area.json, the netlists and what Yosys said. Exit code 2: wrong input, 1: the RTL
is at fault.
"""
import argparse
import json
import pathlib
import sys
import time

from pyosys import libyosys

from cell_library import read_liberty
from netlist import read_netlist
from opensta import shortest_period
from synthesis import Synthesis, write_cell_models
from yosys import ROOT

# The baseline's lanes: accumulators of 32 bits as the baseline has, of 28, and eight products in one.
BASELINE = {
    "int8_mac": {"AccW": 32, "Products": 1},
    "int8_mac_28": {"AccW": 28, "Products": 1},
    "int8_dot8": {"AccW": 32, "Products": 8},
}
# What is also mapped flat, each by itself; of the processing element every part that it instantiates
# (as one module abc would meet sixteen lanes at once, for minutes).
FLAT = ["tally_counter_set", "tally_quantizer", "tally_dequantizer", "tally_pe"]


def read_config(name: str) -> dict[str, int]:
    configs = json.loads((ROOT / "rtl/configs.json").read_text())
    if name not in configs:
        raise ValueError(f"unknown CONFIG '{name}' (rtl/configs.json has: {', '.join(configs)})")
    return configs[name]


# Parts whose longest path is measured, with buffers where a net drives much.
TIMED = ["tally_lane", "tally_quantizer", "tally_dequantizer"]
FASTEST = 1000      # ps, what abc is asked for: as fast as it can


def clock(synthesis: Synthesis, module: str) -> dict | None:
    """Shortest period of a part by itself, its inputs and outputs registered outside, in ns; None where a
    memory is in it."""
    synthesis.map_cells(f"timed_{short(module)}", module, flat=True, picoseconds=FASTEST)
    netlist = read_netlist(synthesis.work / f"timed_{short(module)}.json", module, synthesis.library)
    if netlist.memories:
        return None
    period, path = shortest_period(netlist, synthesis.work / f"timed_{short(module)}.v",
                                   synthesis.work / f"timed_{short(module)}.tcl")
    return {"clock_ns": round(period, 3), "path": path,
            "timed_area": synthesis.measure(f"timed_{short(module)}")[module]["area"]}


def short(module: str) -> str:
    return module.removeprefix("tally_")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="default")
    parser.add_argument("--liberty", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--netlist-only", action="store_true",
                        help="only the hierarchical netlist (netlist.v) and its cell models (cells.v)")
    parser.add_argument("--macro-bits", type=int, default=1024,
                        help="memories of at least so many bits stay macros (default %(default)s)")
    options = parser.parse_args()
    start = time.monotonic()
    try:
        parameters = read_config(options.config)
        library = read_liberty(options.liberty.resolve())
    except ValueError as error:
        print(f"synth: {error}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    work = options.out.resolve()
    (work / "area.json").unlink(missing_ok=True)
    try:
        pe = Synthesis("tally_pe", parameters, library, work, options.macro_bits)
        pe.elaborate()
        pe.map_cells("netlist")
        if options.netlist_only:
            write_cell_models(library, work / "netlist.v", work / "cells.v")
            return 0
        modules = {short(name): entry for name, entry in pe.measure("netlist").items()}
        for module in FLAT:
            pe.map_cells(f"flat_{short(module)}", module, flat=True,
                         keep=pe.parts("netlist") if module == pe.top else [])
            modules[short(module)]["flat_area"] = pe.measure(f"flat_{short(module)}")[module]["area"]
        for module in TIMED:
            modules[short(module)] |= clock(pe, module) or {}
        for name, settings in BASELINE.items():
            mac = Synthesis("tally_int8_mac", settings, library, work / name)
            mac.elaborate()
            mac.map_cells("flat", flat=True)
            modules[name] = mac.measure("flat")["tally_int8_mac"]
            modules[name]["flat_area"] = modules[name]["area"]
            modules[name] |= clock(mac, "tally_int8_mac") or {}
    except RuntimeError as error:
        print(f"synth: {error}", file=sys.stderr)
        return 1

    result = {
        "tool": libyosys.yosys_maybe_version().split(" (")[0],
        "config": options.config,
        "parameters": parameters,
        "liberty": options.liberty.name,
        "macros": [{"module": m.module, "name": m.name, "words": m.words, "width": m.width,
                    "bits": m.bits} for m in pe.macros],
        **{name: modules[name]["area"] for name in (*map(short, FLAT), *BASELINE)},
        "clock_ns": max(modules[short(name)].get("clock_ns", 0.0) for name in TIMED),
        "seconds": round(time.monotonic() - start, 1),
        "modules": dict(sorted(modules.items())),
    }
    (work / "area.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
