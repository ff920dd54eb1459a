#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make fpga` is too short for, as a part of `make regress`:
#   netlist  the board of configuration small, and the whole ULX3S, as ECP5 netlists: their configuration words and
#            random tiles on the test vectors of the serial link, values against the emulator
#   seeds    the default board with four seeds (SEEDS="1 2 3 4"), of which one must meet its clock
#   wide     board ulx3s_wide, 128 lanes
#   utilization  elements beside the INT8 one (fpga/utilization.py)
# Environment: JOBS=2, FPGA_PARTS="netlist seeds wide utilization". Logs: build/fpga/. Fails if a part failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/build/fpga
mkdir -p "$out"
./setup.sh synth fpga || exit 1
rtl/generate_registers.sh || exit 1
jobs=${JOBS:-2}

# A bench's last line, "All tests passed (N assertions in M test cases)" or what failed.
verdict() { echo "fpga: $1: $(grep -E 'All tests passed|^test cases:|No tests ran' "$2" | tail -n 1)"; }

netlist() {
  local folder=$out/netlist bench=$out/bench log=$out/netlist.log board code=0
  local small=(--config small --set Cut=0 CounterStyle=1 WeightDepth=256 ActivationDepth=128 ResultDepth=16)
  { .venv/bin/python fpga/netlist.py "$folder/small" "${small[@]}" ClocksPerBit=4 &&
      .venv/bin/python fpga/netlist.py "$folder/ulx3s" --set ClocksPerBit=4 &&
      cmake -S . -B "$bench" -G Ninja -DTALLY_FPGA_NETLIST="$folder" &&
      ninja -C "$bench" -j"$jobs" test_uart_netlist_small test_uart_netlist_ulx3s
  } >"$log" 2>&1 || { tail -n 30 "$log"; return 1; }
  grep '^netlist: ' "$log"
  for board in small ulx3s; do
    "$bench/verif/fpga/test_uart_netlist_$board" "uart board: says*,uart board: results*" \
      >"$out/netlist_$board.log" 2>&1 || code=1
    verdict "ECP5 netlist of board $board" "$out/netlist_$board.log"
  done
  return $code
}

seeds() { SEEDS=${SEEDS:-1 2 3 4} fpga/run.sh; }
wide() { BOARD=ulx3s_wide SEEDS=1 fpga/run.sh; }
utilization() { .venv/bin/python fpga/utilization.py; }

failed=0
for part in ${FPGA_PARTS:-netlist seeds wide utilization}; do
  case $part in
    netlist | seeds | wide | utilization) "$part" || { echo "fpga: $part failed"; failed=1; } ;;
    *) echo "fpga: unknown part '$part' (netlist seeds wide utilization)" >&2; exit 2 ;;
  esac
done
exit $failed
