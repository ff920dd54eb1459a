# SPDX-License-Identifier: Apache-2.0
"""Area over n, counter width, lanes, banks, offset and kind of memory: lanes and whole processing elements
beside the INT8 multiplier and the INT8 element. Writes sweep.json, .csv, .md and .png into the output folder.

Modules keep their hierarchy, so a lane is put together from parts that are each mapped once:

    lane = logic around the counters + banks * (AC1 + AC2 + AC3)       AC2 and AC3 with the offset only
    element = everything but the lanes + lanes * lane                  exponential only (Digits = 0)

Counters and the small tables of the quantizer are flip-flops (ff) or memories that cost what sram.json
says (sram); coefficients and the last level of the quantizer are memories in both. The weight buffer, a memory as
large as all else together and the same in both elements, has a column of its own. What is
mapped already (same parameters, RTL, scripts and library) is not mapped again. Exit code 2: wrong input.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cell_library import Library, read_liberty
from sram import DEFAULT, Sram, read_sram
from sweep_plot import draw
from synthesis import Synthesis
from yosys import ROOT

MACRO_BITS = 1024       # memories of so many bits are macros in both kinds
SYNC_RAM = 2
BUFFER = "tally_weight_buffer"


@dataclass(frozen=True)
class Part:
    """A mapped module: cells of all modules below it, and its memories as (words, width)."""
    area: dict[str, float]                  # module -> area of its own cells and of those below it
    memories: dict[str, list[tuple[int, int]]]
    instances: dict[str, dict[str, int]]    # module -> module -> how many

    def count(self, top: str, module: str) -> int:
        """How many of `module` there are in one `top`."""
        return sum(number * (1 if kind == module else self.count(kind, module))
                   for kind, number in self.instances.get(top, {}).items())

    def memory(self, top: str, cost, keep=lambda words, width: True) -> float:
        own = sum(cost(*size) for size in self.memories.get(top, []) if keep(*size))
        return own + sum(number * self.memory(kind, cost, keep)
                         for kind, number in self.instances.get(top, {}).items())


class Mapper:
    """Maps parts, and remembers them in a folder."""

    def __init__(self, library: Library, work: pathlib.Path):
        self.library, self.work = library, work
        self.tools = [library.path, *(ROOT / "synth" / name for name in (
            "adders.py", "cell_library.py", "hierarchy.py", "synthesis.py"))]
        self.locks: dict[str, threading.Lock] = {}

    def state(self, top: str) -> str:
        """Of the library, the scripts and the RTL that is below a module."""
        names, found = [top, "tally_pkg", "generated/tally_formats_pkg"], []
        for name in names:
            path = ROOT / f"rtl/{name}.sv"
            found.append(path)
            names += [other for other in re.findall(r"(?m)^ *(tally_\w+) (?:#\(|u_)", path.read_text())
                      if other not in names]
        state = hashlib.sha256()
        for path in sorted(found) + self.tools:
            state.update(path.read_bytes())
        return state.hexdigest()

    def part(self, top: str, macro_bits: int, **parameters: int) -> Part:
        name = "_".join([top.removeprefix("tally_"), str(macro_bits),
                         *(f"{key}{value}" for key, value in parameters.items())])
        with self.locks.setdefault(name, threading.Lock()):
            return self._part(self.work / name, top, macro_bits, parameters)

    def _part(self, folder: pathlib.Path, top: str, macro_bits: int, parameters: dict[str, int]) -> Part:
        kept = folder / "part.json"
        if kept.is_file():
            found = json.loads(kept.read_text())
            if found.pop("state") == self.state(top):
                return Part(**found)
        synthesis = Synthesis(top, parameters, self.library, folder, macro_bits)
        synthesis.elaborate()
        synthesis.map_cells("netlist")
        stat = json.loads((folder / "netlist.stat.json").read_text())["modules"]
        names = {module.lstrip("\\") for module in stat}
        memories: dict[str, list] = {}
        for memory in synthesis.macros:
            memories.setdefault(memory.module, []).append((memory.words, memory.width))
        found = {"area": {module: entry["area"] for module, entry in synthesis.measure("netlist").items()},
                 "memories": memories,
                 "instances": {module.lstrip("\\"): {kind: number for kind, number
                                                    in entry["num_cells_by_type"].items() if kind in names}
                               for module, entry in stat.items()}}
        kept.write_text(json.dumps({"state": self.state(top), **found}))
        for path in folder.iterdir():
            if path != kept:
                path.unlink()
        return Part(**found)


class Areas:
    """Areas of lanes and elements, from parts."""

    def __init__(self, mapper: Mapper, sram: Sram):
        self.mapper, self.sram = mapper, sram

    def array(self, n: int, width: int, first: bool) -> Part:
        """AC1, or AC2 and AC3, in flip-flops."""
        size = {"AddrW": n + 1, "First": 0, "Last": (2 << n) - 2} if first else {
            "AddrW": n, "First": 1, "Last": (1 << n) - 1}
        return self.mapper.part("tally_array_counter", 1 << 30, **size, CntW=width, Style=0)

    def lane(self, n: int, width: int, banks: int, offset: int, style: str,
             ports: str = "1r1w") -> tuple[float, float]:
        """Cells and memories."""
        part = self.mapper.part("tally_lane", 1, MaxN=n, CntW=width, PingPong=banks - 1, Style=SYNC_RAM,
                                Digits=0, Offset=offset)
        top = "tally_lane"
        if style == "sram":
            return part.area[top], part.memory(top, lambda w, b: self.sram.area(w, b, ports))
        logic = part.area[top] - sum(part.area[kind] * part.count(top, kind) for kind in part.area
                                     if kind.startswith("tally_array_counter"))
        arrays = [self.array(n, width, True)] + [self.array(n, width, False)] * 2 * offset
        return logic + banks * sum(array.area["tally_array_counter"] for array in arrays), 0.0

    def around(self, top: str, style: str, **parameters: int) -> tuple[float, float, float]:
        """An element without its lanes: cells, memories, weight buffer."""
        part = self.mapper.part(top, 1, **parameters)
        own = part.area[top]
        buffer = part.memory(BUFFER, self.sram.area)
        lanes = {kind for kind in part.area if kind.startswith(("tally_lane", "tally_int8_mac"))}
        own -= sum(part.area[kind] * part.instances[top].get(kind, 0) for kind in lanes)
        memory = part.memory(top, self.sram.area) - buffer - sum(
            part.memory(kind, self.sram.area) * part.instances[top].get(kind, 0) for kind in lanes)
        if style == "ff":   # the small tables are flip-flops
            levels = 7 if top == "tally_int8_pe" else parameters["MaxN"]
            quantizer = self.mapper.part("tally_quantizer", MACRO_BITS, Stages=levels, TagW=2)
            own += quantizer.area["tally_quantizer"] - part.area["tally_quantizer"]
            memory -= part.memory("tally_quantizer", self.sram.area,
                                  lambda words, width: words * width < MACRO_BITS)
        return own, memory, buffer

    def element(self, n: int, width: int, lanes: int, banks: int, offset: int,
                style: str) -> tuple[float, float, float]:
        """tally_pe with 2 dequantizers (1 with fewer than 8 lanes, lanes / 8 above 16), serial or ping-pong.

        PingPong changes a few bits outside the lanes; its 0 stands for both there."""
        own, memory, buffer = self.around("tally_pe", style, Lanes=lanes, MaxN=n, Dequantizers=units(lanes), PingPong=0,
                                  Digits=0, CntW=10, CounterStyle=SYNC_RAM)
        cells, macros = self.lane(n, width, banks, offset, style)
        return own + lanes * cells, memory + lanes * macros, buffer

    def int8_element(self, lanes: int, banks: int, style: str) -> tuple[float, float, float]:
        parameters = {"Lanes": lanes, "Dequantizers": units(lanes), "PingPong": banks - 1}
        own, memory, buffer = self.around("tally_int8_pe", style, **parameters)
        return own + lanes * self.mac(), memory, buffer

    def mac(self) -> float:
        return self.mapper.part("tally_int8_mac", 1 << 30, AccW=32).area["tally_int8_mac"]


def units(lanes: int) -> int:
    return 1 if lanes < 8 else max(2, lanes // 8)


def rows(areas: Areas, options: argparse.Namespace) -> list[dict]:
    result = []
    mac = areas.mac()
    for n in options.bits:
        for width in options.width:
            for banks in options.banks:
                for offset in options.offset:
                    for style in options.style:
                        cells, memory = areas.lane(n, width, banks, offset, style)
                        _, one = areas.lane(n, width, banks, offset, style, "1rw")
                        result.append({
                            "what": "lane", "n": n, "width": width, "lanes": 1, "banks": banks,
                            "offset": offset, "style": style, "cells": round(cells), "memory": round(memory),
                            "memory_one_port": round(one), "buffer": 0, "over_int8": round((cells + memory) / mac, 3)})
    for lanes in options.lanes:
        for n in options.bits if lanes == 16 else options.bits[:1]:
            for banks in options.banks:
                for style in options.style:
                    base = sum(areas.int8_element(lanes, banks, style)[:2])
                    for width in options.width:
                        for offset in options.offset:
                            cells, memory, buffer = areas.element(n, width, lanes, banks, offset, style)
                            result.append({
                                "what": "element", "n": n, "width": width, "lanes": lanes, "banks": banks,
                                "offset": offset, "style": style, "cells": round(cells),
                                "memory": round(memory), "memory_one_port": None, "buffer": round(buffer),
                                "over_int8": round((cells + memory) / base, 3)})
    return result


def baseline_rows(areas: Areas, options: argparse.Namespace) -> list[dict]:
    result = [{"what": "int8_mac", "lanes": 1, "cells": round(areas.mac()), "memory": 0}]
    for lanes in options.lanes:
        for banks in options.banks:
            for style in options.style:
                cells, memory, buffer = areas.int8_element(lanes, banks, style)
                result.append({"what": "int8_pe", "lanes": lanes, "banks": banks, "style": style,
                               "cells": round(cells), "memory": round(memory), "buffer": round(buffer)})
    return result


def write_tables(work: pathlib.Path, baseline: list[dict], found: list[dict], origin: dict) -> None:
    (work / "sweep.json").write_text(json.dumps(
        {**origin, "baseline": baseline, "rows": found}, indent=1) + "\n")
    every = [{"what": "", "n": "", "width": "", "lanes": "", "banks": "", "offset": "", "style": "", "cells": "",
              "memory": "", "memory_one_port": "", "buffer": "", "over_int8": 1.0} | row for row in baseline] + found
    with (work / "sweep.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, every[0])
        writer.writeheader()
        writer.writerows(every)
    lines = ["| " + " | ".join(every[0]) + " |", "|" + "---|" * len(every[0])]
    lines += ["| " + " | ".join(f"{v:,}" if isinstance(v, int) else "" if v is None else str(v)
                                for v in row.values()) + " |" for row in every]
    (work / "sweep.md").write_text("\n".join(lines) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--liberty", type=pathlib.Path, default=ROOT / "data/osu018/osu018_stdcells.lib")
    parser.add_argument("--sram", type=pathlib.Path, default=DEFAULT, help="model of memory macros")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/synth/sweep")
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 5, 6, 7], choices=range(2, 8))
    parser.add_argument("--width", type=int, nargs="+", default=[8, 10], help="of a counter")
    parser.add_argument("--lanes", type=int, nargs="+", default=[4, 16, 32],
                        help="of an element; other than 16 at the first n only")
    parser.add_argument("--banks", type=int, nargs="+", default=[1, 2], choices=[1, 2],
                        help="1: serial, 2: ping-pong")
    parser.add_argument("--offset", type=int, nargs="+", default=[1, 0], choices=[0, 1])
    parser.add_argument("--style", nargs="+", default=["ff", "sram"], choices=["ff", "sram"])
    parser.add_argument("--jobs", type=int, default=2, help="parts mapped side by side")
    options = parser.parse_args()
    try:
        library = read_liberty(options.liberty.resolve())
        sram = read_sram(options.sram)
    except ValueError as error:
        print(f"sweep: {error}", file=sys.stderr)
        return 2
    work = options.out.resolve()
    work.mkdir(parents=True, exist_ok=True)
    areas = Areas(Mapper(library, work / "parts"), sram)
    try:
        # First all parts, side by side; the tables then find them.
        with ThreadPoolExecutor(options.jobs) as pool:
            steps = [pool.submit(areas.array, n, width, first) for n in options.bits
                     for width in options.width for first in (True, False)]
            steps += [pool.submit(areas.lane, n, width, banks, offset, "sram") for n in options.bits
                      for width in options.width for banks in options.banks for offset in options.offset]
            steps += [pool.submit(areas.around, "tally_pe", style, Lanes=lanes, MaxN=n,
                                  Dequantizers=units(lanes), PingPong=0, Digits=0, CntW=10,
                                  CounterStyle=SYNC_RAM)
                      for style in options.style[:1] for lanes in options.lanes
                      for n in (options.bits if lanes == 16 else options.bits[:1])]
            steps += [pool.submit(areas.int8_element, lanes, banks, style) for style in options.style[:1]
                      for lanes in options.lanes for banks in options.banks]
            for step in steps:
                step.result()
        found, baseline = rows(areas, options), baseline_rows(areas, options)
    except RuntimeError as error:
        print(f"sweep: {error}", file=sys.stderr)
        return 1
    write_tables(work, baseline, found, {"liberty": options.liberty.name, "sram": options.sram.name})
    draw(found, work / "sweep.png")
    print(f"sweep: {len(found)} lanes and elements, {work.relative_to(ROOT)}/sweep.md, .csv, .json, .png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
