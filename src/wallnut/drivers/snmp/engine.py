"""snmp-ups: the driver. It finds the MIB, asks for what the device has, in groups, and publishes it.

A full reading every `pollfreq` seconds; in between, every pollinterval, one request for what must not wait: status,
alarms, charge and runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Result
from wallnut.drivers.snmp import settings as ways
from wallnut.drivers.snmp.choose import AUTO, choose
from wallnut.drivers.snmp.mibs import FILES, names
from wallnut.drivers.snmp.mibs import __name__ as MIBS
from wallnut.drivers.snmp.plan import Item, explore, read
from wallnut.drivers.snmp.rows import (
    ONCE,
    SELDOM,
    WRITABLE,
    Alarm,
    Conditions,
    Number,
    Status,
    Text,
)
from wallnut.drivers.snmp.values import number_of, shown
from wallnut.model.errors import DeviceError
from wallnut.proto import snmp
from wallnut.proto.snmp import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wallnut.drivers.base import Publisher, Settings
    from wallnut.drivers.snmp.plan import Device, Order, Plan
    from wallnut.io.snmp import Agent

QUICK = ("battery.charge", "battery.runtime")
"""Variables that are read with the status."""
TRANSFERS = ("input.transfer.low", "input.transfer.high")
LINE_TO_NEUTRAL = 0.707
"""What `symmetrathreephase` multiplies with; C's figure."""
MOST_ALARMS = 64
DELAYS = {"ups.delay.start": "30", "ups.delay.shutdown": "20"}
"""Seconds of the composed shutdown commands where nobody says others."""


class SnmpUps(Driver):
    """UPSes, PDUs and transfer switches with a network card."""

    name, version, title = "snmp-ups", "1.0", "Generic SNMP UPS driver"
    options = ways.OPTIONS
    later = (
        *(f"{MIBS}.{name}" for name in FILES),
        "cryptography.hazmat.decrepit.ciphers.algorithms",
        "cryptography.hazmat.decrepit.ciphers.modes",
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._way = ways.way(settings)
        self._mibs = settings.choice("mibs", (AUTO, *names()), AUTO)
        self._pollfreq = settings.number("pollfreq", 30.0, low=0.0)
        self._seldom = settings.integer("semistaticfreq", 10, low=1)
        self._without = TRANSFERS if settings.flag("notransferoids") else ()
        self._symmetra = settings.flag("symmetrathreephase")
        self._delays = {
            "ups.delay.start": settings.integer("ondelay", -1),
            "ups.delay.shutdown": settings.integer("offdelay", -1),
        }
        self.patience = max(Driver.patience, 2 * self._way.timeout * (self._way.retries + 1))
        self._agent: Agent | None = None
        self._items: list[Item] = []
        self._given: dict[str, str] = {}  # what users set of that which the driver keeps; it outlives the connection

    # --- its life

    def open(self) -> None:
        self._agent = agent = self.connect(self._way)
        mib = choose(agent, self._mibs)
        self._plan = plan = explore(agent, mib)
        self._items = [item for item in plan.items if item.row.name not in self._without]
        self._by_name = {item.name: item for item in self._items}
        self._kept = {item.name: item.value for item in plan.fixed if WRITABLE in item.row.marks}
        self._shown: dict[str, str] = {}
        self._round = 0
        self._due = self.clock() + self._pollfreq
        self.ups.set("driver.version.data", f"{mib.name} MIB {mib.version}")
        self._publish_fixed()
        self._publish(self._items, plan.values)
        self._announce()
        known = plan.devices[0].known
        model = known.get("device.model") or known.get("ups.model") or "a device"
        self.ups.log.info(f"{model} at {self.settings.text('port')}: {mib.name} MIB {mib.version}")

    def poll(self) -> None:
        now = self.clock()
        if now < self._due:
            self._publish(*self._read(self._quick()))
            return
        self._due = now + self._pollfreq
        self._round += 1
        left_out = ONCE if self._round % self._seldom == 0 else ONCE | SELDOM
        self._publish(*self._read([item for item in self._items if not item.row.marks & left_out]))

    def close(self) -> None:
        agent, self._agent = self._agent, None
        if agent is not None:
            agent.close()

    # --- reading

    def _quick(self) -> list[Item]:
        """What must not wait; where there is nothing of that kind (a PDU), one object, to see that it still answers."""
        quick = [i for i in self._items if isinstance(i.row, Status | Alarm | Conditions) or i.row.name in QUICK]
        return quick or [item for item in self._items if ONCE not in item.row.marks][:1]

    def _read(self, items: list[Item]) -> tuple[list[Item], dict[str, Value]]:
        """Items, and the values of their objects."""
        return items, read(self._talk(), (item.oid for item in items))

    def _talk(self) -> Agent:
        if self._agent is None:
            raise DeviceError("the device is not open")
        return self._agent

    def _publish(self, items: Iterable[Item], values: Mapping[str, Value]) -> None:
        """Make variables, status and alarms of what the device said."""
        words: list[str] = []
        alarms: dict[int, list[str]] = {device.number: [] for device in self._plan.devices}
        silent = heard = 0
        for item in items:
            value = values.get(item.oid)
            device = self._plan.devices[item.device - 1]
            text = None if value is None else self._shown_by(item, value, device)
            if isinstance(item.row, Number | Text):
                self._variable(item, text)
                continue
            heard += text is not None
            silent += text is None
            if isinstance(item.row, Status):
                words += (text or "").split()
            elif isinstance(item.row, Alarm) and text:
                alarms[item.device].append(_alarm(item, text))
            elif isinstance(item.row, Conditions) and text:
                self._conditions(item.row, int(text), words, alarms[item.device])
        if (silent and not heard) or not values:
            self.ups.stale("the device does not tell its state any more")
        self.ups.status(*dict.fromkeys(words))
        self._alarms(alarms)

    def _shown_by(self, item: Item, value: Value, device: Device) -> str | None:
        row = item.row
        if value.tag == snmp.OID and isinstance(row, Number | Text):
            value = self._talk().get([str(value.data)])[0] or value
        text = shown(row, value, device.known)
        if text is not None and self._symmetra and row.name in TRANSFERS:
            text = f"{(number_of(value) or 0) * LINE_TO_NEUTRAL:.2f}"
        if text is not None and isinstance(row, Number | Text):
            device.known[row.name.replace(".n.", f".{item.number}.")] = text
        return text

    def _variable(self, item: Item, text: str | None) -> None:
        """Publish a variable where it changed; one that the device tells no more goes away until it does again."""
        if item.row.name.startswith("_") or self._shown.get(item.name) == text:
            return
        if text is None:
            self.ups.unset(item.name)
            self.ups.log.notice(f"{item.name}: the device does not tell it any more")
            del self._shown[item.name]
            return
        if item.name in self._shown or WRITABLE not in item.row.marks:
            self.ups.set(item.name, text)
        else:
            self.ups.set(item.name, text, writable=True, length=_length(item), enum=_choices(item))
        self._shown[item.name] = text

    def _alarms(self, alarms: Mapping[int, list[str]]) -> None:
        self.ups.alarm(*(text for texts in alarms.values() for text in texts))
        if len(alarms) == 1:
            return
        for device in self._plan.devices:
            name, text = device.name("ups.alarm"), " ".join(alarms[device.number])
            if text:
                self.ups.set(name, text)
            elif name in self._shown:
                self.ups.unset(name)
            self._shown.pop(name, None)
            if text:
                self._shown[name] = text

    def _conditions(self, row: Conditions, count: int, words: list[str], alarms: list[str]) -> None:
        """What a table of alarms says; it is only asked for when it has some."""
        if count <= 0:
            return
        for _, value in self._talk().walk(row.table, MOST_ALARMS):
            word, text = row.meanings.get(str(value.data), ("", ""))
            words += word.split()
            if text:
                alarms.append(text)

    # --- what never changes

    def _publish_fixed(self) -> None:
        plan = self._plan
        for item in plan.fixed:
            if WRITABLE in item.row.marks:
                value = self._given.get(item.name, item.value)
                self.ups.set(item.name, value, writable=True, length=item.row.length)
            else:
                self.ups.set(item.name, item.value)
        for device in plan.devices:
            for name, text in device.known.items():
                if name.endswith((".phases", ".count")):
                    self.ups.set(device.name(name), text)
        if plan.chain:
            self.ups.set("device.count", len(plan.devices))
        if len(plan.devices) > 1:
            self._publish_chain(plan)

    def _publish_chain(self, plan: Plan) -> None:
        """What a chain as a whole is; C's words."""
        known = plan.devices[0].known
        kind = known.get("device.type", "")
        self.ups.set("device.model", f"daisychain {kind} (1+{len(plan.devices) - 1})".replace("  ", " "))
        for name in ("device.type", "device.mfr", "ups.mfr"):
            if name in known:
                self.ups.set(name, known[name])

    # --- commands and settings

    def _announce(self) -> None:
        has = self._plan.commands
        self._composed: list[str] = []
        for name, needs in (
            ("load.off", ("load.off.delay",)),
            ("load.on", ("load.on.delay",)),
            ("shutdown.return", ("load.off.delay", "load.on.delay")),
            ("shutdown.stayoff", ("load.off.delay", "load.on.delay")),
        ):
            if name not in has and all(need in has for need in needs):
                self._composed.append(name)
        self.ups.add_command(*has, *self._composed)

    def command(self, name: str, value: str) -> Result:
        order = self._plan.commands.get(name)
        if order is not None:
            return self._run(order, value)
        if name not in self._composed:
            return Result.UNKNOWN
        run = self._plan.commands
        if name in ("load.off", "load.on"):
            return self._run(run[f"{name}.delay"], "0")
        if name == "shutdown.return":
            done = self._run(run["load.on.delay"], self._delay("ups.delay.start"))
            if done is not Result.HANDLED:
                return done
        return self._run(run["load.off.delay"], self._delay("ups.delay.shutdown"))

    def _delay(self, name: str) -> str:
        """Seconds: as ups.conf says, as users set them, as the device says, as its MIB does."""
        if self._delays[name] >= 0:
            return str(self._delays[name])
        return self._given.get(name) or self._shown.get(name) or self._kept.get(name) or DELAYS[name]

    def _run(self, order: Order, value: str) -> Result:
        """Send a command; what the user says goes before the row's own value."""
        text = value or order.row.value
        made = None if text is None else _value(order.tag, text, 1)
        return Result.INVALID if made is None else self._send(order, made)

    def set(self, name: str, value: str) -> Result:
        if name in self._kept:
            self.ups.set(name, value)
            self._given[name] = value
            return Result.HANDLED
        item = self._by_name.get(name)
        if item is None or WRITABLE not in item.row.marks or not isinstance(item.row, Number | Text):
            return Result.UNKNOWN
        row = item.row
        if row.words is not None and not callable(row.words):
            number = next((number for number, word in row.words.items() if word == value), None)
            made = None if number is None else _value(item.tag, str(number), 1)
        else:
            made = _value(item.tag, value, row.scale if isinstance(row, Number) else 1)
        if made is None:
            return Result.INVALID
        done = self._send(item, made)
        if done is Result.HANDLED:
            self.ups.set(name, value)
            self._shown[name] = value
        return done

    def _send(self, item: Item | Order, value: Value) -> Result:
        why = self._talk().set(item.oid, value)
        if why:
            self.ups.log.warning(f"{item.name}: the device refuses: {why}")
        return Result.FAILED if why else Result.HANDLED

    def shutdown(self) -> None:
        for name, delay in self._delays.items():
            if delay >= 0 and self.set(name, str(delay)) is not Result.HANDLED:
                self.ups.log.warning(f"{name}: {delay} cannot be set")
        for name in ("shutdown.return", "shutdown.reboot", "load.off.delay"):
            if self.command(name, "") is Result.HANDLED:
                return
        raise DeviceError("none of shutdown.return, shutdown.reboot and load.off.delay worked")


def _alarm(item: Item, text: str) -> str:
    """An alarm's text with what has it: C's form."""
    name = item.row.name
    if name.startswith("outlet.group."):
        return f"outlet group {item.number} {text}"
    if name.startswith("outlet."):
        return f"outlet {item.number} {text}"
    return f"phase {name[:2]} {text}" if name[:1] == "L" else text


def _length(item: Item) -> int:
    return item.row.length if isinstance(item.row, Text) else 0


def _choices(item: Item) -> tuple[str, ...] | None:
    """The words that a variable can be set to; None where it takes others."""
    words = item.row.words if isinstance(item.row, Number | Text) else None
    return None if words is None or callable(words) else tuple(dict.fromkeys(word for word in words.values() if word))


def _value(tag: int, text: str, scale: float) -> Value | None:
    """What to send for a text, as the type that the object has; None where it cannot be."""
    if tag in snmp.NUMBERS:
        try:
            number = round(float(text.rpartition(".")[2] if text.count(".") > 1 else text) / scale)
        except (ValueError, OverflowError):
            return None
        number = number * 100 if tag == snmp.TICKS else number
        low, high = (-(1 << 31), 1 << 31) if tag == snmp.INTEGER else (0, 1 << 32)
        return Value(tag, number) if low <= number < high else None
    if tag == snmp.OID:
        try:
            snmp.name_bytes(text)
        except ValueError:
            return None
        return Value(tag, text.strip("."))
    return Value(tag, text.encode("latin-1", "replace"))
