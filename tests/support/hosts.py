"""A driver on its host for tests: a section made by hand, peers in memory, a clock that only the test moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from wallnut.config.files import ups_section
from wallnut.config.types import UpsSection
from wallnut.drivers.base import Driver
from wallnut.drivers.host import DriverHost
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.io.stream import Stream, pair

LIMIT = 10.0


def section(**settings: str | int | None) -> UpsSection:
    """A section [u] of ups.conf. A key's `__` stands for a dot; None makes a flag."""
    texts = {key.replace("__", "."): None if value is None else str(value) for key, value in settings.items()}
    made, problems = ups_section("u", texts)
    assert not problems, problems
    return made


class Peer:
    """A consumer of a driver socket. `lines` is what it was told, but for driver.state; `closed` why it ended."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.data = b""
        self.closed: str | None = None
        stream.on_data = self._data
        stream.on_close = self._over

    def _data(self, data: bytes) -> None:
        self.data += data

    def _over(self, reason: str) -> None:
        self.closed = reason

    @property
    def lines(self) -> list[str]:
        return [line for line in self.data.decode().splitlines() if not line.startswith("SETINFO driver.state ")]


class Hosted:
    """A DriverHost on a loop of its own, or on that of the one `beside` it, whose clock then counts.

    `verdict` is what the start ended with (None: not yet), `ended` the exit status where the host ended by itself.
    """

    def __init__(
        self,
        driver: type[Driver],
        section: UpsSection,
        *,
        keep_trying: bool = False,
        configuration: Callable[[], UpsSection] | None = None,
        beside: Hosted | None = None,
    ) -> None:
        self.now = 1000.0
        self._beside = beside
        self.loop: Loop = Loop(lambda: self.now) if beside is None else beside.loop
        self.log = Memory()
        self.verdict: str | None = None
        self.ended: int | None = None
        self.levels: list[int] = []
        self._streams: list[Stream] = []
        self.host = DriverHost(
            self.loop,
            type(driver.__name__, (driver,), {"clock": staticmethod(self.loop.clock)}),
            section,
            self.log,
            keep_trying=keep_trying,
            configuration=configuration,
            set_debug=self.levels.append,
            ended=self._over,
        )

    def _over(self, status: int) -> None:
        self.ended = status

    def _ready(self, verdict: str) -> None:
        self.verdict = verdict

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for stream in self._streams:
            stream.close()
        if self._beside is None:
            self.loop.close()

    def start(self) -> Self:
        """Start, and let the first poll end."""
        self.host.start(self._ready)
        self.settle()
        return self

    def stop(self) -> None:
        """Stop, and wait for it."""
        over: list[bool] = []
        self.host.stop(lambda: over.append(True))
        self.until(lambda: over, "the host to stop")

    def until(self, predicate: Callable[[], object], what: str, tick: float = 0.0) -> None:
        """Run the loop until something is true; at every turn the clock moves on by `tick` seconds."""
        deadline = time.monotonic() + LIMIT
        while not predicate():
            assert time.monotonic() < deadline, f"waited {LIMIT:g} s for {what}; log: {self.log.texts}"
            (self._beside or self).now += tick
            self.loop.run_once(0.002)

    def settle(self) -> None:
        """Run the loop until the driver has nothing to do and everything is delivered."""
        self.until(lambda: self.host.worker.waiting == 0, "the driver to be idle")
        for _ in range(3):
            self.loop.run_once(0)
        if self.host.worker.waiting:
            self.settle()

    def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Move the clock in steps, each with all that it brings about."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + step, end)
            self.loop.run_once(0)
            self.settle()

    def peer(self) -> Peer:
        """A new connection to the driver."""
        ours, theirs = pair(self.loop, "test")
        self._streams += (ours, theirs)
        self.host.attach(ours)
        return Peer(theirs)

    def say(self, peer: Peer, *lines: str) -> list[str]:
        """Say some lines; what the peer heard since."""
        before = len(peer.lines)
        peer.stream.write("".join(f"{line}\n" for line in lines).encode("latin-1"))
        for _ in range(3):
            self.loop.run_once(0)
        self.settle()
        return peer.lines[before:]
