#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mutation: makes the mutants of models.json, builds the benches with them and runs every one; a run that
# was cut off goes on where it stopped (run.py). Arguments: models, default all. Environment: JOBS=2.
# Logs in build/mutation/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=build/mutation jobs=${JOBS:-2}
mkdir -p "$build"
configure() { cmake -S . -B "$build" -G Ninja "-DTALLY_MUTATION=$PWD/$build/models" >"$build/configure.log" 2>&1; }
configure || { tail -n 20 "$build/configure.log"; exit 1; } >&2
.venv/bin/python verif/mutation/mutate.py "$build/models.txt" "$build/models" "$@"
configure    # now that the models are there
mapfile -t benches < <(.venv/bin/python -c '
import json, sys
entries = json.load(open("verif/mutation/models.json"))
print(*sorted({b["bench"] for e in entries if e["model"] in sys.argv[1:] or not sys.argv[1:]
               for b in e["benches"]}), sep="\n")' "$@")
ninja -C "$build" -j"$jobs" "${benches[@]}" >"$build/build.log" 2>&1 ||
  { tail -n 40 "$build/build.log"; exit 1; } >&2
exec .venv/bin/python verif/mutation/run.py "$build" "$jobs" "$@"
