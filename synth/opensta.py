# SPDX-License-Identifier: Apache-2.0
"""Asks OpenSTA: the shortest clock period of a netlist, and its power with given edges."""
import pathlib
import re
import subprocess

from netlist import INPUT_SLEW, Netlist


def _sta(commands: list[str], script: pathlib.Path) -> str:
    """Runs OpenSTA; RuntimeError on an error or a warning."""
    script.write_text("\n".join([*commands, "exit", ""]))
    run = subprocess.run(["sta", "-no_splash", str(script)], capture_output=True, text=True, check=False)
    text = run.stdout + run.stderr
    script.with_suffix(".log").write_text(text)
    problems = [line for line in text.splitlines() if re.search(r"\b(error|warning)\b", line, re.I)]
    if run.returncode or problems:
        raise RuntimeError(f"OpenSTA is not content ({script.with_suffix('.log')}): "
                           + "; ".join(problems[:5]))
    return text


def _design(netlist: Netlist, verilog: pathlib.Path, period: float) -> list[str]:
    inputs = " ".join(name for name in netlist.inputs if name != "clk_i")
    return [f"read_liberty {netlist.library.path}", f"read_verilog {verilog}",
            f"link_design {netlist.top}", f"create_clock -name clk -period {period} [get_ports clk_i]",
            f"set_input_transition {INPUT_SLEW} [all_inputs]",
            f"set_input_delay 0 -clock clk [get_ports {{{inputs}}}]",
            "set_output_delay 0 -clock clk [all_outputs]",
            # An asynchronous reset is no path of the clock.
            *(["set_false_path -from [get_ports rst_ni]"] if "rst_ni" in netlist.inputs else [])]


def shortest_period(netlist: Netlist, verilog: pathlib.Path, script: pathlib.Path) -> tuple[float, str]:
    """ns, and the pins where the longest path begins and ends."""
    period = 1000.0
    text = _sta([*_design(netlist, verilog, period),
                 "report_checks -path_delay max -digits 4"], script)
    slack = re.search(r"([-\d.]+)\s+slack", text)
    begin, end = re.search(r"Startpoint: (\S+)", text), re.search(r"Endpoint: (\S+)", text)
    if not slack or not begin or not end:
        raise RuntimeError(f"OpenSTA found no path in {verilog}")
    return period - float(slack[1]), f"{begin[1]} to {end[1]}"


def power(netlist: Netlist, verilog: pathlib.Path, activities: dict[str, float], period: float,
          script: pathlib.Path) -> tuple[float, float, float]:
    """Watts with these edges of the input ports a clock period: internal, switching, leakage.

    OpenSTA 2.0.17 works out the activity of what is behind the ports by itself (exactly behind
    inverters, buffers and flip-flops), charges the rising and the falling energy of a cell for every
    edge, so `internal` is halved here (test_synth.py shows it), and leaves out the ports' own nets.
    """
    commands = _design(netlist, verilog, period)
    for port, activity in activities.items():
        commands.append(f"set_power_activity -input_ports [get_ports {{{port}}}] "
                        f"-activity {activity} -duty 0.5")
    text = _sta([*commands, "report_power -digits 8"], script)
    total = re.search(r"^Total\s+([\d.e+-]+)\s+([\d.e+-]+)\s+([\d.e+-]+)\s", text, re.M)
    if not total:
        raise RuntimeError(f"OpenSTA told no power for {verilog}")
    return float(total[1]) / 2, float(total[2]), float(total[3])
