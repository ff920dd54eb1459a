# SPDX-License-Identifier: Apache-2.0
"""Prints area.json of synthesize.py: the table of modules, or the last line of synth/run.sh."""
import json
import sys


def table(result: dict) -> None:
    print(f"{result['tool']}, configuration {result['config']}, {result['liberty']}; each module with "
          "everything in it:")
    print(f"  {'module':<20} {'area':>12} {'flat':>12} {'cells':>8} {'flip-flops':>10} "
          f"{'memory bits':>11} {'clock, ns':>9}")
    for name, module in sorted(result["modules"].items(), key=lambda item: -item[1]["area"]):
        flat = f"{module['flat_area']:,.0f}" if "flat_area" in module else ""
        print(f"  {name:<20} {module['area']:>12,.0f} {flat:>12} {module['cells']:>8,} "
              f"{module['flip_flops']:>10,} {module['memory_bits']:>11,} "
              f"{module.get('clock_ns', ''):>9}")
    for memory in result["macros"]:
        print(f"  kept as a memory macro, not in the area: {memory['module']}.{memory['name']}, "
              f"{memory['words']} x {memory['width']} = {memory['bits']:,} bits")


def last_line(result: dict, compared: str, seconds: str) -> None:
    areas = ", ".join(f"{name} {result['modules'][name]['area']:,.0f}"
                      for name in ("pe", "int8_pe", "counter_set", "int8_mac", "quantizer", "dequantizer"))
    print(f"synth: {result['config']} in {result['liberty']}: area {areas}; "
          f"{result['modules']['pe']['flip_flops']:,} flip-flops, no latch; netlist equals RTL on "
          f"{int(compared):,} values; {seconds} s")


if __name__ == "__main__":
    if sys.argv[1] == "--last-line":
        with open(sys.argv[2], encoding="utf-8") as file:
            last_line(json.load(file), *sys.argv[3:])
    else:
        with open(sys.argv[1], encoding="utf-8") as file:
            table(json.load(file))
