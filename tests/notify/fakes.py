"""A service that delivers into a list, and a lane on a clock that only the test moves."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from wallnut.config.wallnut_toml import Notify
from wallnut.io.log import Memory
from wallnut.notify.event import Event
from wallnut.notify.lane import Lane
from wallnut.notify.message import Message
from wallnut.notify.outbox import Outbox

MORNING = 1_700_000_000.0
"""A time of day."""


def event(kind: str = "ONBATT", ups: str = "rack@localhost", text: str = "", at: float = MORNING) -> Event:
    """An event with a text of its own."""
    return Event(kind, ups, text or f"{kind} {ups}".strip(), at)


class FakeService:
    """Takes messages while `reason` is ""; with `gate` cleared a delivery hangs until it is set."""

    def __init__(self) -> None:
        self.reason = ""
        self.bad_url = ""
        self.sent: list[tuple[str, Message]] = []
        self.tries = 0
        self.gate = threading.Event()
        self.gate.set()

    def check(self, url: str) -> str:
        return self.bad_url

    def send(self, url: str, message: Message) -> str:
        self.tries += 1
        assert self.gate.wait(30)
        if not self.reason:
            self.sent.append((url, message))
        return self.reason

    @property
    def bodies(self) -> list[list[str]]:
        """The events of each message, without their times."""
        return [[line.split(" ", 1)[1] for line in message.body.splitlines()] for _, message in self.sent]


class Bench:
    """One lane. `now` is its clock, the time of day goes along with it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.now = 0.0
        self.log = Memory()
        self.service = FakeService()
        self.folder = folder / "ops"
        self.settings = Notify(**settings)
        self.lane = self.restarted()

    def restarted(self) -> Lane:
        """The lane after the program was started anew."""
        self.lane = Lane(
            "ops",
            "json://ops",
            self.settings,
            Outbox(str(self.folder), self.log),
            self.service,
            self.log,
            "nas",
            lambda: self.now,
            lambda: MORNING + self.now,
        )
        self.lane.begin()
        return self.lane

    def tell(self, *kinds: str) -> None:
        """Events that come now."""
        self.lane.gather([event(kind, at=MORNING + self.now) for kind in kinds])

    def run(self, seconds: float) -> None:
        """Let time pass; the lane works whenever something is due."""
        end = self.now + seconds
        for _ in range(100_000):
            due = self.lane.due
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.lane.work()
        else:
            raise AssertionError("the lane does not come to rest")
        self.now = end

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []
