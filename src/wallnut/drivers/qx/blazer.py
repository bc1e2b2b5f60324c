"""blazer_ser and blazer_usb: the older drivers for Megatec's protocol, for those who have them in ups.conf.

They differ from nutdrv_qx in names (ups.mfr, not device.mfr), in how replies are read (word by word), in
battery.voltage (of all packs), in delays that cannot be set while they run, in ondelay and the test's length being
minutes, and in the four dialects they try. Sources: blazer_ser(8), blazer_usb(8), the Megatec protocol. Proved beside
C's on a simulator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.base import Option, Publisher, Settings
from wallnut.drivers.qx import bits
from wallnut.drivers.qx.battery import PACK_COUNT
from wallnut.drivers.qx.bridges.table import IDS
from wallnut.drivers.qx.common import (
    COMMANDS,
    NORATING,
    NOVENDOR,
    Q1,
    RATING,
    VENDOR,
    tenths_or_minutes,
)
from wallnut.drivers.qx.driver import SERIAL_OPTIONS, SHARED_OPTIONS, USB_OPTIONS, Qx
from wallnut.drivers.qx.rows import Columns, Convert, Dialect, Query, Row, When, Word, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.engine import Engine
    from wallnut.drivers.qx.unit import Unit


def _all_packs(text: str, unit: Unit) -> float:
    return number(text) * (unit.amount(PACK_COUNT) or 1.0)


def _bit(column: int, name: str, convert: Convert) -> Row:
    return Row(name, Word(7, column), convert=convert, vital=name == "ups.status")


STATUS = Query(
    Q1.ask,
    Q1.sample,
    (
        Row("input.voltage", Word(0), "%.1f"),
        Row("input.voltage.fault", Word(1), "%.1f"),
        Row("output.voltage", Word(2), "%.1f"),
        Row("ups.load", Word(3), "%.0f"),
        Row("input.frequency", Word(4), "%.1f"),
        Row("battery.voltage", Word(5), "%.2f", _all_packs),
        Row("ups.temperature", Word(6), "%.1f"),
        _bit(0, "ups.status", bits.utility_fail),
        _bit(1, "ups.status", bits.battery_low),
        _bit(2, "ups.status", bits.bypass_or_boost),
        _bit(3, "ups.alarm", bits.failed),
        _bit(4, "ups.type", bits.kind),
        _bit(5, "ups.status", bits.testing),
        _bit(6, "ups.status", bits.shutdown_active),
        _bit(7, "ups.beeper.status", bits.beeper),
    ),
    shortest=46,
)
RATED = replace(
    RATING,
    rows=(
        Row("input.voltage.nominal", Word(0), "%.0f", when=When.ONCE),
        Row("input.current.nominal", Word(1), "%.1f", when=When.ONCE),
        Row("battery.voltage.nominal", Word(2), "%.1f", when=When.ONCE),
        Row("input.frequency.nominal", Word(3), "%.0f", when=When.ONCE),
    ),
)


def _text(text: str, unit: Unit) -> str:
    return text.rstrip(" ")


NAMED = replace(
    VENDOR,
    rows=(
        Row("ups.mfr", Columns(1, 15), convert=_text, when=When.ONCE),
        Row("ups.model", Columns(17, 26), convert=_text, when=When.ONCE),
        Row("ups.firmware", Columns(28, 37), convert=_text, when=When.ONCE),
    ),
)


def _test(value: str, unit: Unit) -> str:
    long = int(number(value))
    if not 1 <= long <= 99:
        raise ValueError(f"a test of {long} minutes is out of range [1..99]")
    return f"{long:02d}"


TOLD = tuple(replace(one, fill=_test, default="10") if one.name == "test.battery.start" else one for one in COMMANDS)


def _dialect(name: str, status: bytes, vendor: bytes) -> Dialect:
    return Dialect(
        name,
        "",
        (STATUS.asked(status), RATED, NAMED.asked(vendor)),
        TOLD,
        claim=("input.voltage",),
        accepted=("ACK", "(ACK"),
        options=(NORATING, NOVENDOR),
    )


DIALECTS = (
    _dialect("megatec", b"Q1\r", b"I\r"),
    _dialect("mustek", b"QS\r", b"I\r"),
    _dialect("megatec/old", b"D\r", b"I\r"),
    _dialect("zinto", b"Q1\r", b"FW?\r"),
)

OPTIONS = (
    Option("ondelay", "Minutes until the load is switched on again (3)"),
    Option("offdelay", "Seconds until the load is switched off, in steps of 6 or 60 (30)"),
    NORATING,
    NOVENDOR,
    *SHARED_OPTIONS,
)


class Blazer(Qx):
    """What the two share."""

    dialects = DIALECTS
    settle = 0.1
    guesses_as_blazer = True

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._start = 60 * settings.integer("ondelay", 3, low=0, high=9999)
        self._off = settings.integer("offdelay", 30, low=12, high=600)

    def _set_delays(self, engine: Engine) -> None:
        engine.put("ups.delay.start", str(self._start))
        engine.put("ups.delay.shutdown", tenths_or_minutes(str(self._off), engine.unit))


class BlazerSer(Blazer):
    """On a serial line."""

    name = "blazer_ser"
    version = "1.0"
    title = "Megatec/Q1 protocol serial driver"
    options = (*OPTIONS, *SERIAL_OPTIONS)

    def by_usb(self) -> bool:
        """Never."""
        return False


class BlazerUsb(Blazer):
    """Over a USB adapter."""

    name = "blazer_usb"
    version = "1.0"
    title = "Megatec/Q1 protocol USB driver"
    options = (*OPTIONS, *USB_OPTIONS)
    ids = IDS

    def by_usb(self) -> bool:
        """Always."""
        return True
