"""Programs to be started one after another, so that they see events in order; yet none waits long for another.

upsmon starts all at once and so loses the order of events. Here a program starts when the one before it has ended, or
has taken PATIENCE seconds; when a shutdown goes on, HURRIED seconds; at its end, at once.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wallnut.io.children import Child, Children
from wallnut.io.loop import Loop, Timer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

PATIENCE = 2.0
"""Seconds for which one program may keep the next one waiting."""
HURRIED = 0.2
LIMIT = 600.0
"""Seconds after which a program is ended."""
MOST_WAITING = 500
MOST_RUNNING = 50
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,@%")


@dataclass(frozen=True, slots=True)
class Job:
    """A program to run: `what` names it in the log, `env` adds to our environment."""

    what: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""


class Queue:
    """Runs jobs in order. The bounds: MOST_WAITING jobs wait, the oldest is dropped beyond; MOST_RUNNING run."""

    def __init__(self, loop: Loop, children: Children, log: Logger, patience: float = PATIENCE) -> None:
        self._loop, self._children, self._log, self._patience = loop, children, log, patience
        self._waiting: deque[Job] = deque()
        self._last: Child | None = None
        self._timer: Timer | None = None
        self._running = 0
        self._now = False

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not (self._running or self._waiting)

    def add(self, job: Job) -> None:
        """Run it when its turn comes."""
        if len(self._waiting) >= MOST_WAITING:
            dropped = self._waiting.popleft()
            self._log.error(f"Too many programs wait to be started: one ({dropped.what}) is dropped")
        self._waiting.append(job)
        if self._now:
            self.flush()
        else:
            self._next()

    def hurry(self) -> None:
        """From now on wait for each other a moment only."""
        if self._patience > HURRIED:
            self._patience = HURRIED
            if self._last is not None:
                self._wait_for(self._last)

    def flush(self) -> None:
        """Start all that waits; nothing waits from now on."""
        self._now = True
        while self._waiting:
            self._start(self._waiting.popleft())

    def _next(self) -> None:
        """Start what may start now."""
        while self._waiting and self._last is None and self._running < MOST_RUNNING:
            self._start(self._waiting.popleft())

    def _start(self, job: Job) -> None:
        try:
            child = self._children.start(
                job.argv, lambda child: self._ended(child, job.what), env=job.env, stdin=job.stdin, limit=LIMIT
            )
        except OSError as error:
            self._log.error(f"Can't execute {job.what} {job.argv[0]}: {error.strerror}")
            return
        self._running += 1
        self._wait_for(child)

    def _wait_for(self, child: Child) -> None:
        self._last = child
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._patience, lambda: self._let_go(child))

    def _ended(self, child: Child, what: str) -> None:
        self._running -= 1
        if child.status:
            self._log.debug(1, f"{what} ended with status {child.status}")
        self._let_go(child)

    def _let_go(self, child: Child) -> None:
        """The next one need not wait for this one any more."""
        if self._last is child:
            self._last = None
        self._next()


def command_line(command: Sequence[str], message: str) -> tuple[str, ...]:
    """NOTIFYCMD or CMDSCRIPT with its message or argument last.

    A single word that is no program's path may be shell text, as NUT up to 2.8.5 has it; the message is then an
    argument to it, never part of the text: nothing in a message is taken for shell syntax.
    """
    text = command[0]
    if len(command) > 1 or _PLAIN.issuperset(text) or os.path.exists(text):
        return (*command, message)
    return ("/bin/sh", "-c", f'{text} "$1"', "sh", message)
