"""Values out of reports and into them, and the reports of one poll, each of them read once.

Pure but for the device that `Reports` is given. Source: HID 1.11, sections 5.8 and 6.2.2.7; units as in "Usage Tables
for HID Power Devices" 1.1, section 3.2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallnut.drivers.usbhid.descriptor import Descriptor, Field, Key, Kind
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

_UNIT_EXPONENTS = {0x00F0D121: 7, 0x0000D121: 7}
"""Volts; watts and volt-amperes: HID counts them in centimetres, grams and seconds, ten million to one."""


class Source(Protocol):
    """What gives reports: io.hid.Hid, or a serial line that carries HID. Raises DeviceError."""

    def feature(self, id: int, size: int) -> bytes:
        """A feature report with its id first, at most `size` bytes."""

    def input(self, id: int, size: int) -> bytes:
        """An input report, asked for and not waited for."""

    def set_feature(self, data: bytes) -> None:
        """Write a feature report, its id first."""


def bits_of(field: Field, report: bytes) -> int | None:
    """What is in a field's bits; None where the report is too short to say. Excess high bits do not count, and what
    is beyond the logical bounds is taken for the bound: devices send both."""
    begin, end = 8 + field.offset, 8 + field.offset + field.size
    if end > 8 * len(report):
        return None
    value = int.from_bytes(report[begin // 8 : (end + 7) // 8], "little") >> begin % 8
    value &= (1 << field.size) - 1
    low, high = field.logical
    if high < low:
        return value
    width = max(_magnitude(low), _magnitude(high))
    value &= (1 << width + (low < 0)) - 1
    if low < 0 and value >> width:
        value -= 1 << width + 1
    return min(max(value, low), high)


def _magnitude(bound: int) -> int:
    """Bits that a bound needs besides its sign."""
    return (bound if bound >= 0 else -bound - 1).bit_length()


def value_of(field: Field, report: bytes) -> float | None:
    """A field's value in NUT's units: volts, amperes, watts, seconds, kelvin, hertz; None: the report is too short."""
    bits = bits_of(field, report)
    if bits is None:
        return None
    value = float(bits)
    if field.physical is not None and _scaled(field):
        (low, high), (least, most) = field.logical, field.physical
        value = min(max((bits - low) * ((most - least) / (high - low)) + least, least), most)
    return value * _power(field)


def bits_for(field: Field, value: float) -> int:
    """The bits for a value; beyond the physical bounds those of the bound."""
    value = value / _power(field)
    if field.physical is not None and _scaled(field):
        (low, high), (least, most) = field.logical, field.physical
        value = min(max((value - least) * ((high - low) / (most - least)) + low, low), high)
    return round(value)


def fits(field: Field, value: float) -> bool:
    """Whether a field's bits can hold a value."""
    bits, low = bits_for(field, value), field.logical[0]
    return (-1 << field.size - 1 if low < 0 else 0) <= bits < 1 << field.size


def _scaled(field: Field) -> bool:
    assert field.physical is not None
    return field.physical[1] > field.physical[0] and field.logical[1] > field.logical[0]


def _power(field: Field) -> float:
    """Ten to the field's exponent, in NUT's unit."""
    exponent = field.exponent - _UNIT_EXPONENTS.get(field.unit, 0)
    return float(10**exponent) if exponent >= 0 else 1.0 / 10**-exponent


def put(field: Field, report: bytes, bits: int) -> bytes:
    """A report with other bits in a field."""
    begin = 8 + field.offset
    whole = int.from_bytes(report, "little")
    mask = ((1 << field.size) - 1) << begin
    return (whole & ~mask | bits << begin & mask).to_bytes(len(report), "little")


class Reports:
    """The reports of a device. `fresh()` begins a poll; until the next each report is asked for once, also one that
    fails. `asked` counts what the device was asked for.

    `least`: bytes to ask for at least. `never`: reports that must not be asked for.
    """

    def __init__(
        self, source: Source, descriptor: Descriptor, least: int = 0, never: frozenset[int] = frozenset()
    ) -> None:
        self._source, self._descriptor = source, descriptor
        self._least, self._never = least, never
        self._known: dict[Key, bytes | DeviceError] = {}
        self.last: dict[Key, bytes] = {}
        """What each report was when it was read last."""
        self.asked = 0

    def fresh(self) -> None:
        """Forget what is known."""
        self._known.clear()

    def read(self, key: Key) -> bytes:
        """A report. Raises DeviceError."""
        known = self._known.get(key)
        if known is None:
            try:
                known = self._ask(key)
            except DeviceError as error:
                known = error
            self._known[key] = known
        if isinstance(known, DeviceError):
            raise known
        return known

    def _ask(self, key: Key) -> bytes:
        if key.id in self._never:
            raise DeviceError(f"report {key.id:02x} is never asked for")
        self.asked += 1
        ask: Callable[[int, int], bytes] = self._source.feature if key.kind is Kind.FEATURE else self._source.input
        report = ask(key.id, max(self._least, self._descriptor.size(key)))
        if len(report) < 2 or report[0] != key.id:
            raise DeviceError(f"report {key.id:02x}: nonsense came: {report.hex() or 'nothing'}")
        self.last[key] = report
        return report

    def value(self, field: Field) -> float | None:
        """A field's value; None where the report is too short for it. Raises DeviceError."""
        return value_of(field, self.read(field.report))

    def write(self, field: Field, value: float) -> None:
        """Set a field, the others in its report staying as they were read. What is known is void then. Raises
        DeviceError."""
        size = self._descriptor.size(field.report)
        try:
            report = self.read(field.report)[:size]
        except DeviceError:
            report = bytes((field.report.id,))
        try:
            self._source.set_feature(put(field, report.ljust(size, b"\0"), bits_for(field, value)))
        finally:
            self.fresh()
