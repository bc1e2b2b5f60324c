"""megatec: the Megatec protocol, which most small UPSes with a serial line speak, or something near it.

Models: many of Blazer, Energy Sistem, Fenton, General Electric, Mustek, Powercool, Energizer and others. Source: the
Megatec protocol (networkupstools.org/ups-protocols/megatec.html). Proved beside C nutdrv_qx and blazer_ser on a
simulator.

UPSes with a MegaTec chip say more in the reply to I (NUT 2.8.3 and later reads it so from every UPS, which cuts the
names of the others; here only where the maker is MegaTec):

    #MegaTecabcedfhi k130v12345 v3.400000       serial number, model, runtime in seconds, firmware
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, NOVENDOR, Q1, RATING, VENDOR
from wallnut.drivers.qx.rows import Columns, Dialect, Never, Row, When, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

CHIP = "MegaTec"


def _maker(text: str, unit: Unit) -> str:
    return CHIP if text.startswith(CHIP) else text.strip("# ")


def _serial(text: str, unit: Unit) -> str:
    if not text.startswith(CHIP):
        raise Never("only the chip says it")
    return text[7:15].strip("# ")


def _runtime(text: str, unit: Unit) -> float:
    if not text.startswith(CHIP):
        raise Never("only the chip says it")
    return number(text[21:26])


def _model(text: str, unit: Unit) -> str:
    return (text[16:21] if text.startswith(CHIP) else text[16:26]).strip("# ")


VENDOR_OR_CHIP = replace(
    VENDOR,
    shortest=38,
    rows=(
        Row("device.mfr", Columns(1, 15), convert=_maker, when=When.ONCE),
        Row("ups.serial", Columns(1), convert=_serial, when=When.ONCE),
        Row("device.model", Columns(1), convert=_model, when=When.ONCE),
        Row("battery.runtime", Columns(1), "%.0f", _runtime),
        Row("ups.firmware", Columns(28, 37), convert=lambda text, unit: text.strip("#\r "), when=When.ONCE),
    ),
)

MEGATEC = Dialect(
    "megatec",
    "Megatec 1.0",
    (Q1, RATING, VENDOR_OR_CHIP),
    COMMANDS,
    DELAYS,
    claim=("input.voltage", "ups.firmware"),
    options=(NORATING, NOVENDOR, IGNORESAB),
)
