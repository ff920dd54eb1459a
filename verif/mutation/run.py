# SPDX-License-Identifier: Apache-2.0
"""Runs the benches of `make test` on the mutants of mutate.py and judges the score.

usage: run.py BUILD JOBS [MODEL...]     (BUILD has been built with -DTALLY_MUTATION=BUILD/models)

A mutant is killed if one of its benches fails, crashes or needs five times the processor time it needs
without a mutant. A bench stops at its first failed check, the next bench runs only on what survives, and
of a bench with several models only the cases of the mutated one run ("only" in models.json).

BUILD/record.jsonl holds what became of each mutant, written as it happens: a run that was cut off goes on
where it stopped. A line counts only for the same mutated model, benches and mutant; remove the file to
begin anew.

Survivors are looked up in survivors.txt, a line each, "model: mutant => verdict: reason": verdict
`equivalent` (no input shows it) takes a mutant out of the count, `accepted` leaves it in as not killed. A
survivor that is not there is not judged and counts as not killed. Fails below FLOOR, or with fewer than
LEAST mutants where all models run.
"""
import hashlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOOR = 95.0
LEAST = 200


def play(bench: pathlib.Path, only: list[str], mutant: str, seconds: int) -> str:
    """ok, failed or hangs: more than so many seconds of processor time, whatever else the machine does."""
    command = ["prlimit", f"--cpu={seconds}", str(bench), "--abort", "-w", "NoTests", *only]
    try:
        done = subprocess.run(command, cwd=ROOT, env=dict(os.environ, TALLY_MUTANT=mutant),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=60 * seconds, check=False)
    except subprocess.TimeoutExpired:
        return "hangs"    # without using the processor
    if done.returncode == 0:
        return "ok"
    return "hangs" if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else "failed"


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Model:
    """A mutated model, its benches and how long they take without a mutant."""

    def __init__(self, entry: dict, build: pathlib.Path):
        self.name = entry["model"]
        self.benches = [(build / "verif" / b["bench"], b.get("only", [])) for b in entry["benches"]]
        self.mutants = (build / "models" / f"{self.name}.txt").read_text().splitlines()
        digest = hashlib.sha256((build / "models" / f"{self.name}.v").read_bytes())
        for bench, only in self.benches:
            digest.update(bench.read_bytes() + json.dumps(only).encode())
        self.fingerprint = digest.hexdigest()
        self.limits: list[int] = []

    def measure(self) -> None:
        for bench, only in self.benches:
            before = cpu_seconds()
            if play(bench, only, f"{self.name}:0", 900) != "ok":
                raise SystemExit(f"mutation: {self.name}: {bench.name} fails without a mutant")
            self.limits.append(int(10 + 5 * (cpu_seconds() - before)))

    def judge(self, number: int) -> dict:
        start = time.monotonic()
        by = how = None
        for (bench, only), limit in zip(self.benches, self.limits):
            how = play(bench, only, f"{self.name}:{number}", limit)
            if how != "ok":
                by = bench.name
                break
        return {"model": self.name, "number": number, "mutant": self.mutants[number - 1], "killed_by": by,
                "how": how, "seconds": round(time.monotonic() - start, 1),
                "fingerprint": self.fingerprint}


class Record:
    """record.jsonl: what is known of earlier runs, and a line for each mutant of this one."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.lock = threading.Lock()
        lines = path.read_text().splitlines() if path.exists() else []
        self.known = {}
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue    # cut off in mid-line
            self.known[entry["model"], entry["number"]] = entry

    def find(self, model: Model, number: int) -> dict | None:
        entry = self.known.get((model.name, number))
        same = entry and (entry["fingerprint"], entry["mutant"]) == (model.fingerprint,
                                                                     model.mutants[number - 1])
        return entry if same else None

    def add(self, entry: dict) -> dict:
        with self.lock, self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        return entry


def verdicts() -> dict[str, str]:
    path = ROOT / "verif/mutation/survivors.txt"
    lines = [line for line in path.read_text().splitlines() if " => " in line]
    return dict(line.split(" => ", 1) for line in lines)


def main(build: str, jobs: str, *names: str) -> int:
    folder = pathlib.Path(build)
    judged = verdicts()
    record = Record(folder / "record.jsonl")
    total = {"killed": 0, "equivalent": 0, "accepted": 0, "not judged": 0}
    resumed = 0
    begin = time.monotonic()
    for entry in json.loads((ROOT / "verif/mutation/models.json").read_text()):
        if names and entry["model"] not in names:
            continue
        start = time.monotonic()
        model = Model(entry, folder)
        results = [record.find(model, number) for number in range(1, len(model.mutants) + 1)]
        missing = [i + 1 for i, result in enumerate(results) if result is None]
        resumed += len(results) - len(missing)
        if missing:
            model.measure()
            with ThreadPoolExecutor(int(jobs)) as pool:
                for result in pool.map(lambda n, m=model: record.add(m.judge(n)), missing):
                    results[result["number"] - 1] = result
        survivors = [result for result in results if not result["killed_by"]]
        killed = len(results) - len(survivors)
        total["killed"] += killed
        print(f"mutation: {model.name}: {killed} of {len(results)} killed by "
              f"{', '.join(bench.name for bench, _ in model.benches)} "
              f"[{time.monotonic() - start:.0f} s]", flush=True)
        for result in survivors:
            key = f"{model.name}: {result['mutant']}"
            verdict = judged.get(key, "not judged")
            total[verdict.split(":")[0]] += 1
            print(f"  {result['number']} {key} => {verdict}", flush=True)
    tried = sum(total.values())
    counted = tried - total["equivalent"]
    score = 100 * total["killed"] / counted if counted else 0.0
    print(f"mutation: {tried} mutants, {total['killed']} killed, {total['equivalent']} equivalent, "
          f"{total['accepted']} accepted, {total['not judged']} not judged: score {score:.1f} % "
          f"[{time.monotonic() - begin:.0f} s, {resumed} taken from {record.path}]")
    enough = counted >= LEAST or (names and counted)
    return 0 if enough and score >= FLOOR and not total["not judged"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
