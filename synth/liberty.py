# SPDX-License-Identifier: Apache-2.0
"""What reports need of a Liberty cell library: the area of every cell, and which are flip-flops."""
import pathlib
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    area: float
    flip_flop: bool


def read_liberty(path: pathlib.Path) -> dict[str, Cell]:
    """Throws ValueError, naming the file, if synthesis cannot work with this library."""
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise ValueError(f"cannot read the cell library {path}: {error.strerror}") from error
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    cells = {}
    for start in re.finditer(r'\bcell\s*\(\s*"?([\w\[\].$-]+)"?\s*\)\s*\{', text):
        depth, end = 1, start.end()
        for brace in re.compile(r"[{}]").finditer(text, start.end()):
            depth += 1 if brace.group() == "{" else -1
            if not depth:
                end = brace.start()
                break
        body = text[start.end():end]
        area = re.search(r"\barea\s*:\s*([\d.eE+-]+)", body)
        cells[start[1]] = Cell(float(area[1]) if area else 0.0,
                               re.search(r"\bff(_bank)?\s*\(", body) is not None)
    if not cells:
        raise ValueError(f"{path} has no cells: is it a Liberty file?")
    flip_flops = [name for name, cell in cells.items() if cell.flip_flop]
    if not flip_flops:
        raise ValueError(f"the cell library {path} has no flip-flop (no cell with an ff group)")
    if not any(cells[name].area > 0 for name in flip_flops):
        raise ValueError(f"the cell library {path} gives its flip-flops no area")
    return cells
