# SPDX-License-Identifier: Apache-2.0
"""Merges the coverage counts of Verilated models; line, branch and toggle coverage of rtl/, with floors.

usage: find ... -name '*.dat' -print0 | coverage.py FOLDER

A point is a block of lines, a branch of an if or case, or a bit of a signal that toggles; it is covered
if any model, in any configuration, reached it. Generated registers are left out. coverage.json holds the
floors in per cent and the exceptions, each for points of one file and kind whose source line (of a line
or branch) or signal (of a toggle) matches, with its reason; an exception that leaves out nothing, or a
covered point only, is a fault. Leaves in FOLDER: merged.dat, summary.json, html/ (lines and branches) and
html-toggle/ (a signal's bits as branches of the line that declares it), drawn by genhtml (Debian lcov).
"""
import json
import pathlib
import re
import subprocess
import sys
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parents[1]
BATCH = 200     # files a merge, for the length of a command line
KINDS = ("line", "branch", "toggle")


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


def points(merged: pathlib.Path) -> dict[tuple, int]:
    """(file, kind, line, column, name) -> count, summed over models and instances."""
    found: dict = defaultdict(int)
    for line in merged.read_text(errors="replace").splitlines():
        if not (match := re.match(r"C '(.*)' (\d+)$", line)):
            continue
        fields = dict(item.split("\x02", 1) for item in match[1].split("\x01") if "\x02" in item)
        name = fields.get("f", "")
        page = fields.get("page", "").split("/")[0].removeprefix("v_")
        if page not in KINDS or not re.search(r"(^|/)rtl/tally_\w+\.sv$", name):
            continue
        file = name[name.rindex("rtl/"):]
        found[file, page, int(fields["l"]), int(fields.get("n", 0)), fields.get("o", "")] += int(
            match[2])
    return found


def except_points(found: dict[tuple, int], exceptions: list[dict]) -> tuple[dict, list[str]]:
    """The points that count, and what is wrong with the exceptions."""
    left = dict(found)
    problems = []
    sources = {file: (ROOT / file).read_text().splitlines() for file, *_ in found}
    for exception in exceptions:
        matching = []
        for point in left:
            file, kind, line, _, name = point
            text = name if kind == "toggle" else sources[file][line - 1]
            if (file == exception["file"] and kind == exception["kind"] and
                    re.search(exception["match"], text)):
                matching.append(point)
        missed = [point for point in matching if not left[point]]
        if not missed:
            problems.append(f"exception {exception} leaves out no point that is not covered")
        for point in missed:
            del left[point]
    return left, problems


def draw(found: dict[tuple, int], kinds: tuple, folder: pathlib.Path, title: str) -> None:
    """HTML by genhtml: lines from the first kind, branches from the second (or the only one)."""
    by_file: dict = defaultdict(lambda: defaultdict(list))
    for (file, kind, line, _, _), count in sorted(found.items()):
        if kind in kinds:
            by_file[file][line].append((kind, count))
    info = []
    for file, lines in by_file.items():
        info.append(f"SF:{ROOT / file}")
        for line, entries in lines.items():
            for number, (_, count) in enumerate(e for e in entries if e[0] == kinds[-1]):
                info.append(f"BRDA:{line},0,{number},{count}")
            whole = [count for kind, count in entries if kind == kinds[0]]
            info.append(f"DA:{line},{min(whole) if whole else max(c for _, c in entries)}")
        info.append("end_of_record")
    path = folder / f"{kinds[-1]}.info"
    path.write_text("TN:\n" + "\n".join(info) + "\n")
    out = folder / ("html-toggle" if kinds == ("toggle",) else "html")
    subprocess.run(["genhtml", "--quiet", "--branch-coverage", "--title", title, "--prefix", str(ROOT),
                    "--output-directory", str(out), str(path)], check=True)


def share(counts: list[int]) -> float:
    return 100 * sum(count > 0 for count in counts) / len(counts) if counts else 100.0


def main() -> int:
    folder = pathlib.Path(sys.argv[1]).resolve()
    files = [name for name in sys.stdin.read().split("\0") if name]
    if not files:
        print("coverage: no counts: did the benches run, in a build with TALLY_COVERAGE?",
              file=sys.stderr)
        return 1
    rules = json.loads((ROOT / "verif/coverage.json").read_text())
    found = points(merge(files, folder))
    if not found:
        print("coverage: the counts hold no point of rtl/", file=sys.stderr)
        return 1
    counted, problems = except_points(found, rules["exceptions"])
    draw(found, ("line", "branch"), folder, "Tally RTL: lines and branches")
    draw(found, ("toggle",), folder, "Tally RTL: toggles")

    print(f"coverage of rtl/ by {len(files)} simulations (covered/points, exceptions left out):")
    total: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for file in sorted({point[0] for point in counted}):
        row = f"  {file:<34}"
        for kind in KINDS:
            counts = [count for point, count in counted.items() if point[:2] == (file, kind)]
            total[kind] += counts
            row += f"  {kind} {sum(c > 0 for c in counts):>5}/{len(counts):<5} {share(counts):5.1f} %"
        print(row)
    summary = {}
    for kind, counts in total.items():
        floor = rules["floors"][kind]
        summary[kind] = {"points": len(counts), "covered": sum(c > 0 for c in counts),
                         "excepted": sum(p[1] == kind for p in found) - len(counts)}
        print(f"  {kind}: {summary[kind]['covered']} of {len(counts)}, {share(counts):.2f} % (floor "
              f"{floor} %), {summary[kind]['excepted']} points excepted")
        if share(counts) < floor:
            problems.append(f"{kind} coverage {share(counts):.2f} % is below the floor of {floor} %")
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    missed = folder / "missed.txt"
    missed.write_text("".join(f"{file}:{line}:{column} {kind} {name}\n" for
                              (file, kind, line, column, name), count in sorted(counted.items())
                              if not count))
    print(f"coverage: HTML in {folder}/html/ and html-toggle/, points not covered in {missed}")
    for problem in problems:
        print(f"coverage: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
