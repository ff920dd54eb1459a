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
from concurrent.futures import ThreadPoolExecutor
from functools import partial

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
# Parameters that the baseline takes from a configuration.
INT8_PARAMETERS = ["Lanes", "Dequantizers", "PingPong", "BufferRows"]
# What is also mapped flat, each by itself.
FLAT = ["tally_counter_set", "tally_quantizer", "tally_dequantizer"]


def read_config(name: str) -> dict[str, int]:
    configs = json.loads((ROOT / "rtl/configs.json").read_text())
    if name not in configs:
        raise ValueError(f"unknown CONFIG '{name}' (rtl/configs.json has: {', '.join(configs)})")
    return configs[name]


# Parts whose longest path is measured, with buffers where a net drives much.
TIMED = ["tally_lane", "tally_quantizer", "tally_dequantizer"]
FASTEST = 1000      # ps, what abc is asked for: as fast as it can


def map_timed(synthesis: Synthesis, module: str) -> None:
    synthesis.map_cells(f"timed_{short(module)}", module, flat=True, picoseconds=FASTEST)


def clock(synthesis: Synthesis, module: str) -> dict | None:
    """Shortest period of a part by itself, its inputs and outputs registered outside, in ns; None where a
    memory is in it."""
    netlist = read_netlist(synthesis.work / f"timed_{short(module)}.json", module, synthesis.library)
    if netlist.memories:
        return None
    period, path = shortest_period(netlist, synthesis.work / f"timed_{short(module)}.v",
                                   synthesis.work / f"timed_{short(module)}.tcl")
    return {"clock_ns": round(period, 3), "path": path,
            "timed_area": synthesis.measure(f"timed_{short(module)}")[module]["area"]}


def short(module: str) -> str:
    return module.removeprefix("tally_")


def side_by_side(jobs: int, steps: list) -> None:
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="default")
    parser.add_argument("--liberty", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--netlist-only", action="store_true",
                        help="only the hierarchical netlist (netlist.v) and its cell models (cells.v)")
    parser.add_argument("--macro-bits", type=int, default=1024,
                        help="memories of at least so many bits stay macros (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="steps side by side (default %(default)s)")
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
    pe = Synthesis("tally_pe", parameters, library, work, options.macro_bits)
    int8 = Synthesis("tally_int8_pe", {key: parameters[key] for key in INT8_PARAMETERS}, library,
                     work / "int8_pe", options.macro_bits)
    macs = {name: Synthesis("tally_int8_mac", settings, library, work / name)
            for name, settings in BASELINE.items()}
    try:
        if options.netlist_only:
            pe.elaborate()
            pe.map_cells("netlist")
            write_cell_models(library, work / "netlist.v", work / "cells.v")
            return 0
        # Each step is a Yosys of its own, so those that do not wait for each other run side by side.
        side_by_side(options.jobs, [pe.elaborate, int8.elaborate, *(mac.elaborate for mac in macs.values())])
        side_by_side(options.jobs, [
            lambda: pe.map_cells("netlist"), lambda: int8.map_cells("netlist"),
            *(partial(map_timed, pe, module) for module in TIMED),
            *(partial(pe.map_cells, f"flat_{short(module)}", module, flat=True) for module in FLAT),
            *(partial(mac.map_cells, "flat", flat=True) for mac in macs.values()),
            *(partial(map_timed, mac, mac.top) for mac in macs.values())])
        modules = {short(name): entry for name, entry in pe.measure("netlist").items()}
        # What the baseline shares with the processing element is there already, but for the multiplier.
        baseline = {short(name): entry for name, entry in int8.measure("netlist").items()}
        modules |= {name: entry for name, entry in baseline.items()
                    if name.startswith("int8") and name != "int8_mac"}
        for module in FLAT:
            modules[short(module)]["flat_area"] = pe.measure(f"flat_{short(module)}")[module]["area"]
        for module in TIMED:
            modules[short(module)] |= clock(pe, module) or {}
        for name, mac in macs.items():
            modules[name] = mac.measure("flat")[mac.top]
            modules[name]["flat_area"] = modules[name]["area"]
            modules[name] |= clock(mac, mac.top) or {}
    except RuntimeError as error:
        print(f"synth: {error}", file=sys.stderr)
        return 1

    result = {
        "tool": libyosys.yosys_maybe_version().split(" (")[0],
        "config": options.config,
        "parameters": parameters,
        "liberty": options.liberty.name,
        "macros": [{"module": m.module, "name": m.name, "words": m.words, "width": m.width,
                    "bits": m.bits}
                   for m in (*pe.macros, *(m for m in int8.macros if "int8" in m.module))],
        **{name: modules[name]["area"]
           for name in ("pe", "int8_pe", *map(short, FLAT), *BASELINE)},
        "clock_ns": max(modules[short(name)].get("clock_ns", 0.0) for name in TIMED),
        "seconds": round(time.monotonic() - start, 1),
        "modules": dict(sorted(modules.items())),
    }
    (work / "area.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
