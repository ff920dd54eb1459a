# SPDX-License-Identifier: Apache-2.0
"""DNA-TEQ's Algorithm 1 written directly in NumPy: the peer of bench_base_search.

Reads float32 values from FILE, searches the base for each n given, and prints one JSON object a
line: n, base, rmae, candidates, seconds (of CPU time). Same readings of the paper as golden/core/base_search.hpp
(its numbered list), so both find the same base.
"""
import json
import sys
import time

import numpy as np

STEP = 0.01
LARGEST_BASE = 1e9


def quantize(t: np.ndarray, base: np.float32, alpha: float, beta: float, n: int) -> np.ndarray:
    """Eq. 2 and 3; zero stays zero."""
    limit = 2 ** (n - 1) - 1
    magnitude = np.abs(t)
    ratio = (magnitude - beta) / alpha
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log(ratio) / np.log(np.float64(base)) + 0.5)
    exponent = np.where(ratio <= 0, -limit, np.clip(exponent, -limit, limit))
    return np.where(t == 0, 0.0, np.sign(t) * (alpha * np.float64(base) ** exponent + beta))


def error(t: np.ndarray, base: float, n: int) -> float:
    """RMAE (Eq. 6) with alpha and beta of Eq. 4 and 5; infinite where the levels are unusable."""
    rounded = np.float32(base)
    if not 1 < rounded <= LARGEST_BASE:
        return np.inf
    limit = 2 ** (n - 1) - 1
    magnitude = np.abs(t[t != 0]).astype(np.float64)
    b = np.float64(rounded)
    alpha = magnitude.max() / b ** limit
    beta = magnitude.min() - alpha * b ** (-limit - 0.5)
    if alpha * b ** -limit + beta <= 0:
        return np.inf
    return float(np.abs(quantize(t, rounded, alpha, beta, n) - t).sum() / np.abs(t).sum(dtype=np.float64))


def search(t: np.ndarray, n: int) -> tuple[float, float, int]:
    largest = float(np.abs(t).max())
    base = max(largest, 1 / largest) ** (1 / (2 ** (n - 1) - 1))
    current, up, down = (error(t, b, n) for b in (base, base + STEP, base - STEP))
    candidates = 3
    if min(up, down) < current:
        step, after = (STEP, up) if up <= down else (-STEP, down)
        while after < current:
            current = after
            base += step
            after = error(t, base + step, n)
            candidates += 1
    return float(np.float32(base)), current, candidates


def main(path: str, *widths: str) -> None:
    t = np.fromfile(path, dtype=np.float32)
    for n in (int(w) for w in widths):
        start = time.process_time()
        base, rmae, candidates = search(t, n)
        print(json.dumps({"n": n, "base": base, "rmae": rmae, "candidates": candidates,
                          "seconds": time.process_time() - start}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
