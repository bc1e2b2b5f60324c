"""A writer on a file system of one megabyte, until that is full and there is room again; to be run in a mount namespace
of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wallnut.history.store import open_history
from wallnut.history.values import MINUTE, SECOND, Device, Keep, Sample
from wallnut.history.writer import Writer
from wallnut.io.log import Memory

T0 = 28_333_334 * MINUTE
RACK = Device("localhost", "rack")


def main(folder: str) -> None:
    """Say what happens, a line each."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    url = f"sqlite://{folder}/history.db"
    ballast = Path(folder) / "ballast"
    ballast.write_bytes(b"x" * 400_000)
    log = Memory()
    now = T0
    writer = Writer(lambda: open_history(url), log, Keep(), clock=lambda: now)
    put = 0

    def a_minute() -> None:
        nonlocal now, put
        writer.put(
            Sample(RACK, f"outlet.{one}.power", now + at * SECOND, float(at)) for one in range(20) for at in range(60)
        )
        put += 20 * 60
        now += MINUTE
        writer.step()

    a_minute()
    print("written" if writer.written == put and not writer.trouble else writer.trouble)
    for _ in range(60):
        a_minute()
    print(f"full: {'full' in writer.trouble}")
    print(f"said: {len(log.texts)}")
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
    for _ in range(20):
        writer.step()
    print("again" if not writer.trouble and log.texts[-1].endswith("is written again") else writer.trouble)
    writer.stop()
    with open_history(url) as history:
        print(f"whole: {history.database.rows('PRAGMA integrity_check')[0][0]}")
        print(f"lost: {put - history.read.levels()[0].rows}")


if __name__ == "__main__":
    main(sys.argv[1])
