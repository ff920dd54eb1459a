#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make synth`: synthesizes the processing element to standard cells and prints its area, then checks
# that the netlist of configuration small computes what the RTL and the emulator compute.
#
# Environment: CONFIG=name of rtl/configs.json (default: default), LIBERTY=file (default: the osu018
# cells that setup.sh unpacks), JOBS=2, SWEEP=1: instead the areas of sweep.py, ARGS go to it.
# Exit code 2: wrong input, 1: the hardware is at fault.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

config=${CONFIG:-default}
liberty=${LIBERTY:-data/osu018/osu018_stdcells.lib}
out=build/synth
start=$SECONDS

[[ -r $liberty || -z ${LIBERTY:-} ]] || { echo "make synth: cannot read LIBERTY=$liberty" >&2; exit 2; }
./setup.sh synth
rtl/generate_registers.sh
mkdir -p "$out"
if [[ ${SWEEP:-} ]]; then
  exec .venv/bin/python synth/sweep.py --liberty "$liberty" --jobs "${JOBS:-2}" "$@"
fi
(cd synth && ../.venv/bin/python -m unittest test_synth) >"$out/test.log" 2>&1 ||
  { cat "$out/test.log"; echo "synth: the scripts' own tests fail"; exit 1; } >&2
grep -o 'energy: .*' "$out/test.log"

.venv/bin/python synth/synthesize.py --config "$config" --liberty "$liberty" --out "$out/$config" \
  --jobs "${JOBS:-2}"
.venv/bin/python synth/synthesize.py --config small --liberty "$liberty" --out "$out/bench_small" \
  --netlist-only
cp "$out/$config/area.json" "$out/area.json"
.venv/bin/python synth/report.py "$out/area.json"

log=$out/bench.log
{ cmake -S . -B "$out/bench" -G Ninja -DTALLY_NETLIST="$PWD/$out/bench_small" &&
    ninja -C "$out/bench" -j"${JOBS:-2}" test_netlist; } >"$log" 2>&1 ||
  { tail -n 40 "$log"; echo "synth: the netlist bench does not build ($log)"; exit 1; } >&2
# 0 if every value was equal; each part prints how many it compared.
"$out/bench/verif/synth/test_netlist" >"$out/netlist.log" 2>&1 ||
  { cat "$out/netlist.log"; echo "synth: the netlist differs from the RTL"; exit 1; } >&2
grep '^netlist ' "$out/netlist.log"
compared=$(awk '/^netlist .* values equal$/ { sum += $(NF - 2) } END { print sum + 0 }' \
  "$out/netlist.log")
((compared > 0)) || { echo "synth: no value was compared" >&2; exit 1; }
.venv/bin/python synth/report.py --last-line "$out/area.json" "$compared" $((SECONDS - start))
