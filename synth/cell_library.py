# SPDX-License-Identifier: Apache-2.0
"""A Liberty cell library as synthesis, timing and energy need it.

Units inside: areas as in the file, capacitance in pF, time in ns, energy in pJ, leakage in nW. Tables are
looked up by output load and input slew, bilinearly and, beyond their ends, by the last slope.
"""
import math
import pathlib
import re
from dataclasses import dataclass, field

import numpy
from liberty.parser import parse_liberty


@dataclass(frozen=True)
class Table:
    """A lookup table over (load, slew); an axis of one point does not matter."""
    loads: numpy.ndarray
    slews: numpy.ndarray
    values: numpy.ndarray       # [load][slew]

    def at(self, load: float, slew: float) -> float:
        i, x = _place(self.loads, load)
        j, y = _place(self.slews, slew)
        v = self.values
        if len(self.loads) == 1:
            v = numpy.vstack([v, v])
        if len(self.slews) == 1:
            v = numpy.hstack([v, v])
        return float((1 - x) * ((1 - y) * v[i, j] + y * v[i, j + 1])
                     + x * ((1 - y) * v[i + 1, j] + y * v[i + 1, j + 1]))


def _place(axis: numpy.ndarray, value: float) -> tuple[int, float]:
    if len(axis) == 1:
        return 0, 0.0
    i = int(numpy.clip(numpy.searchsorted(axis, value) - 1, 0, len(axis) - 2))
    return i, (value - axis[i]) / (axis[i + 1] - axis[i])


@dataclass(frozen=True)
class Arc:
    """Tables of an output from one input (None: of a pin by itself), rising and falling."""
    related: str | None
    kind: str                   # timing_type, or "power"
    sense: str
    rise: Table | None
    fall: Table | None


@dataclass
class Pin:
    name: str
    output: bool
    capacitance: float
    function: str | None
    clock: bool
    transitions: list[Arc] = field(default_factory=list)
    powers: list[Arc] = field(default_factory=list)


@dataclass
class Cell:
    name: str
    area: float
    leakage: float
    flip_flop: bool
    latch: bool
    pins: dict[str, Pin]

    def inputs(self) -> list[str]:
        return [pin.name for pin in self.pins.values() if not pin.output]

    def outputs(self) -> list[str]:
        return [pin.name for pin in self.pins.values() if pin.output]


@dataclass
class Library:
    path: pathlib.Path
    voltage: float
    cells: dict[str, Cell]


def _text(value) -> str:
    return str(value).strip('"')


def _number(group, key: str, default: float = 0.0) -> float:
    value = group.get(key)
    try:
        number = default if value is None else float(_text(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{key} is {_text(value)}, expected a number")
    return number


class _Reader:
    def __init__(self, path: pathlib.Path):
        try:
            text = path.read_text(encoding="latin-1")
        except OSError as error:
            raise ValueError(f"cannot read the cell library {path}: {error.strerror}") from error
        try:
            self.root = parse_liberty(text)
        except Exception as error:      # whatever the grammar throws: the file is not Liberty
            line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(f"{path} is not a Liberty file: {line}") from error
        self.path = path
        self.time = self._unit("time_unit", {"ps": 1e-3, "ns": 1.0, "us": 1e3}, "ns")
        self.leakage = self._unit("leakage_power_unit", {"pW": 1e-3, "nW": 1.0, "uW": 1e3, "mW": 1e6}, "nW")
        self.load = self._unit("capacitive_load_unit", {"ff": 1e-3, "pf": 1.0}, "pf")
        self.templates = {}
        for kind in ("lu_table_template", "power_lut_template"):
            for group in self.root.get_groups(kind):
                self.templates[_text(group.args[0])] = group

    def _unit(self, key: str, scales: dict[str, float], default: str) -> float:
        """Written "10ps" or (10, pf); upper and lower case mean the same."""
        value = self.root.get(key)
        if value is None:
            return scales[default]
        text = "".join(_text(part) for part in value) if isinstance(value, (list, tuple)) else _text(value)
        found = re.fullmatch(r"([\d.]*)\s*([a-z]+)", text.strip(), re.I)
        scale = {unit.lower(): scale for unit, scale in scales.items()}.get(found[2].lower()) if found else None
        try:
            number = float(found[1] or 1) if scale else 0.0
        except ValueError:
            number = 0.0
        if number <= 0:
            raise ValueError(f"the cell library {self.path} has {key} {text}, expected a number of "
                             f"{', '.join(scales)}")
        return number * scale

    def table(self, group, scale: float) -> Table:
        """A table as [load][slew], whatever the order of its axes."""
        values = numpy.atleast_2d(group.get_array("values"))
        template = self.templates.get(_text(group.args[0])) if group.args else None
        axes = []
        for key in ("1", "2"):
            name = _text(template.get(f"variable_{key}")) if template is not None else "None"
            index = group.get("index_" + key)
            if index is None and template is not None:
                index = template.get("index_" + key)
            if index is None or name == "None":
                continue
            source = group if group.get("index_" + key) is not None else template
            axes.append((name, numpy.ravel(source.get_array("index_" + key))))
        loads = slews = numpy.zeros(1)
        if len(axes) == 1:
            if "capacitance" in axes[0][0]:
                loads, values = axes[0][1] * self.load, values.reshape(-1, 1)
            else:
                slews, values = axes[0][1] * self.time, values.reshape(1, -1)
        elif len(axes) == 2:
            if "capacitance" not in axes[0][0]:
                axes.reverse()
                values = values.T
            loads, slews = axes[0][1] * self.load, axes[1][1] * self.time
        if values.shape != (len(loads), len(slews)):
            raise ValueError(f"a {group.group_name} table has {values.size} values, expected "
                             f"{len(loads)} x {len(slews)}")
        return Table(loads, slews, values * scale)

    def arc(self, group, names: tuple[str, str], kind: str, scale: float) -> Arc:
        found = {child.group_name: child for child in group.groups}
        tables = [self.table(found[name], scale) if name in found else None for name in names]
        related = group.get("related_pin")
        return Arc(None if related is None else _text(related), kind,
                   _text(group.get("timing_sense") or "non_unate"), *tables)

    def cell(self, group) -> Cell:
        pins = {}
        for child in group.get_groups("pin"):
            function = child.get("function")
            pin = Pin(_text(child.args[0]), _text(child.get("direction")) == "output",
                      _number(child, "capacitance") * self.load,
                      None if function is None else _text(function),
                      _text(child.get("clock")) == "true")
            for timing in child.get_groups("timing"):
                kind = _text(timing.get("timing_type") or "combinational")
                if re.search("setup|hold|recovery|removal|width", kind):
                    continue
                pin.transitions.append(
                    self.arc(timing, ("rise_transition", "fall_transition"), kind, self.time))
            for power in child.get_groups("internal_power"):
                # Energy is in volts squared times the unit of capacitance, so pJ with pF.
                pin.powers.append(self.arc(power, ("rise_power", "fall_power"), "power", self.load))
            pins[pin.name] = pin
        kinds = {child.group_name for child in group.groups}
        area = _number(group, "area")
        if area < 0:
            raise ValueError(f"area is {_text(group.get('area'))}, expected 0 or more")
        return Cell(_text(group.args[0]), area,
                    _number(group, "cell_leakage_power") * self.leakage,
                    bool(kinds & {"ff", "ff_bank"}), bool(kinds & {"latch", "latch_bank"}), pins)


def read_liberty(path: pathlib.Path) -> Library:
    """Throws ValueError, naming the file, if synthesis cannot work with this library."""
    reader = _Reader(path)
    cells = {}
    for group in reader.root.get_groups("cell"):
        try:
            cell = reader.cell(group)
        except ValueError as error:
            raise ValueError(f"the cell library {path}, cell {_text(group.args[0])}: {error}") from error
        cells[cell.name] = cell
    if not cells:
        raise ValueError(f"{path} has no cells: is it a Liberty file?")
    flip_flops = [cell for cell in cells.values() if cell.flip_flop]
    if not flip_flops:
        raise ValueError(f"the cell library {path} has no flip-flop (no cell with an ff group)")
    if not any(cell.area > 0 for cell in flip_flops):
        raise ValueError(f"the cell library {path} gives its flip-flops no area")
    try:
        return Library(path, _number(reader.root, "nom_voltage", 1.0), cells)
    except ValueError as error:
        raise ValueError(f"the cell library {path}: {error}") from error


def require_power(library: Library) -> None:
    """Throws ValueError unless there is what energy needs: tables of internal power, pin loads."""
    if not any(pin.powers for cell in library.cells.values() for pin in cell.pins.values()):
        raise ValueError(f"the cell library {library.path} has no power tables (internal_power): "
                         "no energy can be told")
    if not any(pin.capacitance > 0 for cell in library.cells.values() for pin in cell.pins.values()):
        raise ValueError(f"the cell library {library.path} gives its pins no capacitance")
