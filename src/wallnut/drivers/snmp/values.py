"""What an agent's values are for NUT: numbers, texts, and how they are written, the same as C's snmp-ups does."""

from __future__ import annotations

import re
from struct import Struct
from typing import TYPE_CHECKING

from wallnut.drivers.snmp.rows import (
    NOT_NA,
    NOT_NEGATIVE,
    NOT_ZERO,
    Alarm,
    Conditions,
    Mark,
    Number,
    Reading,
    Status,
    Text,
)
from wallnut.proto import snmp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wallnut.drivers.snmp.rows import Convert, Words
    from wallnut.proto.snmp import Value

_FLOAT = Struct("f")
_INTEGER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)")
_PRINTABLE = re.compile(rb"[\x20-\x7e\t-\r]*\Z")


def number_of(value: Value) -> int | None:
    """A number; of a text the one that it begins with (0 without any), of time ticks seconds. None: it has none."""
    data = value.data
    if isinstance(data, int):
        return data // 100 if value.tag == snmp.TICKS else data
    if isinstance(data, str):  # the name of an object: its last part
        return int(data.rpartition(".")[2])
    if value.tag not in (snmp.OCTETS, snmp.OPAQUE):
        return None
    found = _INTEGER.match(data)
    if found is None:
        return 0
    digits = found[2].decode()
    octal = digits[0] == "0" and len(digits) > 1 and digits[1] not in "xX"
    try:
        number = int(digits, 8 if octal else 0)
    except ValueError:  # 09
        number = 0
    return -number if found[1] == b"-" else number


def text_of(value: Value) -> str | None:
    """A text: printable octets as they are, others in hexadecimal; numbers in decimal. None: it has none."""
    data = value.data
    if isinstance(data, bytes):
        if value.tag not in (snmp.OCTETS, snmp.OPAQUE):
            return None
        data = data.rstrip(b"\0")
        if _PRINTABLE.match(data):
            return data.decode("ascii")
        return "".join(f"{byte:02X} " for byte in data)
    return str(number_of(value))


def number_text(number: float, name: str = "") -> str:
    """A number as NUT's snmp-ups writes it: whole ones plain, others with two digits; room temperatures with one."""
    if name == "ambient.temperature":
        return f"{number:.1f}"
    if abs(number - int(number)) < 1e-5:
        return str(int(number))
    return f"{_FLOAT.unpack(_FLOAT.pack(number))[0]:.2f}"  # in single precision, as C: 0.865 becomes 0.87


def word_of(words: Words | Convert, raw: str, number: int | None, known: Mapping[str, str]) -> str | None:
    """The word for a value; None: there is none."""
    if callable(words):
        return words(raw, known)
    return None if number is None else words.get(number)


def shown(row: Reading, value: Value, known: Mapping[str, str]) -> str | None:
    """What a row makes of a value: a variable's text, status words, an alarm's text. None: the device has none."""
    if isinstance(row, Number):
        return _number(row, value, known)
    if isinstance(row, Text):
        return _text(row, value, known)
    number = number_of(value)
    if isinstance(row, Status | Alarm):
        return None if number is None else row.words.get(number, "")
    return None if number is None else str(number)


def _number(row: Number, value: Value, known: Mapping[str, str]) -> str | None:
    number = number_of(value)
    if number is None or not _sensible(row.marks, number):
        return None
    text = number_text(number * row.scale, row.name)
    if row.words is None:
        return text
    word = word_of(row.words, text, number, known)
    return text if word is None and not callable(row.words) else word


def _text(row: Text, value: Value, known: Mapping[str, str]) -> str | None:
    text = text_of(value)
    if text is None or (NOT_NA in row.marks and text.startswith("N/A")):
        return None
    if row.words is None or (isinstance(value.data, bytes) and not callable(row.words)):
        return text
    return word_of(row.words, text, number_of(value), known)


def _sensible(marks: Mark, number: int) -> bool:
    return not ((NOT_NEGATIVE in marks and number < 0) or (NOT_ZERO in marks and number == 0))


def answers(row: Reading, value: Value | None) -> bool:
    """Whether a value shows that the object is really there: for finding where a table begins and ends."""
    if value is None:
        return False
    if isinstance(row, Conditions):
        return True
    if NOT_ZERO in row.marks and number_of(value) == 0:
        return False
    return not (NOT_NA in row.marks and (text_of(value) or "").startswith("N/A"))
