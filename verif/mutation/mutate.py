# SPDX-License-Identifier: Apache-2.0
"""Makes models with mutants: one Verilog file a model, all its mutants in it, switched by a number.

usage: mutate.py MODELS_TXT OUT [MODEL...]

MODELS_TXT is what CMake writes (library, top, parameters a line), models.json says how many mutants of
which model. Yosys reads the top with slang, flattens it, and `mutate` picks places in it: a bit of a
cell's port inverted, stuck, or inverted under the control of another bit. OUT/<model>.v asks
tally_mutant() (mutant.cpp) which one to play, 0 for none; OUT/<model>.txt describes them, a line each.
A model whose sources and settings are those of its last run is left as it is.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED = 2025


def yosys(commands: list[str], log: pathlib.Path) -> None:
    program = ("import sys; from pyosys import libyosys; design = libyosys.Design()\n"
               "for command in sys.argv[1:]: libyosys.run_pass(command, design)")
    with log.open("w") as output:
        subprocess.run([sys.executable, "-c", program, *commands], cwd=ROOT, stdout=output,
                       stderr=subprocess.STDOUT, check=True)


def quote(source: str) -> str:
    """The text that "rtl/FILE:LINE.COLUMN-LINE.COLUMN" points at, or its first line."""
    name, place = source.split(":", 1)
    start, _, end = place.partition("-")
    line, column = (int(number) for number in start.split("."))
    text = (ROOT / name).read_text().splitlines()[line - 1]
    if end and end.split(".")[0] == str(line):
        text = text[column - 1:int(end.split(".")[1]) - 1]
    return f"{pathlib.Path(name).stem} `{text.strip()}`"


def describe(line: str) -> str:
    """A mutation as source text, port[bit], kind and wires: this outlives line numbers and the names
    that Yosys makes up."""
    option = dict(re.findall(r"-(mode|cell|port|portbit|ctrlbit) (\S+)", line))
    wires = ",".join(sorted(set(re.findall(r"-wire \\?(\S+)", line))))
    sources = [source[source.index("rtl/tally_"):] for source in re.findall(r"-src (\S+)", line)
               if "rtl/tally_" in source]
    control = f" by [{option['ctrlbit']}]" if "ctrlbit" in option else ""
    return (f"{' '.join(sorted({quote(source) for source in sources}))} {option.get('port', '-')}"
            f"[{option.get('portbit', '-')}] {option['mode']}{control} {wires or '-'}").replace("\\", "")


def fingerprint(*settings) -> str:
    """Of all that decides what the mutants are."""
    digest = hashlib.sha256(json.dumps(settings).encode() + pathlib.Path(__file__).read_bytes())
    for name in (ROOT / "rtl/tally.f").read_text().split():
        if name.endswith(".sv"):
            digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def draw(model: str, wanted: int, files: list[str], out: pathlib.Path) -> list[str]:
    """So many mutations of the flattened netlist. Where only some files are wanted, more are drawn and those in
    them kept; a small file in a large netlist takes several draws."""
    drawn = wanted * 8 if files else wanted
    for _ in range(3):
        yosys([f"read_rtlil {out}/{model}.il", f"mutate -list {drawn} -seed {SEED} -o {out}/{model}.drawn"],
              out / f"{model}.draw.log")
        lines = [line for line in (out / f"{model}.drawn").read_text().splitlines()
                 if line.strip() and (not files or any(file in line for file in files))]
        if len(lines) >= wanted:
            break
        drawn *= 8
    return lines[:wanted]


def make(entry: dict, top: str, parameters: list[str], out: pathlib.Path) -> None:
    model = entry["model"]
    settings = " ".join(f"-G{parameter}" for parameter in parameters)
    base = out / f"{model}.il"
    wanted = entry["mutants"]
    files = entry.get("files", [])
    width = 12
    yosys([f"read_slang --top {top} {settings} -f rtl/tally.f", f"hierarchy -check -top {top}",
           "proc", "flatten", "opt -full", "wreduce", "opt_clean", "memory -nomap", "opt_clean",
           f"write_rtlil {base}"], out / f"{model}.log")
    lines = draw(model, wanted, files, out)
    apply = [line.replace("mutate ", f"mutate -ctrl tally_mutsel {width} {number} ", 1)
             for number, line in enumerate(lines, 1)]
    (out / f"{model}.ys").write_text("\n".join(apply) + "\n")
    verilog = out / f"{model}.v.new"
    # Wires whose bits drive one another look like loops to Verilator 5.006, and it settles some wrongly:
    # one wire a driver.
    yosys([f"read_rtlil {base}", f"script {out}/{model}.ys", "bwmuxmap", "opt_clean", "splitnets -driver",
           f"rename -top {top}", f"write_verilog -noattr {verilog}"], out / f"{model}.apply.log")
    text = verilog.read_text()
    port = re.search(rf"^  input \[{width - 1}:0\] tally_mutsel;$", text, re.M)
    if not port:
        raise RuntimeError(f"{model}: the netlist has no selection of mutants")
    text = re.sub(rf"^  wire \[{width - 1}:0\] tally_mutsel;$", "", text, flags=re.M)
    text = text.replace(port[0], f"""\
  import "DPI-C" function int tally_mutant(input string model);
  reg [{width - 1}:0] tally_mutsel;
  initial tally_mutsel = {width}'(tally_mutant("{model}"));""", 1)
    text = re.sub(r"(module [^;]*?), tally_mutsel\b", r"\1", text, count=1)
    text = re.sub(r"(module [^;]*?)\btally_mutsel, ", r"\1", text, count=1)
    verilog.unlink()
    final = out / f"{model}.v"
    if not final.exists() or final.read_text() != text:    # else its date stays, and nothing is built
        final.write_text(text)
    (out / f"{model}.txt").write_text("".join(describe(line) + "\n" for line in lines))


def main(models_txt: str, out_name: str, *names: str) -> int:
    out = pathlib.Path(out_name).resolve()
    out.mkdir(parents=True, exist_ok=True)
    known = {}
    for line in pathlib.Path(models_txt).read_text().splitlines():
        library, top, *parameters = line.split()
        known[library] = (top, parameters)
    total = 0
    for entry in json.loads((ROOT / "verif/mutation/models.json").read_text()):
        model = entry["model"]
        if names and model not in names:
            continue
        stamp = out / f"{model}.stamp"
        wanted = fingerprint(model, entry["mutants"], entry.get("files"), *known[model])
        if not stamp.exists() or stamp.read_text() != wanted:
            make(entry, *known[model], out)
            stamp.write_text(wanted)
        number = len((out / f"{model}.txt").read_text().splitlines())
        print(f"mutation: {model}: {number} mutants", flush=True)
        total += number
    print(f"mutation: {total} mutants made")
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
