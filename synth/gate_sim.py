# SPDX-License-Identifier: Apache-2.0
"""Plays inputs into a gate-level netlist and into its RTL with Icarus Verilog: every output of every
cycle must agree, and the edges of all nets of the netlist are counted.

Every cell takes one unit of time. Without `hazards` only where a net has settled counts, so it moves once after
the inputs and once after the clock at most: what must be spent. With them every move counts, as deep logic makes
many.
"""
import pathlib
import re
import subprocess
from dataclasses import dataclass

from energy import Edges
from netlist import Netlist
from synthesis import write_cell_models
from yosys import yosys

PERIOD = 1000       # simulator units a cycle: the clock rises in the middle, and no path is half so long
FALL = PERIOD - 10  # the clock falls


@dataclass
class Stimulus:
    """Inputs cycle by cycle; ports that are not named are 0. Every cycle belongs to a window, "" to
    none: edges are counted by window."""
    cycles: list[dict[str, int]]
    windows: list[str]

    def add(self, window: str, **inputs: int) -> None:
        self.cycles.append(inputs)
        self.windows.append(window)


@dataclass
class Played:
    outputs: list[dict[str, int | None]]    # by cycle, before the edge that ends it; None: unknown
    edges: dict[str, Edges]                 # by window
    compared: int                           # output values equal in netlist and RTL


def _testbench(netlist: Netlist, words: pathlib.Path, cycles: int, dump: pathlib.Path | None,
               out: pathlib.Path) -> str:
    inputs = {name: len(bits) for name, bits in netlist.inputs.items() if name != "clk_i"}
    outputs = {name: len(bits) for name, bits in netlist.outputs.items()}
    width = sum(inputs.values()) + 1     # on top: this cycle belongs to a window
    ports, low = [".clk_i(clk)"], 0
    for name, size in inputs.items():
        ports.append(f".{name}(word[{low + size - 1}:{low}])")
        low += size
    ports += [f".{name}({name})" for name in outputs]
    wires = "".join(f"  wire [{size - 1}:0] {name};\n" for name, size in outputs.items())
    dumping = f'    $dumpfile("{dump}"); $dumpvars(1, dut);\n' if dump else ""
    # Before the cycle in which a window begins, so that its first edges have something to come from.
    switching = f"""      if (words[i + 1][{width - 1}] != dumping) begin
        dumping = words[i + 1][{width - 1}];
        if (dumping) $dumpon; else $dumpoff;
      end
""" if dump else ""
    shown = ", ".join(outputs)
    pattern = " ".join(["%h"] * len(outputs))
    return f"""`timescale 1ns/1ns
module tb;
  reg clk = 0, dumping = 1;
  reg [{width - 1}:0] word, words [0:{cycles - 1}];
  integer i, file;
{wires}  {netlist.top} dut ({', '.join(ports)});
  initial begin
    $readmemh("{words}", words);
    file = $fopen("{out}", "w");
{dumping}    word = words[0];
    for (i = 0; i < {cycles}; i = i + 1) begin
      word = words[i];
      #{PERIOD // 2 - 1} $fwrite(file, "{pattern}\\n", {shown});
      #1 clk = 1;
      #{FALL - PERIOD // 2} clk = 0;
      #{(PERIOD - FALL) // 2};
{switching}      #{(PERIOD - FALL) // 2};
    end
    $fclose(file);
    $finish;
  end
endmodule
"""


def _run(name: str, sources: list[pathlib.Path], bench: str, work: pathlib.Path) -> None:
    (work / f"{name}_tb.v").write_text(bench)
    log = work / f"{name}_sim.log"
    with log.open("w") as output:
        for command in (["iverilog", "-g2012", "-s", "tb", "-o", f"{work}/{name}.vvp",
                         f"{work}/{name}_tb.v", *map(str, sources)], ["vvp", "-n", f"{work}/{name}.vvp"]):
            if subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode:
                raise RuntimeError(f"Icarus is not content ({log}): " + log.read_text()[-500:])


def _read_outputs(path: pathlib.Path, names: list[str]) -> list[dict[str, int | None]]:
    def value(word: str) -> int | None:
        return int(word, 16) if re.fullmatch("[0-9a-f]+", word) else None
    return [dict(zip(names, map(value, line.split()))) for line in path.read_text().splitlines()]


def count_edges(vcd: pathlib.Path, netlist: Netlist, windows: list[str],
                hazards: bool = False) -> dict[str, Edges]:
    """Rising and falling edges of every net in each window; from or to x is none."""
    index = {net.name: bit for bit, net in netlist.nets.items()}
    watch: dict[str, list[tuple[int, int]]] = {}    # identifier -> (net, bit of the variable)
    edges: dict[str, dict[int, list[int]]] = {name: {} for name in windows}
    counts = edges[windows[0]]
    state: dict[int, str] = {}
    moved: dict[int, str] = {}      # since `time`

    def settle() -> None:
        for net, new in moved.items():
            old = state.get(net, "x")
            state[net] = new        # x while nothing is recorded
            if old + new in ("01", "10"):
                counts.setdefault(net, [0, 0])[old == "1"] += 1
        moved.clear()

    time: tuple | None = None
    with vcd.open() as file:
        for line in file:
            if line.startswith("$enddefinitions"):
                break
            word = line.split()
            if not word or word[0] != "$var":
                continue
            size, identifier, name = int(word[2]), word[3], word[4].lstrip("\\")
            low = int(re.search(r":(\d+)\]", word[5])[1]) if size > 1 else 0
            for i in range(size):
                net = index.get(name if size == 1 else f"{name}[{low + i}]")
                if net is None and size == 1 and word[5].startswith("["):
                    net = index.get(name + word[5])
                if net is not None:
                    watch.setdefault(identifier, []).append((net, i))
        for line in file:
            first = line[0]
            if first == "#":
                cycle, within = divmod(int(line[1:]), PERIOD)
                now = (cycle, within if hazards else (within >= PERIOD // 2) + (within >= FALL))
                if now != time:     # the inputs' edges, then what the clock makes of them
                    settle()
                    time, counts = now, edges[windows[min(cycle, len(windows) - 1)]]
                continue
            if first == "b":
                value, identifier = line[1:].split()
            elif first in "01xzXZ":
                value, identifier = first, line[1:].strip()
            else:
                continue
            for net, i in watch.get(identifier, ()):
                moved[net] = value[-1 - i] if i < len(value) else ("0" if value[0] == "1" else value[0])
    settle()
    return {name: {net: (r, f) for net, (r, f) in found.items()} for name, found in edges.items()}


def _write_words(netlist: Netlist, stimulus: Stimulus, path: pathlib.Path) -> None:
    inputs = {port: len(bits) for port, bits in netlist.inputs.items() if port != "clk_i"}
    with path.open("w") as file:
        for cycle, window in zip(stimulus.cycles, stimulus.windows, strict=True):
            if unknown := set(cycle) - set(inputs):
                raise RuntimeError(f"{netlist.top} has no input {', '.join(sorted(unknown))}")
            word = low = 0
            for port, size in inputs.items():
                word |= (cycle.get(port, 0) & ((1 << size) - 1)) << low
                low += size
            file.write(f"{word | (window != '') << low:x}\n")


def play_rtl(netlist: Netlist, stimulus: Stimulus, work: pathlib.Path) -> list[dict[str, int | None]]:
    """The outputs of the RTL, work/merged.il, cycle by cycle."""
    words, out = work / "rtl.hex", work / "rtl.out"
    _write_words(netlist, stimulus, words)
    # One net a bit: a bit of a wide vector that moves would wake all that read the others. And a unit of
    # time here too: without one, deep trees of adders take steps without end to settle.
    rtl = work / "rtl.v"
    yosys([f"read_rtlil {work}/merged.il", f"hierarchy -top {netlist.top}", "proc", "flatten", "opt_clean",
           "splitnets -driver", "opt_clean", f"write_verilog -noattr {rtl}"], work / "rtl.log")
    rtl.write_text(re.sub(r"(?m)^  assign ", "  assign #1 ", rtl.read_text()))
    _run("rtl", [work / "rtl.v"], _testbench(netlist, words, len(stimulus.cycles), None, out), work)
    return _read_outputs(out, list(netlist.outputs))


def play(netlist: Netlist, stimulus: Stimulus, work: pathlib.Path, name: str,
         hazards: bool = False) -> Played:
    """Plays netlist work/NAME.v and its RTL; RuntimeError where an output differs."""
    words, out, vcd = (work / f"{name}.{kind}" for kind in ("hex", "out", "vcd"))
    _write_words(netlist, stimulus, words)
    models = work / f"{name}_cells.v"
    write_cell_models(netlist.library, work / f"{name}.v", models)
    models.write_text(re.sub(r"(?m)^  assign (?!_)(\w+) = ", r"  assign #1 \1 = ", models.read_text()))
    _run(name, [work / f"{name}.v", models],
         _testbench(netlist, words, len(stimulus.cycles), vcd, out), work)
    gates = _read_outputs(out, list(netlist.outputs))
    compared = 0
    for cycle, (got, expected) in enumerate(zip(gates, play_rtl(netlist, stimulus, work), strict=True)):
        for port, value in expected.items():
            if value is None:       # a register that nothing has written yet
                continue
            if got[port] != value:
                raise RuntimeError(f"{netlist.top}: {port} of the netlist is {got[port]} in cycle "
                                   f"{cycle}, of the RTL {value}")
            compared += 1
    if not compared:
        raise RuntimeError(f"{netlist.top}: no output was compared")
    edges = count_edges(vcd, netlist, stimulus.windows, hazards)
    vcd.unlink()
    return Played(gates, edges, compared)
