"""The rows of a vendor file put to a device: what it says, what it is told.

One thread polls, commands and sets; another may bring what came by the interrupt pipe (`notified`). What is known is
guarded by a lock that is never held while the device is asked, so that a notification is published at once.
"""

from __future__ import annotations

import math
import time
from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING

from wallnut.drivers.base import Result
from wallnut.drivers.usbhid import usages
from wallnut.drivers.usbhid.descriptor import Descriptor, Field, Kind
from wallnut.drivers.usbhid.reports import Reports, fits, value_of
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Alarm, Command, Convert, Flag, Lookup, Own, Row, Sign, Var
from wallnut.drivers.usbhid.status import Judge, alarms, transfer_reason
from wallnut.io.hid import HidGone
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wallnut.drivers.base import Publisher
    from wallnut.drivers.usbhid.rows import Match, Show, Vendor
    from wallnut.io.hid import Hid, Identity

PAUSE = 0.125
"""Seconds between the two halves of a command: some devices lose the second one otherwise."""
BUDGET = 3.0
"""Seconds of a poll that may pass with reports that do not come."""
BLIND = 3
"""Polls in a row without a part of the status, after which the rest does not count either; or without a variable."""
RENAMED = {"beeper.on": "beeper.enable", "beeper.off": "beeper.disable"}


class Extent(Enum):
    """What a poll reads."""

    FIRST = "all"
    QUICK = "what must not wait"
    FULL = "what changes by itself"
    CHANGED = "what a command may have changed, too"


class _Bound:
    """A row and its field. `chosen`: the row that serves its variable. `noticed`: the last notification about it.
    `heard`: it was read at least once. `failed`: times in a row that it was not. `last`: the value of which its
    variable was made."""

    __slots__ = ("chosen", "failed", "field", "heard", "last", "noticed", "row")

    def __init__(self, row: Row, field: Field) -> None:
        self.row, self.field = row, field
        self.chosen = isinstance(row, Flag | Alarm)
        self.noticed = self.failed = 0
        self.heard = False
        self.last: float | None = None


class Engine:
    """An open device by its vendor file.

    `interrupt_only`: input reports are all that counts, and none is asked for. `pause(seconds)` waits.
    """

    def __init__(
        self,
        hid: Hid,
        descriptor: Descriptor,
        vendor: Vendor,
        match: Match,
        ups: Publisher,
        judge: Judge,
        *,
        interrupt_only: bool = False,
        maxreport: bool = False,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._hid, self._vendor, self._ups, self._judge = hid, vendor, ups, judge
        self._clock, self._pause = clock, pause
        self.match, self.descriptor = match, descriptor
        self.memory: dict[str, float] = {}
        self.reports = Reports(hid, descriptor, 8 if maxreport else 0, match.never)
        self.events = 0
        """Notifications that came."""
        self._interrupt_only = interrupt_only
        self._values: dict[str, str] = {}
        self._signs: set[Sign] = set()
        self._alarms: dict[str, str] = {}
        self._shown: tuple[tuple[str, ...], str] | None = None
        self._own: dict[str, Own] = {}
        self._commands: dict[str, _Bound] = {}
        self._lock = Lock()
        self._sequence = self._blind = 0
        self._texts: dict[int, str] = {}
        self._bound = self._bind(vendor.rows)
        self._judge.knows_online = False  # until a flag tells
        self._by_report = self._inputs()
        self._plans = {extent: self._plan(extent) for extent in Extent}

    # --- what converters may ask (rows.Device)

    @property
    def identity(self) -> Identity:
        """The device."""
        return self._hid.identity

    def text(self, index: int) -> str:
        """A string descriptor."""
        if index not in self._texts:
            self._texts[index] = self._hid.text(index)
        return self._texts[index]

    def variable(self, name: str) -> str:
        """A variable as it was read last."""
        return self._values.get(name, "")

    def variables(self) -> set[str]:
        """The names of all variables that are shown."""
        return set(self._values)

    def value(self, path: str) -> float | None:
        """What another usage said last."""
        field = self._find(path)
        if field is None or (self._interrupt_only and field.report.kind is not Kind.FEATURE):
            return None
        try:
            return value_of(field, self.reports.last.get(field.report) or self.reports.read(field.report))
        except HidGone:
            raise
        except DeviceError:
            return None

    # --- rows and fields

    def _find(self, path: str, *, written: bool = False) -> Field | None:
        nodes = usages.parse(path, self._vendor.usages)
        inputs_first = self._interrupt_only and not written
        kinds = (Kind.INPUT, Kind.FEATURE) if inputs_first else (Kind.FEATURE, Kind.INPUT)
        return next((found for kind in kinds if (found := self.descriptor.find(kind, nodes))), None)

    def _bind(self, rows: Iterable[Row]) -> list[_Bound]:
        """The rows whose path the device has. Where one alternative of a variable is a feature, and another an input
        report only, the first kind is meant."""
        bound: list[_Bound] = []
        for row in rows:
            field = self._find(row.path, written=isinstance(row, Command))
            if field is None:
                continue
            if isinstance(row, Own):
                self._own.setdefault(row.name, row)
            else:
                bound.append(_Bound(row, field))
        feature = Kind.INPUT if self._interrupt_only else Kind.FEATURE
        served = {one.row.name for one in bound if isinstance(one.row, Var) and one.field.report.kind is feature}
        return [
            one
            for one in bound
            if not isinstance(one.row, Var) or one.field.report.kind is feature or one.row.name not in served
        ]

    def _inputs(self) -> dict[int, list[tuple[Field, list[_Bound]]]]:
        """For each input report its fields that rows serve, be it by the feature report's twin."""
        found: dict[int, list[tuple[Field, list[_Bound]]]] = {}
        for field in self.descriptor.fields:
            if field.report.kind is Kind.INPUT:
                served = [
                    one for one in self._bound if one.field.path == field.path and not isinstance(one.row, Command)
                ]
                if served:
                    found.setdefault(field.report.id, []).append((field, served))
        return found

    def _plan(self, extent: Extent) -> list[_Bound]:
        """The rows that a poll reads."""
        if extent is Extent.FIRST:
            return self._bound
        return [one for one in self._bound if not isinstance(one.row, Command | Own) and _due(one.row.poll, extent)]

    # --- polls

    def start(self, given: Mapping[str, str]) -> None:
        """Read everything, announce what there is. `given` are the user's values for what the driver keeps, and for
        what is to be shown otherwise than the device says it."""
        self.poll(Extent.FIRST)
        for name, own in self._own.items():
            if name not in self._values:
                self._values[name] = own.value
                self._ups.set(name, own.value, writable=True, length=own.length)
        for name, text in given.items():
            if name in self._values:
                self._values[name] = text
                self._ups.set(name, text)
        self._ups.add_command(*self.commands())

    def commands(self) -> list[str]:
        """The instant commands there are."""
        names = dict.fromkeys(self._commands)
        for short, delayed in (("load.off", "load.off.delay"), ("load.on", "load.on.delay")):
            if delayed in names:
                names[short] = None
        if "load.off" in names and "load.on" in names:
            names |= dict.fromkeys(("shutdown.return", "shutdown.stayoff"))
        return list(names)

    def poll(self, extent: Extent) -> None:
        """Read what is due, and publish it. Raises DeviceError where nothing can be read, HidGone where the device is
        lost."""
        self.reports.fresh()
        began = self._sequence
        if not self._interrupt_only:
            self._read(self._plans[extent], began)
        elif not self.events:
            self._commands.update({one.row.name: one for one in reversed(self._bound) if isinstance(one.row, Command)})
            self._ups.stale("nothing has come by the interrupt pipe yet")
            return
        self.publish()

    def _read(self, plan: list[_Bound], began: int) -> None:
        good, blind, waited, last = 0, False, 0.0, None
        for one in plan:
            row = one.row
            if isinstance(row, Var) and not one.chosen and row.name in self._values:
                continue
            asked = self._clock()
            try:
                value = self.reports.value(one.field)
            except HidGone:
                raise
            except DeviceError as error:
                last = error
                waited += self._clock() - asked
                if waited > BUDGET:
                    raise DeviceError(f"{self.identity} does not answer: {error}") from None
                blind |= one.heard and isinstance(one.row, Flag)
                self._missed(one)
                continue
            good += 1
            one.heard, one.failed = True, 0
            if value is not None:
                self._take(one, value, began)
        self._blind = self._blind + 1 if blind else 0
        if last is not None and (not good or self._blind >= BLIND):
            raise last

    def _missed(self, one: _Bound) -> None:
        """A row could not be read. A variable for which that goes on is no longer shown: it would look alive."""
        one.failed += 1
        if isinstance(one.row, Var) and one.chosen and one.failed >= BLIND:
            with self._lock:
                one.chosen, one.last = False, None
                del self._values[one.row.name]
                self._ups.unset(one.row.name)

    def _take(self, one: _Bound, value: float, began: int) -> None:
        """Take in what a poll read, unless a notification has said something newer since the poll began."""
        if isinstance(one.row, Command):
            self._commands.setdefault(one.row.name, one)
            return
        with self._lock:
            if one.noticed <= began:
                self._apply(one, value)

    def notified(self, report: bytes) -> bool:
        """A report came by the interrupt pipe. True where it changed what is known; `publish` comes next."""
        if not report:
            return False
        self.events += 1
        changed = False
        with self._lock:
            self._sequence += 1
            for field, served in self._by_report.get(report[0], ()):
                value = value_of(field, report)
                if value is None:
                    continue
                for one in served:
                    one.noticed = self._sequence
                    changed |= self._apply(one, value)
        return changed

    def _apply(self, one: _Bound, value: float) -> bool:
        """What a value means for what is known; whether it changed that. The lock is held."""
        row = one.row
        if isinstance(row, Flag):
            before = set(self._signs)
            for sign, on in row.means(value, self):
                (self._signs.add if on else self._signs.discard)(sign)
                self._judge.knows_online |= sign is Sign.ONLINE
            return before != self._signs
        if isinstance(row, Alarm):
            text = row.show.read(value, self) or ""
            changed = self._alarms.get(row.path, "") != text
            self._alarms[row.path] = text
            return changed
        if isinstance(row, Var):
            return self._show(one, row, value)
        return False

    def _show(self, one: _Bound, row: Var, value: float) -> bool:
        known = self._values.get(row.name)
        if known is not None and not one.chosen:
            return False
        if one.last == value and not isinstance(row.show, Convert):
            return False
        text = shown(row.show, value, self)
        one.last = value
        if text is None or text == known:
            return False
        self._values[row.name] = text
        if one.chosen:
            self._ups.set(row.name, text)
            return True
        one.chosen = True
        choices = tuple(name for _, name in row.show.pairs) if row.enum and isinstance(row.show, Lookup) else None
        self._ups.set(row.name, text, writable=True if row.length else None, length=row.length, enum=choices)
        return True

    def publish(self) -> None:
        """Publish status, alarms and what follows from them, where they changed."""
        with self._lock:  # to the end: of two threads, the one that knows more comes last
            now = self._clock()
            words = self._judge.words(self._signs, now)
            texts = (*alarms(self._signs), *(text for text in self._alarms.values() if text))
            reason = transfer_reason(self._signs)
            charge = self._values.get("battery.charge", "")
            if remark := self._judge.remark(self._signs, int(charge) if charge.isdigit() else None, now):
                self._ups.log.warning(remark)
            before, self._shown = self._shown, (texts, reason)
            if before is None or before[0] != texts:
                self._ups.alarm(*texts)
            if before is None or before[1] != reason:
                if reason:
                    self._ups.set("input.transfer.reason", reason)
                else:
                    self._ups.unset("input.transfer.reason")
            self._ups.status(*words)

    # --- commands and settings

    def command(self, name: str, value: str) -> Result:
        """Run an instant command. Raises HidGone where the device is lost."""
        name = RENAMED.get(name, name)
        if (one := self._commands.get(name)) is not None:
            return self._run(one, value)
        if name in ("load.on", "load.off"):
            return self.command(f"{name}.delay", "0") if f"{name}.delay" in self._commands else Result.UNKNOWN
        if name in ("shutdown.return", "shutdown.stayoff") and {"load.on.delay", "load.off.delay"} <= set(
            self._commands
        ):
            return self._off_and(on=name == "shutdown.return")
        return Result.UNKNOWN

    def _off_and(self, *, on: bool) -> Result:
        """Off after its delay, and on again with the mains or not."""
        if "ups.start.auto" in self._values:
            self.set("ups.start.auto", "yes" if on else "no")
        result = self.command("load.on.delay", self.variable("ups.delay.start") if on else "-1")
        if result is not Result.HANDLED:
            return result
        self._pause(PAUSE)
        return self.command("load.off.delay", self.variable("ups.delay.shutdown"))

    def _run(self, one: _Bound, value: str) -> Result:
        assert isinstance(one.row, Command)
        number = _number(one.row.show, value or one.row.value, self)
        return self._write(one.field, number)

    def set(self, name: str, value: str) -> Result:
        """Set a variable, and publish what came of it. Raises HidGone where the device is lost."""
        if name in self._own and name in self._values:
            if _number(None, value, self) is None and _number(None, self._own[name].value, self) is not None:
                return Result.INVALID
            self._values[name] = value
            self._ups.set(name, value)
            return Result.HANDLED
        one = next((o for o in self._bound if isinstance(o.row, Var) and o.row.name == name and o.chosen), None)
        if one is None or not isinstance(one.row, Var) or not one.row.length:
            return Result.UNKNOWN
        number = _number(one.row.show, value, self)
        if number is None or not fits(one.field, number):
            return Result.INVALID
        result = self._write(self.descriptor.find(Kind.FEATURE, one.field.path) or one.field, number)
        if result is Result.HANDLED and not self._interrupt_only:
            self._read([one], self._sequence)
        return result

    def _write(self, field: Field, number: float | None) -> Result:
        if number is None:
            return Result.INVALID
        if field.constant or field.report.kind is not Kind.FEATURE:
            return Result.FAILED
        try:
            self.reports.write(field, number)
        except HidGone:
            raise
        except DeviceError as error:
            self._ups.log.warning(str(error))
            return Result.FAILED
        return Result.HANDLED

    # --- for people

    def tree(self) -> Iterable[str]:
        """Every field with its value, a line each: what `explore` shows."""
        for field in self.descriptor.fields:
            name = usages.show(field.path, self._vendor.usages)
            where = f"Path: {name}, Type: {field.report.kind.name.capitalize()}, ReportID: 0x{field.report.id:02x}"
            line = f"{where}, Offset: {field.offset}, Size: {field.size}"
            try:
                value = None if field.report.kind is Kind.OUTPUT else self.reports.value(field)
            except DeviceError:
                value = None
            yield line if value is None else f"{line}, Value: {value:g}"


def _due(poll: object, extent: Extent) -> bool:
    if extent is Extent.QUICK:
        return poll is QUICK
    return poll is not ONCE and (poll is not CHANGE or extent is Extent.CHANGED)


def shown(show: Show, value: float, engine: Engine) -> str | None:
    """A value as text."""
    return show % value if isinstance(show, str) else show.read(value, engine)


def _number(show: object, text: str, engine: Engine) -> float | None:
    """The number that a text stands for; None: it does not for any."""
    write = getattr(show, "write", None)
    if write is not None:
        found: float | None = write(text, engine)
        return found
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
