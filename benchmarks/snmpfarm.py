"""Many snmp-ups drivers in one process, as `wallnut up` runs them: `python -m benchmarks.snmpfarm PORT COUNT INTERVAL`.

Says "ready" when every device was opened and polled. Then each line of a number N on its input is answered, N seconds
later, by a line of JSON: the polls of that time, how many began late (by more than half an interval) or failed, the
longest gap between two, and the processor seconds that this took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import partial
from threading import Thread

from wallnut.config.files import ups_section
from wallnut.drivers.host import DriverHost
from wallnut.drivers.snmp.engine import SnmpUps
from wallnut.io.log import Memory
from wallnut.io.loop import Loop

COMMUNITY = "bench"


class Noted(SnmpUps):
    """The driver, with the times of its polls. `failed` counts for all."""

    failed = 0

    def open(self) -> None:
        self.begun: list[float] = []
        super().open()

    def poll(self) -> None:
        self.begun.append(time.monotonic())
        try:
            super().poll()
        except Exception:
            Noted.failed += 1
            raise


def hosts(loop: Loop, port: int, count: int, interval: int) -> list[DriverHost]:
    """The drivers, not yet started. A full reading at each poll."""
    found = []
    for number in range(count):
        settings = {
            "driver": "snmp-ups",
            "port": f"127.0.0.1:{port}",
            "community": COMMUNITY,
            "snmp_version": "v2c",
            "snmp_timeout": "5",
            "pollinterval": str(interval),
            "pollfreq": "0",
        }
        section, problems = ups_section(f"ups{number}", {key: str(value) for key, value in settings.items()})
        assert not problems, problems
        found.append(DriverHost(loop, Noted, section, Memory(), keep_trying=True))
    return found


def _ready(reason: str) -> None:
    """What a start ended with is seen by the polls."""


def measure(farm: list[DriverHost], seconds: float, interval: int) -> dict[str, float]:
    """What happened in some seconds from now."""
    begin, failed, used = time.monotonic(), Noted.failed, time.process_time()
    time.sleep(seconds)
    end, spent = time.monotonic(), time.process_time() - used
    polls = late = 0
    longest = 0.0
    for host in farm:
        driver = host.driver
        times = list(driver.begun) if isinstance(driver, Noted) else []
        times = [when for when in times if begin - interval * 2 < when < end]
        gaps = [after - before for before, after in zip(times, [*times[1:], end], strict=False) if after > begin]
        polls += sum(when >= begin for when in times)
        late += sum(gap > interval * 1.5 for gap in gaps) + (not times)
        longest = max([longest, *gaps])
    missed = late + Noted.failed - failed
    return {"polls": polls, "missed": missed, "longest": longest, "cpu": spent, "seconds": end - begin}


def main() -> None:
    """Run them until the input ends."""
    port, count, interval = map(int, sys.argv[1:])
    loop = Loop()
    farm = hosts(loop, port, count, interval)
    begun = time.monotonic()
    for number, host in enumerate(farm):
        # not all at once: it is their polls that are measured, not a stampede to one simulator
        loop.call_later(number * interval * 3 / count, partial(host.start, _ready))
    Thread(target=loop.run, daemon=True).start()
    while not all(isinstance(host.driver, Noted) and host.driver.begun for host in farm):
        if time.monotonic() - begun > 600:
            sys.exit("not every device answers")
        time.sleep(0.2)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(farm, float(line), interval)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
