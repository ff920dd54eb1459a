# SPDX-License-Identifier: Apache-2.0
"""Energy of the post-processors, Tally's and the INT8 element's, on the sums of a layer."""
import pathlib
from dataclasses import asdict

import numpy

from cell_library import Library
from energy_common import netlist_of, per_multiply
from energy_lane import counts
from gate_sim import Stimulus, play, play_rtl
from streams import Lane

POST_LANES = 4          # of the post-processor that is played: one unit, its pipeline full
POST_WINDOW = 400       # cycles of it in which edges are counted


def float_bits(value: float) -> int:
    return int(numpy.float32(value).view(numpy.uint32))


def coefficients(lane: Lane) -> list[float]:
    """c1, c2, c3, c4, bias."""
    plan, c = lane.plan, lane.channel
    b, r = float(numpy.float32(plan["base"])), 1 - 2 ** (lane.n - 1)
    return [plan["alpha_a"] * plan["alpha_w"][c] * b ** (2 * r), plan["alpha_w"][c] * plan["beta_a"] * b ** r,
            plan["alpha_a"] * plan["beta_w"][c] * b ** r, plan["beta_a"] * plan["beta_w"][c],
            plan["bias"][c]]


def measure_post(lane: Lane, work: pathlib.Path, library: Library, hazards: bool, period: float) -> dict:
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
            field = seen[cycle - 1]["coefficient_field_o"] or 0 if seen else 0
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
    played = play(netlist, once, work, "flat", hazards)
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


def measure_int8_post(lane: Lane, work: pathlib.Path, library: Library, hazards: bool, period: float) -> dict:
    """The same of the INT8 element: one vector from its sums to its last result, behind another one."""
    netlist, area = netlist_of("tally_int8_postprocessor", {"Lanes": POST_LANES, "Dequantizers": 1}, library,
                               work)
    sums = [int(vector.astype(int) @ lane.weights.astype(int)) for vector in lane.data[:POST_LANES]]
    bias = lane.plan["bias"][lane.channel]
    fixed = {"rst_ni": 1, "result_ready_i": 1, "token_i": 1 << 9 | POST_LANES,
             "acc_i": sum((value & 0xFFFFFFFF) << 32 * i for i, value in enumerate(sums)),
             "scale_i": float_bits(lane.scale), "bias_i": float_bits(bias)}
    cycles = 24     # from the sums to the last result, and a few to spare
    stimulus = Stimulus([], [])
    for _ in range(3):
        stimulus.add("", **(fixed | {"rst_ni": 0}))
    for window in ("", "post"):
        for cycle in range(cycles):
            stimulus.add(window, token_valid_i=int(cycle == 0), **fixed)
    played = play(netlist, stimulus, work, "flat", hazards)
    got = [out["result_data_o"] for out in played.outputs if out["result_valid_o"] == 1]
    if len(got) != 2 * POST_LANES:
        raise RuntimeError(f"INT8 post-processor: {len(got)} results, not {2 * POST_LANES}")
    for value, half in zip(sums * 2, got, strict=True):
        exact = float(numpy.float16(value * lane.scale + bias))
        found = float(numpy.array([half], numpy.uint16).view(numpy.float16)[0])
        if abs(found - exact) > 1e-3 * abs(exact) + 1e-5:
            raise RuntimeError(f"INT8 post-processor: {found} instead of {exact}")
    multiplies = POST_LANES * lane.data.shape[1]
    return {"area": area, "inputs": lane.data.shape[1], "compared": played.compared + len(got),
            "post": asdict(per_multiply(netlist, played, "post", cycles, multiplies, period))}
