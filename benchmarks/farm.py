"""Many drivers in one process, as `wallnut up` runs them, and whether any missed a poll.

`run` says "ready" when every device was opened and polled. Then each line of a number N on its input is answered, N
seconds later, by a line of JSON: the polls of that time, how many were missed (began late, by more than half an
interval, or had no answer), the longest gap between two, and the processor seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from threading import Thread
from typing import Any, Protocol

from wallnut.config.files import ups_section
from wallnut.drivers.base import Driver
from wallnut.drivers.host import DriverHost
from wallnut.io.log import Memory
from wallnut.io.loop import Loop

PATIENCE = 600.0
"""Seconds that all devices together may take to answer for the first time."""


class Notes(Protocol):
    """What a driver that is measured adds to itself: when its good polls began, and how many others there were."""

    begun: list[float]
    failed: int


def run(driver: type[Driver], sections: Sequence[Mapping[str, str]], interval: int, spread: float = 0.0) -> None:
    """Run one driver for each section until the input ends. They start within `spread` seconds."""
    loop, farm = Loop(), []
    for number, settings in enumerate(sections):
        section, problems = ups_section(f"ups{number}", {**settings, "pollinterval": str(interval)})
        assert not problems, problems
        farm.append(DriverHost(loop, driver, section, Memory(), keep_trying=True))
    for number, host in enumerate(farm):
        loop.call_later(number * spread / len(farm), partial(host.start, _ready))
    Thread(target=loop.run, daemon=True).start()
    deadline = time.monotonic() + PATIENCE
    while len(notes := _notes(farm)) < len(farm):
        if time.monotonic() > deadline:
            sys.exit("not every device answers")
        time.sleep(0.2)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_measure(notes, float(line), interval)), flush=True)
    os._exit(0)


def _ready(reason: str) -> None:
    """What a start ended with is seen by the polls."""


def _notes(farm: list[DriverHost]) -> list[Notes]:
    """Of the drivers that have polled."""
    opened: list[Any] = [host.driver for host in farm]
    return [driver for driver in opened if driver is not None and driver.begun]


def _measure(farm: list[Notes], seconds: float, interval: int) -> dict[str, float]:
    """What happens in some seconds from now."""
    failed = sum(notes.failed for notes in farm)
    begin, used = time.monotonic(), time.process_time()
    time.sleep(seconds)
    end, spent = time.monotonic(), time.process_time() - used
    polls = late = 0
    longest = 0.0
    for notes in farm:
        times = [when for when in notes.begun if begin - interval * 2 < when < end]
        gaps = [after - before for before, after in zip(times, [*times[1:], end], strict=False) if after > begin]
        polls += sum(when >= begin for when in times)
        late += sum(gap > interval * 1.5 for gap in gaps) + (not times)
        longest = max([longest, *gaps])
    missed = late + sum(notes.failed for notes in farm) - failed
    return {"polls": polls, "missed": missed, "longest": longest, "cpu": spent, "seconds": end - begin}
