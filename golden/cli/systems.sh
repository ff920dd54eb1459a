#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole MNIST network on the Verilated hardware in each number system and in a plan that mixes
# them, every value compared with the emulator. Options by environment: SAMPLES (digits, default
# 20), CONFIG (hardware, default auto). Leaves plans and runs in build/systems/; exit code 1 if a
# value differs.
set -euo pipefail
cd "$(dirname "$0")/../.."

tally=build/tally
model=golden/models/mnist_mlp.onnx
train=data/mnist/train-images-idx3-ubyte
test=data/mnist/t10k-images-idx3-ubyte
out=build/systems
mkdir -p "$out"
failed=0

# run NAME search-option...
run() {
  local name=$1
  shift
  $tally search $model --calib $train --data $test --max-loss 100 "$@" -o "$out/$name.json" \
    >"$out/$name.log" 2>&1
  $tally run $model --plan "$out/$name.json" --data $test --device rtl \
    --samples "${SAMPLES:-20}" --config "${CONFIG:-auto}" -o "$out/${name}_run.json" --json \
    >"$out/${name}_rtl.json" 2>>"$out/$name.log" || failed=1
  .venv/bin/python - "$name" "$out/${name}_rtl.json" <<'PYTHON'
import json
import sys

run = json.load(open(sys.argv[2]))
print(f"{sys.argv[1]:<12} {run['samples']} digits, {run['compared']:,} values, "
      f"{run['mismatches']} differ, {run['cycles']:,} cycles, lanes counting {run['utilization']:.1%}")
PYTHON
}

run exponential --bits 3
run uniform --number-system uniform --bits 7
run reveal --number-system reveal --group 8 --budget 8 --terms 2
run mixed --number-system exponential,reveal,uniform --bits 3 --group 8 --budget 8 --terms 2
exit $failed
