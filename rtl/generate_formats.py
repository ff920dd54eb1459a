# SPDX-License-Identifier: Apache-2.0
"""The control word and the status bits, described in tally_registers.rdl, for RTL, C++ and documents.

    generate_formats.py OUT      writes OUT/tally_formats_pkg.sv and OUT/tally_formats.hpp
    generate_formats.py --docs   renews the tables of docs/tile-packet.md
    generate_formats.py --check  fails if those tables are not what --docs would write
"""
import pathlib
import re
import sys
from dataclasses import dataclass

from systemrdl import RDLCompiler

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE = ROOT / "rtl/tally_registers.rdl"
DOCS = ROOT / "docs/tile-packet.md"
FROM = "from rtl/tally_registers.rdl by rtl/generate_formats.py"


@dataclass
class Field:
    name: str
    word: int
    low: int
    width: int
    text: str
    fatal: bool

    @property
    def bits(self) -> str:
        high = self.low + self.width - 1
        return str(high) if self.width == 1 else f"{high}:{self.low}"


@dataclass
class Formats:
    control: list[Field]
    systems: dict[str, int]     # number system -> its value
    version: int
    words: int
    status: list[Field]


def fields_of(register, word: int) -> list[Field]:
    fields = [Field(field.inst_name, word, field.low, field.width, field.get_property("desc") or "",
                    bool(field.get_property("fatal", default=False))) for field in register.fields()]
    return sorted(fields, key=lambda field: field.low)


def read() -> Formats:
    def compiled(top: str):
        compiler = RDLCompiler()
        compiler.compile_file(str(SOURCE))
        return compiler.elaborate(top_def_name=top).top

    words = sorted(compiled("tally_control_word").registers(), key=lambda word: word.address_offset)
    control = [field for index, word in enumerate(words) for field in fields_of(word, index)]
    by_name = {field.inst_name: field for word in words for field in word.fields()}
    systems = {item.name: item.value for item in by_name["number_system"].get_property("encode")}
    status = next(register for register in compiled("tally_registers").registers()
                  if register.inst_name == "status")
    return Formats(control, systems, by_name["version"].get_property("reset"), len(words),
                   fields_of(status, 0))


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


# ---------------------------------------------------------------- RTL
def members(fields: list[Field], words: int) -> tuple[list[str], list[int]]:
    """Members of a packed struct, the top bit first, and the bits that no field has."""
    lines, reserved = [], []
    bit = 0
    for field in [*fields, None]:
        low = 32 * words if field is None else 32 * field.word + field.low
        if low > bit:
            lines.append(f"    logic [{low - bit - 1}:0] reserved_{bit};")
            reserved += range(bit, low)
        if field is not None:
            lines.append(f"    logic [{field.width - 1}:0] {field.name};" if field.width > 1
                         else f"    logic {field.name};")
            bit = low + field.width
    return lines[::-1], reserved


def package(formats: Formats) -> str:
    control, reserved = members(formats.control, formats.words)
    status = [f"    logic {field.name};" for field in formats.status[::-1]]
    size = 32 * formats.words
    systems = ",\n".join(f"    {camel(name)} = 2'd{value}" for name, value in formats.systems.items())
    return "\n".join([
        f"// Generated {FROM}.",
        "package tally_formats_pkg;", "",
        "  // verilator lint_off UNUSEDPARAM",
        f"  localparam int unsigned ControlWords = {formats.words};",
        f"  localparam logic [7:0] ControlVersion = 8'd{formats.version};",
        f"  localparam logic [{size - 1}:0] ControlReserved = {size}'h"
        f"{sum(1 << bit for bit in reserved):0{size // 4}X};",
        "  // verilator lint_on UNUSEDPARAM", "",
        "  typedef enum logic [1:0] {", systems, "  } number_system_e;", "",
        "  // The control word as it arrives, word 3 in the top bits.",
        "  typedef struct packed {", *control, "  } control_t;", "",
        "  // Sticky status, bit 0 last.",
        "  typedef struct packed {", *status, "  } status_t;", "",
        "endpackage", ""])


# ---------------------------------------------------------------- C++
def header(formats: Formats) -> str:
    systems = ", ".join(f"k{camel(name)} = {value}" for name, value in formats.systems.items())
    values = [f"  std::uint32_t {field.name} = {formats.version if field.name == 'version' else 0};"
              f"  // {field.text}" for field in formats.control]
    table = [f'    {{"{field.name}", &ControlFields::{field.name}, {field.word}, {field.low}, {field.width}}},'
             for field in formats.control]
    bits = [f"  k{camel(field.name)} = 1u << {field.low}," for field in formats.status]
    fatal = " | ".join(f"k{camel(field.name)}" for field in formats.status if field.fatal)
    return "\n".join([
        f"// Generated {FROM}.",
        "#pragma once", "",
        "#include <cstddef>", "#include <cstdint>", "",
        "namespace tally {", "",
        f"enum NumberSystem : std::uint32_t {{ {systems} }};", "",
        f"inline constexpr std::uint32_t kControlVersion = {formats.version};",
        f"inline constexpr std::size_t kControlWords = {formats.words};", "",
        "/// The fields of a control word, one number each; flags are 0 or 1.",
        "struct ControlFields {", *values, "",
        "  bool operator==(const ControlFields&) const = default;", "};", "",
        "/// Place of one field: bits lsb .. lsb+width-1 of a word.",
        "struct ControlField {",
        "  const char* name;", "  std::uint32_t ControlFields::*member;",
        "  int word;", "  int lsb;", "  int width;", "};", "",
        "inline constexpr ControlField kControlFields[] = {", *table, "};", "",
        "enum StatusBit : std::uint32_t {", *bits, "};", "",
        "/// Names of the status bits, bit 0 first.",
        "inline constexpr const char* kStatusNames[] = {",
        *(f'    "{field.name}",' for field in formats.status), "};", "",
        "/// The errors after which everything is discarded until a soft reset.",
        f"inline constexpr std::uint32_t kFatalStatus = {fatal};", "",
        "}  // namespace tally", ""])


# ---------------------------------------------------------------- documents
def tables(formats: Formats) -> dict[str, str]:
    control = ["| word | bits | field | meaning |", "|---|---|---|---|"]
    control += [f"| {f.word} | {f.bits} | {f.name} | {f.text} |" for f in formats.control]
    status = ["| bit | name | set when | fatal |", "|---|---|---|---|"]
    status += [f"| {f.low} | {f.name} | {f.text} | {'yes ' if f.fatal else ''}|" for f in formats.status]
    return {"control word": "\n".join(control), "status": "\n".join(status)}


def documented(formats: Formats) -> str:
    text = DOCS.read_text()
    for title, table in tables(formats).items():
        begin, end = f"<!-- {title}: {FROM} -->\n", f"\n<!-- end of {title} -->"
        text, found = re.subn(f"(?s){re.escape(begin)}.*?{re.escape(end)}",
                              lambda _, new=begin + table + end: new, text)
        if found != 1:
            raise SystemExit(f"formats: {DOCS.name} has {found} places for the table of the {title}, expected 1")
    return text


def main(argument: str) -> int:
    formats = read()
    if argument == "--docs":
        DOCS.write_text(documented(formats))
    elif argument == "--check":
        wanted, there = documented(formats).splitlines(), DOCS.read_text().splitlines()
        wrong = [(old, new) for old, new in zip(there, wanted) if old != new]
        for old, new in wrong:
            print(f"formats: docs/tile-packet.md has\n  {old}\nbut rtl/tally_registers.rdl says\n  {new}")
        same = wanted == there
        print(f"formats: {len(formats.control)} fields and {len(formats.status)} status bits "
              + ("are documented" if same else "differ: .venv/bin/python rtl/generate_formats.py --docs renews them"))
        return 0 if same and formats.control and formats.status else 1
    else:
        out = pathlib.Path(argument)
        (out / "tally_formats_pkg.sv").write_text(package(formats))
        (out / "tally_formats.hpp").write_text(header(formats))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
