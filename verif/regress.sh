#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make regress`: what is too long for `make test`.
#   1. the long cases of the RTL benches (label regress)          build/regress/
#   2. line, branch and toggle coverage of rtl/ by all RTL benches, as HTML, with the floors of
#      coverage.json                                              build/coverage/
#   3. mutants of the hardware against the benches of make test    build/mutation/
#   4. the demo with SAMPLES=500 digits on the Verilated hardware  build/demo/
#   5. the whole MNIST network in each number system and in a mixed plan, 20 digits on the Verilated
#      hardware                                                   build/systems/
#   6. FuseSoC sets up the targets of tally.core                   build/regress/
#   7. the areas of lanes and elements over n, counter width and so on (make synth SWEEP=1)
#                                                                  build/synth/sweep/
#   8. energy of a multiply on real operands (make energy)        build/synth/energy/
#   9. FPGA boards: a netlist against the link's vectors, four seeds (fpga/regress.sh)
#                                                                  build/fpga/
# Logs are in these folders; prints a summary with the time of each part and fails if a part failed.
# Environment: JOBS=2, PARTS="..." for some of them only.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-2}
samples=${SAMPLES:-500}
all="cases coverage mutation demo systems packaging sweep energy fpga"
parts=${PARTS:-$all}
failed=0

# build FOLDER OPTION target...: what needs an option in a build folder of its own
build() {
  local folder=$1 option=$2
  shift 2
  mkdir -p "$folder"
  { cmake -S . -B "$folder" -G Ninja ${option:+"$option"} && ninja -C "$folder" -j"$jobs" "$@"; } \
    >"$folder/build.log" 2>&1 && return
  tail -n 30 "$folder/build.log" >&2
  echo "regress: $folder does not build ($folder/build.log)"
  return 1
}

# summary NAME LOG: the line "N passed, N failed" that closes every run of tests
summary() { echo "regress: $1: $(tail -n 1 "$2") ($2)"; }

cases() {
  local log=build/regress/cases.log benches
  mapfile -t benches < <(grep -l '\[\.regress\]' verif/test_*.cpp | xargs -rn1 basename -s .cpp)
  build build/regress -DTALLY_REGRESS=ON "${benches[@]}" || return 1
  .venv/bin/python cmake/run_tests.py build/regress -j"$jobs" -L '^regress$' >"$log" 2>&1
  local code=$?
  grep '^FAILED' "$log"
  summary "long cases" "$log"
  return $code
}

coverage() {
  local folder=build/coverage code
  ./setup.sh coverage || return 1
  build "$folder" -DTALLY_COVERAGE=ON verif/all || return 1
  rm -rf "$folder/counts" "$folder/html" "$folder/html-toggle"
  mkdir -p "$folder/counts"
  TALLY_COVERAGE=$PWD/$folder/counts .venv/bin/python cmake/run_tests.py "$folder" -j"$jobs" \
    -L '^rtl$' >"$folder/tests.log" 2>&1
  code=$?
  grep '^FAILED' "$folder/tests.log"
  summary "RTL benches with coverage" "$folder/tests.log"
  find "$folder/counts" -name '*.dat' -print0 |
    .venv/bin/python verif/coverage.py "$folder" >"$folder/coverage.txt" || code=1
  cat "$folder/coverage.txt"
  return $code
}

mutation() {
  JOBS=$jobs verif/mutation/run.sh >build/mutation.log 2>&1
  local code=$?
  grep '^mutation: \|not judged$' build/mutation.log | tail -n 30
  return $code
}

demo() {
  local log=build/regress/demo.log
  mkdir -p build/regress
  build build "" tally || return 1
  SAMPLES=$samples golden/cli/demo.sh >"$log" 2>&1
  local code=$?
  if ((code)); then tail -n 20 "$log"; else grep -E '^  (hardware|accuracy|verdict)' -A 1 "$log"; fi
  echo "regress: demo with $samples digits on the RTL: exit code $code ($log)"
  return $code
}

systems() {
  build build "" tally || return 1
  golden/cli/systems.sh
  local code=$?
  echo "regress: each number system on the RTL: exit code $code (build/systems)"
  return $code
}

packaging() {
  mkdir -p build/regress
  ./setup.sh packaging && rtl/generate_registers.sh &&
    .venv/bin/python verif/test_packaging.py --tools >build/regress/packaging.log 2>&1
  local code=$?
  grep '^packaging: ' build/regress/packaging.log
  return $code
}

sweep() {
  local log=build/regress/sweep.log
  mkdir -p build/regress
  SWEEP=1 JOBS=$jobs synth/run.sh >"$log" 2>&1
  local code=$?
  tail -n "$((code ? 20 : 1))" "$log"
  echo "regress: sweep of areas: exit code $code ($log)"
  return $code
}

energy() {
  local log=build/regress/energy.log
  mkdir -p build/regress
  build build "" tally || return 1
  synth/energy.sh >"$log" 2>&1
  local code=$?
  ((code)) && tail -n 5 "$log"
  echo "regress: energy of a multiply: exit code $code ($log)"
  return $code
}

fpga() {
  local log=build/regress/fpga.log
  mkdir -p build/regress
  JOBS=$jobs fpga/regress.sh >"$log" 2>&1
  local code=$?
  grep '^fpga: ' "$log"
  echo "regress: FPGA boards: exit code $code ($log)"
  return $code
}

for part in $parts; do
  [[ " $all " == *" $part "* ]] || { echo "regress: unknown part '$part' ($all)" >&2; exit 2; }
  start=$SECONDS
  "$part" || failed=1
  echo "regress: $part took $((SECONDS - start)) s"
done
((failed)) && echo "regress: FAILED" || echo "regress: all parts passed"
exit $failed
