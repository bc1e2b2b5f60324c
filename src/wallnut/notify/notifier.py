"""Tells targets what happens. Whoever tells never waits.

One thread writes what is told into the outboxes; each address has a thread of its own that delivers. So neither a disk
nor a service that hangs holds up anybody, and what is told is on disk before any service is asked.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from wallnut.config.record import replace
from wallnut.config.wallnut_toml import Notify, Target, matches
from wallnut.notify.courier import Courier
from wallnut.notify.event import Event, Severity
from wallnut.notify.lane import Lane, Service
from wallnut.notify.outbox import Outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

MOST_TOLD = 1000
"""Events that wait to be written; beyond that the oldest are dropped."""
LONG = 3600.0
"""Seconds that a thread sleeps at most."""


def wants(target: Target, event: Event) -> bool:
    """Whether a target is to be told."""
    return (
        (not target.events or event.kind in target.events)
        and (not event.ups or matches(target.ups, event.ups))
        and event.severity >= Severity[target.severity.upper()]
    )


def addresses(target: Target) -> list[tuple[str, str]]:
    """The addresses of a target, each with its name: that of the target, with a number where there are several."""
    many = len(target.url) > 1
    return [(f"{target.name}.{number}" if many else target.name, url) for number, url in enumerate(target.url, 1)]


class Notifier:
    """Tells the targets of `[notify]`. It has threads: make it after the last fork, when root is given up.

    `service` delivers; by itself it is Apprise, and ConfigError says so where that is not installed. `host` is what
    this host calls itself in messages.
    """

    def __init__(
        self,
        settings: Notify,
        log: Logger,
        *,
        service: Service | None = None,
        host: str = "",
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._log, self._clock, self._wall = log, clock, wall
        self._host = host or os.uname().nodename.partition(".")[0]
        self._service = service
        self._courier: Courier | None = None
        self._senders: dict[str, Sender] = {}
        self._told: deque[Event] = deque()
        self._searched = ""
        """The outbox that is to be searched for what nobody sends any more; "" when that is done."""
        self._lost = 0
        self._ending = False
        self._wake = threading.Condition()
        self._writer = threading.Thread(target=self._write, name="notify", daemon=True)
        self.reconfigure(settings)
        self._writer.start()

    def reconfigure(self, settings: Notify) -> None:
        """Take over other settings; what waits stays, for targets that keep their names. Raises ConfigError.

        No disk is touched here: an outbox may be on one that hangs.
        """
        if self._service is None and settings.targets:
            self._service = self._courier = Courier(settings.time_limit)
        if self._courier is not None:
            self._courier.time_limit = settings.time_limit
        common = replace(settings, targets=())
        senders: dict[str, Sender] = {}
        for target in settings.targets:
            for name, url in addresses(target):
                if name in senders:
                    self._log.error(f"notify {name}: there are two targets of that name; only the first is told")
                else:
                    senders[name] = self._sender(name, url, common, target)
        for name, sender in self._senders.items():
            if name not in senders:
                sender.end(hurry=False)
        with self._wake:
            self._senders, self._searched = senders, settings.outbox
            self._wake.notify()

    def _sender(self, name: str, url: str, common: Notify, target: Target) -> Sender:
        """The sender of that name, with what may be new."""
        outbox = Outbox(os.path.join(common.outbox, name), self._log)
        sender = self._senders.get(name)
        if sender is not None:
            sender.target = target
            sender.lane.url, sender.lane.settings = url, common
            if outbox.folder != sender.lane.outbox.folder:
                sender.lane.outbox = outbox
            return sender
        assert self._service is not None
        lane = Lane(name, url, common, outbox, self._service, self._log, self._host, self._clock, self._wall)
        return Sender(lane, target, self._log, self._clock)

    def _forgotten(self, outbox: str, senders: Mapping[str, Sender]) -> None:
        """Say what waits for targets that are no more."""
        try:
            paths = [entry.path for entry in os.scandir(outbox) if entry.is_dir() and entry.name not in senders]
            left = [path for path in sorted(paths) if os.listdir(path)]
        except OSError:
            return  # there is nothing yet; where it cannot be read, the first attempt to write says so
        for path in left:
            self._log.warning(f"{path}: what waits here is for a target that wallnut.toml does not name any more")

    def tell(self, event: Event) -> None:
        """Tell every target that wants to know. Returns at once."""
        with self._wake:
            if len(self._told) >= MOST_TOLD:
                self._told.popleft()
                self._lost += 1
            self._told.append(event)
            self._wake.notify()

    @property
    def waiting(self) -> int:
        """How many notifications are not delivered yet, over all targets."""
        return len(self._told) + sum(sender.lane.waiting for sender in self._senders.values())

    def close(self, limit: float = 2.0) -> None:
        """End: what has not failed so far is sent, as far as that works within `limit` seconds; the rest is kept."""
        deadline = time.monotonic() + limit
        with self._wake:
            self._ending = True
            self._wake.notify()
        self._writer.join(limit)
        for sender in self._senders.values():
            sender.end(hurry=True)
        for sender in self._senders.values():
            sender.join(max(0.0, deadline - time.monotonic()))
        if self._courier is not None:
            self._courier.close()

    def _write(self) -> None:
        """The writer's thread."""
        try:
            while self._write_some():
                pass
        except Exception as error:  # noqa: BLE001 - a thread's end: a bug here must be said, and cost no more than this
            self._log.error(f"notify: stops, this is a bug: {error!r}")

    def _write_some(self) -> bool:
        """Wait for events and hand them to whom they concern; False when this was the last time."""
        with self._wake:
            if not (self._told or self._searched or self._ending):
                self._wake.wait(LONG)
            events, lost, ending = tuple(self._told), self._lost, self._ending
            senders, searched = self._senders, self._searched
            self._told.clear()
            self._lost, self._searched = 0, ""
        if lost:
            self._log.error(f"notify: {lost} notifications dropped: too many at once")
        for sender in senders.values():
            wanted = [event for event in events if wants(sender.target, event)]
            if wanted:
                sender.gather(wanted)
        if searched:
            self._forgotten(searched, senders)
        return not ending


class Sender:
    """The thread that delivers to one address."""

    def __init__(self, lane: Lane, target: Target, log: Logger, clock: Callable[[], float]) -> None:
        self.lane, self.target = lane, target
        self._log, self._clock = log, clock
        self._ending = self._hurry = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"notify-{lane.name}", daemon=True)
        self._thread.start()

    def gather(self, events: list[Event]) -> None:
        """Keep events, and send them in time."""
        self.lane.gather(events)
        with self._wake:
            self._wake.notify()

    def end(self, *, hurry: bool) -> None:
        """End soon; with `hurry` what has not failed yet is sent first."""
        with self._wake:
            self._ending, self._hurry = True, hurry
            self._wake.notify()

    def join(self, limit: float) -> None:
        """Wait for the end, for so many seconds."""
        self._thread.join(limit)

    def _run(self) -> None:
        try:
            self.lane.begin()
            while True:
                with self._wake:
                    ending = self._ending
                    if not ending:
                        self._wake.wait(self._pause())
                if ending and self._hurry:
                    self.lane.hurry()
                self.lane.work()
                if ending:
                    break
        except Exception as error:  # noqa: BLE001 - a thread's end: a bug here must be said, and cost no more than this
            self._log.error(f"notify {self.lane.name}: stops, this is a bug: {error!r}")

    def _pause(self) -> float:
        """Seconds until something is due."""
        due = self.lane.due
        return LONG if due is None else min(max(0.0, due - self._clock()), LONG)
