# SPDX-License-Identifier: Apache-2.0
"""Tests of the synthesis scripts: energy against a circuit worked out by hand and against OpenSTA, edges
of a waveform, and what wrong input does. Run by synth/run.sh."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from cell_library import read_liberty, require_power
from energy import total_energy
from gate_sim import count_edges
from lane_time import lane, measure, stand_ins
from netlist import INPUT_SLEW, read_netlist
from opensta import power, shortest_period
from sram import read_sram
from sweep import Areas, Part
from yosys import ROOT, yosys

OSU018 = ROOT / "data/osu018/osu018_stdcells.lib"

# 2 V. Edges of INV/Y: 0.5 pJ rising, 0.3 pJ falling; clock pin 0.2 and 0.1 pJ; DFF/Q 0.7 and 0.9 pJ.
BY_HAND = """library (hand) {
  time_unit : "1ns"; leakage_power_unit : "1nW"; capacitive_load_unit (1, pf); nom_voltage : 2.0;
  input_threshold_pct_rise : 50; output_threshold_pct_rise : 50;
  input_threshold_pct_fall : 50; output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20; slew_upper_threshold_pct_rise : 80;
  slew_lower_threshold_pct_fall : 20; slew_upper_threshold_pct_fall : 80;
  power_lut_template (one) { variable_1 : input_transition_time; index_1 ("0, 1"); }
  cell (INV) { area : 4; cell_leakage_power : 100;
    pin (A) { direction : input; capacitance : 0.01; }
    pin (Y) { direction : output; function : "!A";
      internal_power () { related_pin : "A";
        rise_power (one) { values ("0.5, 0.5"); } fall_power (one) { values ("0.3, 0.3"); } } } }
  cell (DFF) { area : 10; cell_leakage_power : 300;
    ff (IQ, IQN) { next_state : "D"; clocked_on : "CLK"; }
    pin (CLK) { direction : input; clock : true; capacitance : 0.02;
      internal_power () {
        rise_power (one) { values ("0.2, 0.2"); } fall_power (one) { values ("0.1, 0.1"); } } }
    pin (D) { direction : input; capacitance : 0.03; }
    pin (Q) { direction : output; function : "IQ";
      internal_power () { related_pin : "CLK";
        rise_power (one) { values ("0.7, 0.7"); } fall_power (one) { values ("0.9, 0.9"); } } } }
}
"""


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)

    def netlist(self, verilog: str, top: str, liberty: pathlib.Path):
        (self.work / "in.v").write_text(verilog)
        yosys([f"read_liberty -lib {liberty}", f"read_verilog {self.work}/in.v", f"hierarchy -top {top}",
               f"write_json {self.work}/flat.json", f"write_verilog -noattr {self.work}/flat.v"],
              self.work / "yosys.log")
        return read_netlist(self.work / "flat.json", top, read_liberty(liberty))


class Energy(Folder):
    def test_a_circuit_worked_out_by_hand(self):
        (self.work / "hand.lib").write_text(BY_HAND)
        netlist = self.netlist("""module hand (input clk_i, input a, output q);
          wire y; INV u0 (.A(a), .Y(y)); DFF u1 (.CLK(clk_i), .D(y), .Q(q)); endmodule""", "hand",
                               self.work / "hand.lib")
        net = {value.name: bit for bit, value in netlist.nets.items()}
        # 10 cycles of 5 ns: the clock 10 edges each way, a three up and two down, and so on.
        edges = {net["clk_i"]: (10, 10), net["a"]: (3, 2), net["y"]: (2, 3), net["q"]: (2, 1)}
        energy = total_energy(netlist, edges, 50.0)
        # Nets: half the load times 4 V^2 an edge; q drives nothing.
        self.assertAlmostEqual(energy.clock, 10 * 0.2 + 10 * 0.1 + 0.5 * 0.02 * 4 * 20)
        self.assertAlmostEqual(energy.switching, 0.5 * 0.01 * 4 * 5 + 0.5 * 0.03 * 4 * 5)
        self.assertAlmostEqual(energy.internal, 2 * 0.5 + 3 * 0.3 + 2 * 0.7 + 1 * 0.9)
        self.assertAlmostEqual(energy.leakage, 400e-9 * 50e-9 * 1e12)
        self.assertAlmostEqual(energy.total, 3.8 + 0.4 + 4.2 + 0.02)

    def opensta_and_ours(self, gates: str, outputs: int, rates: list[int],
                         liberty: pathlib.Path) -> tuple[float, float, float]:
        """pJ from OpenSTA and from energy.py, and the internal part from OpenSTA; input i has rates[i]
        edges of each direction in 1000 cycles, and so has every net whose name ends in _i."""
        wires = ", ".join(sorted(set(re.findall(r"\bw\w+_\d+", gates))))
        wires = f"wire {wires};" if wires else ""
        netlist = self.netlist(
            f"module chain (input clk_i, input [{len(rates) - 1}:0] in, output [{outputs - 1}:0] q); "
            f"{wires}\n{gates} endmodule", "chain", liberty)
        cycles, period = 1000, 10.0
        edges, ports = {}, 0.0
        for bit, net in netlist.nets.items():
            i = 0 if net.name == "clk_i" else int(re.search(r"(\d+)\]?$", net.name)[1])
            count = cycles if net.name == "clk_i" else rates[i]
            edges[bit] = (count, count)
            if net.name == "clk_i" or net.name.startswith("in"):
                ports += net.load * netlist.library.voltage ** 2 * count
        ours = total_energy(netlist, edges, cycles * period).total - ports
        watts = power(netlist, self.work / "flat.v",
                      {(f"in[{i}]" if len(rates) > 1 else "in"): 2 * rate / cycles
                       for i, rate in enumerate(rates)}, period, self.work / "power.tcl")
        scale = cycles * period * 1e3       # W * ns = 1e3 pJ
        return sum(watts) * scale, ours, watts[0] * scale

    def test_opensta_charges_both_energies_for_an_edge(self):
        # 100 edges each way of one inverter, 50 of another, neither with a load: their tables, once an
        # edge. OpenSTA says twice that.
        arc = read_liberty(OSU018).cells["INVX1"].pins["Y"].powers[0]
        by_hand = 150 * (arc.rise.at(0.0, INPUT_SLEW) + arc.fall.at(0.0, INPUT_SLEW))
        expected, ours, internal = self.opensta_and_ours(
            "INVX1 u (.A(in[0]), .Y(q[0])); INVX1 v (.A(in[1]), .Y(q[1]));", 2, [100, 50], OSU018)
        self.assertGreater(by_hand, 0)
        self.assertLess(abs(internal / by_hand - 1), 1e-3)
        self.assertLess(abs(ours / expected - 1), 1e-3)

    def test_opensta_tells_the_same_power(self):
        rates = [10 * (i + 1) for i in range(8)]
        gates = "".join(
            f"INVX1 a{i} (.A(in[{i}]), .Y(wa_{i})); BUFX2 b{i} (.A(wa_{i}), .Y(wb_{i}));"
            f"INVX4 c{i} (.A(wb_{i}), .Y(wc_{i})); INVX2 d{i} (.A(wb_{i}), .Y(wd_{i}));"
            f"DFFPOSX1 e{i} (.CLK(clk_i), .D(wc_{i}), .Q(we_{i})); "
            f"INVX8 f{i} (.A(we_{i}), .Y(q[{i}]));\n" for i in range(8))
        expected, ours, internal = self.opensta_and_ours(gates, 8, rates, OSU018)
        print(f"energy: {ours:.2f} pJ here, {expected:.2f} pJ from OpenSTA, "
              f"{100 * (ours / expected - 1):+.2f} %")
        self.assertGreater(internal, 0)
        self.assertLess(abs(ours / expected - 1), 0.05)

    def test_a_longer_chain_has_a_longer_period(self):
        periods = []
        for length in (4, 8):
            chain = "".join(f"INVX1 i{i} (.A(w{i}), .Y(w{i + 1}));" for i in range(length))
            wires = ", ".join(f"w{i}" for i in range(length + 1))
            netlist = self.netlist(f"module delay (input clk_i, output q); wire {wires}; {chain} "
                                   f"DFFPOSX1 f (.CLK(clk_i), .D(w{length}), .Q(w0)); assign q = w0; "
                                   "endmodule", "delay", OSU018)
            periods.append(shortest_period(netlist, self.work / "flat.v", self.work / "time.tcl")[0])
        self.assertGreater(periods[1], periods[0] + 0.05)

    def test_a_memory_ends_and_begins_paths_and_its_stand_ins_have_no_area(self):
        found = measure("tally_lane", lane(3, "sram"), read_liberty(OSU018), read_sram(), self.work / "lane")
        netlist = read_netlist(self.work / "lane/timed.json", "tally_lane", read_liberty(OSU018))
        names = {net.name for net in netlist.nets.values()}
        for part in ("sram_data", "sram_asked"):
            self.assertTrue([name for name in names if part in name])
        # 3 memories of 10 bits, of 4, 3 and 3 address bits: data both ways, both addresses, two enables.
        bits = 3 * (10 + 10 + 2) + 2 * (4 + 3 + 3)
        self.assertEqual(stand_ins(netlist), bits * netlist.library.cells["DFFPOSX1"].area)
        own = sum(netlist.library.cells[gate.kind].area for gate in netlist.gates) - stand_ins(netlist)
        memories = sum(read_sram().area(words, 10) for words in (16, 8, 8))
        self.assertEqual(found["area"], round(own + memories))
        self.assertGreater(found["ns"], 0.5)

    def test_edges_of_a_waveform_by_window(self):
        (self.work / "hand.lib").write_text(BY_HAND)
        netlist = self.netlist("""module bus (input clk_i, input [1:0] a, output [1:0] y);
          INV u0 (.A(a[0]), .Y(y[0])); INV u1 (.A(a[1]), .Y(y[1])); endmodule""", "bus",
                               self.work / "hand.lib")
        (self.work / "wave.vcd").write_text(
            "$var wire 2 ! a [1:0] $end\n$var wire 1 % clk_i $end\n$enddefinitions $end\n"
            "#0\nbx0 !\n0%\n#500\n1%\n#990\n0%\n#1000\nb01 !\n#2000\nb10 !\n#2003\nb00 !\n#2500\nb10 !\n#2600\nb11 !\n")
        edges, hazards = (count_edges(self.work / "wave.vcd", netlist, ["", "one", "two"], hazards)
                          for hazards in (False, True))
        net = {value.name: bit for bit, value in netlist.nets.items()}
        for found in (edges, hazards):
            self.assertEqual(found[""], {net["clk_i"]: (1, 1)})
            self.assertEqual(found["one"], {net["a[0]"]: (1, 0)})
        # Up and down again before it settled, then both up.
        self.assertEqual(edges["two"], {net["a[0]"]: (1, 1), net["a[1]"]: (1, 0)})
        self.assertEqual(hazards["two"], {net["a[0]"]: (1, 1), net["a[1]"]: (2, 1)})


class Sweep(unittest.TestCase):
    def test_a_lane_is_its_logic_and_its_counters(self):
        areas = Areas(Hand(), read_sram())
        # 40 around three counters of 100 in memories; in flip-flops they are 1000, 500 and 500.
        cells, memory = areas.lane(3, 10, 1, 1, "sram")
        self.assertEqual(cells, 340)
        self.assertAlmostEqual(memory, areas.sram.area(16, 10) + 2 * areas.sram.area(8, 10))
        self.assertEqual(areas.lane(3, 10, 1, 1, "ff"), (40 + 1000 + 2 * 500, 0.0))

    def test_an_element_is_what_is_around_its_lanes_and_the_lanes(self):
        areas = Areas(Hand(), read_sram())
        cells, memory, buffer = areas.element(3, 10, 16, 1, 1, "ff")
        # 9000 with 16 lanes of 340, its quantizer in flip-flops 700 instead of 400.
        self.assertEqual(cells, 9000 - 16 * 340 + 300 + 16 * 2040)
        self.assertAlmostEqual(memory, 0)
        self.assertAlmostEqual(buffer, areas.sram.area(2048, 128))


class Hand:
    """Parts as a Mapper would give them."""

    def part(self, top: str, macro_bits: int, **parameters: int) -> Part:
        lane = {"tally_lane": {"tally_counter_set": 1},
                "tally_counter_set": {"tally_array_counter": 1, "tally_array_counter_2": 2}}
        lane_areas = {"tally_array_counter": 100, "tally_array_counter_2": 100, "tally_counter_set": 320,
                      "tally_lane": 340}
        counters = {"tally_array_counter": [(16, 10)], "tally_array_counter_2": [(8, 10)]}
        if top == "tally_lane":
            return Part(lane_areas, counters, lane)
        if top == "tally_array_counter":
            return Part({top: 1000 if parameters["First"] == 0 else 500}, {}, {})
        if top == "tally_quantizer":
            return Part({top: 700}, {}, {})
        return Part({**lane_areas, "tally_pe": 9000, "tally_quantizer": 400, "tally_weight_buffer": 50},
                    {**counters, "tally_quantizer": [(8, 15)], "tally_weight_buffer": [(2048, 128)]},
                    {**lane, "tally_pe": {"tally_lane": 16, "tally_quantizer": 1, "tally_weight_buffer": 1}})


class WrongInput(Folder):
    def run_script(self, script: str, *arguments: str) -> str:
        """The message of a script that must refuse its input and write nothing."""
        out = self.work / "out"
        run = subprocess.run([sys.executable, f"synth/{script}", *arguments, "--out", str(out)], cwd=ROOT,
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertFalse(out.exists() and any(out.rglob("*.json")))
        return run.stderr

    def library(self, pattern: str, instead: str = "") -> pathlib.Path:
        """BY_HAND with something else, or nothing, where a pattern is found."""
        path = self.work / "damaged.lib"
        text, count = re.subn(pattern, instead, BY_HAND)
        self.assertGreater(count, 0)
        path.write_text(text)
        return path

    def test_unknown_configuration(self):
        message = self.run_script("synthesize.py", "--config", "huge", "--liberty", str(OSU018))
        self.assertIn("unknown CONFIG 'huge'", message)
        self.assertIn("default", message)

    def test_library_without_flip_flops(self):
        path = self.library(r"ff \(IQ, IQN\) \{[^}]*\}")
        for script in ("synthesize.py", "sweep.py", "lane_area.py", "lane_time.py"):
            self.assertIn("no flip-flop", self.run_script(script, "--liberty", str(path)))

    def test_library_that_is_not_there_or_not_liberty(self):
        self.assertIn("cannot read", self.run_script("synthesize.py", "--liberty", "nowhere.lib"))
        broken = self.work / "broken.lib"
        broken.write_text(BY_HAND[:700])
        self.assertIn("not a Liberty file", self.run_script("synthesize.py", "--liberty", str(broken)))
        broken.write_text("library (empty) { }")
        self.assertIn("no cells", self.run_script("synthesize.py", "--liberty", str(broken)))

    def test_library_without_power_tables(self):
        path = self.library(r"(?s)internal_power \(\) \{.*?\} \}")
        read_liberty(path)      # good enough for area
        self.assertIn("no power tables", self.run_script("measure_energy.py", "--liberty", str(path)))
        with self.assertRaisesRegex(ValueError, "no capacitance"):
            require_power(read_liberty(self.library(r"capacitance : [\d.]+;")))

    def test_library_with_units_or_numbers_that_are_none(self):
        for key, good, bad in [("time_unit", '"1ns"', '"1fs"'), ("time_unit", '"1ns"', '"ns1"'),
                               ("leakage_power_unit", '"1nW"', '"0nW"'),
                               ("leakage_power_unit", '"1nW"', '"1.1.1nW"'),
                               ("capacitive_load_unit", "1, pf", "1, nf")]:
            path = self.library(re.escape(good), bad)
            message = self.run_script("synthesize.py", "--liberty", str(path))
            for part in (path.name, key, re.sub('[", ]', "", bad)):
                self.assertIn(part, message)
        for good, bad in [("area : 4", 'area : "four"'), ("nom_voltage : 2.0", 'nom_voltage : "high"'),
                          (r'values \("0.5, 0.5"\)', 'values ("0.5, 0.5, 0.5")')]:
            path = self.library(good, bad)
            message = self.run_script("synthesize.py", "--liberty", str(path))
            self.assertIn(path.name, message)
            self.assertRegex(message, "four|high|3 values")

    def test_library_with_an_area_that_is_none(self):
        for bad, said in (("nan", "nan"), ("inf", "inf"), ("1e999", "inf"), ('"nan"', "nan"),
                          ("-4", "-4")):
            path = self.library("area : 4", f"area : {bad}")
            message = self.run_script("synthesize.py", "--liberty", str(path))
            self.assertRegex(message, rf"{re.escape(str(path))}, cell INV: area is {said}(\.0)?, expected")
        # Pads and fillers of real libraries have none.
        self.assertEqual(read_liberty(self.library("area : 4", "area : 0")).cells["INV"].area, 0)
        path = self.library("capacitance : 0.01", "capacitance : nan")
        with self.assertRaisesRegex(ValueError, "cell INV: capacitance is nan"):
            read_liberty(path)

    def test_library_with_other_units_means_the_same(self):
        hand = self.work / "hand.lib"
        hand.write_text(BY_HAND)
        tenth = self.library(r"capacitive_load_unit \(1, pf\)", "capacitive_load_unit (100, fF)")
        self.assertAlmostEqual(read_liberty(tenth).cells["INV"].pins["A"].capacitance,
                               read_liberty(hand).cells["INV"].pins["A"].capacitance / 10)

    def test_memory_model_with_a_field_missing(self):
        good = json.loads((ROOT / "synth/sram.json").read_text())
        path = self.work / "sram.json"
        for key in ("target", "ports"):
            path.write_text(json.dumps({k: v for k, v in good.items() if k != key}))
            with self.assertRaisesRegex(ValueError, key):
                read_sram(path)
        path.write_text("{")
        with self.assertRaisesRegex(ValueError, "not JSON"):
            read_sram(path)


if __name__ == "__main__":
    unittest.main()
