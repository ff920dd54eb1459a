# SPDX-License-Identifier: Apache-2.0
"""Run ctest and close with one line, "N passed, N failed", that counts test cases.

usage: run_tests.py BUILD_DIR [ctest option...]

The count comes from ctest's JUnit file, not from its text. A test that did not run counts as
failed, and a run without tests is a failure.
"""
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def main(build_dir: str, *options: str) -> int:
    junit = pathlib.Path(build_dir).resolve() / "junit.xml"
    junit.unlink(missing_ok=True)  # never count an older run
    ctest = subprocess.run(
        ["ctest", "--test-dir", build_dir, "--output-on-failure", "--output-junit", str(junit),
         *options], check=False)
    cases = ElementTree.parse(junit).getroot().findall("testcase") if junit.exists() else []
    failed = [case for case in cases if case.get("status") != "run"]
    for case in failed:
        print(f"FAILED ({case.get('status')}): {case.get('name')}")
    if not cases:
        print("no test ran")
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 0 if cases and not failed and ctest.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
