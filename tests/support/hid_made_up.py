"""Made-up USB UPSes: report descriptors built of usage paths, and for every vendor file a device that has all its rows.

build([("UPS.PowerSummary", [Item("RemainingCapacity", 87, bits=8)])])     descriptor and reports, as hex
everything(eaton.VENDOR)                                                   a Model for tests/support/umock.py
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.support.umock import Model
from wallnut.drivers.usbhid import usages
from wallnut.drivers.usbhid.rows import Alarm, Flag, Row, Vendor
from wallnut.drivers.usbhid.usages import INDEX

VOLT, AMPERE, WATT, HERTZ, KELVIN, SECOND = 0x00F0D121, 0x00100001, 0x0000D121, 0xF001, 0x00010001, 0x1001


@dataclass(frozen=True)
class Item:
    """A value in a report: what is in its bits, and how the descriptor says that it is to be understood. `both`: it is
    in an input report of the same number, too."""

    usage: str
    value: int = 1
    bits: int = 16
    low: int = 0
    high: int | None = None
    unit: int = 0
    exponent: int = 0
    both: bool = False

    @property
    def highest(self) -> int:
        """The logical maximum: what the bits can hold, where nothing else is said."""
        if self.high is not None:
            return self.high
        return min((1 << self.bits - (self.low < 0)) - 1, 0x7FFFFFFF)


Group = tuple[str, Sequence[Item]]
"""A collection's path, and what one report says of it."""


def build(groups: Iterable[Group], own: Mapping[str, int] = {}) -> tuple[str, str]:
    """Descriptor and feature reports, numbered from 1, a report for each group."""
    writer = _Writer()
    reports = []
    for number, (collection, items) in enumerate(groups, 1):
        writer.report(number, usages.parse(collection, own), items, own)
        bits = at = 0
        for item in items:
            bits |= (item.value & (1 << item.bits) - 1) << at
            at += item.bits
        reports.append(bytes((number, *bits.to_bytes((at + 7) // 8, "little"))).hex())
    return bytes(writer.data).hex(), " ".join(reports)


class _Writer:
    """Items of a descriptor; what holds already is not said again (HID 1.11, 6.2.2)."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._said: dict[int, int] = {}

    def _item(self, prefix: int, value: int, size: int) -> None:
        self.data += bytes((prefix | (0, 1, 2, 0, 3)[size],)) + (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    def _global(self, prefix: int, value: int, signed: bool = False) -> None:
        if self._said.get(prefix) != value:
            self._said[prefix] = value
            span = 1 if signed else 0
            size = next(s for s in (1, 2, 4) if -1 << 8 * s - 1 <= value < 1 << 8 * s - span)
            self._item(prefix, value, size)

    def _usage(self, code: int) -> None:
        self._global(0x04, code >> 16)
        self._item(0x08, code & 0xFFFF, 2 if code & 0xFF00 else 1)

    def report(self, number: int, collection: tuple[int, ...], items: Sequence[Item], own: Mapping[str, int]) -> None:
        depth = 0
        for at, code in enumerate(collection):
            if code & 0xFFFF0000 == INDEX:
                continue
            after = collection[at + 1] if at + 1 < len(collection) else 0
            index = after & 0x7F if after & 0xFFFF0000 == INDEX else None
            self._usage(code)
            self._item(0xA0, 1 if at == 0 else 0 if index is None else 0x80 | index, 1)
            depth += 1
        self._global(0x84, number)
        self._global(0x94, 1)
        for item in items:
            self._global(0x14, item.low, signed=True)
            self._global(0x24, item.highest, signed=True)
            self._global(0x64, item.unit)
            self._global(0x54, item.exponent & 0xF)
            self._global(0x74, item.bits)
            (code,) = usages.parse(item.usage, own)
            self._usage(code)
            self._item(0xB0, 2, 1)
            if item.both:
                self._usage(code)
                self._item(0x80, 2, 1)
        self.data += b"\xc0" * depth


_HUNDREDTHS = {VOLT: 5, WATT: 5, HERTZ: -2, AMPERE: -2}
_WHOLE = {VOLT: 7, WATT: 7}


def _in(unit: int, value: int, exponents: Mapping[int, int] = _WHOLE) -> Item:
    return Item("", value, unit=unit, exponent=exponents.get(unit, 0))


_DELAY = Item("", -1, low=-32768)
_USUAL = {
    "Voltage": _in(VOLT, 23012, _HUNDREDTHS),
    "ConfigVoltage": _in(VOLT, 230),
    "LowVoltageTransfer": _in(VOLT, 184),
    "HighVoltageTransfer": _in(VOLT, 264),
    "Frequency": _in(HERTZ, 4990, _HUNDREDTHS),
    "ConfigFrequency": _in(HERTZ, 50),
    "Current": _in(AMPERE, 135, _HUNDREDTHS),
    "ConfigCurrent": _in(AMPERE, 650, _HUNDREDTHS),
    "ActivePower": _in(WATT, 213),
    "ApparentPower": _in(WATT, 287),
    "ConfigActivePower": _in(WATT, 900),
    "ConfigApparentPower": _in(WATT, 1500),
    "Temperature": Item("", 3012, unit=KELVIN, exponent=-1),
    "RunTimeToEmpty": Item("", 1234, unit=SECOND),
    "RemainingTimeLimit": Item("", 120, unit=SECOND),
    "RemainingCapacity": Item("", 87, 8, high=100),
    "RemainingCapacityLimit": Item("", 20, 8, high=100),
    "RemainingCapacityLimitSetting": Item("", 20, 8, high=100),
    "WarningCapacityLimit": Item("", 30, 8, high=100),
    "FullChargeCapacity": Item("", 100, 8, high=100),
    "PercentLoad": Item("", 37, 8),
    "ConfigPercentLoad": Item("", 105, 8),
    "PowerFactor": Item("", 86, 8),
    "AudibleAlarmControl": Item("", 2, 8, 1, 3),
    "DesignCapacity": Item("", 32400),
    "ManufacturerDate": Item("", 22830),
    "Time": Item("", 1_700_000_000, 32),
    "DelayBeforeStartup": _DELAY,
    "DelayBeforeShutdown": _DELAY,
    "DelayBeforeReboot": _DELAY,
}
"""What devices say of common usages."""
_ON = ("ACPresent", "Good", "BatteryPresent", "Present", "Charging", "ABMEnable")
_STRINGS = ("Name", "PartNumber", "SerialNumber", "FirmwareVersion")


def _is_string(usage: str) -> bool:
    return (usage[0] == "i" and usage[1].isupper()) or (usage.endswith(_STRINGS) and usage != "UPSFirmwareVersion")


def _item(
    path: str, usage: str, rows: Sequence[Row], strings: dict[int, str], others: Mapping[str, Item | str]
) -> Item:
    made = others.get(f"{path}.{usage}") or others.get(usage)
    if isinstance(made, Item):
        return replace(made, usage=usage)
    if made is not None or _is_string(usage):
        number = len(strings) + 1
        strings[number] = made or f"{usage[-10:]} {number}"
        return Item(usage, number, 8)
    if any(isinstance(row, Flag | Alarm) for row in rows):
        on = usage in _ON or (usage == "Used" and "Input.[1]" in path)
        return Item(usage, int(on), 1, both=path.endswith("PresentStatus"))
    return replace(_USUAL.get(usage, Item("", 1, 8)), usage=usage)


def everything(
    vendor: Vendor,
    others: Mapping[str, Item | str] = {},
    *,
    product: str = "Made up",
    match: int = 0,
    without: tuple[str, ...] = (),
    besides: tuple[str, ...] = (),
    apart: bool = False,
    told: bool = False,
) -> Model:
    """A device by one of the vendor file's matches that has whatever its rows ask for. `others` are values, or strings,
    of usages or whole paths that are not the usual ones; `without` are beginnings of paths that it does not have,
    `besides` paths that it has without a row. `apart`: each value has a report of its own, but for flags. `told`: all
    are in input reports, too."""
    strings = {1: "ACME", 2: product, 3: "SN0001"}
    found: dict[str, dict[str, list[Row]]] = {}
    for row in vendor.rows:
        if without and row.path.startswith(without):
            continue
        collection, _, usage = row.path.rpartition(".")
        found.setdefault(collection, {}).setdefault(usage, []).append(row)
    for path in besides:
        collection, _, usage = path.rpartition(".")
        found.setdefault(collection, {}).setdefault(usage, [])
    groups = []
    for collection, members in found.items():
        items = [_item(collection, usage, rows, strings, others) for usage, rows in members.items()]
        items = [replace(item, both=item.both or told) for item in items]
        items.sort(key=lambda item: not item.both)
        alone = [item for item in items if apart and not item.both]
        groups += [(collection, [item]) for item in alone]
        if len(alone) < len(items):
            groups.append((collection, [item for item in items if item not in alone]))
    descriptor, reports = build(groups, vendor.usages)
    ids = vendor.matches[match]
    return Model(ids.vendor, ids.product or 0, strings, descriptor, reports)
