"""Telling: never waiting, whatever the services and the disk do."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify.fakes import MORNING, FakeService, event
from tests.support.procs import running
from tests.support.wait import until
from wallnut.config.record import replace
from wallnut.config.wallnut_toml import Notify, Target
from wallnut.io.log import Memory
from wallnut.notify.notifier import MOST_TOLD, Notifier, wants


class Told:
    """A notifier with a fake service."""

    def __init__(self, outbox: Path, *targets: Target, **settings: int) -> None:
        self.log, self.service = Memory(), FakeService()
        self.settings = replace(Notify(outbox=str(outbox), targets=targets, burst=0), **settings)
        self.notifier = Notifier(self.settings, self.log, service=self.service, host="nas", wall=lambda: MORNING)

    def sent(self, number: int) -> list[str]:
        """Wait for so many events; all of them as `url kind`."""

        def found() -> list[str]:
            pairs = zip(self.service.sent, self.service.bodies, strict=True)
            return [f"{url} {line.split()[0]}" for (url, _), body in pairs for line in body]

        until(lambda: len(found()) >= number, 10, f"{number} events to be sent")
        return sorted(found())


@pytest.fixture
def told(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Told]:
    one = Told(tmp_path / "outbox", Target("ops", ("json://ops",)), Target("all", ("json://a", "json://b")))
    yield one
    one.service.gate.set()
    one.notifier.close(5)


@pytest.mark.parametrize(
    ("filters", "kind", "ups", "expected"),
    [
        ({}, "ONBATT", "rack@h", True),
        ({"events": ("ONLINE",)}, "ONBATT", "rack@h", False),
        ({"events": ("ONLINE", "ONBATT")}, "ONBATT", "rack@h", True),
        ({"ups": ("rack@*",)}, "ONBATT", "rack@h", True),
        ({"ups": ("rack@*",)}, "ONBATT", "attic@h", False),
        ({"ups": ("rack@*",)}, "SHUTDOWN", "", True),
        ({"severity": "critical"}, "ONBATT", "rack@h", False),
        ({"severity": "warning"}, "ONLINE", "rack@h", True),
        ({"severity": "warning"}, "TRIM", "rack@h", False),
        ({"severity": "critical", "events": ("ONBATT",)}, "ONBATT", "rack@h", False),
    ],
)
def test_filters(filters: dict, kind: str, ups: str, expected: bool) -> None:
    assert wants(Target("ops", ("json://ops",), **filters), event(kind, ups)) is expected


def test_every_address_is_told(told: Told) -> None:
    told.notifier.tell(event("ONBATT"))
    assert told.sent(3) == ["json://a ONBATT", "json://b ONBATT", "json://ops ONBATT"]
    until(lambda: told.notifier.waiting == 0, 5, "the outbox to be empty")
    assert told.service.sent[0][1].title == "nas: ONBATT rack@localhost"


def test_a_service_that_hangs_holds_up_nobody(told: Told, tmp_path: Path) -> None:
    """Telling takes no time, and all is on disk while the services hang."""
    told.service.gate.clear()
    told.notifier.tell(event("ONBATT"))
    until(lambda: told.service.tries == 3, 5, "the services to be asked")
    begun = time.perf_counter()
    for _ in range(100):
        told.notifier.tell(event("FSD"))
    assert time.perf_counter() - begun < 0.5
    for name in ("ops", "all.1", "all.2"):
        folder = tmp_path / "outbox" / name
        until(lambda folder=folder: len(os.listdir(folder)) >= 2, 5, f"files in {name}")  # type: ignore[misc]
    until(lambda: told.notifier.waiting == 303, 5, "everything to be written")
    begun = time.perf_counter()
    told.notifier.close(0.2)
    assert time.perf_counter() - begun < 2
    assert told.service.sent == []


def test_far_too_much_at_once(told: Told) -> None:
    told.service.gate.clear()
    with told.notifier._wake:  # the writer cannot take anything meanwhile
        for _ in range(MOST_TOLD + 10):
            told.notifier.tell(event())
    until(lambda: "notify: 10 notifications dropped: too many at once" in told.log.texts, 10, "the loss to be said")


def test_closing_sends_what_waits(tmp_path: Path) -> None:
    told = Told(tmp_path, Target("ops", ("json://ops",)), burst=60)
    told.notifier.tell(event("SHUTDOWN", ""))
    told.notifier.close(10)
    assert told.sent(1) == ["json://ops SHUTDOWN"]
    assert list((tmp_path / "ops").iterdir()) == []


def test_other_settings(told: Told, tmp_path: Path) -> None:
    """Targets come, go, and change where they lead and what they hear."""
    old = told.settings
    told.notifier.reconfigure(
        replace(
            old,
            burst=0,
            targets=(Target("ops", ("json://new",), events=("FSD",)), Target("third", ("json://third",))),
        )
    )
    told.notifier.tell(event("ONBATT"))
    told.notifier.tell(event("FSD"))
    assert told.sent(3) == ["json://new FSD", "json://third FSD", "json://third ONBATT"]
    told.service.reason, before = "down", told.service.tries
    told.notifier.tell(event("COMMBAD"))
    until(lambda: told.service.tries > before, 5, "one more try")
    told.notifier.reconfigure(replace(old, targets=()))
    told.notifier.tell(event("ONLINE"))
    until(lambda: told.notifier.waiting == 0, 5, "nobody to be told")
    said = f"{tmp_path}/outbox/third: what waits here is for a target that wallnut.toml does not name any more"
    until(lambda: said in told.log.texts, 5, "what nobody sends to be said")


def test_a_disk_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    """An outbox that cannot be read to its end: telling, other settings and the end take no time."""
    (tmp_path / "ops").mkdir()
    os.mkfifo(tmp_path / "ops" / "0000000001-1.json")
    told = Told(tmp_path, Target("ops", ("json://ops",)))
    told.notifier.tell(event("ONBATT"))
    until(lambda: not told.notifier._told, 5, "the writer to hang")
    begun = time.perf_counter()
    told.notifier.reconfigure(replace(told.settings, targets=(Target("third", ("json://third",)),)))
    told.notifier.tell(event("FSD"))
    told.notifier.close(0.2)
    assert time.perf_counter() - begun < 2
    with open(tmp_path / "ops" / "0000000001-1.json", "wb"):
        pass  # the threads go on, and end


def test_the_same_name_twice(tmp_path: Path) -> None:
    told = Told(tmp_path, Target("ops", ("json://one",)), Target("ops", ("json://two",)))
    told.notifier.tell(event())
    assert told.sent(1) == ["json://one ONBATT"]
    assert told.log.texts == ["notify ops: there are two targets of that name; only the first is told"]
    told.notifier.close(5)


def test_a_bug_is_said_and_costs_nothing_else(told: Told) -> None:
    def broken(url: str, message: object) -> str:
        raise ZeroDivisionError("oh")

    send, told.service.send = told.service.send, broken  # type: ignore[method-assign]
    told.notifier.tell(event())
    until(lambda: len(told.log.texts) == 3, 5, "the bug to be said")
    assert "notify ops: stops, this is a bug: ZeroDivisionError('oh')" in told.log.texts
    told.service.send = send  # type: ignore[method-assign]
    told.notifier.tell(event())


VICTIM = """
import sys, time
from tests.notify.fakes import MORNING, FakeService, event
from wallnut.config.wallnut_toml import Notify, Target
from wallnut.io.log import Memory
from wallnut.notify.notifier import Notifier
service = FakeService()
service.gate.clear()
settings = Notify(outbox=sys.argv[1], burst=0, targets=(Target("ops", ("json://ops",)),))
notifier = Notifier(settings, Memory(), service=service)
notifier.tell(event("ONBATT"))
while not service.tries:
    time.sleep(0.01)
notifier.tell(event("FSD"))
notifier.tell(event("SHUTDOWN", ""))
while notifier.waiting < 3 or notifier._told:
    time.sleep(0.01)
print("told", flush=True)
time.sleep(60)
"""


def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    """While one delivery hangs, more is told; the program is killed; the next one delivers it all."""
    root = Path(__file__).resolve().parents[2]
    argv = (sys.executable, "-c", VICTIM, tmp_path / "outbox")
    with running(*argv, cwd=root, ready=lambda one: one.stdout(), limit=20) as victim:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    told = Told(tmp_path / "outbox", Target("ops", ("json://ops",)))
    assert told.sent(3) == ["json://ops FSD", "json://ops ONBATT", "json://ops SHUTDOWN"]
    told.notifier.close(5)
