"""omron: OMRON's UPSes with a USB connector: as q1, with questions and commands of their own.

Models: BN150T (others untried). Source: the reply formats, commands and the vendor's order of them in NUT's nutdrv_qx
(2.8.5). Proved by specification only: C nutdrv_qx 2.8.0 does not know it.

The status bit "bypass or boost" is always set there and says nothing; the beeper's bit is not used. A shutdown is two
commands: An (start again with the mains) or Af (stay off), then S or Sf; all are answered with OK. Unless `protocol`
names it, only devices of OMRON's USB vendor id are tried.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import BITS, DELAYS, IGNORESAB, minutes
from wallnut.drivers.qx.common import Q1 as COMMON
from wallnut.drivers.qx.rows import Columns, Command, Convert, Dialect, Query, Row, When, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

VENDOR_ID = 0x0590
OK = b"OK\r"
LEFT_OUT = (Columns(40, 40), Columns(45, 45))
"""Bits of Q1 that mean something else here."""
RATINGS = re.compile(r"[0-9]{4}W/[0-9]{4}VA/[0-9]{3}V/[0-9]{3}W/[0-9]{3}W")
VERSIONS = re.compile(r"M:([0-9.]+)\(S:([0-9.]+)\) *")


def _charge(text: str, unit: Unit) -> float:
    charge = number(text)
    if charge > 100:
        raise ValueError(f"{charge:g} % is no charge")
    return charge


def _seconds(text: str, unit: Unit) -> float:
    return 60 * number(text)


def _signed(text: str, unit: Unit) -> float:
    return -number(text[1:]) if text.startswith("-") else number(text.removeprefix("+"))


def _rated(first: int, last: int) -> Convert:
    def read(text: str, unit: Unit) -> float:
        if not RATINGS.fullmatch(text):
            raise ValueError(f"{text!r} has another form")
        return number(text[first:last])

    return read


def _version(group: int) -> Convert:
    def read(text: str, unit: Unit) -> float:
        found = VERSIONS.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} has another form")
        return number(found[group])

    return read


def _date(text: str, unit: Unit) -> str:
    if len(text) != 8:
        raise ValueError(f"{text!r} is no date")
    return date(int(number(text[:4])), int(number(text[4:6])), int(number(text[6:]))).isoformat()


def _serial(text: str, unit: Unit) -> str:
    if text.startswith("NAK"):
        raise ValueError("it was rejected")
    return text.strip("# ")


def _off(_: str, unit: Unit) -> str:
    return minutes(int(unit.amount("ups.delay.shutdown") or 0))


def _ask(question: bytes, sample: bytes, shortest: int, *rows: Row) -> Query:
    return Query(question, sample, rows, shortest=shortest, lead=b"")


ALL = Columns(0)

Q1 = Query(
    COMMON.ask,
    # 0         1         2         3         4
    # 01234567890123456789012345678901234567890123456
    b"(102.5 000.0 102.4 000 49.9 54.5 22.7 00101000\r",
    (
        *(row for row in COMMON.rows if row not in BITS),
        *(row for row in BITS if row.at not in LEFT_OUT),
    ),
)
QUESTIONS = (
    _ask(b"Bl ?\r", b"100\r", 2, Row("battery.charge", ALL, "%.1f", _charge)),
    _ask(b"RTS\r", b"0699\r", 4, Row("battery.runtime", ALL, "%.0f", _seconds)),
    _ask(b"TPb\r", b"+22.5\r", 5, Row("battery.temperature", ALL, "%.1f", _signed)),
    _ask(b"Lf ?\r", b"49.9\r", 4, Row("output.frequency", ALL, "%.1f")),
    _ask(b"PSNR\r", b"A0Z25110005109G \r", 17, Row("ups.serial", ALL, convert=_serial, when=When.ONCE)),
    _ask(
        b"FWV\r",
        b"M:0.17(S:2.00)\r",
        15,
        Row("ups.firmware", ALL, "%.2f", _version(1), When.ONCE),
        Row("ups.firmware.aux", ALL, "%.2f", _version(2), When.ONCE),
    ),
    _ask(b"BRR\r", b"20260730\r", 9, Row("battery.date", ALL, convert=_date, when=When.ONCE)),
    _ask(
        b"UN\r",
        # 0         1         2
        # 0123456789012345678901234567
        b"1125W/1125VA/048V/160W/020W\r",
        27,
        Row("ups.realpower.nominal", ALL, "%.0f", _rated(0, 4), When.ONCE),
        Row("ups.power.nominal", ALL, "%.0f", _rated(6, 10), When.ONCE),
        Row("battery.voltage.nominal", ALL, "%.0f", _rated(13, 16), When.ONCE),
    ),
)


def _claim(unit: Unit) -> bool:
    meant = bool(unit.settings.text("protocol")) or (unit.usb is not None and unit.usb.vendor_id == VENDOR_ID)
    return meant and unit.look("input.voltage", OMRON)


OMRON = Dialect(
    "omron",
    "Omron 1.0",
    (Q1, *QUESTIONS),
    (
        Command("shutdown.return", b"S%s\r", _off, sample=OK, at=Columns(0, 1), first=b"An\r"),
        Command("shutdown.stayoff", b"Sf%s\r", _off, sample=OK, at=Columns(0, 1), first=b"Af\r"),
        Command("shutdown.stop", b"C\r", sample=OK, at=Columns(0, 1)),
    ),
    DELAYS,
    claim=_claim,
    accepted=("OK",),
    rejected=b"NAK\r",
    options=(IGNORESAB,),
)
