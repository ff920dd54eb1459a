# SPDX-License-Identifier: Apache-2.0
"""From RTL to cells: a module of rtl/tally.f with given parameters, in steps that leave their files.

    elaborate   slang reads the RTL; latches, undriven and multiply driven nets are refused   coarse.il
    map_cells   hierarchical or flat netlist of library cells        NAME.v, NAME.json, NAME.stat.json
    measure     area, cells, flip-flops and memory bits of every module of a netlist

Memories of `macro_bits` and more stay memories ($mem_v2): see sram.py for what they cost.
"""
import json
import pathlib
import re
from dataclasses import dataclass, field

import adders
from cell_library import Cell, Library
from hierarchy import merge_equal_modules
from yosys import yosys

LATCHES = ["$dlatch", "$adlatch", "$dlatchsr", "$sr"]
# Modules that are part of the one above them, so that their adders meet its logic.
DISSOLVED = ["tally_compressor_tree"]


@dataclass
class Memory:
    module: str
    name: str
    words: int = 0
    width: int = 0
    synchronous: bool = False   # every read port has a clock
    read_ports: int = 0
    write_ports: int = 0

    @property
    def bits(self) -> int:
        return self.words * self.width


@dataclass
class Synthesis:
    top: str
    parameters: dict[str, int]
    library: Library
    work: pathlib.Path
    macro_bits: int = 1024
    memories: list[Memory] = field(default_factory=list)

    @property
    def macros(self) -> list[Memory]:
        return [memory for memory in self.memories if memory.bits >= self.macro_bits]

    # ------------------------------------------------------------------------------ elaborate
    def elaborate(self) -> None:
        work = self.work
        work.mkdir(parents=True, exist_ok=True)
        settings = " ".join(f"-G{name}={value}" for name, value in self.parameters.items())
        yosys([f"read_slang --keep-hierarchy --top {self.top} {settings} -f rtl/tally.f",
               f"write_rtlil {work}/elaborated.il"], work / "elaborate.log")
        merged = merge_equal_modules((work / "elaborated.il").read_text())
        (work / "merged.il").write_text(merged)
        (work / "adders.v").write_text(adders.techmap(self.library))
        if nets := undriven(merged):
            raise RuntimeError("nets without a driver:\n  " + "\n  ".join(nets))
        names = re.findall(r"(?m)^module \\(\S+)$", merged)
        dissolved = [name for name in names if re.sub(r"_\d+$", "", name) in DISSOLVED]
        adder_modules = [name for name in names if name in ("tally_full_adder", "tally_half_adder")]
        latches = "t:" + " t:".join(LATCHES)
        yosys([f"read_liberty -lib {self.library.path}",
               f"read_rtlil {work}/merged.il",
               f"hierarchy -check -top {self.top}",
               "proc",
               f"tee -o {work}/latches.txt select -list {latches}",
               "check -assert",
               "setattr -mod -set keep_hierarchy 1 *",
               *(f"setattr -mod -unset keep_hierarchy {name}" for name in dissolved),
               *(["flatten", "opt -full", f"techmap -map {work}/adders.v",
                  "delete " + " ".join(adder_modules), "opt -full"] if adder_modules else []),
               "setattr -mod -unset keep_hierarchy *",
               f"synth -top {self.top} -run coarse:fine",
               f"tee -o {work}/memories.txt dump -m t:$mem_v2",
               f"write_rtlil {work}/coarse.il"], work / "check.log")
        if found := [line for line in (work / "latches.txt").read_text().splitlines() if line]:
            raise RuntimeError("latches inferred:\n  " + "\n  ".join(found))
        self.memories = read_memories((work / "memories.txt").read_text())

    # ------------------------------------------------------------------------------ map
    def map_cells(self, name: str, top: str | None = None, flat: bool = False,
                  keep: list[str] | None = None, picoseconds: int | None = None) -> None:
        """Maps module `top` of coarse.il (default: all) to the library; flat: dissolves all modules but
        those of `keep`; picoseconds: buffers and sizes the gates for a path of this length."""
        work, top, liberty = self.work, top or self.top, self.library.path
        small = [memory for memory in self.memories if memory not in self.macros]
        timed = ""
        if picoseconds is not None:
            # Every input of a block is driven by a buffer; an output drives two gates or so.
            buffer = min((cell.area, name) for name, cell in self.library.cells.items()
                         if is_buffer(cell))[1]
            (work / "abc.constr").write_text(f"set_driving_cell {buffer}\nset_load 0.05\n")
            timed = f" -constr {work}/abc.constr -D {picoseconds}"
        yosys([f"read_liberty -lib {liberty}",
               f"read_rtlil {work}/coarse.il",
               *(f"memory_map {memory.module}/{memory.name}" for memory in small),
               f"hierarchy -top {top}",
               *(f"setattr -mod -set keep_hierarchy 1 {module}" for module in keep or []),
               *(["flatten"] if flat else []),
               "opt -fast -full",
               "opt -undriven -fine",
               "techmap",
               "opt -fast",
               f"dfflibmap -liberty {liberty}",
               "opt",
               f"abc -liberty {liberty}" + timed,
               "opt_clean -purge",
               "check -assert",
               # Plain names, so that every tool after this one means the same by them.
               *(["rename -unescape", "rename -enumerate -pattern n%"] if flat else []),
               f"tee -q -o {work}/{name}.stat.json stat -json",
               f"write_json {work}/{name}.json",
               f"write_verilog -noattr -simple-lhs {work}/{name}.v"], work / f"{name}.log")

    def parts(self, name: str) -> list[str]:
        """The modules that the top module of netlist `name` instantiates."""
        modules = json.loads((self.work / f"{name}.stat.json").read_text())["modules"]
        return [kind for kind in modules["\\" + self.top]["num_cells_by_type"]
                if "\\" + kind in modules]

    # ------------------------------------------------------------------------------ measure
    def measure(self, name: str) -> dict[str, dict]:
        """Module -> area, cells, flip-flops and memory bits, each with everything below it."""
        cells = self.library.cells
        stat = json.loads((self.work / f"{name}.stat.json").read_text())
        counts = {module.lstrip("\\"): entry["num_cells_by_type"]
                  for module, entry in stat["modules"].items()}
        unmapped = {kind for kinds in counts.values() for kind in kinds
                    if kind not in cells and kind not in counts and kind != "$mem_v2"}
        if unmapped:
            raise RuntimeError(f"cells that the library does not have: {', '.join(sorted(unmapped))}")
        done: dict[str, dict] = {}

        def visit(module: str) -> dict:
            if module not in done:
                total = {"area": 0.0, "cells": 0, "flip_flops": 0, "memory_bits": sum(
                    memory.bits for memory in self.macros if memory.module == module)}
                for kind, number in counts[module].items():
                    if kind in cells:
                        total["area"] += number * cells[kind].area
                        total["cells"] += number
                        total["flip_flops"] += number * cells[kind].flip_flop
                    elif kind in counts:
                        for key, value in visit(kind).items():
                            total[key] += number * value
                done[module] = total
            return done[module]

        for module in counts:
            visit(module)
        return done


def is_buffer(cell: Cell) -> bool:
    """One input, one output, equal."""
    inputs, outputs = cell.inputs(), cell.outputs()
    return (len(inputs) == len(outputs) == 1 and not cell.flip_flop and not cell.latch
            and cell.pins[outputs[0]].function in (inputs[0], f"({inputs[0]})"))


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


def read_memories(dump: str) -> list[Memory]:
    """The memories of a `dump -m t:$mem_v2`."""
    fields = {"\\SIZE": "words", "\\WIDTH": "width", "\\RD_PORTS": "read_ports",
              "\\WR_PORTS": "write_ports"}
    memories: list[Memory] = []
    module = ""
    for line in dump.splitlines():
        word = line.split()
        if word[:1] == ["module"]:
            module = word[1].lstrip("\\")
        elif word[:2] == ["cell", "$mem_v2"]:
            memories.append(Memory(module, word[2].lstrip("\\")))
        elif word[:1] == ["parameter"] and word[1] in fields:
            setattr(memories[-1], fields[word[1]], int(word[2]))
        elif word[:2] == ["parameter", "\\RD_CLK_ENABLE"]:
            memories[-1].synchronous = "0" not in word[2].split("'")[1]
    return memories


def write_cell_models(library: Library, netlist: pathlib.Path, models: pathlib.Path) -> None:
    """The cells of a Verilog netlist, behaving as the library describes their function."""
    used = set(re.findall(r"(?m)^  (\w+) ", netlist.read_text())) & set(library.cells)
    yosys([f"read_liberty -ignore_miss_func {library.path}",
           "select " + " ".join(sorted(used)),
           "proc",
           f"write_verilog -noattr -selected {models}"], models.with_suffix(".log"))
