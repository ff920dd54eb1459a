#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make formal`: proves the properties of proofs.json with Yosys, yosys-smtbmc and z3, and that each proof
# fails on a broken module (prove.py). ARGS="name ..." for only these proofs. Logs: build/formal/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
./setup.sh formal
rtl/generate_registers.sh
exec .venv/bin/python verif/formal/prove.py --out build/formal "$@"
