# SPDX-License-Identifier: Apache-2.0
"""The King James text: verses, their one split, and windows of characters for a language model.

    ./setup.sh data
    .venv/bin/python golden/models/kjv.py FOLDER

writes FOLDER/calibration.npz, held_out.npz and test.npz: x, int64 [N, 32], the numbers of 32
characters in a row, and y, int64 [N, 32], each time the character that follows. Of every 2,000
verses in the order of the books, 100 are held out and 100 are test: no window of one part touches
the text of another.
"""
import pathlib
import sys

import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent.parent / "data"
LENGTH = 32
BLOCK = 100
SAMPLES = {"calibration": 512, "held_out": 1000, "test": 1000}


def verses(part: str) -> list[str]:
    """The verses of "train", "held_out", "test" or "all", without their numbers."""
    lines = (DATA / "kjv" / "kjv.txt").read_text("ascii").splitlines()
    text = [line.split(" ", 1)[1].strip() for line in lines]
    kept = {"train": set(range(20)) - {9, 19}, "held_out": {9}, "test": {19},
            "all": set(range(20))}[part]
    return [verse for i, verse in enumerate(text) if i // BLOCK % 20 in kept]


def alphabet() -> str:
    """Every character of the text; a character's number is its place here. Verses end in a newline."""
    return "".join(sorted(set("\n".join(verses("all")))))


def characters(part: str) -> np.ndarray:
    """The numbers of the characters of a part, int64."""
    number = {c: i for i, c in enumerate(alphabet())}
    return np.array([number[c] for c in "\n".join(verses(part)) + "\n"], np.int64)


def windows(part: str, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of `samples` windows that do not overlap, spread evenly over the part."""
    text = characters(part)
    starts = np.linspace(0, len(text) // LENGTH - 2, samples).astype(int) * LENGTH
    at = starts[:, None] + np.arange(LENGTH)
    return text[at], text[at + 1]


def main(folder: str) -> None:
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for name, samples in SAMPLES.items():
        x, y = windows("train" if name == "calibration" else name, samples)
        np.savez(pathlib.Path(folder) / f"{name}.npz", x=x, y=y)


if __name__ == "__main__":
    main(*sys.argv[1:])
