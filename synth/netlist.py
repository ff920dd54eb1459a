# SPDX-License-Identifier: Apache-2.0
"""A flat gate-level netlist, as Yosys' write_json gives it, with the loads and slews of its nets."""
import json
import pathlib
from dataclasses import dataclass, field

from cell_library import Library

INPUT_SLEW = 0.1    # ns, of the netlist's inputs and of an ideal clock


@dataclass
class Gate:
    name: str
    kind: str
    pins: dict[str, int | str]      # pin -> net, or a constant "0", "1", "x"


@dataclass
class Net:
    name: str
    load: float = 0.0               # pF: pins of cells, no wire
    slew: float = INPUT_SLEW        # ns


@dataclass
class Netlist:
    top: str
    library: Library
    gates: list[Gate] = field(default_factory=list)
    nets: dict[int, Net] = field(default_factory=dict)
    memories: list[tuple[int, int]] = field(default_factory=list)      # words, width
    inputs: dict[str, list[int]] = field(default_factory=dict)
    outputs: dict[str, list[int]] = field(default_factory=dict)


def read_netlist(path: pathlib.Path, top: str, library: Library) -> Netlist:
    module = json.loads(path.read_text())["modules"][top]
    netlist = Netlist(top, library)
    # The name that Verilog and a waveform give a net: a wire of the user, else one of Yosys.
    for name, wire in sorted(module["netnames"].items(), key=lambda item: item[1]["hide_name"]):
        for i, bit in enumerate(wire["bits"]):
            if isinstance(bit, int) and bit not in netlist.nets:
                single = len(wire["bits"]) == 1
                netlist.nets[bit] = Net(name if single else f"{name}[{i + wire.get('offset', 0)}]")
    for name, port in module["ports"].items():
        (netlist.inputs if port["direction"] == "input" else netlist.outputs)[name] = port["bits"]
    for name, cell in module["cells"].items():
        if cell["type"] == "$mem_v2":
            size = cell["parameters"]
            netlist.memories.append((int(size["SIZE"], 2), int(size["WIDTH"], 2)))
        elif cell["type"] in library.cells:
            pins = {pin: bits[0] for pin, bits in cell["connections"].items()}
            netlist.gates.append(Gate(name, cell["type"], pins))
            for pin, net in pins.items():
                if isinstance(net, int):
                    netlist.nets[net].load += library.cells[cell["type"]].pins[pin].capacitance
        else:
            raise RuntimeError(f"{path}: {cell['type']} is not a cell of the library")
    find_slews(netlist)
    return netlist


def find_slews(netlist: Netlist) -> None:
    """The slowest transition of each net, from inputs and flip-flops onwards."""
    cells = netlist.library.cells
    waiting: dict[int, list[Gate]] = {}
    missing: dict[str, int] = {}
    driven = {gate.pins[pin] for gate in netlist.gates for pin in cells[gate.kind].outputs()
              if isinstance(gate.pins.get(pin), int)}
    for gate in netlist.gates:
        sources = [] if cells[gate.kind].flip_flop else [
            gate.pins[pin] for pin in cells[gate.kind].inputs() if gate.pins.get(pin) in driven]
        missing[gate.name] = len(sources)
        for net in sources:
            waiting.setdefault(net, []).append(gate)
    ready = [gate for gate in netlist.gates if missing[gate.name] == 0]
    done = 0
    while ready:
        gate = ready.pop()
        done += 1
        cell = cells[gate.kind]
        for pin in cell.outputs():
            net = gate.pins.get(pin)
            if not isinstance(net, int):
                continue
            slew = 0.0
            for arc in cell.pins[pin].transitions:
                source = gate.pins.get(arc.related)
                given = netlist.nets[source].slew if isinstance(source, int) else INPUT_SLEW
                for table in (arc.rise, arc.fall):
                    if table is not None:
                        slew = max(slew, table.at(netlist.nets[net].load, given))
            netlist.nets[net].slew = slew or INPUT_SLEW
            for after in waiting.get(net, []):
                missing[after.name] -= 1
                if missing[after.name] == 0:
                    ready.append(after)
    if done != len(netlist.gates):
        raise RuntimeError(f"{netlist.top}: a combinational loop")
