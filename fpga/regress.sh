#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make fpga` is too short for, as a part of `make regress`:
#   netlist  the processing element of configuration small as an ECP5 netlist gives the emulator's values
#   lanes    the table of counting lanes against soft multiply-accumulates (build/fpga/lanes.json)
#   seeds    the default board with four seeds (SEEDS="1 2 3 4")
# Environment: JOBS=2, PARTS="netlist lanes seeds". Logs: build/fpga/. Fails if a part failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=build/fpga
mkdir -p "$out"
./setup.sh synth fpga || exit 1
rtl/generate_registers.sh || exit 1

netlist() {
  local log=$out/netlist.log compared
  { .venv/bin/python fpga/netlist.py "$out/netlist" &&
      cmake -S . -B "$out/bench" -G Ninja -DTALLY_NETLIST="$PWD/$out/netlist" &&
      ninja -C "$out/bench" -j"${JOBS:-2}" test_netlist &&
      "$out/bench/verif/synth/test_netlist"; } >"$log" 2>&1 || { tail -n 30 "$log"; return 1; }
  compared=$(awk '/^netlist .* values equal$/ { sum += $(NF - 2) } END { print sum + 0 }' "$log")
  echo "fpga: ECP5 netlist: $compared values equal"
  ((compared > 0))
}

lanes() { .venv/bin/python fpga/lanes.py; }

seeds() { SEEDS=${SEEDS:-1 2 3 4} fpga/run.sh; }

failed=0
for part in ${PARTS:-netlist lanes seeds}; do
  case $part in
    netlist | lanes | seeds) "$part" || failed=1 ;;
    *) echo "fpga: unknown part '$part' (netlist lanes seeds)" >&2; exit 2 ;;
  esac
done
exit $failed
