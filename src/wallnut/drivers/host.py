"""Runs one driver: its life, its freshness, and the requests of those who are connected to it.

Everything here happens in the loop's thread; the driver's own methods run in its worker thread, so that a device that
hangs stops neither the socket nor the clock that calls its data old. UpsState belongs to the loop's thread.
"""

from __future__ import annotations

from functools import partial

from wallnut.drivers import common
from wallnut.drivers.base import Changes, Driver, Publisher, Settings
from wallnut.drivers.commands import Commands
from wallnut.drivers.rules import StatusRules, can_judge_low
from wallnut.drivers.sessions import Sessions
from wallnut.drivers.worker import Worker
from wallnut.io.stream import Stream
from wallnut.model.errors import ConfigError
from wallnut.model.state import DataOk, DataStale, DelCmd, DelInfo, Message, SetInfo, UpsState
from wallnut.proto.words import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable, Iterable
    from typing import Any

    from wallnut.config.types import UpsSection
    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop, Timer
    from wallnut.model.errors import NutError

LONGEST_WAIT = 30.0
"""Seconds between two tries to get a lost device back, at the most."""
CLOSE_PATIENCE = 5.0
"""Seconds that a driver may take to close its device."""
SOONEST = 0.01
"""Seconds between two polls, at the least."""

STARTING, OPEN, LOST, ENDED = range(4)


class DriverHost:
    """One driver on a loop.

    `start(ready)` opens the device and calls `ready("")` when the first data is there, or `ready(reason)` when that
    failed; with `keep_trying` it goes on trying instead. From then on connections may be handed to `attach`. `ended` is
    called when the driver ended by itself (driver.exit, too many tries, reload-or-exit) with an exit status, and not
    after `stop`. `configuration()` reads the settings again for a reload; `set_debug(level)` follows driver.debug.
    """

    def __init__(
        self,
        loop: Loop,
        driver: type[Driver],
        section: UpsSection,
        log: Logger,
        *,
        debug: int = 0,
        keep_trying: bool = False,
        configuration: Callable[[], UpsSection] | None = None,
        set_debug: Callable[[int], object] = lambda level: None,
        ended: Callable[[int], object] = lambda status: None,
    ) -> None:
        """Read the settings. Raises ConfigError where they cannot be used."""
        self.loop, self.log, self.section = loop, log, section
        self.state = UpsState()
        self._overrides = section.overrides()
        self._class = driver
        self._keep_trying, self._configuration, self._ended = keep_trying, configuration, ended
        self._ups = Publisher(lambda changes: loop.call_soon_threadsafe(partial(self._publish, changes)), log)
        self._driver = driver(settings_of(section, driver), self._ups)
        self.worker = Worker(loop, section.name)
        self._commands = Commands(self, debug, set_debug)
        self._sessions = Sessions(loop, self.state, self._commands.request, log)
        self._rules = StatusRules(ignorelb=section.ignorelb, composed=driver.relays)
        self._words: tuple[str, ...] | None = None
        self._alarm = ""
        self._phase = STARTING
        self._connected_to_device = False
        self._ready: Callable[[str], object] = lambda reason: None
        self._next: Timer | None = None
        self._overrun: Timer | None = None
        self._polling = False
        self._again: float | None = None
        self._old = ""
        self._said_old = ""
        self._tries = 0
        self._wait = 0.0
        self.on_poll: Callable[[], object] = lambda: None
        """Called after each good poll."""

    @property
    def driver(self) -> Driver | None:
        """The driver while its device is open."""
        return self._driver if self._phase == OPEN else None

    # --- life

    def start(self, ready: Callable[[str], object]) -> None:
        """Open the device and begin to poll."""
        self._ready = ready
        self.apply(common.variables(self._class, self.section, self._commands.debug))
        self._apply_given()
        self._say_state("init.device")
        self.worker.start()
        self._connect()

    def attach(self, stream: Stream) -> None:
        """Serve a connection."""
        if self._phase == ENDED:
            stream.close()
        else:
            self._sessions.attach(stream)

    def accept(self, sock: _socket.socket, peer: str) -> None:
        """Serve an accepted socket: what a Listener calls."""
        self.attach(Stream(self.loop, sock, peer))

    def stop(self, done: Callable[[], object]) -> None:
        """Close the device and end; `done` is called when that is over, at the latest after some seconds."""
        if self._phase == ENDED or not self.worker.started:
            self._phase = ENDED
            done()
            return
        self._say_state("cleanup.upsdrv")
        self._phase = ENDED
        self._cancel_timers()
        self._sessions.close()
        self._close_device()
        waiting = [done]

        def closed(*_: object) -> None:
            late.cancel()
            while waiting:
                waiting.pop()()

        late = self.loop.call_later(CLOSE_PATIENCE, closed)
        self.worker.submit(lambda: None, closed)
        self.worker.end()

    def end(self, status: int) -> None:
        """End by ourselves."""
        self.stop(lambda: self._ended(status))

    def _cancel_timers(self) -> None:
        for timer in (self._next, self._overrun):
            if timer is not None:
                timer.cancel()
        self._next = self._overrun = None

    # --- polling

    def _connect(self) -> None:
        driver = self._driver

        def connect() -> None:
            driver.open()
            driver.poll()

        self._next = None
        self._polling = self._connected_to_device = True
        self._old = ""
        self.worker.submit(partial(self.call, connect), self._connected)

    def call(self, call: Callable[[], Any]) -> Any:
        """Make a driver's call, in its thread; what it published is on its way before the result is."""
        try:
            return call()
        finally:
            self._ups.commit()

    def _close_device(self) -> None:
        if self._connected_to_device:
            self._connected_to_device = False
            self.worker.submit(self._driver.close, _ignore)

    def _connected(self, result: object, error: NutError | None) -> None:
        self._polling = False
        if self._phase == ENDED:
            return
        if error is not None:
            self._not_connected(error)
            return
        self._copy_identity()
        starting = self._phase == STARTING
        if starting and (problem := self._cannot_ignore_lb()):
            self._fail(problem)
            return
        if self._tries:
            self.log.notice(f"[{self.section.name}] the device answers again, after {_tries(self._tries)}")
        self._phase, self._tries, self._wait = OPEN, 0, 0.0
        self._say_state("quiet")
        self._judge()
        self._schedule_next(self.loop.clock())
        if starting:
            self._ready("")
        self.on_poll()

    def _not_connected(self, error: NutError) -> None:
        self._close_device()
        if self._phase == STARTING and not self._keep_trying:
            self._fail(str(error))
            return
        self._tries += 1
        limit, often = self.section.reconnect_max_tries, self.section.reconnect_report_freq
        if self._phase == LOST and 0 <= limit <= self._tries:
            self.log.error(f"[{self.section.name}] the device did not come back in {_tries(self._tries)}: {error}")
            self.end(1)
            return
        if (self._phase == STARTING and self._tries == 1) or (often > 0 and self._tries % often == 0):
            self.log.warning(f"[{self.section.name}] no device after {_tries(self._tries)}: {error}")
        else:
            self.log.debug(1, f"no device after {_tries(self._tries)}: {error}")
        self._try_later()

    def _try_later(self) -> None:
        self._wait = min(max(2 * self._wait, float(self.section.pollinterval)), LONGEST_WAIT)
        self._next = self.loop.call_later(self._wait, self._connect)

    def _fail(self, reason: str) -> None:
        """The start failed."""
        self.stop(lambda: self._ready(reason))

    def _cannot_ignore_lb(self) -> str:
        if not self._rules.ignorelb:
            return ""
        judges = can_judge_low(self.state.value)
        for name in judges:
            self.log.info(f"using '{name}' to set battery low state")
        if not judges:
            return "ignorelb needs battery.charge and battery.charge.low, or battery.runtime and battery.runtime.low"
        return ""

    def _schedule(self, seconds: float) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = self.loop.call_later(max(seconds, SOONEST), self._poll)

    def _schedule_next(self, begun: float) -> None:
        """Poll again pollinterval after the last poll began, or when the driver wished it."""
        if self._again is None:
            self._schedule(begun + self.section.pollinterval - self.loop.clock())
        else:
            self._schedule(self._again)
            self._again = None

    def _poll(self) -> None:
        self._next = None
        if self._polling or self._phase != OPEN:
            return
        self._polling = True
        self._old = ""
        begun = self.loop.clock()
        self._overrun = self.loop.call_later(self._driver.patience, self._overran)
        self.worker.submit(partial(self.call, self._driver.poll), partial(self._polled, begun))

    def _overran(self) -> None:
        self.log.warning(
            f"[{self.section.name}] no answer from the device for {self._driver.patience:g} s; data is stale"
        )
        self._stale()

    def _polled(self, begun: float, result: object, error: NutError | None) -> None:
        self._polling = False
        if self._overrun is not None:
            self._overrun.cancel()
            self._overrun = None
        if self._phase != OPEN:
            return
        if error is not None:
            self._lose(error)
            return
        self._judge()
        self._schedule_next(begun)
        self.on_poll()

    def _lose(self, error: NutError) -> None:
        """The device does not answer: say so once, then try to get it back."""
        self.log.warning(f"[{self.section.name}] {error}; data is stale")
        self._phase, self._tries, self._wait = LOST, 0, 0.0
        self._cancel_timers()
        self._again = None
        self._stale()
        self._say_state("reconnect.trying")
        self._close_device()
        if self.section.reconnect_max_tries == 0:
            self.end(1)
        else:
            self._try_later()

    # --- what is known

    def apply(self, messages: Iterable[Message]) -> None:
        """Take messages in and broadcast those that changed something."""
        self._sessions.broadcast([message for message in messages if self.state.apply(message)])

    def _publish(self, changes: Changes) -> None:
        """Take in what the driver said, but for what the user fixed."""
        if self._phase == ENDED:
            return
        taken: list[Message] = []
        of_status = [message for message in changes.messages if _name(message) == "ups.status"]
        for message in changes.messages:
            if _name(message) != "ups.status":
                self._take(message, taken)
        recompose = changes.status is not None or (self._rules.ignorelb and any(map(_of_battery, taken)))
        if changes.status is not None:
            self._words = changes.status
        if changes.alarm is not None and changes.alarm != self._alarm:
            self._alarm = changes.alarm
            recompose = True
            self._take(SetInfo("ups.alarm", self._alarm) if self._alarm else DelInfo("ups.alarm"), taken)
        if recompose and self._words is not None:
            status = self._rules.compose(
                self._words, alarm=bool(self._alarm), value=self.state.value, now=self.loop.clock()
            )
            self._take(SetInfo("ups.status", status), taken)
        for message in of_status:
            self._take(message, taken)
        self._sessions.broadcast(taken)
        if changes.old is not None:
            self._old = changes.old
            if not self._polling:
                self._judge()
        if changes.again is not None:
            if self._polling:
                self._again = changes.again
            elif self._phase == OPEN:
                self._schedule(changes.again)

    def _take(self, message: Message, taken: list[Message]) -> None:
        fixed = self._overrides and _name(message) in self._overrides
        if not fixed and self.state.apply(message):
            taken.append(message)

    def _apply_given(self) -> None:
        """The variables that the user gives: override.* and, until the driver knows better, default.*."""
        self._overrides = {name.lower(): value for name, value in self.section.overrides().items()}
        defaults = {name: value for name, value in self.section.defaults().items() if not self.state.value(name)}
        given = {**defaults, **self.section.overrides()}
        self.apply([SetInfo(name, printable(value)) for name, value in given.items()])

    def _copy_identity(self) -> None:
        """device.* take over from ups.* what identifies the device."""
        taken: list[Message] = []
        for part in ("mfr", "model", "serial"):
            if value := self.state.value(f"ups.{part}"):
                self._take(SetInfo(f"device.{part}", value), taken)
        self._sessions.broadcast(taken)

    def _judge(self) -> None:
        """After a good poll: the data is fresh, unless the driver said otherwise."""
        name, old, said = self.section.name, self._old, self._said_old
        self._said_old = old
        if not old:
            if said:
                self.log.notice(f"[{name}] data is fresh again")
            if self.state.stale:
                self.apply((DataOk(),))
            return
        if old != said:
            self.log.warning(f"[{name}] {old}; data is stale")
        self._stale()

    def _stale(self) -> None:
        if not self.state.stale:
            self.apply((DataStale(),))

    def _say_state(self, name: str) -> None:
        self.apply((SetInfo("driver.state", name),))

    # --- reload

    def reload(self) -> str:
        """Read the settings again and go on with them; the driver begins anew where one of its own changed.

        Returns what is wrong with the new ones, "" where they count.
        """
        if self._configuration is None:
            return "there is no configuration to read again"
        try:
            section = self._configuration()
            changed = _own(section) != _own(self.section)
            driver = self._class(settings_of(section, self._class), self._ups) if changed else self._driver
        except ConfigError as error:
            return str(error)
        stay = {message.name for message in common.parameters(section)}
        stay.update(name.lower() for name in section.overrides())
        shown = [message.name for message in common.parameters(self.section)]
        gone = [name for name in (*shown, *self._overrides) if name not in stay]
        self.apply([DelInfo(name) for name in gone])
        self._commands.configure_debug(self.section.debug_min or 0, section.debug_min or 0)
        self.section = section
        self._rules.ignorelb = section.ignorelb
        self._apply_given()
        self.apply(common.parameters(section))
        if changed:
            self._replace(driver)
        elif self._phase == OPEN and not self._polling:
            self._schedule(0)
        return ""

    def _replace(self, driver: Driver) -> None:
        """Close the device and open it with another driver object; what the old one said goes away."""
        self.log.notice(f"[{self.section.name}] settings changed: beginning anew")
        self._cancel_timers()
        self._stale()
        self._close_device()
        keep = {"device.type", *self._overrides}
        gone = [v.name for key, v in self.state.variables.items() if not key.startswith("driver.") and key not in keep]
        self.apply([DelInfo(name) for name in gone])
        self._apply_given()
        gone = [name for key, name in self.state.commands.items() if key not in common.COMMANDS]
        self.apply([DelCmd(name) for name in gone])
        self._driver, self._words, self._alarm = driver, None, ""
        self._phase, self._tries, self._wait = LOST, 0, 0.0
        self._connect()


def _name(message: Message) -> str:
    """The variable or command that a message is about, in lower case; "" for none."""
    name: str = getattr(message, "name", "")
    return name.lower()


def _of_battery(message: Message) -> bool:
    return _name(message).startswith("battery.")


def settings_of(section: UpsSection, driver: type[Driver]) -> Settings:
    """What a driver is given of its section; the driver's own keys in its spelling."""

    def spelt(key: str) -> str:
        return next((option.spelt(key) for option in driver.options if option.fits(key)), key)

    return Settings(section.name, {spelt(setting.key): setting.value for setting in section.settings})


def _own(section: UpsSection) -> list[tuple[str, str | None]]:
    """The settings that the driver itself reads."""
    return [(s.key, s.value) for s in section.settings if s.key == "port" or not common.for_everybody(s.key)]


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count} tries"


def _ignore(result: object, error: object) -> None:
    """The answer of a call whose outcome changes nothing."""
