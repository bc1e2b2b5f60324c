"""voltronic-axpert: Voltronic Power's solar inverters (P30): Axpert, MKS and others.

Source: the reply formats, letters, warning bits and the checksum in NUT's nutdrv_qx (2.8.4 and later). Proved by
specification only: C nutdrv_qx 2.8.0 does not know it. It reads; there are no commands (C has them for its developers).
Names that are not NUT's are left out, and the firmware is ups.firmware.

Requests and replies end with a CRC-16 (polynomial 1021h, from 0) before the carriage return; in it LF, CR and "(" are
sent as the byte after them.

    > QPI         < (PI30
    > QMOD        < (L        mode: P on, S standby, L line, B battery, F fault, H power saving
"""

from __future__ import annotations

from binascii import crc_hqx
from typing import TYPE_CHECKING

from wallnut.drivers.qx.bits import is_set
from wallnut.drivers.qx.rows import ALARM, STATUS, Columns, Convert, Dialect, Never, Query, Row, When, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

ESCAPED = b"\n\r("
BATTERIES = ("AGM", "Flooded", "User")
WARNINGS = (
    "Device has fault.",
    "CPU is performing the auto-correction of AD signals.",
    "An external Flash device failed.",
    "Input PV is found lost.",
    "PV input voltage reads low.",
    "Power island.",
    "An Error occurred in the CPU initialization.",
    "Power grid voltage exceeds the upper threshold.",
    "Power grid voltage falls below the lower threshold.",
    "Power grid frequency exceeds the upper threshold.",
    "Power grid frequency falls below the lower threshold.",
    "Power grid-connected average voltage exceeds the maximum threshold.",
    "Require power from the power grid.",
    "Emergent grid disconnection.",
    "Battery voltage is too low.",
    "Low battery.",
    "Battery disconnected.",
    "End of battery discharge.",
    "Overload.",
    "EPO active.",
    "",
    "",
    "Over temperature alarm.",
    "No electrical ground.",
    "Fan fault.",
)
"""By bit of QPIWS, from the left; "": not known."""
WARNING_WORDS = {15: "LB", 18: "OVER"}
LONGEST = 224
"""Characters of warnings that leave room for other alarms in ups.alarm."""
MODE_ALARMS = {"P": "Device is going ON.", "F": "Fault reported by device."}


def checksum(data: bytes) -> bytes:
    """The two bytes of a request's or reply's CRC."""
    return bytes(byte + 1 if byte in ESCAPED else byte for byte in crc_hqx(data, 0).to_bytes(2, "big"))


def encode(request: bytes, unit: Unit) -> bytes:
    """A request with its CRC."""
    text = request.removesuffix(b"\r")
    return text + checksum(text) + b"\r"


def decode(reply: bytes, unit: Unit) -> bytes:
    """A reply without its CRC. Raises ValueError where that is wrong."""
    text = reply.removesuffix(b"\r")
    if len(text) < 3 or checksum(text[:-2]) != text[-2:]:
        raise ValueError(f"{reply!r} has a wrong checksum")
    return text[:-2] + b"\r"


def _protocol(text: str, unit: Unit) -> str:
    if text.upper() != "PI30":
        raise ValueError(f"{text!r} is no protocol that this speaks")
    return "P30"


def _serial(text: str, unit: Unit) -> str:
    if not text.strip("0 "):
        raise Never("no serial number")
    return text


def _battery(text: str, unit: Unit) -> str:
    if text not in ("0", "1", "2"):
        raise ValueError(f"{text!r} is no type")
    return BATTERIES[int(text)]


def _percent(text: str, unit: Unit) -> float:
    return number(text) / 100


def _capability(letter: str, on: str, off: str) -> Convert:
    def read(text: str, unit: Unit) -> str:
        enabled, _, disabled = text.removeprefix("E").partition("D")
        if letter in enabled:
            return on
        if letter in disabled:
            return off
        raise Never("the device has not that capability")

    return read


def _bits(text: str) -> list[int]:
    if text.strip("01-"):
        raise ValueError(f"{text!r} are no bits")
    return [index for index, bit in enumerate(text) if bit == "1"]


def _warnings(text: str, unit: Unit) -> str:
    bits = _bits(text)
    known = dict(enumerate(WARNINGS))
    found = [known.get(index) or f"#{index + 1:02d}" for index in bits]
    if len(" ".join(found)) >= LONGEST:
        found = [f"#{index + 1:02d}" for index in bits]
    return " ".join(["Device warnings:", *found]) if found else ""


def _warning_words(text: str, unit: Unit) -> str:
    return " ".join(WARNING_WORDS[index] for index in _bits(text) if index in WARNING_WORDS)


def _mode(text: str, unit: Unit) -> str:
    """On battery in mode B; else on mains where there is a voltage (C: in mode L alone)."""
    if text not in tuple("PSLBFH"):
        raise ValueError(f"{text!r} is no mode")
    there = text == "L" or (text != "B" and (unit.amount("input.voltage") or 0) > 0)
    return ("OL" if there else "!OL") + (" OFF" if text == "S" else "")


def _mode_alarm(text: str, unit: Unit) -> str:
    return MODE_ALARMS.get(text, "")


def _once(name: str, first: int, last: int, format: str = "%s", convert: Convert | None = None) -> Row:
    return Row(name, Columns(first, last), format, convert, When.ONCE)


STATUS_QUERY = Query(
    b"QPIGS\r",
    # 0         1         2         3         4         5
    # 0123456789012345678901234567890123456789012345678901234
    b"(235.2 50.1 235.2 50.1 0446 0382 008 440 54.00 000 100 "
    #    6         7         8         9         10
    # 5678901234567890123456789012345678901234567890123456
    b"0034 0000 000.0 00.00 00000 00010101 00 00 00000 110\r",
    (
        Row("input.voltage", Columns(1, 5), "%.1f"),
        Row("input.frequency", Columns(7, 10), "%.1f"),
        Row("output.voltage", Columns(12, 16), "%.1f"),
        Row("output.frequency", Columns(18, 21), "%.1f"),
        Row("output.power", Columns(23, 26), "%.1f"),
        Row("output.realpower", Columns(28, 31), "%.1f"),
        Row("ups.load", Columns(33, 35), "%.0f"),
        Row("battery.voltage", Columns(41, 45), "%.1f"),
        Row("battery.charge", Columns(51, 53), "%.1f"),
        Row("ups.temperature", Columns(55, 58), "%.1f"),
        Row("experimental.input.pv1.current", Columns(60, 63), "%.0f"),
        Row("experimental.input.pv1.voltage", Columns(65, 69), "%.0f"),
        Row("experimental.battery.voltage.scc1", Columns(71, 75), "%.1f"),
        Row("battery.current", Columns(77, 81), "%.1f"),
        Row(STATUS, Columns(86, 86), convert=lambda text, unit: "!OFF" if is_set(text) else "OFF", vital=True),
        Row(STATUS, Columns(88, 88), convert=lambda text, unit: "CHRG" if is_set(text) else "!CHRG", vital=True),
    ),
    shortest=104,
)
QUERIES = (
    Query(b"QPI\r", b"(PI30\r", (_once("ups.firmware.aux", 1, 4, convert=_protocol),)),
    Query(
        b"QVFW\r",
        # 0         1
        # 0123456789012345
        b"(VERFW:00074.50\r",
        (_once("ups.firmware", 7, 14),),
    ),
    Query(
        b"QID\r",
        b"(12345679012345\r",
        (Row("device.serial", Columns(1), convert=_serial, when=When.ONCE),),
        shortest=2,
    ),
    Query(
        b"QFLAG\r",
        b"(EakxyDbjuvz\r",
        (
            Row("battery.energysave", Columns(1), convert=_capability("j", "yes", "no"), when=When.CHANGED),
            Row("ups.beeper.status", Columns(1), convert=_capability("a", "enabled", "disabled"), when=When.CHANGED),
        ),
        shortest=4,
    ),
    Query(
        b"QPIRI\r",
        # 0         1         2         3         4         5         6         7         8         9
        # 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890
        b"(230.0 21.7 230.0 50.0 21.7 5000 5000 48.0 46.0 42.0 56.4 54.0 0 30 060 0 0 2 9 01 0 1 54.0 0 1 000\r",
        (
            _once("input.voltage.nominal", 1, 5, "%.1f"),
            _once("input.current.nominal", 7, 10, "%.1f"),
            _once("output.voltage.nominal", 12, 16, "%.1f"),
            _once("output.frequency.nominal", 18, 21, "%.1f"),
            _once("output.current.nominal", 23, 26, "%.1f"),
            _once("output.power.nominal", 28, 31, "%.1f"),
            _once("output.realpower.nominal", 33, 36, "%.1f"),
            _once("battery.voltage.nominal", 38, 41, "%.1f"),
            _once("battery.type", 63, 63, convert=_battery),
        ),
        shortest=99,
    ),
    Query(
        b"QMD\r",
        # 0         1         2         3         4
        # 012345678901234567890123456789012345678901234567
        b"(#####INVERTEX5K ###5000 99 1/1 230 230 04 12.0\r",
        (
            Row("device.model", Columns(1, 15), when=When.ONCE, trim=True),
            _once("output.powerfactor", 25, 26, "%.2f", _percent),
            _once("input.phases", 28, 28, "%.0f"),
            _once("output.phases", 30, 30, "%.0f"),
        ),
    ),
    STATUS_QUERY,
    Query(
        b"QMOD\r",
        b"(L\r",
        (
            Row(STATUS, Columns(1, 1), convert=_mode, vital=True),
            Row(ALARM, Columns(1, 1), convert=_mode_alarm),
        ),
    ),
    Query(
        b"QPIWS\r",
        # 0         1         2
        # 012345678901234567890123456
        b"(0000000000000000000000000\r",
        (
            Row(ALARM, Columns(1), convert=_warnings),
            Row(STATUS, Columns(1), convert=_warning_words),
        ),
        often=True,
    ),
)

VOLTRONIC_AXPERT = Dialect(
    "voltronic-axpert",
    "Voltronic-Axpert 1.0",
    QUERIES,
    claim=("ups.firmware.aux", "input.voltage"),
    rejected=b"(NAK\r",
    encode=encode,
    decode=decode,
    fixed={"device.type": "scd"},
)
