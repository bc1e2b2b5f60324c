"""Run benchmarks by name, or all; print each figure and keep it in benchmarks/results."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    beside,
    changes,
    clients,
    harness,
    history,
    metrics,
    monitor,
    requests,
    serial,
    sizes,
    snmp,
    start,
    usbhid,
    web,
)
from benchmarks.harness import Row
from benchmarks.peers import Load, build, raise_file_limit

BENCHMARKS: dict[str, Callable[[Load], list[Row]]] = {
    "get": requests.get,
    "idle": requests.idle,
    "list": requests.lists,
    "churn": requests.churn,
    "memory": sizes.memory,
    "intake": changes.intake,
    "notify": changes.notify,
    "sync": clients.sync,
    "async": clients.asynchronous,
    "upsc": start.upsc,
    "shutdown": monitor.shutdown,
    "watching": monitor.watching,
    "snmp": snmp.snmp,
    "serial": serial.serial,
    "usbhid": usbhid.usbhid,
    "history": history.history,
    "past": history.past,
    "metrics": metrics.metrics,
    "beside": beside.beside,
    "web": web.web,
}
NEEDED = {
    "/lib/nut/upsd": "nut-server",
    "/lib/nut/upsmon": "nut-client",
    "/lib/nut/usbhid-ups": "nut-server",
    "/lib/nut/nutdrv_qx": "nut-server",
    "/lib/nut/snmp-ups": "nut-snmp",
    "/usr/lib/postgresql": "postgresql",
    "/usr/include/upsclient.h": "libupsclient-dev",
    "/usr/bin/chromium": "chromium",
}


def main(names: list[str]) -> int:
    """Run them; exit status 2 for a name that is none, 1 where a peer is missing."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"bench: no such benchmark: {' '.join(unknown)}; there are: {' '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    if missing := [package for path, package in NEEDED.items() if not os.path.exists(path)]:
        print(f"bench: missing peers: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    raise_file_limit()
    print(harness.machine())
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        load = Load(build(Path(folder), "load.c"))
        for name in names or BENCHMARKS:
            rows = BENCHMARKS[name](load)
            print(f"\n{name}")
            for row in rows:
                print("  " + harness.show(row), flush=True)
            harness.keep(name, rows)
    print("\nThe tables of docs/performance.md are made from these: ./dev docs")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
