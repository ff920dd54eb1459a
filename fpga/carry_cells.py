# SPDX-License-Identifier: Apache-2.0
"""Modules of the RTL in carry cells of an FPGA family, whose look-up tables gate and add at once."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "synth"))
from yosys import yosys  # noqa: E402

# Modules of the RTL and the same in carry cells, whose look-up tables gate and add at once, with the
# parameters that are used and Yosys's model of the cells.
CARRY_CELLS = {
    "xc7": {"tally_gated_adder": ("gated_adder_xc7", "Width", (8, 10, 28, 32))},
    "ecp5": {"tally_gated_adder": ("gated_adder_ecp5", "Width", (8, 10, 28, 32)),
             "tally_soft_mac_row": ("soft_mac_row_ecp5", "Subtract", (0, 1))},
}
CELLS = {"xc7": "+/xilinx/cells_sim.v",
         "ecp5": "+/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v"}
MODELS = {"xc7": "+/xilinx/cells_sim.v", "ecp5": "+/lattice/common_sim.vh +/lattice/ccu2c_sim.vh"}


def prove_carry_cells(key: str, work: pathlib.Path) -> None:
    """What is in carry cells equals the RTL."""
    for rtl, (name, parameter, values) in CARRY_CELLS[key].items():
        for value in values:
            yosys([f"read_verilog {MODELS[key]} fpga/{name}.v",
                   f"hierarchy -top {name} -chparam {parameter} {value}",
                   "proc", "flatten", "opt_clean", "rename -top gate", "design -stash gate",
                   f"read_slang --top {rtl} -G{parameter}={value} rtl/{rtl}.sv",
                   "proc", "rename -top gold", "design -stash gold",
                   "design -copy-from gold -as gold gold", "design -copy-from gate -as gate gate",
                   "miter -equiv -flatten -make_assert gold gate miter", "hierarchy -top miter",
                   "sat -verify -prove-asserts miter"], work / f"prove_{name}_{value}.log")


def carry_cells(key: str, width: int) -> list[str]:
    """Commands that put them in place of the RTL's modules; adders of `width` bits."""
    commands = [f"read_verilog -lib -specify {CELLS[key]}"]
    for rtl, (name, _, _) in CARRY_CELLS[key].items():
        commands += [f"read_verilog fpga/{name}.v", f"chtype -set {name} t:{rtl}*"]
    return [*commands, f"setparam -set Width {width} t:gated_adder_{key}"]


def soft_mac_cells(key: str, width: int) -> list[str]:
    """carry_cells of a design with multiply-accumulates tally_soft_mac of `width` bits: the last of their rows
    subtracts."""
    commands = carry_cells(key, width)
    if "tally_soft_mac_row" in CARRY_CELLS[key]:
        commands.append("setparam -set Subtract 1 tally_soft_mac*/g_rows[7].u_row")
    return commands
