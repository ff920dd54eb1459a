# SPDX-License-Identifier: Apache-2.0
"""Synthesizes tally_pe in one named configuration to a cell library.

Reads rtl/tally.f with slang, refuses latches, undriven and multiply driven nets and any warning, and
writes into the output folder area.json, yosys.log and, on demand, the gate-level netlist with
behavioural models of the cells, both as Verilog. Exit code 2: wrong input, 1: the RTL is at fault.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

from pyosys import libyosys

from hierarchy import merge_equal_modules
from liberty import read_liberty

TOP = "tally_pe"
ROOT = pathlib.Path(__file__).resolve().parent.parent
# Said of every combinational module and of the adder cells, which abc cannot use.
HARMLESS = re.compile(r"ABC: Warning: (The network is combinational|Detected \d+ multi-output)")
LATCHES = ["$dlatch", "$adlatch", "$dlatchsr", "$sr"]


def yosys(commands: list[str], log: pathlib.Path) -> None:
    """Runs these commands in a new Yosys; warnings and errors are RuntimeErrors.

    A process of its own, because an error ends it without a word and files are complete only then.
    """
    program = ("import sys; from pyosys import libyosys; design = libyosys.Design()\n"
               "for command in sys.argv[1:]: libyosys.run_pass(command, design)")
    with log.open("w") as output:
        code = subprocess.run([sys.executable, "-c", program, *commands], cwd=ROOT, stdout=output,
                              stderr=subprocess.STDOUT, check=False).returncode
    text = log.read_text(errors="replace")
    problems = [line for line in text.splitlines()
                if re.search(r"\b(warning|error):", line, re.I) and not HARMLESS.search(line)]
    if code or problems:
        raise RuntimeError("\n  ".join([f"Yosys is not content ({log}):", *problems[:20]]))


def read_config(name: str) -> dict[str, int]:
    configs = json.loads((ROOT / "rtl/configs.json").read_text())
    if name not in configs:
        raise ValueError(f"unknown CONFIG '{name}' (rtl/configs.json has: {', '.join(configs)})")
    return configs[name]


def undriven(rtlil: str) -> list[str]:
    """The nets without a driver: slang gives them one, a constant of x, and `check` sees nothing."""
    nets = []
    module = target = source = ""
    buffer = False
    for line in rtlil.splitlines():
        if found := re.match(r"module \\(\S+)", line):
            module = found[1]
        elif re.match(r"  cell ", line):
            buffer, target, source = line.startswith("  cell $buf "), "", ""
        elif found := re.match(r"    connect \\([AY]) (.*)", line):
            source, target = (found[2], target) if found[1] == "A" else (source, found[2])
        elif line == "  end" and buffer and re.search(r"'[01]*x", source):
            nets.append(f"{module}.{target.lstrip(chr(92))}")
        elif found := re.match(r"  connect (.*) (\d+'[01]*x[01x]*)$", line):
            nets.append(f"{module}.{found[1].lstrip(chr(92))}")
    return nets


def elaborate(parameters: dict[str, int], work: pathlib.Path) -> list[dict]:
    """Leaves the checked design, made of the generic cells of Yosys, in coarse.il; returns its
    memories, each {module, name, words, width, bits}."""
    settings = " ".join(f"-G{name}={value}" for name, value in parameters.items())
    yosys([f"read_slang --keep-hierarchy --top {TOP} {settings} -f rtl/tally.f",
           f"write_rtlil {work}/elaborated.il"], work / "elaborate.log")
    merged = merge_equal_modules((work / "elaborated.il").read_text())
    (work / "merged.il").write_text(merged)
    if nets := undriven(merged):
        raise RuntimeError("nets without a driver:\n  " + "\n  ".join(nets))
    latches = "t:" + " t:".join(LATCHES)
    yosys([f"read_rtlil {work}/merged.il",
           f"hierarchy -check -top {TOP}",
           "proc",
           f"tee -o {work}/latches.txt select -list {latches}",
           "check -assert",
           f"synth -top {TOP} -run coarse:fine",
           f"tee -o {work}/memories.txt dump t:$mem_v2",
           f"write_rtlil {work}/coarse.il"], work / "check.log")
    if found := [line for line in (work / "latches.txt").read_text().splitlines() if line]:
        raise RuntimeError("latches inferred:\n  " + "\n  ".join(found))
    memories = []
    module = ""
    for line in (work / "memories.txt").read_text().splitlines():
        word = line.split()
        if word[:1] == ["module"]:
            module = word[1].lstrip("\\")
        elif word[:2] == ["cell", "$mem_v2"]:
            memories.append({"module": module, "name": word[2].lstrip("\\")})
        elif word[:2] == ["parameter", "\\SIZE"]:
            memories[-1]["words"] = int(word[2])
        elif word[:2] == ["parameter", "\\WIDTH"]:
            memories[-1]["width"] = int(word[2])
    for memory in memories:
        memory["bits"] = memory["words"] * memory["width"]
    return memories


def map_cells(small: list[dict], liberty: pathlib.Path, work: pathlib.Path) -> None:
    """Maps coarse.il to the library, the memories `small` to flip-flops: netlist.v, stat.json."""
    yosys([f"read_liberty -lib {liberty}",
           f"read_rtlil {work}/coarse.il",
           *(f"memory_map {memory['module']}/{memory['name']}" for memory in small),
           "opt -fast -full",
           "opt -undriven -fine",
           "techmap",
           "opt -fast",
           f"dfflibmap -liberty {liberty}",
           "opt",
           f"abc -liberty {liberty}",
           "opt_clean -purge",
           "check -assert",
           f"tee -q -o {work}/stat.json stat -json",
           f"write_verilog -noattr {work}/netlist.v"], work / "map.log")


def measure(cells: dict, macros: list[dict], work: pathlib.Path) -> dict[str, dict]:
    """Module -> area, cells, flip-flops and memory bits, each with everything below it."""
    stat = json.loads((work / "stat.json").read_text())
    counts = {name.lstrip("\\"): entry["num_cells_by_type"]
              for name, entry in stat["modules"].items()}
    unmapped = {kind for kinds in counts.values() for kind in kinds
                if kind not in cells and kind not in counts and kind != "$mem_v2"}
    if unmapped:
        raise RuntimeError(f"cells that the library does not have: {', '.join(sorted(unmapped))}")
    done: dict[str, dict] = {}

    def visit(name: str) -> dict:
        if name not in done:
            total = {"area": 0.0, "cells": 0, "flip_flops": 0, "memory_bits": sum(
                memory["bits"] for memory in macros if memory["module"] == name)}
            for kind, number in counts[name].items():
                if kind in cells:
                    total["area"] += number * cells[kind].area
                    total["cells"] += number
                    total["flip_flops"] += number * cells[kind].flip_flop
                elif kind in counts:
                    for key, value in visit(kind).items():
                        total[key] += number * value
            done[name] = total
        return done[name]

    visit(TOP)
    return done


def write_cell_models(liberty: pathlib.Path, work: pathlib.Path) -> None:
    """cells.v: the cells of netlist.v, behaving as the library describes their function."""
    used = set(re.findall(r"(?m)^  (\w+) ", (work / "netlist.v").read_text()))
    used &= set(read_liberty(liberty))
    yosys([f"read_liberty -ignore_miss_func {liberty}",
           "select " + " ".join(sorted(used)),
           "proc",
           f"write_verilog -noattr -selected {work}/cells.v"], work / "cells.log")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="default")
    parser.add_argument("--liberty", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--cell-models", action="store_true", help="also write cells.v")
    parser.add_argument("--macro-bits", type=int, default=1024,
                        help="memories of at least so many bits stay macros (default %(default)s)")
    options = parser.parse_args()
    start = time.monotonic()
    try:
        parameters = read_config(options.config)
        cells = read_liberty(options.liberty)
    except ValueError as error:
        print(f"synth: {error}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    work = options.out.resolve()
    (work / "area.json").unlink(missing_ok=True)
    try:
        memories = elaborate(parameters, work)
        macros = [memory for memory in memories if memory["bits"] >= options.macro_bits]
        map_cells([memory for memory in memories if memory not in macros],
                  options.liberty.resolve(), work)
        modules = measure(cells, macros, work)
        if options.cell_models:
            write_cell_models(options.liberty.resolve(), work)
    except RuntimeError as error:
        print(f"synth: {error}", file=sys.stderr)
        return 1

    parts = {name.removeprefix("tally_"): name for name in sorted(modules)}
    result = {
        "tool": libyosys.yosys_maybe_version().split(" (")[0],
        "config": options.config,
        "parameters": parameters,
        "liberty": options.liberty.name,
        "macros": macros,
        "seconds": round(time.monotonic() - start, 1),
        "modules": {part: modules[name] for part, name in parts.items()},
    }
    (options.out / "area.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
