"""gtec: UPSes that tell their status with Q4, its last field a letter for each thing that is so.

Models: Gtec ZP120N. Source: the reply format and the letters in NUT's nutdrv_qx (2.8.4 and later). Proved by
specification only: C nutdrv_qx 2.8.0 does not know it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, NOVENDOR, RATING, VENDOR
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

WORDS = {"M": "OL", "A": "!OL", "B": "LB", "C": "BYPASS", "F": "FSD", "N": "OVER"}
"""Letters for ups.status: normal, mains gone, battery low, bypass or boost, shutdown active, overload."""
ALARMS = {"D": "UPS failed", "G": "Site fault", "H": "EPROM fail"}
RESULTS = {
    "E": "Test in progress",
    "I": "Test passed - Result: OK",
    "J": "Test passed - Result: Failed",
    "K": "Test not possible or inhibited",
    "L": "Test status unknown",
}


def _words(text: str, unit: Unit) -> str:
    """Without M the mains count as there unless A says otherwise: boost is no outage."""
    letters = text.strip()
    if not letters.isalpha():
        raise ValueError(f"{text!r} are no letters")
    if not any(letter in WORDS for letter in letters):
        return "OFF"
    return " ".join(["OL", *(WORDS[letter] for letter in letters if letter in WORDS)])


def _alarms(text: str, unit: Unit) -> str:
    return " ".join(ALARMS[letter] for letter in text if letter in ALARMS)


def _result(text: str, unit: Unit) -> str:
    return next((RESULTS[letter] for letter in text if letter in RESULTS), "")


MEASURED = Query(
    b"Q4\r",
    # 0         1         2         3         4         5         6
    # 012345678901234567890123456789012345678901234567890123456789012345
    b"(236.7 243.2 212.1 220.1 230.4 002 001 50.0 371 372 041.3 22.9 IM\r",
    (
        Row("input.voltage", Columns(1, 5), "%.1f"),
        Row("input.voltage.fault", Columns(19, 23), "%.1f"),
        Row("output.voltage", Columns(25, 29), "%.1f"),
        Row("ups.load", Columns(35, 37), "%.0f"),
        Row("input.frequency", Columns(39, 42), "%.1f"),
        Row("battery.voltage", Columns(52, 56), "%.1f"),
        Row("ups.temperature", Columns(58, 61), "%.1f"),
        Row("ups.status", Columns(63), convert=_words, vital=True),
        Row("ups.alarm", Columns(63), convert=_alarms),
        Row("ups.test.result", Columns(63), convert=_result),
    ),
    shortest=64,
)

GTEC = Dialect(
    "gtec",
    "Gtec 1.0",
    (MEASURED, RATING, VENDOR),
    COMMANDS,
    DELAYS,
    claim=("input.voltage", "ups.firmware"),
    options=(NORATING, NOVENDOR, IGNORESAB),
)
