"""Many snmp-ups drivers in one process: `python -m benchmarks.snmpfarm PORT COUNT INTERVAL`. See farm.py."""

from __future__ import annotations

import sys
import time

from benchmarks import farm
from wallnut.drivers.base import Publisher, Settings
from wallnut.drivers.snmp.engine import SnmpUps

COMMUNITY = "bench"


class Noted(SnmpUps):
    """The driver, with what the farm counts."""

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self.begun: list[float] = []
        self.failed = 0

    def poll(self) -> None:
        self.begun.append(time.monotonic())
        try:
            super().poll()
        except Exception:
            self.failed += 1
            raise


def main() -> None:
    """Run them until the input ends. A full reading at each poll."""
    port, count, interval = map(int, sys.argv[1:])
    settings = {
        "driver": "snmp-ups",
        "port": f"127.0.0.1:{port}",
        "community": COMMUNITY,
        "snmp_version": "v2c",
        "snmp_timeout": "5",
        "pollfreq": "0",
    }
    # not all at once: it is their polls that are measured, not a stampede to one simulator
    farm.run(Noted, [settings] * count, interval, spread=interval * 3)


if __name__ == "__main__":
    main()
