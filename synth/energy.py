# SPDX-License-Identifier: Apache-2.0
"""Energy of a netlist from the rising and falling edges of its nets.

For every edge of a net half its load times voltage squared; for every edge of a cell's output the
internal energy of the library, at its load and slew, averaged over the inputs that may have caused it,
each by its own edges; for every edge of an input the energy of that pin by itself (of a flip-flop's
clock pin: most of what it takes); leakage times time. Wires and a clock tree are not in the netlist
and not in the figures.
"""
from dataclasses import dataclass

from netlist import Gate, Netlist

Edges = dict[int, tuple[int, int]]      # net -> rising, falling


@dataclass
class Energy:
    """In pJ, over the whole simulation."""
    clock: float = 0.0          # clock pins of flip-flops and the net that drives them
    internal: float = 0.0       # cells, without those clock pins
    adders: float = 0.0         # part of internal: cells with several outputs
    switching: float = 0.0      # nets, without the clock
    leakage: float = 0.0

    @property
    def total(self) -> float:
        return self.clock + self.internal + self.switching + self.leakage


def cell_energy(netlist: Netlist, gate: Gate, edges: Edges) -> tuple[float, float]:
    """Internal energy of a cell: (of its clock pins, of all else)."""
    cell = netlist.library.cells[gate.kind]
    clock = internal = 0.0

    def count(pin: str) -> tuple[int, int]:
        net = gate.pins.get(pin)
        return edges.get(net, (0, 0)) if isinstance(net, int) else (0, 0)

    for pin in cell.pins.values():
        net = gate.pins.get(pin.name)
        rising, falling = count(pin.name)
        if not isinstance(net, int) or not rising + falling:
            continue
        arcs = [arc for arc in pin.powers if pin.output or arc.related is None]
        weights = [sum(count(arc.related)) if pin.output and arc.related else 1 for arc in arcs]
        for arc, weight in zip(arcs, weights):
            share = weight / sum(weights) if sum(weights) else 1 / len(arcs)
            source = gate.pins.get(arc.related) if arc.related else net
            slew = netlist.nets[source].slew if isinstance(source, int) else netlist.nets[net].slew
            load = netlist.nets[net].load if pin.output else 0.0
            energy = share * sum(number * table.at(load, slew)
                                 for number, table in ((rising, arc.rise), (falling, arc.fall))
                                 if table is not None)
            if pin.clock:
                clock += energy
            else:
                internal += energy
    return clock, internal


def total_energy(netlist: Netlist, edges: Edges, nanoseconds: float) -> Energy:
    cells = netlist.library.cells
    energy = Energy()
    clocks = {gate.pins[pin.name] for gate in netlist.gates
              for pin in cells[gate.kind].pins.values() if pin.clock}
    for gate in netlist.gates:
        clock, internal = cell_energy(netlist, gate, edges)
        energy.clock += clock
        energy.internal += internal
        if len(cells[gate.kind].outputs()) > 1:
            energy.adders += internal
        energy.leakage += cells[gate.kind].leakage * nanoseconds * 1e-6      # nW * ns = 1e-6 pJ
    for net, (rising, falling) in edges.items():
        switched = 0.5 * netlist.nets[net].load * netlist.library.voltage ** 2 * (rising + falling)
        if net in clocks:
            energy.clock += switched
        else:
            energy.switching += switched
    return energy
