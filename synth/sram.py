# SPDX-License-Identifier: Apache-2.0
"""What a memory macro costs: area, and energy of a read and a write, from words and width.

The parameters and where they come from stand in sram.json; SRAM=file (--sram) replaces it by the user's
own. Every memory that stays a memory in a netlist goes through this one class.
"""
import json
import pathlib
from dataclasses import dataclass

DEFAULT = pathlib.Path(__file__).with_name("sram.json")


@dataclass(frozen=True)
class Sram:
    parameters: dict
    area_scale: float
    energy_scale: float

    def _evaluate(self, ports: str, key: str, words: int, width: int) -> float:
        c = self.parameters["ports"][ports][key]
        return c[0] + c[1] * words + c[2] * width + c[3] * words * width

    def area(self, words: int, width: int, ports: str = "1r1w") -> float:
        return self.area_scale * self._evaluate(ports, "area_um2", words, width)

    def read(self, words: int, width: int, ports: str = "1r1w") -> float:
        return self.energy_scale * self._evaluate(ports, "read_pj", words, width)

    def write(self, words: int, width: int, ports: str = "1r1w") -> float:
        return self.energy_scale * self._evaluate(ports, "write_pj", words, width)


def read_sram(path: pathlib.Path = DEFAULT) -> Sram:
    """ValueError, naming file and field, if it does not describe a memory."""
    try:
        parameters = json.loads(path.read_text())
        target = parameters["target"]
        feature = target["technology_um"] / parameters["technology_um"]
        voltage = target["voltage"] / parameters["voltage"]
        for name, ports in parameters["ports"].items():
            for key in ("area_um2", "read_pj", "write_pj"):
                values = ports[key]
                if len(values) != 4 or any(value < 0 for value in values) or not sum(values):
                    raise ValueError(f"{path}: {name}.{key} must be four numbers of 0 or more")
    except OSError as error:
        raise ValueError(f"cannot read the SRAM model {path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} lacks {error}") from error
    return Sram(parameters, feature ** 2, feature * voltage ** 2)
