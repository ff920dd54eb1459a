# SPDX-License-Identifier: Apache-2.0
"""Checks that the package descriptions list exactly the files of rtl/tally.f, in its order.

usage: test_packaging.py [--write]      (--write puts the list into them)
"""
import pathlib
import re
import sys

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
                           " (verif/test_packaging.py --write puts them right)"))
    return 0 if files and checked == len(DESCRIPTIONS) else 1


if __name__ == "__main__":
    sys.exit(main())
