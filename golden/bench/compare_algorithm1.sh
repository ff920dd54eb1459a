#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Algorithm 1 on the largest weight tensor of the MNIST network: golden/core against direct NumPy,
# CPU time.
# Prints the table of docs/results.md; fails if the two find different bases.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=build/algorithm1
mkdir -p "$out"
peer=build/golden/bench/base_search_peer
.venv/bin/python - "$out/tensor.f32" <<'PY'
import sys

import onnx
from onnx import numpy_helper

model = onnx.load("golden/models/mnist_mlp.onnx")
tensor = max((numpy_helper.to_array(t) for t in model.graph.initializer), key=lambda t: t.size)
tensor.astype("float32").tofile(sys.argv[1])
PY
"$peer" "$out/tensor.f32" 3 4 5 6 7 >"$out/tally.jsonl"
OMP_NUM_THREADS=1 .venv/bin/python golden/bench/algorithm1_numpy.py "$out/tensor.f32" 3 4 5 6 7 \
  >"$out/numpy.jsonl"
.venv/bin/python - "$out" <<'PY'
import json
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
ours, peer = ([json.loads(line) for line in (out / f"{name}.jsonl").read_text().splitlines()]
              for name in ("tally", "numpy"))
print("| n | base | RMAE | candidates | NumPy | tally, sorting shared | faster |")
print("|---|---|---|---|---|---|---|")
for a, b in zip(ours, peer, strict=True):
    assert abs(a["base"] - b["base"]) < 1e-6, (a, b)
    assert abs(a["rmae"] / b["rmae"] - 1) < 1e-6, (a, b)
    print(f"| {a['n']} | {a['base']:.6f} | {a['rmae']:.2%} | {a['candidates']} | {b['seconds']:.2f} s | "
          f"{a['seconds'] * 1e3:.1f} ms | {b['seconds'] / a['seconds']:.0f}x |")
total = sum(b["seconds"] for b in peer) / sum(a["seconds"] for a in ours)
alone = sum(b["seconds"] for b in peer) / sum(a["search_seconds"] for a in ours)
print(f"\nall widths: {total:.0f}x with sorting, {alone:.0f}x without")
PY
