# SPDX-License-Identifier: Apache-2.0
"""Energy of one multiply-equivalent, counting against INT8, on the operands of real layers.

For each n a lane (one bank) is synthesized, played gate by gate, and its counts compared with counting in
NumPy; the multipliers likewise with the integer product; the post-processors with the result computed in
double. Writes energy.json. A multiply-equivalent is one input of one output channel, zeros included.
Exit code 2: wrong input.
"""
import argparse
import json
import pathlib
import sys

from cell_library import read_liberty, require_power
from energy_lane import INTEGERS, measure_integers, measure_lane
from energy_post import measure_int8_post, measure_post
from sram import DEFAULT, read_sram
from streams import read_lane
from yosys import ROOT

# A layer of each network: of middle size, behind a ReLU.
NETWORKS = {
    "mlp": ("mnist_mlp.onnx", "fc2", "mnist/t10k-images-idx3-ubyte"),
    "cnn": ("fashion_cnn.onnx", "block2.conv2", "fashion-mnist/t10k-images-idx3-ubyte.gz"),
}
CHANNEL = 3             # the output channel that is played
PARTS = ["integers", "lane", "post"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", type=pathlib.Path, default=ROOT / "data/osu018/osu018_stdcells.lib")
    parser.add_argument("--sram", type=pathlib.Path, default=DEFAULT, help="model of memory macros")
    parser.add_argument("--plans", type=pathlib.Path, default=ROOT / "build/synth/plans",
                        help="folder of mlp_n3.json .. (tally search --bits)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/synth/energy")
    parser.add_argument("--network", choices=NETWORKS, nargs="+", default=list(NETWORKS))
    parser.add_argument("--bits", type=int, nargs="+", default=[3, 4, 5, 6, 7])
    parser.add_argument("--width", type=int, nargs="+", default=[10], help="of a counter")
    parser.add_argument("--style", choices=["ff", "sram"], nargs="+", default=["ff", "sram"],
                        help="counters in flip-flops, in SRAM")
    parser.add_argument("--vectors", type=int, default=4)
    parser.add_argument("--period", type=float, default=10.0, help="ns, for leakage")
    parser.add_argument("--hazards", action="store_true", help="count them too: every cell takes a unit of time")
    parser.add_argument("--kind", choices=INTEGERS, nargs="+", default=list(INTEGERS), help="of lanes of integers")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    options = parser.parse_args()
    try:
        library = read_liberty(options.liberty.resolve())
        require_power(library)
        sram = read_sram(options.sram)
        lanes = [(network, read_lane(ROOT / "golden/models" / model, options.plans / f"{network}_n{n}.json",
                                     ROOT / "data" / data, layer, CHANNEL, options.vectors))
                 for n in options.bits for network in options.network
                 for model, layer, data in [NETWORKS[network]]]
    except (ValueError, OSError) as error:
        print(f"energy: {error}", file=sys.stderr)
        return 2
    work = options.out.resolve()
    result: dict[str, list[dict]] = {part: [] for part in (*PARTS, "int8_post")}

    def add(part: str, network: str, measured: dict) -> None:
        result[part].append({"network": network, **measured})
        print(json.dumps({"part": part, **result[part][-1]}), flush=True)

    try:
        for network, lane in lanes:
            common = (library, options.hazards, options.period)
            first = lane.n == options.bits[0]
            for kind in options.kind if "integers" in options.only and first else []:
                add("integers", network, measure_integers(lane, kind, work / kind, *common))
            if "post" in options.only and first:
                add("int8_post", network, measure_int8_post(lane, work / "int8_post", *common))
            for width in options.width if "lane" in options.only else []:
                for style in options.style:
                    memory = sram if style == "sram" else None
                    add("lane", network, measure_lane(lane, width, memory,
                                                      work / f"lane_{lane.n}_{width}_{style}", *common))
            if "post" in options.only:
                add("post", network, measure_post(lane, work / f"post_{lane.n}", *common))
    except RuntimeError as error:
        print(f"energy: {error}", file=sys.stderr)
        return 1
    name = "energy_hazards.json" if options.hazards else "energy.json"
    (work / name).write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
