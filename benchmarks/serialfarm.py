"""Many nutdrv_qx drivers in one process, as `wallnut up` runs them, and the UPSes that they talk to.

`python -m benchmarks.serialfarm ups COUNT` is COUNT UPSes on ptys, 9600 baud; it says their paths, one a line, then
"ready", and goes on until its input ends.

`python -m benchmarks.serialfarm drivers INTERVAL PATH...` says "ready" when every UPS was opened and polled. Then each
line of a number N on its input is answered, N seconds later, by a line of JSON: the polls of that time, how many came
late (by more than half an interval) or had no answer, the longest gap between two, and the processor seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import ExitStack
from threading import Thread

from tests.support.ptyups import Megatec, PtyDevice
from wallnut.config.files import ups_section
from wallnut.drivers.host import DriverHost
from wallnut.drivers.qx.driver import NutdrvQx
from wallnut.io.log import Memory
from wallnut.io.loop import Loop

BAUD = 9600


class Noted(NutdrvQx):
    """The driver, with the times of its answered polls; `unanswered` counts the others of all."""

    unanswered = 0

    def open(self) -> None:
        self.answered: list[float] = []
        super().open()

    def poll(self) -> None:
        begun = time.monotonic()
        super().poll()
        if self._failures:
            Noted.unanswered += 1
        else:
            self.answered.append(begun)


def upses(count: int) -> None:
    """Be so many UPSes."""
    with ExitStack() as stack:
        for _ in range(count):
            print(stack.enter_context(PtyDevice(Megatec(), BAUD)).path)
        print("ready", flush=True)
        sys.stdin.read()


def drivers(interval: int, paths: list[str]) -> None:
    """Be their drivers, until the input ends."""
    loop, farm = Loop(), []
    for number, path in enumerate(paths):
        settings = {"driver": "nutdrv_qx", "port": path, "protocol": "megatec", "pollinterval": str(interval)}
        section, problems = ups_section(f"ups{number}", settings)
        assert not problems, problems
        farm.append(DriverHost(loop, Noted, section, Memory(), keep_trying=True))
    for host in farm:
        host.start(lambda verdict: None)
    Thread(target=loop.run, daemon=True).start()
    deadline = time.monotonic() + 120
    while not all(isinstance(host.driver, Noted) and host.driver.answered for host in farm):
        if time.monotonic() > deadline:
            sys.exit("not every UPS answers")
        time.sleep(0.2)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(farm, float(line), interval)), flush=True)
    os._exit(0)


def measure(farm: list[DriverHost], seconds: float, interval: int) -> dict[str, float]:
    """What happens in some seconds from now."""
    begin, silent, used = time.monotonic(), Noted.unanswered, time.process_time()
    time.sleep(seconds)
    end, spent = time.monotonic(), time.process_time() - used
    polls = late = 0
    longest = 0.0
    for host in farm:
        driver = host.driver
        times = [when for when in driver.answered if when < end] if isinstance(driver, Noted) else []
        gaps = [after - before for before, after in zip(times, [*times[1:], end], strict=False) if after > begin]
        polls += sum(when >= begin for when in times)
        late += sum(gap > interval * 1.5 for gap in gaps) + (not times)
        longest = max([longest, *gaps])
    missed = late + Noted.unanswered - silent
    return {"polls": polls, "missed": missed, "longest": longest, "cpu": spent, "seconds": end - begin}


if __name__ == "__main__":
    if sys.argv[1] == "ups":
        upses(int(sys.argv[2]))
    else:
        drivers(int(sys.argv[2]), sys.argv[3:])
