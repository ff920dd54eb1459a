#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every benchmark that was built (make bench). Arguments go to each, e.g.
# --benchmark_filter=prefix.
set -e
cd "$(dirname "$0")/../.."
found=0
for program in build/golden/bench/bench_*; do
  [ -f "$program" ] && [ -x "$program" ] || continue
  found=1
  echo "== $(basename "$program")"
  "$program" "$@"
done
[ "$found" = 1 ] || { echo "make bench: no benchmark was built" >&2; exit 1; }
