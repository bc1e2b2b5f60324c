"""Makes the recordings of simulated APC and contact-closure UPSes anew: `python -m tests.drivers.serial.record`.

Each is what `wallnut record` notes of a driver and a UPS on a pty, of a cable whose lines a preloaded library plays, or
of apcupsd.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.support.apcupsd import apcupsd
from tests.support.modemlines import ModemLines, build
from tests.support.ours import program
from tests.support.ptyups import PtyDevice
from tests.support.smartups import CAL, MATRIX, OB, OL, OLD, VERY_OLD, SmartUps
from wallnut.drivers.serial.cables import CABLES, LINE_OF, signal

FOLDER = Path(__file__).parent.parent.parent / "recordings"


def note(driver: str, name: str, *argv: str, env: dict[str, str] | None = None, polls: int = 2) -> None:
    """Write one recording."""
    path = FOLDER / driver / f"{name}.rec"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = [program("wallnut"), "record", driver, *argv, "pollinterval=1", "-o", str(path), "-n", str(polls)]
    subprocess.run(line, env={**os.environ, **(env or {})}, check=True, timeout=120)


ACTS = ("-c", "test.battery.start", "-c", "calibrate.start", "-s", "input.transfer.high=264", "-s", "ups.id=wallnut")
UPSES: dict[str, tuple[Callable[[], SmartUps], int, tuple[str, ...]]] = {
    "smartups-1000-simulated": (SmartUps, OL, ACTS),
    "smartups-1000-on-battery-simulated": (SmartUps, OB, ("-c", "test.panel.start")),
    "smartups-1000-calibrating-simulated": (SmartUps, OL | CAL, ("-c", "calibrate.stop")),
    "smartups-900i-simulated": (lambda: SmartUps(OLD, listed=False), OL, ()),
    "matrix-simulated": (lambda: SmartUps(MATRIX, listed=False), OL, ()),
    "old-simulated": (lambda: SmartUps(VERY_OLD, listed=False), OL, ()),
}


def smart_upses() -> None:
    """apcsmart's."""
    for name, (make, status, acts) in UPSES.items():
        with PtyDevice(make()) as ups:
            ups.talker.status = status
            note("apcsmart", name, f"port={ups.path}", *acts)


def cables(folder: Path) -> None:
    """genericups': on mains, each cable."""
    library = build(folder)
    theirs = {ours: name for name, ours in LINE_OF.items()}
    with ModemLines(folder, library) as port:
        for number, cable in enumerate(CABLES):
            quiet = [signal(text) for text in (cable.low, cable.replace, cable.bypass)]
            lines = {line for line, on in signal(cable.online).items() if on}
            lines |= {line for one in quiet for line, on in one.items() if not on}
            port.on(*(theirs[line] for line in lines))
            note("genericups", f"type-{number}-simulated", f"port={port.path}", f"upstype={number}", env=port.env)


def daemons(folder: Path) -> None:
    """apcupsd-ups': apcupsd's own test UPS, and a simulated Smart-UPS behind it."""
    with apcupsd(folder) as port:
        note("apcupsd-ups", "apcupsd-3.14-test", f"port=127.0.0.1:{port}")
    with PtyDevice(SmartUps()) as ups, apcupsd(folder, ups.path) as port:
        note("apcupsd-ups", "apcupsd-3.14-smartups-simulated", f"port=127.0.0.1:{port}", polls=4)


def main() -> None:
    wanted = sys.argv[1:] or ["apcsmart", "genericups", "apcupsd-ups"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "apcsmart" in wanted:
            smart_upses()
        if "genericups" in wanted:
            cables(folder)
        if "apcupsd-ups" in wanted:
            daemons(folder)


if __name__ == "__main__":
    main()
