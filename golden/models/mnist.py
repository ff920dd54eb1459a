# SPDX-License-Identifier: Apache-2.0
"""MNIST in numpy, and its one split: the last 5,000 training digits are held out.

    .venv/bin/python golden/models/mnist.py FOLDER

writes FOLDER/calibration.npz (512 training digits, spread evenly) and FOLDER/held_out.npz (the
held-out digits), each with x, uint8 [N, 28, 28], and y. No network here was trained on the held-out
digits, so they may choose a training epoch or a bit width; the test set only ever measures.
"""
import pathlib
import sys

import numpy as np

MNIST = pathlib.Path(__file__).resolve().parent.parent.parent / "data" / "mnist"
HELD_OUT = 5000
CALIBRATION = 512


def read_idx(path: pathlib.Path) -> np.ndarray:
    """The array in an idx file of unsigned bytes: two zeros, type 8, rank, big-endian sizes."""
    raw = path.read_bytes()
    if raw[:3] != b"\0\0\x08":
        sys.exit(f"{path}: not an idx file of unsigned bytes")
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 28, 28] and labels [N], uint8, of "train", "held_out" or "test"."""
    prefix = "t10k" if part == "test" else "train"
    x = read_idx(MNIST / f"{prefix}-images-idx3-ubyte")
    y = read_idx(MNIST / f"{prefix}-labels-idx1-ubyte")
    kept = {"train": slice(None, -HELD_OUT), "held_out": slice(-HELD_OUT, None),
            "test": slice(None)}[part]
    return x[kept], y[kept]


def main(folder: str) -> None:
    x, y = load("train")
    spread = np.linspace(0, len(x) - 1, CALIBRATION).astype(int)
    np.savez(pathlib.Path(folder) / "calibration.npz", x=x[spread], y=y[spread].astype(np.int64))
    x, y = load("held_out")
    np.savez(pathlib.Path(folder) / "held_out.npz", x=x, y=y.astype(np.int64))


if __name__ == "__main__":
    main(*sys.argv[1:])
