# SPDX-License-Identifier: Apache-2.0
"""Checks that the package descriptions list exactly the files of rtl/tally.f, in its order.

usage: test_packaging.py [--write] [--tools]

--write puts the list into them; --tools (after ./setup.sh packaging) lets FuseSoC set up both targets of
tally.core for Verilator and compares the files it passes on.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
# File -> (indent of the list, how to find the list in the parsed description).
DESCRIPTIONS = {
    "tally.core": (4, lambda text: text["filesets"]["rtl"]["files"]),
    "Bender.yml": (4, lambda text: text["sources"][0]["files"]),
}


def rtl_files() -> list[str]:
    lines = (ROOT / "rtl/tally.f").read_text().splitlines()
    return [line.strip() for line in lines if line.strip().endswith(".sv")]


def write(name: str, indent: int, files: list[str]) -> None:
    """Replaces the first list of files, empty or not."""
    path = ROOT / name
    items = "".join(f"\n{' ' * (indent + 2)}- {file}" for file in files)
    text, count = re.subn(r"files:( \[\]|(\n +- \S+\.sv)+)", f"files:{items}", path.read_text(),
                          count=1)
    assert count == 1, name
    path.write_text(text)


def check_fusesoc(files: list[str]) -> bool:
    """FuseSoC's file list for Verilator is ours, for both targets, with the testbench behind it."""
    passed = 0
    for target, more in (("default", []), ("play", ["verif/sv/tally_play_tb.sv"])):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run(
                [sys.executable, "-m", "fusesoc.main", f"--cores-root={ROOT}", "run", f"--target={target}",
                 "--tool=verilator", "--setup", f"--build-root={folder}", "tally"],
                cwd=folder, capture_output=True, text=True, check=False)
            lists = list(pathlib.Path(folder).rglob("*.vc"))
            if run.returncode or len(lists) != 1:
                print(f"FuseSoC does not set up target {target}:\n{run.stdout}{run.stderr}")
                continue
            found = re.findall(r"(?m)^\S*?/((?:rtl|verif)/\S+\.sv)$", lists[0].read_text())
        if found == files + more:
            passed += 1
        else:
            print(f"FuseSoC's target {target} has other files: "
                  f"{', '.join(sorted(set(found) ^ set(files + more))) or 'the same, in another order'}")
    print(f"packaging: FuseSoC sets up {passed} of 2 targets with the {len(files)} files of rtl/tally.f")
    return passed == 2


def main() -> int:
    files = rtl_files()
    checked = 0
    for name, (indent, find) in DESCRIPTIONS.items():
        if "--write" in sys.argv[1:]:
            write(name, indent, files)
        listed = find(yaml.safe_load((ROOT / name).read_text().replace("CAPI=2:", "capi: 2", 1)))
        for missing in [file for file in files if file not in listed]:
            print(f"{name} lacks {missing} of rtl/tally.f")
        for extra in [file for file in listed if file not in files]:
            print(f"{name} has {extra}, rtl/tally.f does not")
        if listed == files:
            checked += 1
        elif sorted(listed) == sorted(files):
            print(f"{name} has another order than rtl/tally.f")
        absent = [file for file in listed if not (ROOT / file).is_file()]
        if absent:
            print(f"{name} lists files that do not exist: {', '.join(absent)}")
            checked -= 1
    print(f"packaging: {checked} of {len(DESCRIPTIONS)} descriptions list the {len(files)} files of "
          "rtl/tally.f" + ("" if checked == len(DESCRIPTIONS) else
                           " (.venv/bin/python verif/test_packaging.py --write puts them right)"))
    tools = "--tools" not in sys.argv[1:] or check_fusesoc(files)
    return 0 if files and tools and checked == len(DESCRIPTIONS) else 1


if __name__ == "__main__":
    sys.exit(main())
