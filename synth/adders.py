# SPDX-License-Identifier: Apache-2.0
"""Gives the adders that stand in the RTL the adder cells of a library.

Logic optimization does not find a full-adder cell again once the function is dissolved into gates, so
`tally_full_adder` and `tally_half_adder` stay modules until techmap puts the cells in their place. An
adder with a constant input, and one for which the library has no cell, becomes plain logic.
"""
from itertools import product

from liberty.boolean_functions import parse_boolean_function
from sympy import Symbol

from cell_library import Cell, Library

SUM = "a_i ^ b_i ^ c_i"
CARRY = "(a_i & b_i) | (b_i & c_i) | (c_i & a_i)"


def _truth(cell: Cell, output: str, inputs: list[str]) -> tuple[bool, ...]:
    function = parse_boolean_function(cell.pins[output].function)
    return tuple(bool(function.subs({Symbol(pin): value for pin, value in zip(inputs, values)}))
                 for values in product((False, True), repeat=len(inputs)))


def find_full_adder(library: Library) -> tuple[Cell, str, str] | None:
    """The smallest cell that is a full adder, with its sum and carry outputs."""
    parity = tuple(sum(v) % 2 == 1 for v in product((0, 1), repeat=3))
    majority = tuple(sum(v) >= 2 for v in product((0, 1), repeat=3))
    found = []
    for cell in library.cells.values():
        inputs, outputs = cell.inputs(), cell.outputs()
        if len(inputs) != 3 or len(outputs) != 2 or cell.flip_flop or cell.latch:
            continue
        if not all(cell.pins[output].function for output in outputs):
            continue
        tables = {output: _truth(cell, output, inputs) for output in outputs}
        for one, other in (outputs, reversed(outputs)):
            if tables[one] == parity and tables[other] == majority:
                found.append((cell.area, cell.name, one, other))
    if not found:
        return None
    _, name, sum_pin, carry_pin = min(found)
    return library.cells[name], sum_pin, carry_pin


def techmap(library: Library) -> str:
    """Verilog for Yosys' techmap. Half adders are logic: abc joins them with what is around them."""
    logic = f"assign sum_o = {SUM}; assign carry_o = {CARRY};"
    full = logic
    if adder := find_full_adder(library):
        cell, sum_pin, carry_pin = adder
        # The carry comes last in a chain: give it the input with the least load.
        pins = sorted(cell.inputs(), key=lambda pin: -cell.pins[pin].capacitance)
        full = f"""
  generate
    if (_TECHMAP_CONSTMSK_a_i_ | _TECHMAP_CONSTMSK_b_i_ | _TECHMAP_CONSTMSK_c_i_) begin
      {logic}
    end else begin
      {cell.name} _TECHMAP_REPLACE_ (.{pins[0]}(a_i), .{pins[1]}(b_i), .{pins[2]}(c_i),
        .{sum_pin}(sum_o), .{carry_pin}(carry_o));
    end
  endgenerate"""
    return f"""module tally_full_adder (input a_i, b_i, c_i, output sum_o, carry_o);
  parameter _TECHMAP_CONSTMSK_a_i_ = 0;
  parameter _TECHMAP_CONSTMSK_b_i_ = 0;
  parameter _TECHMAP_CONSTMSK_c_i_ = 0;
  {full}
endmodule
module tally_half_adder (input a_i, b_i, output sum_o, carry_o);
  assign sum_o = a_i ^ b_i; assign carry_o = a_i & b_i;
endmodule
"""
