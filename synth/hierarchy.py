# SPDX-License-Identifier: Apache-2.0
"""Gives modules that are equal one name.

The slang reader makes a module of every instance, `tally_lane$tally_pe.g_lanes[3].u_lane`. Sixteen
equal lanes are synthesized once if they are one module; and reports want the names of the source:
`tally_lane`, with `_2`, `_3` ... where parameters made variants of a module.
"""
import hashlib
import re

MODULE = re.compile(r"^((?:attribute [^\n]*\n)*)module (\S+)\n(.*?)^end\n", re.M | re.S)
CELL = re.compile(r"(?m)^(\s*cell )(\\\S+)( )")


NUMBERED = re.compile(r"\$[\w$.:/\\-]*\$?\d+[\w$]*")


def _blocks(body: str) -> list[str]:
    """The wires, cells and connections of a module, each with its attributes."""
    blocks: list[str] = []
    lines: list[str] = []
    inside = False
    for line in body.splitlines():
        lines.append(line)
        word = line.split(maxsplit=1)[0]
        inside = (inside or word == "cell") and word != "end"
        if not inside and word != "attribute":
            blocks.append("\n".join(lines))
            lines = []
    return blocks


def _shape(body: str) -> tuple[str, ...]:
    """Equal for modules that differ only in the names and the order which the reader made up.

    Every made-up name gets the hash of the blocks it occurs in, these in turn with the hashes of the
    other names: after a few rounds a hash knows the neighbourhood of its name.
    """
    blocks = _blocks(body)
    names = [set(NUMBERED.findall(block)) for block in blocks]
    color = {name: "" for found in names for name in found}
    for _ in range(6):
        around: dict[str, list[str]] = {name: [] for name in color}
        for block, found in zip(blocks, names):
            for own in found:
                around[own].append(NUMBERED.sub(
                    lambda m, own=own: "<*>" if m[0] == own else f"<{color[m[0]]}>", block))
        color = {name: hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()
                 for name, texts in around.items()}
    return tuple(sorted(NUMBERED.sub(lambda m: f"<{color[m[0]]}>", block) for block in blocks))


def merge_equal_modules(rtlil: str) -> str:
    """Merges equal modules, from the leaves up; takes and gives a design as RTLIL text."""
    header = rtlil[:rtlil.index(MODULE.search(rtlil).group())]
    modules = {match[2]: (match[1], match[3]) for match in MODULE.finditer(rtlil)}
    renamed: dict[str, str] = {}        # module of the reader -> name in the result
    known: dict[tuple, str] = {}        # (module of the source, shape) -> name in the result
    variants: dict[str, int] = {}
    result = []

    def visit(name: str) -> None:
        if name in renamed:
            return
        attributes, body = modules[name]
        for cell in CELL.finditer(body):
            if cell[2] in modules:
                visit(cell[2])
        body = CELL.sub(lambda cell: cell[1] + renamed.get(cell[2], cell[2]) + cell[3], body)
        source = name.split("$")[0]
        key = (source, _shape(body))
        if key not in known:
            variants[source] = variants.get(source, 0) + 1
            known[key] = source + (f"_{variants[source]}" if variants[source] > 1 else "")
            result.append(f"{attributes}module {known[key]}\n{body}end\n")
        renamed[name] = known[key]

    for name in modules:
        visit(name)
    return header + "".join(result)
