"""The client library beside others': each loop is a program of its own that counts its own time and CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import Row, alternate, compare
from benchmarks.peers import C_UPSD, HERE, OUR_UPSD, UPS, Load, Server, build, pinned, server, upsclient_flags

MANY = 200


def loop(argv: Sequence[str | Path], target: Server, requests: int) -> dict[str, float]:
    """Run one loop; what it says of itself."""
    words = [*map(str, argv), str(target.port), UPS, str(requests)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parent, timeout=60)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _python(kind: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.loops", kind]


def sync(load: Load) -> list[Row]:
    """LIST VAR on a kept connection, beside libupsclient, from our server and from C's."""
    c_program = build(load.folder, "libupsclient_client.c", *upsclient_flags())
    rows = []
    with server(OUR_UPSD) as target, pinned(target.pid, apart=False):
        runs = alternate(lambda: loop(_python("sync"), target, 3000), lambda: loop([c_program], target, 3000))
        for key, asked in (("seconds", 2.5), ("cpu", 3)):
            ours, peer = ([run[key] / run["requests"] * 1e6 for run in side] for side in runs)
            name = "time" if key == "seconds" else "CPU"
            rows.append(compare(f"blocking client, LIST VAR, {name}", "us", "libupsclient", ours, peer, at_least=asked))
    with server(C_UPSD) as target, pinned(target.pid, apart=False):
        values = alternate(
            lambda: _time(_python("sync"), target, 3000), lambda: _time([c_program], target, 20), pairs=5
        )
        work = "blocking client, LIST VAR of C upsd, time"
        rows.append(compare(work, "us", "libupsclient", *values, at_least=200))
    return rows


def _time(argv: Sequence[str | Path], target: Server, requests: int) -> float:
    found = loop(argv, target, requests)
    return found["seconds"] / found["requests"] * 1e6


def asynchronous(load: Load) -> list[Row]:
    """LIST VAR on a kept connection, and of many devices at once, beside aionut."""
    with server(OUR_UPSD, devices=MANY) as target:
        with pinned(target.pid, apart=False):
            one = alternate(lambda: _time(_python("aio"), target, 2000), lambda: _time(_python("aionut"), target, 2000))
        many = alternate(
            lambda: _time(_python("aio-many"), target, 4000), lambda: _time(_python("aionut-many"), target, 4000)
        )
    return [
        compare("asyncio client, LIST VAR, time", "us", "aionut", *one, at_least=1.5),
        compare(f"asyncio client, LIST VAR of {MANY} devices at once, time each", "us", "aionut", *many, at_least=2),
    ]
