"""Several drivers followed at once, each connected again when it is lost: what failover and merge stand on."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from functools import partial

from wallnut.drivers.base import Option
from wallnut.drivers.conversation import Conversation
from wallnut.drivers.looping import LoopThread
from wallnut.io.service import statepath
from wallnut.model.errors import DeviceError
from wallnut.model.state import UpsState
from wallnut.model.status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.drivers.base import Result, Settings
    from wallnut.io.log import Logger
    from wallnut.io.loop import Timer
    from wallnut.model.state import Message
    from wallnut.proto.driver import InstCmd, Set

    Outcome = Callable[[Result | None], object]

ANSWER_TIME = 10.0
"""Seconds that a driver may take to carry out a request."""
FIRST_TIME = 3.0
"""Seconds that the drivers may take to say everything once before the start goes on without them."""
RETRY = 1.0
"""Seconds between two tries to connect."""
TICK = 0.5
"""Seconds between two looks at what time alone changes."""

OPTIONS = (
    Option("deadtime", "Seconds without a sign of life after which a driver counts as dead (30)"),
    Option("relogtime", "Seconds until a failed connection is logged again (5)"),
    Option("maxconnfails", "Failed connections in a row before coolofftime begins (5)"),
    Option("coolofftime", "Seconds without a try to connect after maxconnfails failed ones (15)"),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a driver is believed alive, and how often it is tried; seconds, but for maxconnfails."""

    deadtime: float = 30.0
    relogtime: float = 5.0
    maxconnfails: int = 5
    coolofftime: float = 15.0

    @classmethod
    def read(cls, settings: Settings) -> Patience:
        """What OPTIONS say. Raises ConfigError."""
        default = cls()
        return cls(
            deadtime=settings.number("deadtime", default.deadtime, low=0.1),
            relogtime=settings.number("relogtime", default.relogtime, low=0),
            maxconnfails=settings.integer("maxconnfails", default.maxconnfails, low=0),
            coolofftime=settings.number("coolofftime", default.coolofftime, low=0),
        )


def read_names(settings: Settings, me: str) -> tuple[str, ...]:
    """The names of the sockets that `port` lists; `me` is our own driver's name. Raises ConfigError."""
    names = tuple(name for piece in settings.text("port").split(",") if (name := piece.strip()))
    if not names:
        raise settings.error("port", "names of drivers' sockets are needed, such as: usbhid-ups-ups1,snmp-ups-ups2")
    for name in names:
        if names.count(name) > 1:
            raise settings.error("port", f"{name} is there twice")
        if os.path.basename(name) == f"{me}-{settings.ups}":
            raise settings.error("port", f"{name} is this UPS itself")
    return names


class Source:
    """One of the drivers. `state` is what it says, void while it is not connected."""

    __slots__ = ("_fails", "_said_at", "_talk", "_tried_at", "name", "state")

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = UpsState()
        self._talk: Conversation | None = None
        self._fails = 0
        self._tried_at = self._said_at = float("-inf")

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return self._talk is not None

    @property
    def complete(self) -> bool:
        """Connected, and everything was said once."""
        return self._talk is not None and self.state.complete

    @property
    def fresh(self) -> bool:
        """Complete, and the device behind it answers."""
        return self.complete and not self.state.stale

    @property
    def status(self) -> Status:
        """Its ups.status; without words where it has none."""
        return Status.parse(self.state.value("ups.status"))

    def try_connecting(self, sources: Sources, now: float) -> None:
        """Connect where it is time to; at most `maxconnfails` failures in a row, then one try each `coolofftime`."""
        patience = sources.patience
        wait = patience.coolofftime if self._fails > patience.maxconnfails else RETRY
        if self._talk is not None or now - self._tried_at < wait:
            return
        self._tried_at = now
        try:
            self._talk = Conversation(
                sources.loop,
                os.path.join(statepath(), self.name),
                self.state,
                sources.log,
                silence=patience.deadtime,
                on_change=sources.changed,
                on_end=partial(self._ended, sources),
            )
        except DeviceError as error:
            self._fails += 1
            if now - self._said_at >= patience.relogtime:
                self._said_at = now
                sources.log.warning(str(error))
            return
        self._fails = 0
        self._talk.start()
        sources.log.notice(f"[{self.name}] connected")

    def _ended(self, sources: Sources, reason: str) -> None:
        self._talk = None
        sources.log.warning(f"[{self.name}] connection lost: {reason}")
        sources.changed([])

    def request(self, message: Set | InstCmd, answer: Outcome) -> None:
        """Have it do something; None where it was not even asked."""
        if self._talk is None:
            answer(None)
        else:
            self._talk.request(message, answer)

    def leave(self) -> None:
        """End the connection."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None
            self.state.clear()


class Sources:
    """The drivers with these sockets, each a `Source`, on a loop in a thread of its own. `on_look()` is called there
    when something has changed, and now and then."""

    def __init__(
        self, names: tuple[str, ...], patience: Patience, log: Logger, on_look: Callable[[], object], ups: str
    ) -> None:
        self.patience, self.log = patience, log
        self.all = tuple(Source(name) for name in names)
        self._on_look = on_look
        self._thread = LoopThread(ups)
        self.loop = self._thread.loop
        self._changed = False
        self._timer: Timer | None = None
        self._complete: Callable[[None], object] | None = None

    def open(self) -> None:
        """Begin, and wait a little until those that can be connected have said everything once."""
        self._thread.start()
        with contextlib.suppress(DeviceError):  # they may come later
            self._thread.ask(self._begin, FIRST_TIME)

    def _begin(self, answer: Callable[[None], object]) -> None:
        self._complete = answer
        self._tick()

    def _tick(self) -> None:
        now = self.loop.clock()
        for source in self.all:
            source.try_connecting(self, now)
        self._timer = self.loop.call_later(TICK, self._tick)
        self._look()

    def changed(self, messages: list[Message]) -> None:
        """A driver said something, or is gone; looked at once a pass."""
        if not self._changed:
            self._changed = True
            self.loop.at_end_of_pass(self._look)

    def _look(self) -> None:
        self._changed = False
        self._on_look()
        if self._complete is not None and all(one.state.complete for one in self.all if one.connected):
            self._complete(None)
            self._complete = None

    def call(self, call: Callable[[], object]) -> None:
        """Have something done in the loop's thread, then a look; wait for it. Raises DeviceError."""

        def act(answer: Callable[[None], object]) -> None:
            call()
            self._look()
            answer(None)

        self._thread.ask(act, ANSWER_TIME)

    def request(self, source: Source, message: Set | InstCmd) -> Result | None:
        """Have a driver do something; None where it was not asked, there being no connection. Raises DeviceError where
        the outcome does not come."""
        result: Result | None = self._thread.ask(partial(source.request, message), ANSWER_TIME)
        return result

    def close(self) -> None:
        """End all connections."""

        def leave() -> None:
            if self._timer is not None:
                self._timer.cancel()
            for source in self.all:
                source.leave()

        self.loop.call_soon_threadsafe(leave)
        self._thread.stop()
