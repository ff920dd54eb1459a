# SPDX-License-Identifier: Apache-2.0
"""MNIST and Fashion-MNIST in numpy, and their one split: the last 5,000 training images are held out.

    .venv/bin/python golden/models/mnist.py FOLDER [mnist | fashion-mnist]

writes FOLDER/calibration.npz (512 training images, spread evenly) and FOLDER/held_out.npz (the
held-out images), each with x, uint8 [N, 28, 28], and y. No network here was trained on the held-out
images, so they may choose a training epoch or a bit width; the test set only ever measures.
"""
import gzip
import pathlib
import sys

import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent.parent / "data"
HELD_OUT = 5000
CALIBRATION = 512


def read_idx(path: pathlib.Path) -> np.ndarray:
    """The array in an idx file of unsigned bytes: two zeros, type 8, rank, big-endian sizes.

    The file may be there as PATH.gz instead."""
    raw = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    if raw[:3] != b"\0\0\x08":
        sys.exit(f"{path}: not an idx file of unsigned bytes")
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load(part: str, name: str = "mnist") -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 28, 28] and labels [N], uint8, of "train", "held_out" or "test"."""
    prefix = "t10k" if part == "test" else "train"
    x = read_idx(DATA / name / f"{prefix}-images-idx3-ubyte")
    y = read_idx(DATA / name / f"{prefix}-labels-idx1-ubyte")
    kept = {"train": slice(None, -HELD_OUT), "held_out": slice(-HELD_OUT, None),
            "test": slice(None)}[part]
    return x[kept], y[kept]


def main(folder: str, name: str = "mnist") -> None:
    x, y = load("train", name)
    spread = np.linspace(0, len(x) - 1, CALIBRATION).astype(int)
    np.savez(pathlib.Path(folder) / "calibration.npz", x=x[spread], y=y[spread].astype(np.int64))
    x, y = load("held_out", name)
    np.savez(pathlib.Path(folder) / "held_out.npz", x=x, y=y.astype(np.int64))


if __name__ == "__main__":
    main(*sys.argv[1:])
