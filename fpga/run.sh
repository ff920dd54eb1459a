#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make fpga`: the bitstream of one board, build/fpga/BOARD.json and BOARD.bit or .bin.
#
# Environment: BOARD=name of fpga/boards (default ulx3s), CONFIG=name of rtl/configs.json (default: the
# board's), SEEDS="1" (each is placed and routed, the fastest is kept). Exit code 2: wrong input, 1: the
# design does not fit or misses its clock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

read -ra seeds <<<"${SEEDS:-1}"
exec .venv/bin/python fpga/build.py "${BOARD:-ulx3s}" ${CONFIG:+--config "$CONFIG"} --seeds "${seeds[@]}"
