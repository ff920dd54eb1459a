# SPDX-License-Identifier: Apache-2.0
"""What all energy measurements share: a flat netlist of a module, and energy of a window of its play."""
import pathlib
from dataclasses import asdict

from cell_library import Library
from energy import Energy, total_energy
from gate_sim import Played
from netlist import Netlist, read_netlist
from synthesis import Synthesis

_made: dict[tuple, tuple[Netlist, float]] = {}


def netlist_of(top: str, parameters: dict[str, int], library: Library, work: pathlib.Path,
               macro_bits: int = 1 << 30) -> tuple[Netlist, float]:
    """Flat, with the area of its cells; memories of macro_bits and more stay memories. Made once a run."""
    key = (top, *parameters.items(), library.path, work, macro_bits)
    if key not in _made:
        synthesis = Synthesis(top, parameters, library, work, macro_bits)
        synthesis.elaborate()
        synthesis.map_cells("flat", flat=True)
        _made[key] = (read_netlist(work / "flat.json", top, library), synthesis.measure("flat")[top]["area"])
    return _made[key]


def per_multiply(netlist: Netlist, played: Played, window: str, cycles: int, multiplies: float,
                 period: float) -> Energy:
    energy = total_energy(netlist, played.edges.get(window, {}), cycles * period)
    return Energy(**{name: value / multiplies for name, value in asdict(energy).items()})
