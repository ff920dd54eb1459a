#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make energy`: picojoules of a multiply-equivalent, counting at n = 3..7 and INT8, on a layer of the MNIST
# network. ARGS go to measure_energy.py, e.g. ARGS="--bits 3 --delay". Needs build/tally for the plans.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./setup.sh synth
rtl/generate_registers.sh
plans=build/synth/plans
mkdir -p "$plans"
for n in 3 4 5 6 7; do
  [[ -s $plans/mlp_n$n.json ]] ||
    build/tally search golden/models/mnist_mlp.onnx --calib data/mnist/train-images-idx3-ubyte \
      --data data/mnist/t10k-images-idx3-ubyte --max-loss 1 --bits "$n" -o "$plans/mlp_n$n.json"
done
.venv/bin/python synth/measure_energy.py "$@"
