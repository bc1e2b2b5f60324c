"""Many nutdrv_qx drivers in one process, as `wallnut up` runs them, and the UPSes that they talk to.

`python -m benchmarks.serialfarm ups COUNT` is COUNT UPSes on ptys, 9600 baud; it says their paths, one a line, then
"ready", and goes on until its input ends.

`python -m benchmarks.serialfarm drivers INTERVAL PATH...` is their drivers: see farm.py.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack

from benchmarks import farm
from tests.support.ptyups import Megatec, PtyDevice
from wallnut.drivers.base import Publisher, Settings
from wallnut.drivers.qx.driver import NutdrvQx

BAUD = 9600


class Noted(NutdrvQx):
    """The driver, with what the farm counts."""

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self.begun: list[float] = []
        self.failed = 0

    def poll(self) -> None:
        begun = time.monotonic()
        super().poll()
        if self._failures:
            self.failed += 1
        else:
            self.begun.append(begun)


def upses(count: int) -> None:
    """Be so many UPSes."""
    with ExitStack() as stack:
        for _ in range(count):
            print(stack.enter_context(PtyDevice(Megatec(), BAUD)).path)
        print("ready", flush=True)
        sys.stdin.read()


def drivers(interval: int, paths: list[str]) -> None:
    """Be their drivers, until the input ends."""
    sections = [{"driver": "nutdrv_qx", "port": path, "protocol": "megatec"} for path in paths]
    farm.run(Noted, sections, interval)


if __name__ == "__main__":
    if sys.argv[1] == "ups":
        upses(int(sys.argv[2]))
    else:
        drivers(int(sys.argv[2]), sys.argv[3:])
