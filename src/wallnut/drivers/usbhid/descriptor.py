"""A HID report descriptor's bytes -> the fields that its reports have.

Pure. Source: USB Implementers Forum, "Device Class Definition for Human Interface Devices" 1.11, sections 5 and 6.2.2;
units: "Usage Tables for HID Power Devices" 1.1, section 3.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from wallnut.drivers.usbhid.usages import INDEX, Path, show
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 16384
"""Bytes of a descriptor, at the most."""
MOST_FIELDS = 4096
WIDEST = 64
"""Bits of a field that is worth reading; wider ones are buffers."""
DEEPEST = 64
"""Collections within one another."""


class Kind(Enum):
    """Which way a report goes: to us by the interrupt pipe, to the device, or both ways when asked for."""

    INPUT = 1
    OUTPUT = 2
    FEATURE = 3


class Key(NamedTuple):
    """A report: its kind and its id (0 where the device has only one of a kind)."""

    kind: Kind
    id: int


@dataclass(frozen=True, slots=True)
class Field:
    """One value in one report: `size` bits that begin `offset` bits after the id.

    `logical` are the bounds of what is in the bits, `physical` what they stand for (None: the same); times ten to the
    `exponent`, in `unit`. A `constant` one cannot be written.
    """

    path: Path
    report: Key
    offset: int
    size: int
    logical: tuple[int, int] = (0, 0)
    physical: tuple[int, int] | None = None
    unit: int = 0
    exponent: int = 0
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Descriptor:
    """All fields in their order, and how many bits each report has."""

    fields: tuple[Field, ...]
    bits: Mapping[Key, int] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, kind: Kind, path: Path) -> Field | None:
        """The first field that is there by this path."""
        return next((one for one in self.fields if one.path == path and one.report.kind is kind), None)

    def size(self, report: Key) -> int:
        """Bytes of a report, with its id."""
        return 1 + (self.bits.get(report, 0) + 7) // 8

    def mended(self, old: Field, **changes: object) -> Descriptor:
        """The same with one field otherwise: what a vendor file's `fix` does."""
        new = replace(old, **changes)  # type: ignore[arg-type]
        return Descriptor(tuple(new if one is old else one for one in self.fields), self.bits)

    def application(self) -> Path:
        """The usages of the outermost collections."""
        return tuple(dict.fromkeys(one.path[0] for one in self.fields))


@dataclass(slots=True)
class _Globals:
    """The items that hold until they are said again (6.2.2.7)."""

    page: int = 0
    logical_low: int = 0
    logical_high: tuple[int, int] = (0, 0)
    """Read as signed, and as unsigned."""
    physical_low: int | None = None
    physical_high: int | None = None
    exponent: int = 0
    unit: int = 0
    size: int = 0
    id: int = 0
    count: int = 0


class _Locals:
    """The items that hold for the next main item (6.2.2.8)."""

    def __init__(self) -> None:
        self.usages: list[int] = []
        self.first = 0


_MAIN = {8: Kind.INPUT, 9: Kind.OUTPUT, 11: Kind.FEATURE}
_COLLECTION, _END = 10, 12


def parse(data: bytes) -> Descriptor:
    """Raises DeviceError, which says where the descriptor makes no sense.

    Usages of fields follow one another; where there are fewer than fields, the rest is padding.
    """
    if len(data) > LONGEST:
        raise DeviceError(f"report descriptor of {len(data)} bytes: {LONGEST} are the most")
    parser = _Parser()
    for at, kind, tag, value, size in _items(data):
        try:
            parser.take(kind, tag, value, size)
        except ValueError as error:
            raise DeviceError(f"report descriptor, byte {at}: {error}") from None
    if parser.path:
        raise DeviceError(f"report descriptor: the collection {show(parser.path)} does not end")
    return Descriptor(tuple(parser.fields), MappingProxyType(parser.bits))


def _items(data: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """The items: where, type, tag, value (unsigned) and its bytes (6.2.2.2; long items, 6.2.2.3, mean nothing yet)."""
    at = 0
    while at < len(data):
        begin, prefix = at, data[at]
        if prefix == 0xFE:
            if at + 1 >= len(data):
                raise DeviceError(f"report descriptor, byte {begin}: it ends in an item")
            at += 3 + data[at + 1]
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        at += 1 + size
        if at > len(data):
            raise DeviceError(f"report descriptor, byte {begin}: it ends in an item")
        yield begin, prefix >> 2 & 3, prefix >> 4, int.from_bytes(data[at - size : at], "little"), size


def _signed(value: int, size: int) -> int:
    return value - (1 << 8 * size) if size and value >> (8 * size - 1) else value


class _Parser:
    """Takes items; `fields` and `bits` are what came of them."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.bits: dict[Key, int] = {}
        self.path: Path = ()
        self._depths: list[int] = []
        self._globals = _Globals()
        self._stack: list[_Globals] = []
        self._locals = _Locals()

    def take(self, kind: int, tag: int, value: int, size: int) -> None:
        """An item. Raises ValueError."""
        if kind == 0:
            self._main(tag, value)
            self._locals = _Locals()
        elif kind == 1:
            self._global(tag, value, size)
        elif kind == 2:
            self._local(tag, value, size)

    def _main(self, tag: int, value: int) -> None:
        if tag == _COLLECTION:
            if len(self._depths) >= DEEPEST:
                raise ValueError(f"more than {DEEPEST} collections within one another")
            self._depths.append(len(self.path))
            usages = self._locals.usages
            self.path += (usages[0] if usages else 0,)
            if value & 0xFF >= 0x80:  # a vendor's own kind: its number tells twins apart
                self.path += (INDEX | value & 0x7F,)
        elif tag == _END:
            if not self._depths:
                raise ValueError("a collection ends that never began")
            self.path = self.path[: self._depths.pop()]
        elif tag in _MAIN:
            self._add(_MAIN[tag], value)

    def _add(self, kind: Kind, flags: int) -> None:
        now, usages = self._globals, self._locals.usages
        key = Key(kind, now.id)
        offset = self.bits.get(key, 0)
        self.bits[key] = end = offset + now.size * now.count
        if end > 8 * LONGEST:
            raise ValueError(f"report {now.id} has {end} bits")
        if not 0 < now.size <= WIDEST:
            return
        for number, usage in enumerate(usages[: now.count]):
            if not usage:
                continue
            if len(self.fields) >= MOST_FIELDS:
                raise ValueError(f"more than {MOST_FIELDS} fields")
            self.fields.append(
                Field(
                    (*self.path, usage),
                    key,
                    offset + number * now.size,
                    now.size,
                    _logical(now),
                    _physical(now),
                    now.unit,
                    now.exponent,
                    bool(flags & 1),
                )
            )

    def _global(self, tag: int, value: int, size: int) -> None:
        now = self._globals
        if tag == 0:
            now.page = value & 0xFFFF
        elif tag == 1:
            now.logical_low = _signed(value, size)
        elif tag == 2:
            now.logical_high = (_signed(value, size), value)
        elif tag == 3:
            now.physical_low = _signed(value, size)
        elif tag == 4:
            now.physical_high = _signed(value, size)
        elif tag == 5:
            now.exponent = (value & 0xF ^ 8) - 8
        elif tag == 6:
            now.unit = value
        elif tag == 7:
            now.size = value
        elif tag == 8:
            if value > 255:
                raise ValueError(f"{value} is no report id")
            now.id = value
        elif tag == 9:
            now.count = value
        elif tag == 10:
            if len(self._stack) >= DEEPEST:
                raise ValueError(f"more than {DEEPEST} global states put away")
            self._stack.append(replace(now))
        elif tag == 11:
            if not self._stack:
                raise ValueError("a global state is taken back that was never put away")
            self._globals = self._stack.pop()

    def _local(self, tag: int, value: int, size: int) -> None:
        usage = value if size == 4 else self._globals.page << 16 | value
        if tag == 0:
            self._locals.usages.append(usage)
        elif tag == 1:
            self._locals.first = usage
        elif tag == 2:
            first = self._locals.first
            if not first <= usage < first + MOST_FIELDS:
                raise ValueError(f"usages from {first:08x} to {usage:08x}")
            self._locals.usages += range(first, usage + 1)


def _logical(now: _Globals) -> tuple[int, int]:
    """The bounds. A highest below a lowest that is not negative was meant without a sign: 25 ff for 255."""
    signed, unsigned = now.logical_high
    return now.logical_low, unsigned if now.logical_low >= 0 > signed else signed


def _physical(now: _Globals) -> tuple[int, int] | None:
    """The bounds where they are said and not both 0 (6.2.2.7: else those of the logical ones)."""
    low, high = now.physical_low, now.physical_high
    return None if low is None or high is None or not (low or high) else (low, high)
