"""Hours of a driver's life in simulated time, its cable pulled again and again: nothing grows, it always comes back.

WALLNUT_SOAK_HOURS says how many hours (a half); the recordings play the devices.
"""

from __future__ import annotations

import gc
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from wallnut.config.files import ups_section
from wallnut.drivers import registry
from wallnut.drivers.base import REPLAY, Driver
from wallnut.drivers.host import LONGEST_WAIT, DriverHost
from wallnut.io import record
from wallnut.io.log import NOTICE, Memory
from wallnut.io.loop import Loop
from wallnut.model.errors import DeviceError

FOLDER = Path(__file__).parent.parent / "recordings"
HOURS = float(os.environ.get("WALLNUT_SOAK_HOURS", "0.5"))
POLL = 2.0
STALL = 20.0
"""Seconds of real time that a call of a driver may take here, where no device makes it wait."""
FIRST = sorted({path.parent: path for path in sorted(FOLDER.glob("*/*.rec"), reverse=True)}.values())
"""One recording for each driver."""


class Cable:
    """What lies between driver and device: everything raises while it is out."""

    def __init__(self) -> None:
        self.out = False

    def through(self, device: Any) -> Any:
        return _Plugged(device, self)


class _Plugged:
    def __init__(self, device: Any, cable: Cable) -> None:
        self._device, self._cable = device, cable

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._device, name)
        if not callable(found) or name == "close":
            return found

        def call(*args: Any, **options: Any) -> Any:
            if self._cable.out:
                raise DeviceError("the cable is out")
            return found(*args, **options)

        return call


def on_a_cable(driver: type[Driver], cable: Cable) -> type[Driver]:
    """The driver, with a cable before every device that it opens."""

    def connect(self: Driver, way: Any) -> Any:
        if cable.out:
            raise DeviceError("the cable is out")
        return cable.through(driver.connect(self, way))

    return type(driver.__name__, (driver,), {"connect": connect})


class Life:
    """A host in simulated time: it stands still while a driver works, and jumps to the next timer when none does."""

    def __init__(self, path: Path, cable: Cable) -> None:
        whole = record.read(str(path))
        given = {**whole.settings, "driver": whole.driver, "port": f"{REPLAY}{path}", "pollinterval": f"{POLL:g}"}
        section, problems = ups_section("soak", given)
        assert not problems
        self.now = 0.0
        self.loop = Loop(lambda: self.now)
        self.log = Memory(keep=10)
        driver = on_a_cable(registry.find(whole.driver), cable)
        driver.clock = staticmethod(lambda: self.now)
        self.host = DriverHost(self.loop, driver, section, self.log, keep_trying=True)
        self.host.start(lambda problem: None)

    def until(self, when: float) -> None:
        """Live on until that time."""
        while True:
            self.loop.run_once(0)
            stalled = time.monotonic() + STALL
            while self.host.worker.waiting:
                self.loop.run_once(0.1)
                assert time.monotonic() < stalled, "a call hangs"
            due = self.loop.due()
            if due is None or self.now + due > when:
                break
            self.now += due
        self.now = when

    @property
    def said(self) -> int:
        """Lines in the log from notice up, at most 10."""
        return sum(priority <= NOTICE for priority, _ in self.log.lines)

    def fresh(self) -> bool:
        """Whether the driver has its device, and new data."""
        return self.host.state.value("driver.state") == "quiet" and not self.host.state.stale


def used() -> tuple[int, int, int]:
    """Objects, threads and open files of this process."""
    gc.collect()
    return len(gc.get_objects()), threading.active_count(), len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("path", FIRST, ids=lambda path: path.parent.name)
def test_hours_with_a_loose_cable(path: Path) -> None:
    cable = Cable()
    life = Life(path, cable)
    chance = random.Random(path.name)
    life.until(60)
    assert life.fresh()
    before, pulls = (0, 0, 0), 0
    end = HOURS * 3600
    while life.now < end:
        life.until(life.now + chance.uniform(0, 120))
        cable.out = True
        life.log.lines.clear()
        life.until(life.now + chance.uniform(4 * POLL, 120))
        assert life.host.state.stale, "without the device the data is old"
        assert life.said <= 3, "a lost device is said, not repeated"
        cable.out = False
        back = life.now + LONGEST_WAIT + 2 * POLL
        while not life.fresh() and life.now < back:
            life.until(life.now + POLL)
        assert life.fresh(), "it is back within the longest wait"
        pulls += 1
        if pulls == 3:
            before = used()
    objects, threads, files = used()
    assert pulls > 5
    assert (threads, files) == before[1:]
    assert objects <= before[0] + 500
    life.host.stop(lambda: None)
    life.until(life.now + 10)
    life.loop.close()
