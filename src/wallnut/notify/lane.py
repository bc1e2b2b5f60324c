"""The way to one address: what waits for it, when to try, what a failure means.

One thread gathers and another one works; nothing is locked while a message is being delivered.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from wallnut.config.wallnut_toml import Notify
from wallnut.notify.event import Event, Severity
from wallnut.notify.message import Message, compose
from wallnut.notify.outbox import Entry, Outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

URGENT = 0.5
"""Seconds for which something critical waits for what comes with it."""
MOST_TOGETHER = 50
"""Events in one message; also in one file."""


class Service(Protocol):
    """Delivers messages. Both methods may take long, say why not ("": it went well) and never raise."""

    def check(self, url: str) -> str:
        """Whether an address can be used at all."""

    def send(self, url: str, message: Message) -> str:
        """Deliver a message."""


class Lane:
    """One address. `url` and `settings` may be changed. `due` is when to call `work` next (None: when something was
    gathered); `waiting` counts the events that are not delivered yet.

    `clock` never jumps (seconds of whatever origin), `wall` is the time of day.
    """

    def __init__(
        self,
        name: str,
        url: str,
        settings: Notify,
        outbox: Outbox,
        service: Service,
        log: Logger,
        host: str,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.name, self.url, self.settings, self.outbox = name, url, settings, outbox
        self._service, self._log, self._host = service, log, host
        self._clock, self._wall = clock, wall
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._loaded = False
        self._failures = 0
        self._tried = float("-inf")
        self._overfull = False
        self.waiting = 0
        self.due: float | None = None

    def begin(self) -> None:
        """Take up what waits from before, and see whether the address can be used."""
        with self._lock:
            self._load()
        if reason := self._service.check(self.url):
            self._log.error(f"notify {self.name}: its url cannot be used: {reason}")

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for entry in self.outbox.load():
            self._add(entry)
        if self.waiting:
            self._log.info(f"notify {self.name}: {_count(self.waiting)} from before")
            self.due = self._clock()

    def gather(self, events: Sequence[Event]) -> None:
        """Keep events; they are sent when what comes with them had its chance to come."""
        with self._lock:
            self._load()
            for start in range(0, len(events), MOST_TOGETHER):
                self._add(self.outbox.add(events[start : start + MOST_TOGETHER]))
            urgent = any(event.severity is Severity.CRITICAL for event in events)
            due = self._clock() + (min(URGENT, self.settings.burst) if urgent else self.settings.burst)
            if self._failures:  # the way may be open again by now
                due = max(due, self._tried + self.settings.retry_first)
            self.due = due if self.due is None else min(due, self.due)

    def _add(self, entry: Entry) -> None:
        """Let an entry wait; the oldest go beyond `max_waiting`."""
        self._entries.append(entry)
        self.waiting += len(entry.events)
        while self.waiting > self.settings.max_waiting and len(self._entries) > 1:
            self._remove(self._entries[0])
            if not self._overfull:
                self._overfull = True
                self._log.error(f"notify {self.name}: more than {self.settings.max_waiting} wait, the oldest go")

    def _remove(self, entry: Entry) -> None:
        """It is over, in whatever way; perhaps it is gone already."""
        if entry in self._entries:
            self._entries.remove(entry)
            self.waiting -= len(entry.events)
            self.outbox.remove(entry)

    def hurry(self) -> None:
        """This program is about to end: send now what has not failed yet."""
        with self._lock:
            if self._entries and not self._failures:
                self.due = self._clock()

    def work(self) -> None:
        """Send what is due, and plan what comes next."""
        with self._lock:
            if self.due is None or self.due > self._clock():
                return
            batch = self._batch()
            if not batch:
                self.due = None
                return
        events = [event for entry in batch for event in entry.events]
        reason = self._service.send(self.url, compose(events, self._host, self._wall()))
        with self._lock:
            self._tried = self._clock()
            if reason:
                self._failed(batch, reason)
            else:
                self._delivered(batch)

    def _batch(self) -> list[Entry]:
        """The oldest entries, as many as go into one message."""
        batch: list[Entry] = []
        size = 0
        for entry in self._entries:
            size += len(entry.events)
            if batch and size > MOST_TOGETHER:
                break
            batch.append(entry)
        return batch

    def _delivered(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            self._remove(entry)
        if self._failures:
            self._log.notice(f"notify {self.name}: delivered again")
        self._failures, self._overfull = 0, False
        self.due = self._tried if self._entries else None

    def _failed(self, batch: Sequence[Entry], reason: str) -> None:
        limits = self.settings
        wait = min(limits.retry_first * 2.0 ** min(self._failures, 30), float(limits.retry_max))
        text = f"notify {self.name}: not delivered: {reason}; trying again in {wait:g} s"
        if self._failures:
            self._log.debug(1, text)
        else:
            self._log.warning(text)
        self._failures += 1
        old = [entry for entry in batch if self._wall() - entry.events[-1].at > limits.max_age]
        for entry in old:
            self._remove(entry)
        if old:
            dropped = _count(sum(len(entry.events) for entry in old))
            self._log.error(f"notify {self.name}: {dropped} dropped, not delivered for {limits.max_age} s: {reason}")
        self.due = self._tried + wait if self._entries else None


def _count(number: int) -> str:
    return f"{number} notification{'' if number == 1 else 's'}"
