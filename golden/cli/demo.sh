#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole way on MNIST: trained network -> searched plan -> Verilated hardware -> report.
#
# The search calibrates on training digits and measures its loss on held-out ones; the test digits
# only measure. Leaves build/demo/{plan.json,report.html,result.json}.
# Options by environment: BITS (search at one width only), LOSS (points, default 1), SAMPLES
# (digits on the hardware, default 20).
set -euo pipefail
cd "$(dirname "$0")/../.."

tally=build/tally
model=golden/models/mnist_mlp.onnx
test=data/mnist/t10k-images-idx3-ubyte
out=build/demo

# Nothing from an earlier run may be taken for this one's result.
rm -rf "$out"
mkdir -p "$out"
step() { echo "demo: $*" >&2; }

step "splitting MNIST: calibration and held-out digits"
.venv/bin/python golden/models/mnist.py "$out"
step "searching a plan within ${LOSS:-1} point of the float network, on held-out digits"
$tally search $model --calib $out/calibration.npz --data $out/held_out.npz \
  --max-loss "${LOSS:-1}" ${BITS:+--bits "$BITS"} -o $out/plan.json --json >$out/search.json
step "accuracy of the plan on all test digits"
$tally eval $model --plan $out/plan.json --data $test --json >$out/eval.json
step "running ${SAMPLES:-20} test digits on the Verilated hardware"
$tally run $model --plan $out/plan.json --data $test --device rtl --samples "${SAMPLES:-20}" \
  --json >$out/run.json
step "writing the report"
$tally report $out/plan.json -o $out/report.html

.venv/bin/python - "$out" <<'EOF'
"""Joins the three answers into result.json and fails if the hardware did."""
import json
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
search, evaluation, run = (json.loads((out / f"{name}.json").read_text())
                           for name in ("search", "eval", "run"))
result = {
    "mismatches": run["mismatches"], "compared": run["compared"], "cycles": run["cycles"],
    "utilization": run["utilization"], "hardware_samples": run["samples"],
    "metric": evaluation["metric"], "float_metric": evaluation["float_metric"],
    "samples": evaluation["samples"],
    "average_bits": search["average_bits"], "stored_bits": search["stored_bits"],
}
(out / "result.json").write_text(json.dumps(result, indent=2) + "\n")
print(f"demo: {result['compared']} output values of the hardware compared with the golden model, "
      f"{result['mismatches']} mismatches, {result['cycles']} cycles")
print(f"demo: accuracy {result['metric']:.2%} on {result['samples']} test digits "
      f"(float {result['float_metric']:.2%}) at {result['average_bits']:.2f} bits and a sign")
print(f"demo: report in {out / 'report.html'}")
sys.exit(0 if result["compared"] > 0 and result["mismatches"] == 0 else 1)
EOF
