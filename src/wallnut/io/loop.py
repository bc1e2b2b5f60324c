"""One thread's event loop: descriptors, timers, signals, and calls from other threads.

A plain epoll loop over descriptors: under churn it beats asyncio's protocols by a third and costs 10 MB less. Where an
asyncio program wants one, its descriptor (`fileno`) can be watched: call `run_once(0)` when it is readable. Where the
system has no epoll, poll serves.
"""

from __future__ import annotations

import errno
import os
import select
import time
from heapq import heappop, heappush
from itertools import count

from wallnut.model.errors import LinkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import Protocol

    class Watcher(Protocol):
        """What wants to know when a descriptor is ready."""

        @property
        def ready(self) -> Callable[[int], object]: ...
else:
    import _signal as signal  # the same functions, without the enums that cost as much as starting Python

READ = 0x001  # POLLIN, and EPOLLIN
WRITE = 0x004  # POLLOUT, and EPOLLOUT
LONGEST = 3600.0
"""Seconds that one wait takes at the most."""


class Timer:
    """A call to come; `cancel` takes it back."""

    __slots__ = ("call", "when")

    def __init__(self, when: float, call: Callable[[], object] | None) -> None:
        self.when, self.call = when, call

    def cancel(self) -> None:
        """Never call; harmless when it has been called."""
        self.call = None


class Watch:
    """A plain callback in the place of an object with a method `ready`."""

    __slots__ = ("ready",)

    def __init__(self, call: Callable[[int], object]) -> None:
        self.ready = call


class Loop:
    """Runs callbacks in one thread. Only `call_soon_threadsafe` may be used from another.

    Raises LinkError on a system with neither epoll nor poll (Windows). `clock` gives seconds that never go back; a test
    passes its own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        if not hasattr(select, "poll"):
            raise LinkError(
                "following a server needs epoll or poll, which this system does not have: ask it now and then"
            )
        self._poll = select.epoll() if hasattr(select, "epoll") else select.poll()
        self._wait = self._poll.poll if hasattr(select, "epoll") else self._wait_in_milliseconds
        self._watchers: dict[int, Watcher] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._soon: list[Callable[[], object]] = []
        self._at_end_of_pass: list[Callable[[], object]] = []
        self._signals: dict[int, Callable[[], object]] = {}
        self._running = False
        self._closed = False
        self.found: list[tuple[int, int]] = []
        """The descriptors that the present pass found ready, with their events."""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self.watch(self._wake_read, self._woken)

    def fileno(self) -> int:
        """The descriptor that another loop may watch for reading. Raises LinkError where there is no epoll."""
        if not hasattr(self._poll, "fileno"):
            raise LinkError("a loop within another needs epoll, which this system does not have: use a thread")
        return self._poll.fileno()

    def watch(self, fd: int, call: Callable[[int], object], events: int = READ) -> None:
        """Call `call(events)` whenever the descriptor is ready, or broken (then events has neither READ nor WRITE)."""
        self.serve(fd, Watch(call), events)

    def serve(self, fd: int, watcher: Watcher, events: int = READ) -> None:
        """The same for an object: call `watcher.ready(events)`. It is as fast as a callback and needs no memory."""
        known = fd in self._watchers
        self._watchers[fd] = watcher
        if known:
            self._poll.modify(fd, events)
        else:
            self._poll.register(fd, events)

    def rewatch(self, fd: int, events: int) -> None:
        """Change what a watched descriptor is watched for."""
        self._poll.modify(fd, events)

    def forget(self, fd: int) -> None:
        """Watch no more; call it before closing the descriptor. Harmless when it is not watched."""
        if self._watchers.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def due(self) -> float | None:
        """For another loop: seconds until `run_once` has something to do though no descriptor says so; None: never."""
        if self._at_end_of_pass:
            return 0.0
        return max(0.0, self._timers[0][0] - self.clock()) if self._timers else None

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call once after some seconds."""
        timer = Timer(self.clock() + seconds, call)
        heappush(self._timers, (timer.when, next(self._order), timer))
        return timer

    def call_soon_threadsafe(self, call: Callable[[], object]) -> None:
        """Call in this loop's thread, from any thread. After `close` it does nothing."""
        self._soon.append(call)
        if not self._closed:
            try:
                os.write(self._wake_write, b"\0")
            except OSError as error:  # full: it is awake anyway; closed between: nobody listens
                if error.errno not in (errno.EAGAIN, errno.EBADF):
                    raise

    def at_end_of_pass(self, call: Callable[[], object]) -> None:
        """Call once when this pass's descriptors have all been served: the moment to send what has gathered."""
        self._at_end_of_pass.append(call)

    def on_signal(self, number: int, call: Callable[[], object]) -> None:
        """Call in the loop when the signal comes. Main thread only."""
        self._signals[number] = call
        signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.siginterrupt(number, True)

    def run(self) -> None:
        """Run until `stop`."""
        self._running = True
        self._passes(LONGEST, forever=True)

    def stop(self) -> None:
        """Make `run` return after this pass."""
        self._running = False

    def run_once(self, timeout: float = 0.0) -> None:
        """Wait for events up to `timeout` seconds and serve them, then the timers that are due."""
        self._passes(timeout, forever=False)
        if self._timers and self._timers[0][0] <= self.clock():  # it was waited for
            self._passes(0.0, forever=False)

    def _passes(self, most: float, forever: bool) -> None:
        """One pass, or all until `stop`: wait, serve what is ready, then the timers that were due before.

        A busy server makes a pass for every request. So a timer that becomes due meanwhile is left to the next one: one
        look at the clock is enough. And what does not change is looked up once.
        """
        timers, watchers, clock, wait = self._timers, self._watchers, self.clock, self._wait
        while True:
            due, longest = False, most
            if timers:
                left = timers[0][0] - clock()
                if left <= 0.0:
                    due, longest = True, 0.0
                elif left < longest:
                    longest = left
            if self._at_end_of_pass:
                longest = 0.0
            self.found = found = wait(longest)
            for fd, events in found:
                watcher = watchers.get(fd)
                if watcher is not None:  # it may have been forgotten in this very pass
                    watcher.ready(events)
            if due:
                self._due()
            if self._at_end_of_pass:
                ready, self._at_end_of_pass = self._at_end_of_pass, []
                for end in ready:
                    end()
            if not (forever and self._running):
                return

    def _wait_in_milliseconds(self, seconds: float) -> list[tuple[int, int]]:
        return self._poll.poll(seconds * 1000)

    def _due(self) -> None:
        now = self.clock()
        while self._timers and self._timers[0][0] <= now:
            call = heappop(self._timers)[2].call
            if call is not None:
                call()

    def _woken(self, events: int) -> None:
        try:
            numbers = os.read(self._wake_read, 4096)
        except BlockingIOError:
            return
        ready, self._soon = self._soon, []
        for call in ready:
            call()
        for number in dict.fromkeys(numbers):
            if number in self._signals:
                self._signals[number]()

    def close(self) -> None:
        """Give the loop's own descriptors back, and the signals their default; watched ones stay their owners'."""
        self._closed = True
        for number in self._signals:
            signal.signal(number, signal.SIG_DFL)
        if self._signals:
            signal.set_wakeup_fd(-1)
        self._watchers.clear()
        if hasattr(self._poll, "close"):
            self._poll.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
