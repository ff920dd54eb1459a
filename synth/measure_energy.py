# SPDX-License-Identifier: Apache-2.0
"""Energy of one multiply-equivalent, counting against INT8, on the operands of a real layer.

For each n a lane (counters in flip-flops, one bank) is synthesized, played gate by gate, and its counts
compared with counting in NumPy; the INT8 multiplier likewise with the integer product; the
post-processor with the result computed in double. Writes energy.json. A multiply-equivalent is one input
of one output channel, zeros included. Exit code 2: wrong input.
"""
import argparse
import json
import pathlib
import sys
from dataclasses import asdict

import numpy

from cell_library import Library, read_liberty, require_power
from energy import Energy, total_energy
from gate_sim import Played, Stimulus, play, play_rtl
from netlist import Netlist, read_netlist
from sram import DEFAULT, Sram, read_sram
from streams import Lane, read_lane
from synthesis import Synthesis
from yosys import ROOT

POST_LANES = 4          # of the post-processor that is played: one unit, its pipeline full
POST_WINDOW = 400       # cycles of it in which edges are counted


def netlist_of(top: str, parameters: dict[str, int], library: Library, work: pathlib.Path,
               macro_bits: int = 1 << 30) -> tuple[Netlist, float]:
    """Flat, with the area of its cells; memories of macro_bits and more stay memories."""
    synthesis = Synthesis(top, parameters, library, work, macro_bits)
    synthesis.elaborate()
    synthesis.map_cells("flat", flat=True)
    return read_netlist(work / "flat.json", top, library), synthesis.measure("flat")[top]["area"]


def per_multiply(netlist: Netlist, played: Played, window: str, cycles: int, multiplies: int,
                 period: float) -> Energy:
    energy = total_energy(netlist, played.edges.get(window, {}), cycles * period)
    return Energy(**{name: value / multiplies for name, value in asdict(energy).items()})


# ---------------------------------------------------------------------------------- counting
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


def measure_lane(lane: Lane, width: int, library: Library, sram: Sram | None, work: pathlib.Path,
                 delay: bool, period: float) -> dict:
    """Counters in flip-flops, or in synchronous RAM as `sram` describes it."""
    style = 0 if sram is None else 2
    parameters = {"MaxN": lane.n, "CntW": width, "PingPong": 0, "Style": style, "Digits": 0}
    netlist, area = netlist_of("tally_lane", parameters, library, work,
                                         1 << 30 if sram is None else 1)
    stimulus, came = lane_stimulus(lane)
    played = play(netlist, stimulus, work, "flat", delay)
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


# ---------------------------------------------------------------------------------- INT8
def measure_mac(lane: Lane, width: int, library: Library, work: pathlib.Path, delay: bool,
                period: float) -> dict:
    netlist, area = netlist_of("tally_int8_mac", {"AccW": width}, library, work)
    stimulus = Stimulus([], [])
    ends = []
    for vector in lane.data:
        for i, (data, weight) in enumerate(zip(vector, lane.weights, strict=True)):
            stimulus.add("count", first_i=int(i == 0), data_i=int(data) & 255,
                         weight_i=int(weight) & 255)
        ends.append(len(stimulus.cycles))
        stimulus.add("")
    played = play(netlist, stimulus, work, "flat", delay)
    for vector, cycle in enumerate(ends):
        expected = int(lane.data[vector].astype(int) @ lane.weights.astype(int))
        if played.outputs[cycle]["acc_o"] != expected % (1 << width):
            raise RuntimeError(f"INT8: vector {vector} gives {played.outputs[cycle]}, not {expected}")
    multiplies = lane.data.size
    return {"width": width, "area": area, "layer": lane.layer, "multiplies": int(multiplies),
            "nonzero": int(((lane.data != 0) & (lane.weights != 0)).sum()),
            "compared": played.compared + len(ends),
            "count": asdict(per_multiply(netlist, played, "count", multiplies, multiplies, period))}


# ---------------------------------------------------------------------------------- post-processing
def float_bits(value: float) -> int:
    return int(numpy.float32(value).view(numpy.uint32))


def coefficients(lane: Lane) -> list[float]:
    """c1, c2, c3, c4, bias."""
    plan, c = lane.plan, lane.channel
    b, r = float(numpy.float32(plan["base"])), 1 - 2 ** (lane.n - 1)
    return [plan["alpha_a"] * plan["alpha_w"][c] * b ** (2 * r), plan["alpha_w"][c] * plan["beta_a"] * b ** r,
            plan["alpha_a"] * plan["beta_w"][c] * b ** r, plan["beta_a"] * plan["beta_w"][c],
            plan["bias"][c]]


def measure_post(lane: Lane, library: Library, work: pathlib.Path, delay: bool, period: float) -> dict:
    """The post-processor on the counts of the first POST_LANES vectors, as if they were lanes."""
    parameters = {"Lanes": POST_LANES, "MaxN": lane.n, "CntW": 10, "Dequantizers": 1}
    netlist, area = netlist_of("tally_postprocessor", parameters, library, work)
    tables = [counts(lane, vector) for vector in range(POST_LANES)]
    # n, then offset, relu 0, exponential, all lanes valid; the only segment of the last vector.
    token = 0b111 << 15 | lane.n << 12 | int(lane.offset) << 11 | POST_LANES
    rounds = (4 << lane.n) - 4 if lane.offset else (2 << lane.n) - 3
    vector_cycles = rounds * POST_LANES
    window = range(vector_cycles + 3, vector_cycles + 3 + min(vector_cycles, POST_WINDOW))
    slots = 2 * vector_cycles + 60
    fixed = {"rst_ni": 1, "result_ready_i": 1, "token_i": token, "base_i": float_bits(lane.plan["base"])}
    values = [float_bits(value) for value in coefficients(lane)]

    def stimulus(seen: list[dict] | None) -> Stimulus:
        """What counters and coefficients answer depends on what was asked, never on their values."""
        result = Stimulus([], [])
        for _ in range(3):
            result.add("", **(fixed | {"rst_ni": 0}))
        data = 0
        for cycle in range(3, slots):
            asked = seen[cycle] if seen else {}
            field = asked.get("coefficient_field_o") or 0
            result.add("post" if cycle in window else "", token_valid_i=1,
                       read_data_i=data, coefficient_data_i=values[field] if field < 5 else 0, **fixed)
            if seen:
                array, address = asked["read_array_o"] or 0, asked["read_addr_o"] or 0
                for one in range(POST_LANES):
                    if (asked["read_o"] or 0) >> one & 1:
                        mask = 1023 << (10 * one)
                        count = tables[one].get((array, address), 0) & 1023
                        data = data & ~mask | count << (10 * one)
        return result

    once = stimulus(play_rtl(netlist, stimulus(None), work))
    played = play(netlist, once, work, "flat", delay)
    got = [out["result_data_o"] for out in played.outputs if out["result_valid_o"] == 1]
    base, (c1, c2, c3, c4, bias) = float(numpy.float32(lane.plan["base"])), coefficients(lane)
    for i in range(POST_LANES):
        poly = [0.0, 0.0, 0.0]
        for (array, address), count in tables[i].items():
            poly[array - 1] += count * base ** (address - (2 if array == 1 else 1))
        number = sum(count for (array, _), count in tables[i].items() if array == 2)
        exact = bias + c1 * poly[0] + (c2 * poly[1] + c3 * poly[2] + c4 * number if lane.offset else 0)
        half = float(numpy.array([got[i]], numpy.uint16).view(numpy.float16)[0])
        if abs(half - exact) > 2e-3 * abs(exact) + 1e-3:
            raise RuntimeError(f"post-processor: lane {i} gives {half}, not {exact}")
    # All rounds of a vector are alike: those in the window stand for all.
    multiplies = POST_LANES * lane.codes.shape[1] * len(window) / vector_cycles
    return {"n": lane.n, "offset": lane.offset, "area": area, "inputs": lane.codes.shape[1],
            "cycles_a_result": rounds, "compared": played.compared + POST_LANES,
            "post": asdict(per_multiply(netlist, played, "post", len(window), multiplies, period))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", type=pathlib.Path, default=ROOT / "data/osu018/osu018_stdcells.lib")
    parser.add_argument("--sram", type=pathlib.Path, default=DEFAULT, help="model of memory macros")
    parser.add_argument("--plans", type=pathlib.Path, default=ROOT / "build/synth/plans",
                        help="folder of mlp_n3.json .. (tally search --bits)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/synth/energy")
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 5, 6, 7])
    parser.add_argument("--width", type=int, nargs="+", default=[10], help="of a counter")
    parser.add_argument("--style", choices=["ff", "sram"], nargs="+", default=["ff", "sram"],
                        help="counters in flip-flops, in SRAM")
    parser.add_argument("--layer", type=int, default=1)
    parser.add_argument("--vectors", type=int, default=4)
    parser.add_argument("--period", type=float, default=10.0, help="ns, for leakage")
    parser.add_argument("--delay", action="store_true", help="every cell takes time: count hazards too")
    parser.add_argument("--only", choices=["mac", "lane", "post"], nargs="+", default=["mac", "lane", "post"])
    options = parser.parse_args()
    try:
        library = read_liberty(options.liberty.resolve())
        require_power(library)
        sram = read_sram(options.sram)
        lanes = {n: read_lane(ROOT / "golden/models/mnist_mlp.onnx", options.plans / f"mlp_n{n}.json",
                              ROOT / "data/mnist/t10k-images-idx3-ubyte", options.layer, 3,
                              options.vectors) for n in options.bits}
    except (ValueError, OSError) as error:
        print(f"energy: {error}", file=sys.stderr)
        return 2
    work = options.out.resolve()
    result: dict[str, list[dict]] = {"mac": [], "lane": [], "post": []}
    try:
        if "mac" in options.only:
            for width in (32, 28):
                result["mac"].append(measure_mac(lanes[options.bits[0]], width, library,
                                                 work / f"mac_{width}", options.delay, options.period))
                print(json.dumps(result["mac"][-1]), flush=True)
        for n, lane in lanes.items():
            if "post" in options.only:
                result["post"].append(measure_post(lane, library, work / f"post_{n}", options.delay,
                                                   options.period))
                print(json.dumps(result["post"][-1]), flush=True)
            for width in options.width if "lane" in options.only else []:
                for style in options.style:
                    memory = sram if style == "sram" else None
                    result["lane"].append(measure_lane(
                        lane, width, library, memory, work / f"lane_{n}_{width}_{style}",
                        options.delay, options.period))
                    print(json.dumps(result["lane"][-1]), flush=True)
    except RuntimeError as error:
        print(f"energy: {error}", file=sys.stderr)
        return 1
    name = "energy_delay.json" if options.delay else "energy.json"
    (work / name).write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
