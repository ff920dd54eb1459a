# SPDX-License-Identifier: Apache-2.0
"""What fpga/netlist.py refuses, without the tools behind it."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import netlist


def ram(**changes: object) -> dict:
    parameters = {"DATA_WIDTH_A": "1001", "DATA_WIDTH_B": "1001", "REGMODE_A": "NOREG", "REGMODE_B": "NOREG",
                  "CLKAMUX": "CLKA", "CLKBMUX": "CLKB", "WRITEMODE_A": "READBEFOREWRITE",
                  "WRITEMODE_B": "READBEFOREWRITE", "INITVAL_00": "0" * 320}
    pins = {"RSTA": ["0"], "RSTB": ["0"], "OCEA": ["1"], "OCEB": ["1"], "WEA": [7], "WEB": ["0"],
            **{f"CS{side}{i}": ["0"] for side in "AB" for i in range(3)}}
    for key, value in changes.items():
        (parameters if key in parameters else pins)[key] = value
    return {"ram": {"type": "DP16KD", "parameters": parameters, "connections": pins}}


class Netlist(unittest.TestCase):
    def test_block_rams_are_counted_by_their_widths(self) -> None:
        self.assertEqual(netlist.check_cells(ram()), {"DP16KD_1_1": 1})
        self.assertEqual(netlist.check_cells(ram(DATA_WIDTH_A="10010", DATA_WIDTH_B="100100")),
                         {"DP16KD_2_4": 1})

    def test_what_the_models_leave_out_is_refused_by_name(self) -> None:
        for change in ({"REGMODE_A": "OUTREG"}, {"RSTB": [9]}, {"OCEA": [9]}, {"CLKBMUX": "INV"},
                       {"DATA_WIDTH_A": "100"}, {"INITVAL_00": "1" + "0" * 319}):
            with self.assertRaisesRegex(RuntimeError, f"ram .DP16KD.: no model of .*{[*change][0]}"):
                netlist.check_cells(ram(**change))
        multiplier = {"type": "MULT18X18D", "parameters": {"REG_OUTPUT_CLK": "CLK0"}, "connections": {}}
        with self.assertRaisesRegex(RuntimeError, "REG_OUTPUT_CLK"):
            netlist.check_cells({"product": multiplier})

    def test_wrong_input_is_refused_by_name(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for arguments, word in ((["--board", "nexys"], "nexys"), (["--config", "huge"], "huge"),
                                    (["--set", "Lane=4"], "'Lane=4'")):
                said = io.StringIO()
                with contextlib.redirect_stderr(said):
                    self.assertEqual(netlist.main([folder, *arguments]), 2)
                self.assertIn(word, said.getvalue())
                self.assertEqual([*pathlib.Path(folder).iterdir()], [])


if __name__ == "__main__":
    unittest.main()
