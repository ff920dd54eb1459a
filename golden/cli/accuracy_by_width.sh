#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Accuracy of the MNIST network at each width, all layers alike, by both methods, beside uniform
# quantization: the table of docs/results.md, as Markdown.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=build/accuracy_by_width
mkdir -p "$out"
for method in output paper; do
  for n in 2 3 4 5 6 7; do
    [[ -s $out/$method$n.json ]] && continue
    build/tally search golden/models/mnist_mlp.onnx --calib data/mnist/train-images-idx3-ubyte \
      --data data/mnist/t10k-images-idx3-ubyte --max-loss 1 --bits "$n" --method "$method" \
      -o "$out/plan.json" --json >"$out/tmp" 2>"$out/$method$n.log"
    mv "$out/tmp" "$out/$method$n.json"
  done
done
.venv/bin/python - "$out" <<'EOF'
import json
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
print("| n | stored bits | exponential, output | exponential, paper | uniform n bits | uniform n+1 bits |")
print("|---|---|---|---|---|---|")
for n in range(2, 8):
    ours, paper = (json.loads((out / f"{method}{n}.json").read_text()) for method in ("output", "paper"))
    print(f"| {n} | {n + 1} | {ours['metric']:.2%} | {paper['metric']:.2%} | "
          f"{ours['uniform_n_metric']:.2%} | {ours['uniform_n1_metric']:.2%} |")
print(f"\nfloat: {ours['float_metric']:.2%}, {ours['samples']} samples")
EOF
