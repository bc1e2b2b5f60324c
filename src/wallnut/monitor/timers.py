"""upssched's timers at work: a scheduler on a loop, and the process that keeps one for the upssched calls.

The process listens on PIPEFN; a caller says a line (`sched.encode`, or LIST-TIMERS) and gets OK, or ERR UNKNOWN, or
what it asked for and OK. It ends after a while without timers. upsmon can be that process (`wallnut.monitor.agenda`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from wallnut.io.loop import Loop, Timer
from wallnut.io.stream import Listener, Stream, listen_unix
from wallnut.monitor import sched
from wallnut.monitor.queue import Job, Queue, command_line
from wallnut.monitor.sched import Cause, Command, Run, Timers
from wallnut.proto.words import BadLine, Lexer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

    from wallnut.io.log import Logger

MOST_CALLERS = 100
CALL_TIME = 10.0
"""Seconds that a caller may take to say what it wants."""


class Scheduler:
    """Keeps timers, and has CMDSCRIPT run when they end; `script` is what it is by then."""

    def __init__(self, loop: Loop, queue: Queue, script: Sequence[str]) -> None:
        self._loop, self._queue, self.script = loop, queue, tuple(script)
        self.timers = Timers((), loop.clock())
        self._timer: Timer | None = None

    def carry_out(self, command: Command, cause: Cause) -> None:
        """Do what an AT line says."""
        self.timers, runs = sched.apply(self.timers, command, cause, self._loop.clock())
        self._run(runs)

    def listing(self) -> list[str]:
        """The timers as `upssched -l` shows them."""
        return sched.listing(self.timers, self._loop.clock(), time.time())

    def _run(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._queue.add(Job("CMDSCRIPT", command_line(self.script, run.argument), run.environment()))
        self.close()
        due = sched.next_due(self.timers)
        if due is not None:
            self._timer = self._loop.call_later(max(0.0, due - self._loop.clock()), self._expire)

    def close(self) -> None:
        """Let no timer end any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self.timers, runs = sched.expire(self.timers, self._loop.clock())
        self._run(runs)

    def call_when_idle(self, call: Callable[[], object]) -> None:
        """Call once there has been nothing to wait for for a while."""

        def look() -> None:
            if sched.idle(self.timers, self._loop.clock()) and self._queue.idle:
                call()
            else:
                self._loop.call_later(1.0, look)

        self._loop.call_later(1.0, look)


class Keeper:
    """Lets upssched's calls reach a scheduler: `path` is PIPEFN. Raises ConnectError when it cannot listen."""

    def __init__(self, loop: Loop, scheduler: Scheduler, log: Logger, path: str) -> None:
        self._loop, self._scheduler, self._log = loop, scheduler, log
        self._callers: set[Stream] = set()
        self._listener: Listener = listen_unix(loop, path, self._accept, 0o660)

    def close(self) -> None:
        """Listen no more; the socket's file is removed."""
        self._listener.close()
        for caller in list(self._callers):
            caller.close()

    def _accept(self, sock: _socket.socket, peer: str) -> None:
        if len(self._callers) >= MOST_CALLERS:
            sock.close()
            return
        stream = Stream(self._loop, sock, peer, 65536)
        lexer = Lexer()
        self._callers.add(stream)
        patience = self._loop.call_later(CALL_TIME, lambda: stream.close("said nothing"))

        def heard(data: bytes) -> None:
            for words in lexer.feed(data):
                stream.write(self._answer(words))

        def gone(reason: str) -> None:
            patience.cancel()
            self._callers.discard(stream)

        stream.on_data, stream.on_close = heard, gone

    def _answer(self, words: list[str] | BadLine) -> bytes:
        if isinstance(words, BadLine):
            return b"ERR UNKNOWN\n"
        if words == [sched.LIST]:
            lines = [*self._scheduler.listing(), "OK"]
            return "".join(f"{line}\n" for line in lines).encode("ascii", "replace")
        found = sched.decode(words)
        if found is None:
            return b"ERR UNKNOWN\n"
        command, cause = found
        self._log.debug(1, f"{' '.join(words[:3])}")
        self._scheduler.carry_out(command, cause)
        return b"OK\n"
