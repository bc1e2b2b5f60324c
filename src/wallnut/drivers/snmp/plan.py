"""From the rows of a MIB to the objects of one device: which outlets, phases and chained devices there are.

`explore` asks the device once for everything that its MIB knows, in as few requests as it can, and keeps what it
answers: the others are not asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallnut.drivers.snmp.rows import (
    MASTER,
    NEXT,
    ONCE,
    PHASES,
    SOLE,
    SYSTEM,
    Command,
    Fixed,
    Mib,
    Reading,
    Row,
    Text,
)
from wallnut.drivers.snmp.values import answers, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wallnut.io.snmp import Agent
    from wallnut.proto.snmp import Value

TEMPLATES = ("outlet.group", "outlet", "ambient")
"""What there may be several of; the longer name first."""
MOST = 512
"""Outlets, groups, sensors or chained devices that are looked for, at the most."""


@dataclass(slots=True)
class Item:
    """An object to read: its row, the variable's whole name, the object's with numbers in it. `device` counts from 1,
    `number` is that of the outlet or the like; `tag` is the type that the object has."""

    row: Reading
    name: str
    oid: str
    device: int
    number: int
    tag: int = 0


@dataclass(slots=True)
class Order:
    """A command: its whole name, the object to set and its type."""

    row: Command
    name: str
    oid: str
    tag: int = 0


@dataclass(slots=True)
class Kept:
    """A value that no object tells, with its whole name."""

    row: Fixed
    name: str
    value: str


@dataclass(slots=True)
class Device:
    """One device of a chain, or the only one: what is put in front of its names, its number in objects' names, and what
    is known of it by the names of the rows."""

    number: int
    prefix: str
    index: int
    known: dict[str, str] = field(default_factory=dict)

    def name(self, name: str) -> str:
        """A variable's name as it is published: device.2.outlet.1.status; device.model is device.2.model."""
        return self.prefix + name.removeprefix("device.") if self.prefix else name


@dataclass(slots=True)
class Plan:
    """What a device has: `items` to read, `commands` by name, `fixed` values; `values` of the first reading. `chain`:
    others could be behind it."""

    devices: list[Device]
    chain: bool
    items: list[Item] = field(default_factory=list)
    commands: dict[str, Order] = field(default_factory=dict)
    fixed: list[Kept] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)


def scope(name: str) -> str:
    """What a row is a template for: "outlet", "outlet.group", "ambient", or "" for none."""
    for template in TEMPLATES:
        if name.startswith(f"{template}.n."):
            return template
    return ""


def place(oid: str, device: int, number: int) -> str:
    """An object's name with numbers for `d` and `n`."""
    if "d" not in oid and "n" not in oid:
        return oid
    parts = {"d": str(device), "n": str(number)}
    return ".".join(parts.get(part, part) for part in oid.split("."))


_CARD = tuple(Text(row.name, row.oid, ONCE) for row in SYSTEM)
"""What the card itself says, where the MIB's own rows do not."""


def explore(agent: Agent, mib: Mib) -> Plan:
    """What the device has. Raises DeviceError."""
    plan = Plan(_devices(agent, mib), bool(_rows(mib, "device.count")))
    for device in plan.devices:
        rows = [row for row in mib.rows if device.number == 1 or MASTER not in row.marks]
        plain = [row for row in rows if not scope(row.name) and row.name != "device.count"]
        _read(agent, plan, device, [(row, 0) for row in plain if not _phases(row)])
        _read(agent, plan, device, [(row, 0) for row in plain if _phases(row) and _fits(row, device)])
        for template in TEMPLATES:
            some = [row for row in rows if scope(row.name) == template]
            numbers = _numbers(agent, device, template, some)
            _read(agent, plan, device, [(row, number) for row in some for number in numbers])
    order = {id(row): place for place, row in enumerate(mib.rows)}
    plan.items.sort(key=lambda item: (item.device, order[id(item.row)]))
    plan.items = _without_rivals(plan.items)
    named = {item.name for item in plan.items}
    _read(agent, plan, Device(1, "", 0), [(row, 0) for row in _CARD if row.name not in named])
    return plan


def _read(agent: Agent, plan: Plan, device: Device, rows: Sequence[tuple[Row, int]]) -> None:
    """Ask for rows, and take into the plan what answers. `rows` with the number of their outlet."""
    items: list[Item] = []
    orders: list[Order] = []
    for row, number in rows:
        known_as = _numbered(row.name, number)
        name = device.name(known_as)
        if isinstance(row, Fixed):
            value = device.known[known_as] = row.value.replace("{n}", str(number))
            plan.fixed.append(Kept(row, name, value))
        elif isinstance(row, Command):
            orders.append(Order(row, name, place(row.oid, device.index, number + (NEXT in row.marks))))
        else:
            items.append(Item(row, name, place(row.oid, device.index, number), device.number, number))
    found = read(agent, [*(item.oid for item in items), *(order.oid for order in orders)])
    plan.values.update(found)
    for order in orders:
        if order.oid in found:
            order.tag = found[order.oid].tag
            plan.commands[order.name] = order
    plan.items += [item for item in items if item.oid in found and _taken(item, found[item.oid], device)]


def read(agent: Agent, oids: Iterable[str]) -> dict[str, Value]:
    """The values of objects, as far as they are there; each is asked for once."""
    wanted = list(dict.fromkeys(oids))
    return {oid: value for oid, value in zip(wanted, agent.get(wanted), strict=True) if value is not None}


def _taken(item: Item, value: Value, device: Device) -> bool:
    """Whether a row can make something of what the device says; what it makes is known from then on."""
    item.tag = value.tag
    text = shown(item.row, value, device.known)
    if text is not None:
        device.known[_numbered(item.row.name, item.number)] = text
    return text is not None


def _without_rivals(items: Sequence[Item]) -> list[Item]:
    """Where a SOLE row answers, the first such one is the only one of its name."""
    sole: dict[str, Item] = {}
    for item in items:
        if SOLE in item.row.marks:
            sole.setdefault(item.name, item)
    return [item for item in items if sole.get(item.name, item) is item]


def _numbered(name: str, number: int) -> str:
    return name.replace(".n.", f".{number}.", 1) if scope(name) else name


# --- phases


def _phases(row: Row) -> bool:
    return any(mark in row.marks for mark in PHASES)


def _fits(row: Row, device: Device) -> bool:
    """Whether the device has as many phases as the row is for."""
    return any(mark in row.marks and count == _phase_count(device, what) for mark, (what, count) in PHASES.items())


def _phase_count(device: Device, what: str) -> int:
    """How many phases a device has: one, where it does not say; its bypass as many as its input."""
    name = f"{what}.phases"
    said = device.known.get(name, "")
    if what == "input.bypass" and said in ("", "0"):
        said = device.known.get("input.phases", "")
    said = said if said.isdecimal() else "1"
    device.known.setdefault(name, said)
    return int(said)


# --- chained devices


def _rows(mib: Mib, *names: str) -> list[Reading]:
    return [row for name in names for row in mib.rows if row.name == name and not isinstance(row, Fixed | Command)]


def _devices(agent: Agent, mib: Mib) -> list[Device]:
    """The devices of a chain; nearly always one, whose names have nothing in front."""
    counters = _rows(mib, "device.count")
    if not counters:
        return [Device(1, "", 1)]
    telling = (*(row.oid for row in _rows(mib, "device.model", "ups.model")), mib.probe)
    first = [place(oid, 0, 0) for oid in telling if "d" in oid.split(".")]
    base = 0 if first and any(value is not None for value in agent.get(first)) else 1
    count = 0
    for row in counters:  # the first that answers counts
        if "d" in row.oid.split("."):
            count = count or _count(agent, row, base, None)
        else:
            count = count or _counted(row, agent.get([row.oid])[0])
    if count <= 1:
        return [Device(1, "", base)]
    return [Device(number, f"device.{number}.", base + number - 1) for number in range(1, min(count, MOST) + 1)]


def _counted(row: Reading, value: Value | None) -> int:
    """What a counter says; 0 where it does not."""
    text = None if value is None else shown(row, value, {})
    return int(text) if text and text.isdecimal() else 0


# --- outlets, groups, sensors


def _numbers(agent: Agent, device: Device, template: str, rows: Sequence[Row]) -> range:
    """The numbers that a template's objects have: from 0 or 1, as many as the device says or as answer."""
    if not rows:
        return range(0)
    guide = next((row for row in rows if not isinstance(row, Fixed | Command)), None)
    said = device.known.get(f"{template}.count", "")
    if guide is None:
        return range(1, 1 + min(int(said), MOST)) if said.isdecimal() else range(0)
    if said.isdecimal() and int(said) == 0:
        return range(0)
    base = _base(agent, guide, device.index)
    if said.isdecimal():
        count = min(int(said), MOST)
    else:
        count = _count(agent, guide, base, device.index)
        if count:
            device.known[f"{template}.count"] = str(count)
    return range(base, base + count)


def _base(agent: Agent, row: Reading, device: int) -> int:
    """Whether a table begins with 0 or with 1. The device's own number is looked for where `device` is 0."""
    oid = place(row.oid, device, 0)
    return 0 if answers(row, agent.get([oid])[0]) else 1


def _count(agent: Agent, row: Reading, base: int, device: int | None) -> int:
    """How many there are, by asking until one does not answer. `device` None: the devices themselves are counted."""
    count = 0
    while count < MOST:
        numbers = range(base + count, base + count + 16)
        oids = [place(row.oid, number if device is None else device, number) for number in numbers]
        for value in agent.get(oids):
            if not answers(row, value):
                return count
            count += 1
    return count
