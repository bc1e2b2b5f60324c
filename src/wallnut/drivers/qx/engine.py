"""A UPS that speaks a known dialect: what it is asked at the start and at each poll, and what it is told to do.

Nothing here knows a protocol: all of that is in the dialect's rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.base import Result
from wallnut.drivers.qx.rows import ALARM, STATUS, Columns, Command, Dialect, Limits, Never, Query, Row, Setting, When
from wallnut.drivers.qx.unit import TRIES, Unit
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.drivers.base import Publisher
    from wallnut.io.log import Logger

WORDS = ("DISCHRG", "CHRG", "LB", "OVER", "RB", "TRIM", "BOOST", "BYPASS", "OFF", "CAL", "FSD")
"""The words of ups.status that rows may set, beside OL, in the order in which they are shown."""
RENAMED = {"beeper.off": "beeper.disable", "beeper.on": "beeper.enable"}


class _Topic:
    """A question that the UPS has an answer to, and what its last one said of ups.status and ups.alarm."""

    __slots__ = ("alarms", "query", "words")

    def __init__(self, query: Query) -> None:
        self.query = query
        self.words: list[str] = []
        self.alarms: list[str] = []


class Engine:
    """A dialect spoken with a unit. Raises DeviceError where the line is lost, or the UPS has no answer to what is
    vital."""

    def __init__(self, dialect: Dialect, unit: Unit, ups: Publisher) -> None:
        self.dialect, self.unit = dialect, unit
        self._ups = ups
        self._log: Logger = ups.log
        self._topics: list[_Topic] = []
        self._asleep: list[Query] = []
        self._commands: dict[str, Command] = {}
        self._changed = False

    # --- reading

    def begin(self) -> None:
        """The first look: all questions. Those that are not answered are not asked again."""
        for setting in self.dialect.settings:
            self._announce(setting)
        self._topics, self._asleep = [], []
        for query in self.dialect.queries:
            if not self.unit.flag(query.unless):
                self._wake(query)
        self._commands = {
            one.name: one
            for one in self.dialect.commands
            if not self.unit.flag(one.unless) and (one.only is None or one.only(self.unit))
        }
        for name, value in self.dialect.fixed.items():
            self.put(name, value)
        for setting in self.dialect.settings:
            if setting.once and setting.name in self.unit.settings.values and not self.unit.flag(setting.unless):
                self._set_once(setting)
        self._ups.add_command(*self._commands, *self._derived())
        if self.dialect.begin is not None:
            self.dialect.begin(self.unit)
        self.show()

    def _announce(self, setting: Setting) -> None:
        """A variable that lives in the driver."""
        if setting.ask or setting.once or self.unit.flag(setting.unless):
            return
        value = self.unit.value(setting.name) or setting.default
        limits = (setting.limits or _ANYTHING).of(self.unit)
        self.unit.values[setting.name] = value
        self._ups.set(
            setting.name,
            value,
            writable=True,
            length=limits.length,
            enum=limits.choices or None,
            ranges=limits.ranges or None,
        )

    def _derived(self) -> list[str]:
        """Commands that others stand in for."""
        pairs = (("load.off", "load.off.delay"), ("load.on", "load.on.delay"))
        return [name for name, other in pairs if name not in self._commands and other in self._commands]

    def _wake(self, query: Query) -> None:
        """Ask for the first time, or later, when the device has it."""
        if query.only is None or query.only(self.unit):
            self._try(query)
        else:
            self._asleep.append(query)

    def _try(self, query: Query) -> None:
        """Ask for the first time, and keep the question where there is an answer."""
        for last in range(TRIES - 1, -1, -1):
            try:
                reply = self.unit.reply(query, self.dialect)
                break
            except ValueError as error:
                if not last:
                    if query.vital:
                        raise DeviceError(f"no usable answer from the UPS: {error}") from None
                    self._log.debug(1, f"not asked again: {error}")
                    return
        kept = tuple(row for row in query.rows if not self.unit.flag(row.unless) and self._first(row, reply))
        topic = _Topic(replace(query, rows=kept))
        self._topics.append(topic)
        try:
            self._note(topic, reply)
        except ValueError as error:
            raise DeviceError(f"no usable answer from the UPS: {error}") from None

    def _first(self, row: Row, reply: str) -> bool:
        """Read a row for the first time; False where the device never has it. What the user gives with `default.*`, and
        what an earlier row said, counts."""
        if row.name in (STATUS, ALARM) or self.unit.value(row.name):
            return True
        try:
            value = row.read(reply, self.unit)
        except Never:
            return False
        except ValueError as error:
            self._log.debug(2, f"{row.name}: {error}")
            return True
        self._put_first(row, value)
        return True

    def _put_first(self, row: Row, value: str) -> None:
        if row.limits is None or not value:
            self.put(row.name, value)
            return
        limits = row.limits.of(self.unit)
        self.unit.values[row.name] = value
        self._ups.set(
            row.name,
            value,
            writable=True,
            length=limits.length,
            enum=limits.choices or None,
            ranges=limits.ranges or None,
        )

    def poll(self, full: bool) -> None:
        """Ask what belongs to every poll, and with `full` all that changes. What a command may have changed is asked
        when one was run since."""
        changed, self._changed = self._changed, False
        for topic in tuple(self._topics):
            query = topic.query
            if query.only is not None and not query.only(self.unit):
                topic.words, topic.alarms = [], []
                continue
            wanted = ((full or changed) and query.wants(When.ALWAYS)) or (changed and query.wants(When.CHANGED))
            if not query.vital and not query.often and not wanted:
                continue
            try:
                reply = self.unit.reply(query, self.dialect)
                self._read(query, reply, changed)
                self._note(topic, reply)
            except ValueError as error:
                if query.vital:
                    self._changed = changed
                    raise Unanswered(str(error)) from None
                if query.often:
                    topic.words, topic.alarms = [], []
                self._log.debug(2, str(error))
        asleep, self._asleep = self._asleep, []
        for query in asleep:
            self._wake(query)
        self.show()

    def _read(self, query: Query, reply: str, changed: bool) -> None:
        """The variables of a reply."""
        for row in query.rows:
            if row.name in (STATUS, ALARM) or row.when is When.ONCE or (row.when is When.CHANGED and not changed):
                continue
            try:
                self.put(row.name, row.read(reply, self.unit))
            except ValueError as error:
                self._log.debug(2, f"{row.name}: {error}")
                if row.vital:
                    raise

    def _note(self, topic: _Topic, reply: str) -> None:
        """What a reply says of ups.status and ups.alarm, which are put together of all replies. Raises ValueError where
        a vital one has no sense."""
        words: list[str] = []
        alarms: list[str] = []
        for row in topic.query.rows:
            if row.name not in (STATUS, ALARM):
                continue
            try:
                said = row.read(reply, self.unit)
            except ValueError:
                if row.vital:
                    raise
                continue
            if row.name == ALARM:
                alarms.append(said)
            else:
                words += said.split()
        topic.words, topic.alarms = words, alarms

    def put(self, name: str, value: str) -> None:
        """Keep a value, and publish it where it is a variable's."""
        if not value:
            return
        self.unit.values[name] = value
        if "." in name:
            self._ups.set(name, value)

    @property
    def status(self) -> set[str]:
        """The words that count now. OL where the mains are there."""
        found: set[str] = set()
        for topic in self._topics:
            for word in topic.words:
                if word.startswith("!"):
                    found.discard(word[1:])
                else:
                    found.add(word)
        return found

    def show(self) -> None:
        """Publish ups.status and ups.alarm."""
        status = self.status
        self._ups.status("OL" if "OL" in status else "OB", *(word for word in WORDS if word in status))
        alarms = [alarm for topic in self._topics for alarm in topic.alarms]
        if "RB" in status:
            alarms.append("Replace battery!")
        if "FSD" in status:
            alarms.append("Shutdown imminent!")
        self._ups.alarm(*alarms)

    # --- commands

    def command(self, name: str, value: str) -> Result:
        """Run an instant command."""
        name = RENAMED.get(name.lower(), name.lower())
        row = self._commands.get(name)
        if row is None:
            return self._stand_in(name)
        try:
            filled = row.fill(value or row.default, self.unit) if row.fill else ""
        except ValueError as error:
            self._log.warning(f"{name}: {error}")
            return Result.INVALID
        if row.first and self._tell(name, replace(row, ask=row.first), "") is not Result.HANDLED:
            return Result.FAILED
        return self._tell(name, row, filled)

    def _stand_in(self, name: str) -> Result:
        """Commands that the device has not, by others that it has."""
        value = self.unit.value
        if name in ("load.on", "load.off") and f"{name}.delay" in self._commands:
            return self.command(f"{name}.delay", "0")
        if name in ("shutdown.return", "shutdown.stayoff") and {"load.on.delay", "load.off.delay"} <= set(
            self._commands
        ):
            comes_back = name == "shutdown.return"
            if value("ups.start.auto"):
                result = self.set("ups.start.auto", "yes" if comes_back else "no")
                if result is not Result.HANDLED:
                    return Result.FAILED
            result = self.command("load.on.delay", value("ups.delay.start") if comes_back else "-1")
            return self.command("load.off.delay", value("ups.delay.shutdown")) if result is Result.HANDLED else result
        return Result.UNKNOWN

    def _tell(self, name: str, row: Command | Setting, filled: str) -> Result:
        """Send it, and judge the answer."""
        request = row.ask.replace(b"%s", filled.encode("latin-1"))
        try:
            reply = self.unit.ask(request, self.dialect)
            accepted = (not reply and not row.sample) or self._accepts(row, reply)
        except ValueError as error:
            self._log.debug(1, f"{name}: {error}")
            accepted = False
        if not accepted:
            self._log.warning(f"{name}: the UPS does not do it")
            return Result.FAILED
        self._log.info(f"{name}: done")
        self._changed = True
        return Result.HANDLED

    def _accepts(self, row: Command | Setting, reply: bytes) -> bool:
        if row.sample:
            if len(reply) < len(row.sample) or reply[:1] != row.sample[:1]:
                return False
            said = row.at.cut(reply.decode("latin-1"))
        else:
            said = _WHOLE.cut(reply.decode("latin-1"))
        return said.upper() in self.dialect.accepted

    # --- settings

    def set(self, name: str, value: str) -> Result:
        """Set a variable."""
        setting = next((one for one in self.dialect.settings if self._settable(one, name)), None)
        if setting is None:
            return Result.UNKNOWN
        if value.lower() == self.unit.value(setting.name).lower():
            return Result.HANDLED
        limits = (setting.limits or self._limits_of_row(name)).of(self.unit)
        if not value or not limits.allow(value):
            self._log.warning(f"{name}: cannot be set to {value!r}")
            return Result.INVALID
        return self._set(setting, value)

    def _settable(self, setting: Setting, name: str) -> bool:
        if setting.name.lower() != name.lower() or setting.once or self.unit.flag(setting.unless):
            return False
        has = setting.only is None or setting.only(self.unit)
        return has and (not setting.ask or bool(self.unit.value(setting.name)))

    def _limits_of_row(self, name: str) -> Limits:
        for topic in self._topics:
            for row in topic.query.rows:
                if row.name.lower() == name.lower() and row.limits is not None:
                    return row.limits
        return _ANYTHING

    def _set(self, setting: Setting, value: str) -> Result:
        try:
            filled = setting.fill(value, self.unit) if setting.fill else value
        except ValueError as error:
            self._log.warning(f"{setting.name}: {error}")
            return Result.INVALID
        if setting.ask:
            return self._tell(setting.name, setting, filled)
        self.put(setting.name, filled)
        return Result.HANDLED

    def _set_once(self, setting: Setting) -> None:
        value = self.unit.settings.values[setting.name] or ""
        if setting.only is not None and not setting.only(self.unit):
            self._log.warning(f"{setting.name}: the UPS has no such setting")
            return
        if value and value.lower() == self.unit.value(setting.name).lower():
            return
        limits = (setting.limits or _ANYTHING).of(self.unit)
        if (limits.choices or limits.ranges) and not limits.allow(value):
            raise self.unit.settings.error(setting.name, "the UPS has no such value")
        if self._set(setting, value) is not Result.HANDLED:
            self._log.warning(f"{setting.name} = {value}: the UPS does not do it")


class Unanswered(DeviceError):
    """A poll had no usable answer. The next may: the line is good."""


_WHOLE = Columns(0)
_ANYTHING = Limits()
