"""Writing the settings of an APC UPS: its EEPROM takes the next value of a list, or a text of eight characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.serial.smart_line import ANSWER
from wallnut.drivers.serial.smart_tables import NEXT_VALUE, NOT_AVAILABLE, OK, REFUSED, TEXT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.drivers.serial.smart_line import SmartLine

MOST_VALUES = 32
"""Steps after which a list that does not come round is given up."""


def rotate(line: SmartLine, code: str, wanted: Callable[[str], bool]) -> bool:
    """Step on until the value is one that is wanted; whether it is now. A value that is right already stays, for the
    EEPROM's sake."""
    first = line.has(code)
    if not first or wanted(first):
        return bool(first)
    for _ in range(MOST_VALUES):
        if line.ask(NEXT_VALUE) != OK:
            return False
        value = line.has(code)
        if not value or wanted(value):
            return bool(value)
        if value == first:
            return False
    return False


def write_text(line: SmartLine, code: str, text: str) -> bool:
    """Write a text of at most TEXT_LENGTH characters; whether the UPS took it."""
    current = line.has(code)
    if not current or current == text:
        return bool(current)
    if not line.long(NEXT_VALUE, text.ljust(TEXT_LENGTH, "\r")):
        return False
    return line.answer(ANSWER) not in ("", NOT_AVAILABLE, REFUSED)
