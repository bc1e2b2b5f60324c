"""One watched UPS: the connection to its server, kept up, logged in, and asked.

Each UPS has a connection of its own, for a connection can LOGIN to one UPS only. A server that knows SUBSCRIBE tells
changes as they happen; any other is asked in every cycle. What comes of it are `Look` and `Lost` events for the rules.

A connection on which nothing is answered within the time limit is given up. When logging in fails the connection stays,
as with upsmon: the UPS is watched, but this host does not count as one that depends on it, and its FSD will be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from wallnut.client.talk import Talk
from wallnut.client.texts import text as error_text
from wallnut.client.tls import OFF, REQUIRE, Tls
from wallnut.config.upsmon import Monitor
from wallnut.io.dial import Dial
from wallnut.io.loop import Loop, Timer
from wallnut.io.stream import Stream
from wallnut.model.errors import (
    ConnectError,
    DataStale,
    DriverNotConnected,
    InvalidArgument,
    NutError,
    TlsError,
    UnknownUps,
    VarNotSupported,
)
from wallnut.model.state import DriverGone, UpsState
from wallnut.monitor.values import NEVER, READ_FROM, UNREAD, Look, Lost, readings
from wallnut.proto import net
from wallnut.proto.push import UpsRemoved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

STATUS, ALARM = "ups.status", "ups.alarm"
MODES = ("ups.mode.buzzwords", "experimental.ups.mode.buzzwords")
"""What ECO is read from, where the status does not say it: the names of NUT 2.8.4 and 2.8.3."""
BATTERY = frozenset(READ_FROM.values())
"""What matters on battery only."""
WANTED = (STATUS, ALARM, *MODES, *sorted(BATTERY))
"""The variables that matter here: a server that pushes is asked to tell no others."""


class Throttle:
    """Whether a failure that repeats is to be logged (POLLFAIL_LOG_THROTTLE_MAX)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._text = ""
        self._count = 0

    def wants(self, text: str) -> bool:
        """Below 0: always; 0: only when it is another failure than before; n: that, and each n-th time."""
        if text != self._text:
            self._text, self._count = text, 0
            return True
        self._count += 1
        return self.most < 0 or (self.most > 0 and self._count % self.most == 0)

    def reset(self) -> None:
        """It works again."""
        self._text = ""


class Server:
    """The watched UPSes of one server.

    In each cycle one of the UPSes that the server tells about is asked, in turn: when it is answered, what was told
    about the others holds too. When no answer comes soon, all are asked. `alive_at` is when the server was last proved
    alive in this way. `restless` are the UPSes of which the rules want to hear in each cycle (see `rules.State`).
    """

    def __init__(self, loop: Loop, patience: float = 2.0) -> None:
        self._loop, self._patience = loop, patience
        self.watches: list[Watch] = []
        self.alive_at = NEVER
        self.restless: Container[str] = ()
        self._turn = 0
        self._timer: Timer | None = None

    def cycle(self) -> None:
        """Look at every UPS; an event follows for each that is restless, or is not as it was."""
        told = [watch for watch in self.watches if watch.pushed]
        for watch in self.watches:
            if not watch.pushed:
                watch.look()
        if not told or self._timer is not None:
            return
        self._turn += 1
        asked = told[self._turn % len(told)]
        if not asked.idle:
            self._ask_all()
        else:
            self._timer = self._loop.call_later(self._patience, self._ask_all)
            asked.look(lambda: self._alive(asked))

    def _alive(self, asked: Watch) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.alive_at = self._loop.clock()
        for watch in self.watches:
            if watch is not asked and watch.name in self.restless:
                watch.confirm()

    def _ask_all(self) -> None:
        self._timer = None
        for watch in list(self.watches):
            watch.look()


class Watch:
    """A UPS of a MONITOR line. `on_event` takes Look and Lost.

    `look` is to be called in every cycle, by its `server`. `tls` says how the connection is encrypted, `timeout` is for
    connecting and for each answer.
    """

    def __init__(
        self,
        loop: Loop,
        log: Logger,
        server: Server,
        monitor: Monitor,
        tls: Tls,
        on_event: Callable[[Look | Lost], object],
        *,
        timeout: float = 10.0,
        family: int = 0,
        throttle: int = -1,
    ) -> None:
        self._loop, self._log, self._on_event = loop, log, on_event
        self.server, self.monitor, self._tls = server, monitor, tls
        self._timeout, self._family = timeout, family
        self.throttle = Throttle(throttle)
        self._address = monitor.address
        self._dial: Dial | None = None
        self._known: tuple[Any, ...] = ()
        self._talk: Talk | None = None
        self._lapses: list[Callable[[], object]] = []
        """What to call for questions that end with the connection."""
        self.logged_in = False
        self.pushed = False
        """Whether changes are told without being asked for."""
        self._asked = False
        self._state = UpsState()
        self._removed = self._driverless = self._news = False
        self._modes: tuple[str, ...] = MODES
        self.wanted: frozenset[str] = frozenset()
        """What else is to be asked while on battery, where the server does not tell it."""
        self._missing: set[str] = set()
        self._last: Look | Lost | None = None
        self._good_at = NEVER
        self._by_push = False
        self._closed = False

    @property
    def name(self) -> str:
        """The UPS as its MONITOR line names it."""
        return self.monitor.system

    @property
    def idle(self) -> bool:
        """Whether no answer about the status is outstanding."""
        return not self._asked

    # What the daemon asks for

    def look(self, then: Callable[[], object] | None = None) -> None:
        """Find out how the UPS is; an event follows. `then` is called when the server has answered, whatever it was."""
        if self._talk is None:
            if self._dial is None and not self._closed:
                self._connect()
        elif not self._asked:
            self._ask_status(self._talk, then)

    def confirm(self) -> None:
        """The server is known to be alive: what it has told holds now."""
        if self.pushed and (event := self._told()) is not None:
            self._tell(event)

    def set_fsd(self, then: Callable[[str], object]) -> None:
        """Set the forced-shutdown flag; `then` gets "" or why not."""
        if self._talk is None:
            then("not connected")
            return
        once = _Once(then, "Server disconnected")
        self._lapses.append(once.lapse)
        self._talk.ask(net.fsd(self._address.ups), lambda reply: once(_why(reply)))

    def count_logins(self, then: Callable[[int], object]) -> None:
        """How many are logged in to the UPS; 0 when that cannot be found out."""
        if self._talk is None:
            then(0)
            return
        once = _Once(then, 0)
        self._lapses.append(once.lapse)
        request = net.GetNumLogins(self._address.ups)
        self._talk.ask(request, lambda reply: once(reply.result if isinstance(reply.result, int) else 0))

    def change(self, monitor: Monitor, tls: Tls) -> None:
        """The configuration was read again: what needs a new connection gets one."""
        before, self.monitor, self._tls = self.monitor, monitor, tls
        promoted = monitor.primary and not before.primary
        access = (monitor.username, monitor.password) != (before.username, before.password)
        if promoted or (access and not self.logged_in):
            self._hang_up()

    def close(self) -> None:
        """Log out, and watch no more; the connection ends with this pass of the loop."""
        self._closed = True
        if self._talk is not None:
            self._talk.ask(net.logout(), _ignore)
        self._loop.at_end_of_pass(self._hang_up)

    # Connecting

    def _connect(self) -> None:
        host, port = self._address.host, self._address.port
        self._dial = Dial(self._loop, host, port, self._timeout, self._dialled, self._family, self._known)

    def _dialled(self, outcome: Stream | ConnectError) -> None:
        dial, self._dial = self._dial, None
        assert dial is not None
        self._known = dial.places
        if isinstance(outcome, ConnectError):
            self._tell(Lost(self.name, str(outcome)), f"UPS [{self.name}]: connect failed: {outcome}")
            return
        talk = self._talk = Talk(self._loop, outcome, self._timeout, self._notified, self._gone)
        self._modes, self._removed = MODES, False
        self._missing.clear()
        if self._tls.mode == OFF:
            self._greet(talk)
        else:
            talk.ask(net.starttls(), lambda reply: self._start_tls(talk, reply))

    def _start_tls(self, talk: Talk, reply: net.Reply) -> None:
        if reply.error is not None:
            if self._tls.mode == REQUIRE:
                self._give_up(f"the server does not offer TLS, and it is required ({reply.error})")
            else:
                self._greet(talk)
            return
        try:
            going = talk.start_tls(self._tls, self._address.host)
        except TlsError as error:
            self._give_up(str(error))
            return
        if going:
            self._greet(talk)

    def _greet(self, talk: Talk) -> None:
        """Say who we are, and ask the first question, in one go."""
        monitor, ups = self.monitor, self._address.ups
        talk.ask(net.username(monitor.username), self._checked)
        talk.ask(net.password(monitor.password), self._checked)
        talk.ask(net.login(ups), lambda reply: self._logged_in(talk, reply))
        self._subscribe(talk, *WANTED)

    def _checked(self, reply: net.Reply) -> None:
        if reply.error is not None:
            self._log.error(f"Login on UPS [{self.name}] failed - got [ERR {reply.error}]")

    def _logged_in(self, talk: Talk, reply: net.Reply) -> None:
        self._checked(reply)
        if reply.error is not None:
            return
        self.logged_in = True
        self._log.debug(1, f"Logged into UPS {self.name}")
        if self.monitor.primary:
            talk.ask(net.primary(self._address.ups), lambda reply: self._primary(talk, reply))

    def _primary(self, talk: Talk, reply: net.Reply) -> None:
        if reply.error is not None:
            talk.ask(net.master(self._address.ups), self._master)

    def _master(self, reply: net.Reply) -> None:
        if reply.error is not None:
            self._log.error(f"Primary managerial privileges unavailable on UPS [{self.name}]")
            self._log.error(f"Response: [ERR {reply.error}]")

    def _subscribe(self, talk: Talk, *wanted: str) -> None:
        self._asked = True
        request = net.subscribe(self._address.ups, *wanted)
        talk.ask(request, lambda reply: self._subscribed(talk, reply, bool(wanted)))

    def _subscribed(self, talk: Talk, reply: net.Reply, narrow: bool) -> None:
        if narrow and isinstance(reply.error, InvalidArgument):
            self._subscribe(talk)  # it tells everything or nothing
            return
        self._asked = False
        self.pushed = reply.error is None
        self._state.clear()
        self._driverless = False
        if not self.pushed:
            self._ask_status(talk, None)

    # Asking and hearing

    def _ask_status(self, talk: Talk, then: Callable[[], object] | None) -> None:
        ups = self._address.ups
        if self._removed:  # from the server's configuration; it may be there again
            self._removed = False
            self._subscribe(talk, *WANTED)
            return
        found: dict[str, str] = {}
        if not self.pushed:
            for name in self._modes:
                talk.ask(net.GetVar(ups, name), self._extra(name, found))
        self._asked = True
        talk.ask(net.GetVar(ups, STATUS), lambda reply: self._status(talk, reply, found, then))

    def _extra(self, name: str, found: dict[str, str]) -> Callable[[net.Reply], None]:
        """What to do with the answer about a variable that not every UPS has."""

        def answer(reply: net.Reply) -> None:
            if isinstance(reply.result, str):
                found[name] = reply.result
            elif isinstance(reply.error, VarNotSupported):
                self._modes = tuple(mode for mode in self._modes if mode != name)
                self._missing.add(name)

        return answer

    def _status(self, talk: Talk, reply: net.Reply, found: dict[str, str], then: Callable[[], object] | None) -> None:
        words = str(reply.result).upper().split() if reply.error is None and not self.pushed else []
        more = [ALARM] if "ALARM" in words else []
        more += sorted(self.wanted - self._missing) if "OB" in words else []
        if not more:
            self._seen(reply, found, then)
            return
        *others, last = more
        for name in others:
            talk.ask(net.GetVar(self._address.ups, name), self._extra(name, found))
        take = self._extra(last, found)

        def answered(answer: net.Reply) -> None:
            take(answer)
            self._seen(reply, found, then)

        talk.ask(net.GetVar(self._address.ups, last), answered)

    def _seen(self, reply: net.Reply, found: dict[str, str], then: Callable[[], object] | None) -> None:
        """The answer about the status, and what belongs to it, is there."""
        self._asked = False
        if reply.error is not None:
            self._tell(Lost(self.name, error_text(reply.error)))
        else:
            value = (lambda name: found.get(name, "")) if not self.pushed else self._state.value
            self._tell(self._look_at(str(reply.result), value))
        if then is not None:
            then()

    def _notified(self, notify: net.Notify) -> None:
        """A NOTIFY line. What they come to is looked at when all that came together has been read."""
        message = notify.message
        name = getattr(message, "name", STATUS)
        if name not in WANTED:
            return
        if name in BATTERY and not on_battery(self._state.value(STATUS)):
            self._state.apply(message)
            return
        if isinstance(message, UpsRemoved):
            self._removed, self.pushed = True, False
            self._tell(Lost(self.name, error_text(UnknownUps())))
            return
        gone = isinstance(message, DriverGone)
        if (self._state.apply(message) or gone) and not self._news:
            self._news = True
            self._loop.at_end_of_pass(self._push)
        self._driverless = gone

    def _push(self) -> None:
        """Something was told: is it news for the rules?"""
        self._news = False
        event = self._told() if self.pushed else None
        if event is not None and event != self._last:
            self._tell(event)

    def _told(self) -> Look | Lost | None:
        """What the server has told so far; None while it is in the middle of it."""
        state = self._state
        if self._driverless:
            return Lost(self.name, error_text(DriverNotConnected()))
        if not state.complete:
            return Look(self.name, "WAIT") if state.value(STATUS) == "WAIT" else None
        if state.stale:
            return Lost(self.name, error_text(DataStale()))
        return self._look_at(state.value(STATUS), state.value)

    def _look_at(self, status: str, value: Callable[[str], str]) -> Look:
        """What the UPS says, with its readings while they matter."""
        modes = " ".join(filter(None, (value(name) for name in MODES)))
        return Look(self.name, status, value(ALARM), modes, readings(value) if on_battery(status) else UNREAD)

    def _tell(self, event: Look | Lost, text: str = "") -> None:
        """Hand an event to the rules; a failure goes into the log, as `text` or in upsmon's usual words."""
        if self._closed:
            return
        before, self._last = self._last, event
        if isinstance(event, Look):
            self.throttle.reset()
            self._good_at, self._by_push = self._loop.clock(), self.pushed
            if event == before and self.name not in self.server.restless:
                return  # nothing new about one that is calm: the rules need not hear it each time
        else:
            if isinstance(before, Look):
                good = max(self._good_at, self.server.alive_at) if self._by_push else self._good_at
                event = Lost(event.ups, event.reason, good)
            text = text or f"Poll UPS [{self.name}] failed - {event.reason}"
            if self.throttle.wants(text):
                self._log.error(text)
        self._on_event(event)

    # Ending

    def _gone(self, error: NutError) -> None:
        """The connection ended."""
        self._reset()
        self._tell(Lost(self.name, str(error)))

    def _give_up(self, reason: str) -> None:
        """End the connection ourselves."""
        self._hang_up()
        self._tell(Lost(self.name, reason))

    def _hang_up(self) -> None:
        """End the connection without a word to the rules."""
        if self._dial is not None:
            self._dial.cancel()
            self._dial = None
        if self._talk is not None:
            self._talk.close()
        self._reset()

    def _reset(self) -> None:
        self._talk = None
        self._state.clear()
        self.logged_in = self.pushed = self._asked = False
        lapses, self._lapses = self._lapses, []
        for lapse in lapses:
            lapse()


def on_battery(status: str) -> bool:
    """Whether OB is among the words of a status."""
    return "OB" in status.upper().split()


class _Once:
    """Passes on an answer, or when there will be none any more, what stands for it."""

    def __init__(self, then: Callable[[Any], object], instead: object) -> None:
        self._then: Callable[[Any], object] | None = then
        self._instead = instead

    def __call__(self, answer: object) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(answer)

    def lapse(self) -> None:
        self(self._instead)


def _ignore(_: object) -> None:
    """For an answer that is of no interest."""


def _why(reply: net.Reply) -> str:
    return "" if reply.error is None else error_text(reply.error)
