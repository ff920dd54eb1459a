# SPDX-License-Identifier: Apache-2.0
"""Energy of a counting lane and of lanes of integer multipliers on the operands of a layer."""
import pathlib
from dataclasses import asdict

import numpy

from cell_library import Library
from energy_common import netlist_of, per_multiply
from gate_sim import Stimulus, play
from sram import Sram
from streams import Lane, digits

# Lanes of integers: width of the accumulator, products in it, width of an operand.
INTEGERS = {"int8": (32, 1, 8), "int8_28": (28, 1, 8), "int8_dot8": (32, 8, 8), "digits_dot8": (22, 8, 5)}


def reads(n: int, offset: bool) -> list[tuple[int, int]]:
    """(array, address) in the order of the post-processor."""
    top = 2 ** n - 1
    chains = [(2, top), (3, top)] if offset else []
    return ([(array, a) for array, high in chains for a in range(high, 0, -1)]
            + [(1, a) for a in range(2 * top, 1, -1)])


def counts(lane: Lane, vector: int) -> dict[tuple[int, int], int]:
    """What counting gives: (array, address) -> count."""
    a, w = lane.codes[vector].astype(int), lane.slots.astype(int)
    hit = (a & 127 != 0) & (w & 127 != 0)
    v = numpy.where((a ^ w) & 128, -1, 1)
    found: dict[tuple[int, int], int] = {}
    for array, index in ((1, (a & 127) + (w & 127)), (2, w & 127), (3, a & 127)):
        for address in numpy.unique(index[hit]):
            found[array, int(address)] = int(v[hit & (index == address)].sum())
    return found


def lane_stimulus(lane: Lane) -> tuple[Stimulus, list[list[int]]]:
    """The steps and reads of all vectors; for each vector the cycles in which its reads come out."""
    stimulus = Stimulus([], [])
    for _ in range(3):
        stimulus.add("", rst_ni=0)
    for address in range(2 << lane.n):
        stimulus.add("", rst_ni=1, read_i=1, read_addr_i=address)
    came = []
    last = {"code_i": 0, "slot_i": 0}
    for vector in lane.codes:
        for code, slot in zip(vector, lane.slots, strict=True):
            last = {"code_i": int(code), "slot_i": int(slot)}
            stimulus.add("count", rst_ni=1, step_valid_i=1, n_i=lane.n, offset_i=int(lane.offset), **last)
        for _ in range(4):
            stimulus.add("", rst_ni=1, n_i=lane.n, **last)
        start = len(stimulus.cycles)
        order = reads(lane.n, lane.offset)
        for array, address in order:
            stimulus.add("read", rst_ni=1, n_i=lane.n, read_i=1, read_array_i=array,
                         read_addr_i=address, **last)
        stimulus.add("read", rst_ni=1, n_i=lane.n, **last)
        came.append(list(range(start + 1, start + 1 + len(order))))
    return stimulus, came


def measure_lane(lane: Lane, width: int, sram: Sram | None, work: pathlib.Path, library: Library,
                 hazards: bool, period: float) -> dict:
    """Counters in flip-flops, or in synchronous RAM as `sram` describes it."""
    style = 0 if sram is None else 2
    parameters = {"MaxN": lane.n, "CntW": width, "PingPong": 0, "Style": style, "Digits": 0}
    netlist, area = netlist_of("tally_lane", parameters, library, work,
                                         1 << 30 if sram is None else 1)
    stimulus, came = lane_stimulus(lane)
    played = play(netlist, stimulus, work, "flat", hazards)
    checked = 0
    for vector, cycles in enumerate(came):
        expected = counts(lane, vector)
        for cycle, key in zip(cycles, reads(lane.n, lane.offset), strict=True):
            got = played.outputs[cycle]["read_data_o"]
            if got != expected.get(key, 0) % (1 << width):
                raise RuntimeError(f"n = {lane.n}: array, address {key} holds {got}, not "
                                   f"{expected.get(key, 0)}")
            checked += 1
    multiplies = lane.codes.size
    both = (lane.codes & 127 != 0) & (lane.slots & 127 != 0)
    reading = stimulus.windows.count("read")
    # An event reads and writes an entry of every array in use, a read-out clears what it reads.
    access = {}
    if sram is not None:
        area += sum(sram.area(words, bits) for words, bits in netlist.memories)
        size = {1: 2 << lane.n, 2: 1 << lane.n, 3: 1 << lane.n}
        both_ways = {array: sram.read(words, width) + sram.write(words, width)
                     for array, words in size.items()}
        arrays = (1, 2, 3) if lane.offset else (1,)
        access = {"count_sram": sum(both_ways[array] for array in arrays) * int(both.sum()) / multiplies,
                  "read_sram": sum(both_ways[array] for array, _ in reads(lane.n, lane.offset))
                  * len(came) / multiplies}
    return {"n": lane.n, "width": width, "offset": lane.offset, "style": style, "area": area,
            "layer": lane.layer, **access,
            "multiplies": int(multiplies), "events": int(both.sum()), "reads": reading,
            "compared": played.compared + checked,
            "count": asdict(per_multiply(netlist, played, "count", multiplies, multiplies, period)),
            "read": asdict(per_multiply(netlist, played, "read", reading, multiplies, period))}


def measure_integers(lane: Lane, kind: str, work: pathlib.Path, library: Library, hazards: bool,
                     period: float) -> dict:
    """A lane of INTEGERS: INT8, or for digits the levels of the exponential codes as integers up to 15."""
    width, products, operand = INTEGERS[kind]
    netlist, area = netlist_of("tally_int8_mac", {"AccW": width, "Products": products, "DataW": operand,
                                                  "WeightW": operand}, library, work)
    data, weights = (lane.data, lane.weights) if operand == 8 else digits(lane, (1 << operand - 1) - 1)
    inputs = -(-data.shape[1] // products) * products      # filled up with zeros

    def packed(values: numpy.ndarray) -> list[int]:
        """Words of `products` operands, the first one lowest."""
        padded = [int(value) & (1 << operand) - 1 for value in values] + [0] * (inputs - len(values))
        return [sum(value << operand * i for i, value in enumerate(padded[at:at + products]))
                for at in range(0, inputs, products)]

    stimulus = Stimulus([], [])
    ends = []
    for vector in data:
        for i, (one, other) in enumerate(zip(packed(vector), packed(weights), strict=True)):
            stimulus.add("count", first_i=int(i == 0), data_i=one, weight_i=other)
        ends.append(len(stimulus.cycles))
        stimulus.add("")
    played = play(netlist, stimulus, work, "flat", hazards)
    for vector, cycle in enumerate(ends):
        expected = int(data[vector].astype(int) @ weights.astype(int))
        if played.outputs[cycle]["acc_o"] != expected % (1 << width):
            raise RuntimeError(f"{kind}: vector {vector} gives {played.outputs[cycle]}, not {expected}")
    multiplies = data.size
    return {"kind": kind, "n": lane.n, "width": width, "products": products, "area": area,
            "area_a_product": area / products, "layer": lane.layer, "multiplies": int(multiplies),
            "nonzero": int(((data != 0) & (weights != 0)).sum()), "compared": played.compared + len(ends),
            "count": asdict(per_multiply(netlist, played, "count", stimulus.windows.count("count"),
                                         multiplies, period))}
