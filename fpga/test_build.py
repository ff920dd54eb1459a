# SPDX-License-Identifier: Apache-2.0
"""What fpga/build.py leaves and says when a user or a design is wrong, without the tools behind it."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import build


class Build(unittest.TestCase):
    def run_build(self, *arguments: str, achieved: float = 60.0,
                  failing: tuple[int, ...] = ()) -> tuple[int, str]:
        """Exit code and what was said; nextpnr would reach `achieved` MHz, less the further a seed is from 3,
        and fail with the seeds `failing`."""
        def place_and_route(board: dict, seed: int, work: pathlib.Path) -> dict:
            if seed in failing:
                raise RuntimeError(f"nextpnr: ERROR: no route for {seed}")
            (work / "bitstream.bit").write_text(f"bits of seed {seed}")
            return {"fmax": {"clk": {"achieved": achieved - abs(seed - 3)}},
                    "utilization": {"TRELLIS_COMB": {"used": 1, "available": 2},
                                    "TRELLIS_RAMW": {"used": 1, "available": 2}}}

        said = io.StringIO()
        with mock.patch.object(build, "synthesize", return_value={}), \
                mock.patch.object(build, "place_and_route", place_and_route), \
                contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            code = build.main(["--out", str(self.out), *arguments])
        return code, said.getvalue()

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir() if path.is_file())

    def test_a_met_clock_leaves_result_and_bitstream(self) -> None:
        code, said = self.run_build("ulx3s", "--clock", "50", "--seeds", "3")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.left(), ["ulx3s.bit", "ulx3s.json"])
        result = json.loads((self.out / "ulx3s.json").read_text())
        self.assertEqual(result["fmax_mhz"], 60.0)
        for key in ("lut", "ff", "dsp", "bram", "bitstream"):
            self.assertIn(key, result)

    def test_a_missed_clock_leaves_neither_and_says_what_was_reached(self) -> None:
        self.run_build("ulx3s", "--clock", "50")
        code, said = self.run_build("ulx3s", "--clock", "50", "--seeds", "3", achieved=49.99)
        self.assertEqual(code, 1)
        self.assertIn("49.99 MHz of 50.0 MHz wanted", said)
        self.assertIn("the clock is missed", said)
        self.assertEqual(self.left(), [])
        reached = json.loads((self.out / "ulx3s/reached.json").read_text())
        self.assertEqual(reached["fmax_mhz"], 49.99)

    def test_all_seeds_run_and_the_fastest_is_kept(self) -> None:
        code, said = self.run_build("ulx3s", "--clock", "59", "--seeds", "1", "2", "3", "4")
        self.assertEqual(code, 0, said)
        self.assertEqual((self.out / "ulx3s.bit").read_text(), "bits of seed 3")
        self.assertEqual(json.loads((self.out / "ulx3s.json").read_text())["seed"], 3)
        for seed, reached in ((1, 58.0), (2, 59.0), (3, 60.0), (4, 59.0)):
            result = json.loads((self.out / f"ulx3s/seed_{seed}.json").read_text())
            self.assertEqual(result["fmax_mhz"], reached)

    def test_a_seed_that_fails_leaves_the_best_of_the_others(self) -> None:
        for failing, best in (((1,), 3), ((3,), 2), ((2, 3, 4), 1)):
            code, said = self.run_build("ulx3s", "--clock", "58", "--seeds", "1", "2", "3", "4",
                                        failing=failing)
            self.assertEqual(code, 0, said)
            lines = said.splitlines()
            self.assertEqual(len(lines), 4, said)
            for seed in failing:
                self.assertIn(f"fpga: ulx3s, seed {seed}: nextpnr: ERROR: no route for {seed}", lines)
                self.assertFalse((self.out / f"ulx3s/seed_{seed}.json").exists())
            self.assertEqual((self.out / "ulx3s.bit").read_text(), f"bits of seed {best}")
            self.assertEqual(json.loads((self.out / "ulx3s.json").read_text())["seed"], best)

    def test_no_seed_that_places_and_routes_is_a_failure(self) -> None:
        code, said = self.run_build("ulx3s", "--clock", "50", "--seeds", "1", "2", failing=(1, 2))
        self.assertEqual(code, 1)
        self.assertEqual(len(said.splitlines()), 2, said)
        self.assertIn("no route for 2", said)
        self.assertEqual(self.left(), [])
        self.assertFalse((self.out / "ulx3s/reached.json").exists())

    def test_routing_in_circles_is_told_from_routing_that_gets_on(self) -> None:
        def rounds(*late: int, overused: int = 0) -> str:
            return "".join(f"Info:     iter={i} wires=517039 overused={overused} overuse=0 tmgfail={n} archfail=NA\n"
                           for i, n in enumerate(late))

        many = build.CIRCLES
        self.assertTrue(build.in_circles(rounds(*[17] * 3, *[16] * many)))
        self.assertFalse(build.in_circles(rounds(*[16] * (many - 1))))
        self.assertFalse(build.in_circles(rounds(*[16] * (many - 1), 15)))
        self.assertFalse(build.in_circles(rounds(*[0] * many)))
        self.assertFalse(build.in_circles(rounds(*[16] * many, overused=3)))

    def test_a_tool_without_hope_is_ended_and_one_that_ends_is_not(self) -> None:
        log = self.out / "tool.log"
        with mock.patch.object(build, "WATCH_SECONDS", 0.05):
            endless = [sys.executable, "-uc", "import time; print('again')\nwhile True: time.sleep(1)"]
            self.assertIsNone(build.run(endless, log, self.out, lambda text: "again" in text))
            short = [sys.executable, "-c", "print('done')"]
            self.assertEqual(build.run(short, log, self.out, lambda text: False), "done\n")
            with self.assertRaisesRegex(RuntimeError, "ERROR: none"):
                build.run([sys.executable, "-c", "print('ERROR: none'); exit(3)"], log, self.out)

    def test_the_register_block_is_generated_first(self) -> None:
        with mock.patch.object(build.subprocess, "run") as run:
            self.run_build("ulx3s", "--clock", "50")
        self.assertIn("generate_registers.sh", str(run.call_args_list[0]))

    def test_an_output_that_is_no_folder_is_refused(self) -> None:
        file = self.out / "file"
        file.write_text("mine")
        for out in (file, file / "below"):
            code, said = self.run_build("ulx3s", "--out", str(out))
            self.assertEqual(code, 2, said)
            self.assertIn(str(file), said)
        self.assertEqual(file.read_text(), "mine")

    def test_wrong_input_is_refused_by_name(self) -> None:
        for arguments, word in ((["nexys"], "unknown BOARD 'nexys'"),
                                (["ulx3s", "--config", "huge"], "unknown CONFIG 'huge'"),
                                (["ulx3s", "--set", "Lane=4"], "'Lane=4'"),
                                (["ulx3s", "--set", "Lanes=many"], "'Lanes=many'"),
                                (["ulx3s", "--set", "Lanes=²"], "'Lanes=²'"),
                                (["ulx3s", "--set", "Lanes=-4"], "'Lanes=-4'"),
                                (["ulx3s", "--set", "Lanes"], "'Lanes'"),
                                (["ulx3s", "--set", "Lanes=6"], "Lanes must be a multiple of 4"),
                                (["ulx3s", "--set", "MaxN=8"], "MaxN must be 2"),
                                (["ulx3s", "--clock", "3"], "1000000 baud")):
            code, said = self.run_build(*arguments)
            self.assertEqual(code, 2, said)
            self.assertIn(word, said)
            self.assertEqual(self.left(), [])

    def test_a_clock_or_seed_that_is_none_is_refused(self) -> None:
        for arguments in (["--clock", "0"], ["--clock", "nan"], ["--seeds", "-1"], ["--seeds", "²"]):
            with self.assertRaises(SystemExit) as stopped, contextlib.redirect_stderr(io.StringIO()):
                build.main(["ulx3s", "--out", str(self.out), *arguments])
            self.assertEqual(stopped.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
