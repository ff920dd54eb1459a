#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Derives from tally_registers.rdl, where they are older: the register block (RTL), its C header and
# its documentation, control word and status bits (RTL and C++), all in rtl/generated/. Needs the .venv
# that setup.sh makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

source=tally_registers.rdl
out=generated
[[ $out/stamp -nt $source && $out/stamp -nt generate_registers.sh && $out/stamp -nt generate_formats.py ]] && exit 0

peakrdl=../.venv/bin/peakrdl
rm -rf "$out"
mkdir -p "$out"
"$peakrdl" regblock "$source" --top tally_registers -o "$out" --cpuif passthrough --default-reset arst_n \
  --err-if-bad-addr --err-if-bad-rw
# Packed: Verilator 5.006 writes broken C++ for a bit of a member of an unpacked struct.
sed -i 's/\bstruct {/struct packed {/' "$out"/*.sv
"$peakrdl" c-header "$source" --top tally_registers -o "$out/tally_registers.h"
"$peakrdl" markdown "$source" --top tally_registers -o "$out/tally_registers.md"
../.venv/bin/python generate_formats.py "$out"
touch "$out/stamp"
