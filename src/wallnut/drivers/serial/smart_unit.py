"""Finding out what an APC UPS knows: by its firmware in a table, by its own list, or by trying what they all know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallnut.drivers.serial import smart_tables as tables
from wallnut.drivers.serial.smart_tables import CAPABILITIES, COMMANDS, VARIABLES, Variable

if TYPE_CHECKING:
    from wallnut.drivers.serial.smart_line import SmartLine
    from wallnut.io.log import Logger

NOISE = "\r\0|&$!%+?=*"
"""What may come among the capabilities and is none of them."""


@dataclass(slots=True)
class Unit:
    """A UPS: the variables that it has, each with its first answer by its name; the values that settings may have by
    their character; the characters that it knows; `model` where it does not say it itself."""

    characters: str = ""
    variables: list[Variable] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    model: str = ""

    @property
    def commands(self) -> list[str]:
        """NUT's names of the commands that it knows."""
        known = [command.name for command in COMMANDS if command.code in self.characters]
        return list(dict.fromkeys(known))

    def variable(self, name: str) -> Variable | None:
        """A variable by its name."""
        return next((one for one in self.variables if one.name == name.lower()), None)


def identify(line: SmartLine, log: Logger) -> Unit:
    """Ask a UPS in smart mode what it is and knows. Raises DeviceError where the line is lost."""
    firmware = line.has(tables.FIRMWARE_OLD) or line.has(tables.FIRMWARE_NEW)
    log.debug(1, f"firmware: {firmware!r}")
    if known := tables.known_characters(firmware):
        unit = _listed(line, known, log)
        unit.model = "" if "ups.model" in unit.answers else tables.old_model(firmware)
        return unit
    characters = tables.command_characters(line.listing(tables.COMMAND_SET))
    if not characters:
        log.notice("a very old or unknown APC model: support will be limited")
        return _tried(line, log)
    unit = _listed(line, characters, log)
    if CAPABILITIES in characters:
        _capabilities(line, unit, firmware == tables.CUT_SHORT, log)
    return unit


def _listed(line: SmartLine, characters: str, log: Logger) -> Unit:
    unit = Unit("".join(char for char in characters if char not in tables.NOT_SHOWN))
    _read(line, unit, list(dict.fromkeys(unit.characters)), log)
    return unit


def _tried(line: SmartLine, log: Logger) -> Unit:
    unit = Unit()
    _read(line, unit, list(tables.ANY_OLD), log)
    if "output.current" in unit.answers:
        unit.model = "Matrix-UPS"
    elif "ups.model" not in unit.answers:
        unit.model = "Smart-UPS"
    return unit


def _read(line: SmartLine, unit: Unit, codes: list[str], log: Logger) -> None:
    """Read the variables behind some characters, the alternatives after the rest."""
    of_codes = [one for code in codes for one in VARIABLES if one.code == code]
    for variable in (one for one in of_codes if not one.alternative):
        _try(line, unit, variable, log)
    taken: list[Variable] = []
    for variable in (one for one in VARIABLES if one.alternative and one in of_codes):
        if any(variable.name == one.name or variable.code == one.code for one in taken):
            continue
        if _try(line, unit, variable, log):
            taken.append(variable)


def _try(line: SmartLine, unit: Unit, variable: Variable, log: Logger) -> bool:
    answer = line.has(variable.code)
    if not answer or not variable.fits(answer):
        log.debug(1, f"{variable.name} [{variable.code!r}] is not supported: {answer!r}")
        return False
    unit.variables.append(variable)
    unit.answers[variable.name] = answer
    return True


def _capabilities(line: SmartLine, unit: Unit, cut_short: bool, log: Logger) -> None:
    answer = line.listing(CAPABILITIES, NOISE)
    if not answer or answer == tables.NOT_AVAILABLE:
        log.warning("the UPS lists no capabilities though it knows the question: nothing can be set but texts")
        return
    found, problem = tables.capabilities(answer, unit.answers.get("ups.firmware", ""))
    if problem and not cut_short:
        log.warning(f"the list of what can be set is damaged: {problem}")
    for choices in found:
        if any(one.code == choices.code and not one.packed for one in unit.variables):
            unit.choices[choices.code] = (*unit.choices.get(choices.code, ()), *choices.values)


def packed_name(name: str, number: int) -> str:
    """The name of one of several values in an answer, counted from 1."""
    return name.replace(".0.", f".{number}.")
