# SPDX-License-Identifier: Apache-2.0
"""What fpga/utilization.py counts and refuses, without the tools behind it."""
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import utilization


class Utilization(unittest.TestCase):
    def test_cells_are_counted_in_look_up_tables(self) -> None:
        ecp5 = utilization.measure("ecp5", {"LUT4": 10, "CCU2C": 3, "TRELLIS_DPR16X4": 2, "PFUMX": 4,
                                            "TRELLIS_FF": 7, "MULT18X18D": 5, "DP16KD": 6})
        self.assertEqual(ecp5, {"luts": 10 + 2 * 3 + 6 * 2, "ram_luts": 12, "ff": 7, "dsp": 5, "bram": 6})
        xc7 = utilization.measure("xc7", {"LUT6": 10, "INV": 1, "RAM32M": 2, "SRL16E": 3, "CARRY4": 9,
                                          "MUXF7": 9, "FDRE": 4, "FDCE": 3, "DSP48E1": 2, "RAMB36E1": 1,
                                          "RAMB18E1": 3})
        self.assertEqual(xc7, {"luts": 10 + 1 + 4 * 2 + 3, "ram_luts": 8, "ff": 7, "dsp": 2, "bram": 2.5})

    def test_a_cell_without_a_cost_is_refused_by_name(self) -> None:
        for key, cell in (("ecp5", "$mul"), ("ecp5", "LUT4X"), ("xc7", "LDCE"), ("xc7", "RAM512X1S")):
            with self.assertRaisesRegex(RuntimeError, f"no cost of cell {cell}".replace("$", r"\$")):
                utilization.measure(key, {"LUT4": 1, cell: 1})

    def test_both_elements_of_a_row_have_blocks_or_none_has(self) -> None:
        for key in ("ecp5", "xc7"):
            for element in ("int8", "tally_n3"):
                for blocks in (True, False):
                    text = "\n".join(utilization.commands(key, element, blocks))
                    self.assertIn(f"-GFmaRows={0 if blocks else 1}", text)
                    self.assertEqual("-nodsp" in text, not blocks)
                    self.assertEqual("int8_mac_soft" in text, element == "int8" and not blocks)
                    self.assertEqual("int8_mac_block" in text, element == "int8" and blocks)

    def test_the_ratio_is_to_the_int8_element_of_the_same_kind(self) -> None:
        def row(element: str, blocks: bool, luts: int) -> dict:
            return {"family": "ecp5", "element": element, "name": element, "blocks": blocks, "luts": luts,
                    "ram_luts": 0, "ff": 1, "dsp": 0, "bram": 0}
        text = utilization.table([row("int8", True, 100), row("int8", False, 200), row("tally", True, 150),
                                  row("tally", False, 150), row("board", True, 400)])
        ratios = [line.split("|")[5].strip() for line in text.splitlines()[2:]]
        self.assertEqual(ratios, ["1.00", "1.00", "1.50", "0.75", "-"])

    def test_all_rows_are_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "utilization.json"

            def fake(key: str, element: str, blocks: bool, _: pathlib.Path) -> dict:
                return {"family": key, "element": element, "name": element, "blocks": blocks, "luts": 1,
                        "ram_luts": 0, "ff": 1, "dsp": 0, "bram": 0}
            with mock.patch.object(utilization, "synthesize", fake), \
                    mock.patch.object(utilization, "prove_carry_cells"), \
                    contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(utilization.main(["--out", str(out), "--families", "xc7"]), 0)
            rows = json.loads(out.read_text())
        self.assertEqual(len(rows), 2 * len(utilization.ELEMENTS) - 1)  # the whole design: with blocks


if __name__ == "__main__":
    unittest.main()
