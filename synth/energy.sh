#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make energy`: picojoules of a multiply-equivalent, counting at n = 3..7 and INT8, on a layer of the MNIST
# network and one of the Fashion-MNIST network. ARGS go to measure_energy.py, e.g. ARGS="--bits 3 --hazards".
# Needs build/tally for the plans.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./setup.sh synth data
rtl/generate_registers.sh
plans=build/synth/plans
mkdir -p "$plans"
# search NAME MODEL DATA SUFFIX OPTIONS...: a plan of n bits in every layer, of the network's own weights, so that
# NumPy can check their codes (synth/streams.py)
search() {
  local name=$1 model=$2 data=$3 suffix=$4
  shift 4
  for n in 3 4 5 6 7; do
    [[ -s $plans/${name}_n$n.json ]] ||
      build/tally search "golden/models/$model" --calib "data/$data/train-images-idx3-ubyte$suffix" \
        --data "data/$data/t10k-images-idx3-ubyte$suffix" --max-loss 1 --bits "$n" --keep-weights "$@" \
        -o "$plans/${name}_n$n.json"
  done
}
search mlp mnist_mlp.onnx mnist ""
search cnn fashion_cnn.onnx fashion-mnist .gz --calib-samples 256 --validation-samples 500
.venv/bin/python synth/measure_energy.py "$@"
