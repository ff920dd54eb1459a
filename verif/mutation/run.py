# SPDX-License-Identifier: Apache-2.0
"""Runs the benches of `make test` on the mutants of mutate.py and judges the score.

usage: run.py BUILD [MODEL...]     (BUILD has been built with -DTALLY_MUTATION=BUILD/models)

A mutant is killed if its bench fails, crashes or needs ten times as long as without a mutant. Survivors
are looked up in survivors.txt, a line each, "model: mutant => verdict: reason": verdict `equivalent`
(no input shows it) takes a mutant out of the count, `accepted` leaves it in as not killed. A survivor
that is not there is not judged and counts as not killed. Fails below FLOOR or without mutants.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOOR = 95.0


def play(bench: pathlib.Path, arguments: list[str], mutant: str, limit: float) -> str:
    """ok, failed or hangs."""
    environment = dict(os.environ, TALLY_MUTANT=mutant)
    try:
        done = subprocess.run([str(bench), "--abort", *arguments], cwd=ROOT, env=environment,
                              timeout=limit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False)
    except subprocess.TimeoutExpired:
        return "hangs"
    return "ok" if done.returncode == 0 else "failed"


def verdicts() -> dict[str, str]:
    path = ROOT / "verif/mutation/survivors.txt"
    lines = [line for line in path.read_text().splitlines() if " => " in line]
    return dict(line.split(" => ", 1) for line in lines)


def main(build: str, *names: str) -> int:
    folder = pathlib.Path(build)
    judged = verdicts()
    total = {"killed": 0, "equivalent": 0, "accepted": 0, "not judged": 0}
    for entry in json.loads((ROOT / "verif/mutation/models.json").read_text()):
        model = entry["model"]
        if names and model not in names:
            continue
        bench = folder / "verif" / entry["bench"]
        arguments = entry.get("arguments", [])
        mutants = (folder / "models" / f"{model}.txt").read_text().splitlines()
        start = time.monotonic()
        if play(bench, arguments, f"{model}:0", 900) != "ok":
            print(f"mutation: {model}: its bench fails without a mutant", file=sys.stderr)
            return 1
        limit = 10 + 10 * (time.monotonic() - start)
        killed = 0
        survivors = []
        for number, mutant in enumerate(mutants, 1):
            if play(bench, arguments, f"{model}:{number}", limit) != "ok":
                killed += 1
                continue
            key = f"{model}: {mutant}"
            verdict = judged.get(key, "not judged")
            survivors.append(f"  {number} {key} => {verdict}")
            total[verdict.split(":")[0]] += 1
        total["killed"] += killed
        print(f"mutation: {model}: {killed} of {len(mutants)} killed by {entry['bench']} "
              f"[{time.monotonic() - start:.0f} s]", flush=True)
        for survivor in survivors:
            print(survivor, flush=True)
    tried = sum(total.values())
    counted = tried - total["equivalent"]
    score = 100 * total["killed"] / counted if counted else 0.0
    print(f"mutation: {tried} mutants, {total['killed']} killed, {total['equivalent']} equivalent, "
          f"{total['accepted']} accepted, {total['not judged']} not judged: score {score:.1f} %")
    return 0 if counted and score >= FLOOR and not total["not judged"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
