# SPDX-License-Identifier: Apache-2.0
"""Merges the coverage counts of Verilated models and prints line and toggle coverage of rtl/.

usage: find ... -name '*.dat' -print0 | coverage.py FOLDER

Leaves in FOLDER: merged.dat, coverage.info (lcov) and annotated/ (the sources with counts). A point is
a line (a branch or block of Verilator's line coverage) or a signal bit that toggled, in a file; it is
covered if any model, in any configuration, reached it. Generated registers are left out.
"""
import pathlib
import re
import subprocess
import sys
from collections import defaultdict

BATCH = 200     # files a merge, for the length of a command line


def merge(files: list[str], folder: pathlib.Path) -> pathlib.Path:
    merged = folder / "merged.dat"
    merged.unlink(missing_ok=True)
    for start in range(0, len(files), BATCH):
        before = [str(merged)] if merged.exists() else []
        new = folder / "merging.dat"
        subprocess.run(["verilator_coverage", "--write", str(new), *before,
                        *files[start:start + BATCH]], check=True, stdout=subprocess.DEVNULL)
        new.replace(merged)
    return merged


def points(merged: pathlib.Path) -> dict[str, dict[str, dict[tuple, int]]]:
    """File -> line or toggle -> point -> count, summed over models and instances."""
    found: dict = defaultdict(lambda: {"line": defaultdict(int), "toggle": defaultdict(int)})
    for line in merged.read_text(errors="replace").splitlines():
        if not (match := re.match(r"C '(.*)' (\d+)$", line)):
            continue
        fields = dict(item.split("\x02", 1) for item in match[1].split("\x01") if "\x02" in item)
        name = fields.get("f", "")
        if not re.search(r"(^|/)rtl/tally_\w+\.sv$", name):
            continue
        kind = "toggle" if fields["page"].startswith("v_toggle") else "line"
        point = (fields.get("l"), fields.get("n"), fields.get("o"), fields["page"].split("/")[0])
        found[name[name.rindex("rtl/"):]][kind][point] += int(match[2])
    return found


def share(counts: dict[tuple, int]) -> str:
    covered = sum(count > 0 for count in counts.values())
    return f"{covered:>6}/{len(counts):<6} {100 * covered / len(counts) if counts else 100:5.1f} %"


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    files = [name for name in sys.stdin.read().split("\0") if name]
    if not files:
        print("coverage: no counts: did the benches run, in a build with TALLY_COVERAGE?",
              file=sys.stderr)
        return 1
    merged = merge(files, folder)
    found = points(merged)
    if not found:
        print(f"coverage: {merged} has no point of rtl/", file=sys.stderr)
        return 1
    for options in (["--write-info", str(folder / "coverage.info")],
                    ["--annotate-all", "--annotate", str(folder / "annotated")]):
        subprocess.run(["verilator_coverage", *options, str(merged)], check=True,
                       stdout=subprocess.DEVNULL)
    print(f"coverage of rtl/ by {len(files)} simulations (covered/points):")
    total: dict = {"line": {}, "toggle": {}}
    for name, kinds in sorted(found.items()):
        print(f"  {name:<38} line {share(kinds['line'])}   toggle {share(kinds['toggle'])}")
        for kind, counts in kinds.items():
            total[kind].update({(name, *point): count for point, count in counts.items()})
    print(f"  {'total':<38} line {share(total['line'])}   toggle {share(total['toggle'])}")
    print(f"coverage: sources with counts in {folder}/annotated/, lcov in {folder}/coverage.info")
    return 0


if __name__ == "__main__":
    sys.exit(main())
