#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole way on MNIST: trained network -> searched plan -> Verilated hardware -> report.
#
# The search tunes on the first training digits and chooses on the last 5,000, which the network was
# not trained on; the 10,000 test digits only measure. Leaves plan.json, run files, report.html and
# result.json in build/demo/. Options by environment: BITS (one width instead of the search), LOSS
# (points that may be lost, default 0.5), SAMPLES (digits on the hardware, default 20).
set -euo pipefail
cd "$(dirname "$0")/../.."

tally=build/tally
model=golden/models/mnist_mlp.onnx
train=data/mnist/train-images-idx3-ubyte
test=data/mnist/t10k-images-idx3-ubyte
out=build/demo

# Nothing from an earlier run may be taken for this one's result.
rm -rf "$out"
mkdir -p "$out"
step() { echo "demo: $*" >&2; }

step "searching a plan that loses at most ${LOSS:-0.5} points"
$tally search $model --calib $train --data $test --max-loss "${LOSS:-0.5}" ${BITS:+--bits "$BITS"} \
  --calib-samples 1024 -o $out/plan.json --json >$out/search.json
step "running ${SAMPLES:-20} test digits on the Verilated hardware, and all of them on the emulator"
# Both at once: the simulation uses one core. Exit code 1 says that something differs: the report and
# the end of this script show it.
$tally run $model --plan $out/plan.json --data $test --device rtl --samples "${SAMPLES:-20}" \
  -o $out/run_rtl.json --json >$out/rtl.json &
rtl=$!
$tally run $model --plan $out/plan.json --data $test --device emulator \
  -o $out/run_emulator.json --json >$out/emulator.json || [ $? = 1 ]
wait $rtl || [ $? = 1 ]
step "mixing the three number systems: a plan for each layer's own, and 2 digits on the hardware"
$tally search $model --calib $train --data $test --max-loss 100 --number-system \
  exponential,reveal,uniform --bits 3 --group 8 --budget 8 --terms 2 --calib-samples 256 \
  --validation-samples 1000 -o $out/mixed.json --json >$out/mixed_search.json
$tally run $model --plan $out/mixed.json --data $test --device rtl --samples 2 \
  -o $out/run_mixed.json --json >$out/mixed_rtl.json || [ $? = 1 ]
$tally report $out/mixed.json --run $out/run_mixed.json -o $out/mixed.html --json >/dev/null
step "measuring the utilization of the hardware"
$tally utilization --vectors 4 -o $out/utilization.json
step "writing the report"
$tally report $out/plan.json --run $out/run_rtl.json --run $out/run_emulator.json \
  --utilization $out/utilization.json -o $out/report.html --json >/dev/null

.venv/bin/python - "$out" <<'PYTHON'
"""Joins the answers into result.json, says what they mean, fails if anything differed."""
import json
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
search, rtl, emulator, mixed, mixed_search = (
    json.loads((out / f"{name}.json").read_text())
    for name in ("search", "rtl", "emulator", "mixed_rtl", "mixed_search"))
result = {
    "mismatches": rtl["mismatches"], "compared": rtl["compared"], "cycles": rtl["cycles"],
    "utilization": rtl["utilization"], "config": rtl["config"], "hardware_samples": rtl["samples"],
    "metric": emulator["metric"], "float_metric": emulator["float_metric"],
    "samples": emulator["samples"],
    "emulator_compared": emulator["compared"], "emulator_mismatches": emulator["mismatches"],
    "uniform_n_metric": search["uniform_n_metric"],
    "uniform_n1_metric": search["uniform_n1_metric"],
    "average_bits": search["average_bits"], "stored_bits": search["stored_bits"],
    "mixed_systems": mixed_search["number_systems"], "mixed_metric": mixed_search["metric"],
    "mixed_compared": mixed["compared"], "mixed_mismatches": mixed["mismatches"],
}
(out / "result.json").write_text(json.dumps(result, indent=2) + "\n")
good = (result["compared"] > 0 and result["mismatches"] == 0 and result["emulator_mismatches"] == 0
        and result["mixed_compared"] > 0 and result["mixed_mismatches"] == 0)
print(f"""
A trained MNIST network was quantized to {result['stored_bits']:.2f} bits a value (sign included) and computed by counting.
  hardware   {result['hardware_samples']} digits on the Verilated RTL: {result['compared']:,} output values compared with the
             emulator, {result['mismatches']} differ; {result['cycles']:,} cycles, lanes counting in {result['utilization']:.1%} of them
  emulator   {result['samples']:,} digits: {result['emulator_compared']:,} values compared with the fake-quantized network,
             {result['emulator_mismatches']} outside the tolerance
  accuracy   {result['metric']:.2%} on the emulator, float {result['float_metric']:.2%},
             uniform with as many bits {result['uniform_n1_metric']:.2%}, with one bit less {result['uniform_n_metric']:.2%}
  mixed      {', '.join(result['mixed_systems'])}, a layer each: {mixed['samples']} digits on the RTL, {result['mixed_compared']:,} values,
             {result['mixed_mismatches']} differ; {result['mixed_metric']:.2%} on all test digits
  verdict    {'hardware and golden model agree bit for bit' if good else 'HARDWARE AND GOLDEN MODEL DIFFER'}
  report     {out / 'report.html'}""")
sys.exit(0 if good else 1)
PYTHON
