"""voltronic-qs-hex: Voltronic Power UPSes that say P or T to M, and their status as binary numbers.

Source: nutdrv_qx(8), the reply format and the numbers in NUT's nutdrv_qx. Proved beside C nutdrv_qx on a simulator.

    > M    < P or T
    > QS   < #..  .  ..  .  .  ..  ...  .  .  .      the fields as bytes; T has one more: ratings

In a field the bytes CR, XON, XOFF, LF and blank are sent as 28h with 0 to 4 after it. Before the rows see it every byte
is written as two hexadecimal digits, those of the last two fields as eight bits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import BITS, COMMANDS, IGNORESAB
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, When
from wallnut.drivers.qx.voltronic_qs import DELAYS, LEFT_OUT

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

ESCAPE = 0x28
ESCAPED = b"\x0d\x11\x13\x0a\x20"
"""What 28h with 0, 1, 2, 3, 4 after it stands for."""
LENGTHS = {10: 46, 11: 55}
"""How long a reply of so many fields is, once it is written out."""


def _protocol(text: str, unit: Unit) -> str:
    if text[:1].upper() not in ("P", "T"):
        raise ValueError(f"{text!r} is not the protocol")
    return f"PM-{text}"


def _is_t(unit: Unit) -> bool:
    return unit.value("ups.firmware.aux").upper().startswith("PM-T")


def _fields(reply: bytes) -> list[bytes]:
    """The fields, unescaped."""
    fields = [bytearray()]
    at = 1
    while at < len(reply) and reply[at] != 0x0D:
        code = reply[at + 1] if reply[at] == ESCAPE and at + 1 < len(reply) else len(ESCAPED)
        if code < len(ESCAPED):
            fields[-1].append(ESCAPED[code])
            at += 1
        elif reply[at] == 0x20:
            fields.append(bytearray())
        else:
            fields[-1].append(reply[at])
        at += 1
    return [bytes(field) for field in fields]


def written_out(reply: bytes, unit: Unit) -> bytes:
    """The reply as text. Raises ValueError."""
    if reply[:1] != b"#":
        raise ValueError(f"{reply!r} does not begin with '#'")
    fields = _fields(reply)
    parts = [field.hex() for field in fields[:9]]
    parts += ["".join(f"{byte:08b}" for byte in field) for field in fields[9:]]
    text = "#" + " ".join(parts)
    if len(text) != LENGTHS.get(len(fields)):
        raise ValueError(f"{text!r} has another form")
    return text.encode() + b"\r"


def _two(text: str) -> tuple[int, int]:
    first, second = (int(part, 16) for part in text.split())
    return first, second


def _volts(text: str, unit: Unit) -> float:
    first, second = _two(text)
    return (first * second // 51) / 256


def _load(text: str, unit: Unit) -> float:
    return int(text, 16)


def _hertz(text: str, unit: Unit) -> float:
    period, clock = _two(text)
    if not period:
        raise ValueError("no period")
    return min(clock / period, 99.9)


def _battery(text: str, unit: Unit) -> float:
    first, second = _two(text)
    return first * second / 510


def _rated_hertz(text: str, unit: Unit) -> float:
    return {"0": 50.0, "1": 60.0}[text]


def _rated_battery(text: str, unit: Unit) -> float:
    return {"00": 12.0, "01": 24.0, "10": 36.0, "11": 48.0}[text]


def _rated_volts(text: str, unit: Unit) -> float:
    rated = {"000": 110.0, "001": 120.0, "010": 220.0, "011": 230.0, "100": 240.0}
    if text not in rated:
        raise ValueError(f"{text!r} is no voltage that is known")
    return rated[text]


PROTOCOL = Query(
    b"M\r",
    # 01
    b"P\r",
    (Row("ups.firmware.aux", Columns(0), convert=_protocol, when=When.ONCE),),
    lead=b"",
)

STATUS = Query(
    b"QS\r",
    # 0         1         2         3         4
    # 01234567890123456789012345678901234567890123456
    b"#6c01 35 6c01 35 03 519a 1312d0 e6 1e 00001001\r",
    (
        Row("input.voltage", Columns(1, 7), "%.1f", _volts),
        Row("output.voltage", Columns(9, 15), "%.1f", _volts),
        Row("ups.load", Columns(17, 18), "%.0f", _load),
        Row("output.frequency", Columns(20, 30), "%.1f", _hertz),
        Row("battery.voltage", Columns(32, 36), "%.2f", _battery),
        *BITS,
    ),
    decode=written_out,
)

RATINGS = Query(
    b"QS\r",
    # 0         1         2         3         4         5
    # 01234567890123456789012345678901234567890123456789012345
    b"#6901 6c 6802 6c 00 5fd7 12c000 e4 1e 00001001 00000010\r",
    (
        Row("output.frequency.nominal", Columns(47, 47), "%.1f", _rated_hertz, When.ONCE),
        Row("battery.voltage.nominal", Columns(48, 49), "%.1f", _rated_battery, When.ONCE),
        Row("output.voltage.nominal", Columns(52, 54), "%.1f", _rated_volts, When.ONCE),
    ),
    decode=written_out,
    only=_is_t,
)

TOLD = tuple(
    replace(one, only=_is_t) if one.name == "test.battery.start.quick" else one
    for one in COMMANDS
    if one.name not in LEFT_OUT
)

VOLTRONIC_QS_HEX = Dialect(
    "voltronic-qs-hex",
    "Voltronic-QS-Hex 1.0",
    (PROTOCOL, STATUS, RATINGS),
    TOLD,
    DELAYS,
    claim=("ups.firmware.aux", "input.voltage"),
    accepted=(),
    rejected=b"N\r",
    options=(IGNORESAB,),
)
