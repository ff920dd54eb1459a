# SPDX-License-Identifier: Apache-2.0
"""Checks that control word and status bits are the same, bit by bit, wherever they are written down.

docs/tile-packet.md has the tables. Against them: the packed structs control_t and status_t of
rtl/tally_pkg.sv, the field table of golden/core/control_word.cpp, the bits of golden/core/status.hpp,
and the status register of rtl/tally_registers.rdl.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
Bits = dict[int, str]   # bit (word * 32 + place in the word) -> field; status: bit -> name


def text(name: str) -> str:
    return (ROOT / name).read_text()


def section(markdown: str, title: str) -> str:
    return re.split(r"\n## ", markdown.split(f"\n## {title}", 1)[1], maxsplit=1)[0]


def spread(fields: list[tuple[str, int, int]]) -> Bits:
    """(name, lowest bit, width) as a map of bits; a bit of two fields is a fault."""
    bits: Bits = {}
    for name, low, width in fields:
        for bit in range(low, low + width):
            if bit in bits:
                raise ValueError(f"bit {bit} belongs to {bits[bit]} and to {name}")
            bits[bit] = name
    return bits


def documented_control() -> Bits:
    fields = []
    for word, high, low, name in re.findall(r"^\| (\d) \| (\d+)(?::(\d+))? \| (\w+) \|",
                                            section(text("docs/tile-packet.md"), "Control word"), re.M):
        bottom = int(low or high)
        fields.append((name, 32 * int(word) + bottom, int(high) - bottom + 1))
    return spread(fields)


def documented_status() -> Bits:
    return {int(bit): name for bit, name in
            re.findall(r"^\| (\d+) \| (\w+) \|", section(text("docs/tile-packet.md"), "Status"), re.M)}


def struct_bits(name: str) -> Bits:
    """A packed struct of tally_pkg: the last member is bit 0; reserved members are no fields."""
    package = text("rtl/tally_pkg.sv")
    body = re.search(rf"typedef struct packed \{{([^}}]*)\}} {name};", package)[1]
    low = 0
    fields = []
    for high, member in reversed(re.findall(r"logic\s*(?:\[(\d+):0\])?\s*(\w+);", body)):
        width = int(high or 0) + 1
        if not member.startswith("reserved"):
            fields.append((member, low, width))
        low += width
    return spread(fields)


def golden_control() -> Bits:
    table = text("golden/core/control_word.cpp").split("kFields", 1)[1].split(";", 1)[0]
    return spread([(name, 32 * int(word) + int(low), int(width)) for name, word, low, width in
                   re.findall(r'\{"(\w+)", &ControlWord::\w+, (\d+), (\d+), (\d+)\}', table)])


def golden_status() -> Bits:
    names = re.findall(r"k(\w+) = 1u << (\d+)", text("golden/core/status.hpp"))
    return {int(bit): re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name, bit in names}


def register_status() -> Bits:
    block = text("rtl/tally_registers.rdl").split("} status", 1)[0].rsplit("reg {", 1)[1]
    return {int(bit): name for name, bit in re.findall(r"(\w+)\[(\d+):\2\]", block)}


def main() -> int:
    compared = wrong = 0
    for what, reference, others in [
        ("control word", documented_control(), {
            "control_t of rtl/tally_pkg.sv": struct_bits("control_t"),
            "kFields of golden/core/control_word.cpp": golden_control()}),
        ("status", documented_status(), {
            "status_t of rtl/tally_pkg.sv": struct_bits("status_t"),
            "golden/core/status.hpp": golden_status(),
            "rtl/tally_registers.rdl": register_status()}),
    ]:
        if not reference:
            print(f"{what}: docs/tile-packet.md has no table")
            wrong += 1
        for place, bits in others.items():
            for bit in sorted(reference.keys() | bits.keys()):
                compared += 1
                if reference.get(bit) != bits.get(bit):
                    wrong += 1
                    print(f"{what}, bit {bit}: {reference.get(bit, 'nothing')} in docs/tile-packet.md, "
                          f"{bits.get(bit, 'nothing')} in {place}")
    print(f"formats: {compared} bits compared, {wrong} differ")
    return 0 if compared and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
