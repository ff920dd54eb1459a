# SPDX-License-Identifier: Apache-2.0
"""Draws what sweep.py found: area over the INT8 baseline against n, lanes and whole elements."""
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def draw(rows: list[dict], path: pathlib.Path) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    for axis, what, title in zip(axes, ("lane", "element"), (
            "one lane / INT8 multiplier", "whole element of 16 lanes / INT8 element"), strict=True):
        curves: dict[tuple, list[tuple[int, float]]] = {}
        width = max(row["width"] for row in rows)
        for row in rows:
            if row["what"] == what and row["width"] == width and row["lanes"] in (1, 16):
                key = (row["style"], row["offset"], row["banks"])
                curves.setdefault(key, []).append((row["n"], row["over_int8"]))
        for (style, offset, banks), points in sorted(curves.items()):
            axis.plot(*zip(*sorted(points)), marker="o", markersize=4,
                      color="tab:red" if style == "ff" else "tab:blue",
                      linestyle="-" if offset else "--", alpha=1.0 if banks == 1 else 0.45,
                      label=f"{'flip-flops' if style == 'ff' else 'SRAM'}, "
                            f"{'offset' if offset else 'AC1 alone'}, {'serial' if banks == 1 else 'ping-pong'}")
        axis.axhline(1.0, color="black", linewidth=0.8)
        axis.set(xlabel="n, bits of an exponent", title=title, yscale="log",
                 xticks=sorted({row["n"] for row in rows}))
        axis.grid(True, which="both", alpha=0.3)
    axes[0].set_ylabel(f"area over INT8, counters of {width} bits")
    axes[1].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
