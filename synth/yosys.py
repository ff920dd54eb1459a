# SPDX-License-Identifier: Apache-2.0
"""Runs Yosys (PyPI pyosys); what it says that matters is an error."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Said of every combinational module and of the adder cells, which abc cannot use; of Yosys's own files
# and of carry chains when mapping to an FPGA, where abc also says of a step that found nothing better
# that it failed.
HARMLESS = re.compile(
    r"ABC: Warning: (The network is combinational|Detected \d+ multi-output|AIG with boxes)"
    r"|ABC: Error: Abc_FrameUpdateGia"
    r"|Lexer warning: .*/pyosys/share/|/pyosys/share/.*: Warning: ")


def yosys(commands: list[str], log: pathlib.Path) -> None:
    """Runs these commands in a new Yosys; warnings and errors are RuntimeErrors.

    A process of its own, because an error ends it without a word and files are complete only then.
    """
    program = ("import resource, sys; from pyosys import libyosys; design = libyosys.Design()\n"
               "for command in sys.stdin.read().splitlines(): libyosys.run_pass(command, design)\n"
               "used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
               "print('CPU seconds:', round(sum(u.ru_utime + u.ru_stime for u in used), 1))")
    with log.open("w") as output:
        code = subprocess.run([sys.executable, "-c", program], input="\n".join(commands), text=True,
                              cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                              check=False).returncode
    text = log.read_text(errors="replace")
    problems = [line for line in text.splitlines()
                if re.search(r"\b(warning|error):", line, re.I) and not HARMLESS.search(line)]
    if code or problems:
        raise RuntimeError("\n  ".join([f"Yosys is not content ({log}):", *problems[:20]]))
