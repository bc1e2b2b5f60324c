"""Scrapes of the console by Prometheus: how long one takes, and how many a second there may be."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection

from benchmarks.harness import Row, spread
from benchmarks.peers import OUR_UPSD, UPS, Load, Server, server
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until

WALLNUT = os.path.join(os.path.dirname(sys.executable), "wallnut")
ROUNDS = 15
SIZES = (1, 100, 1000)
SECONDS = 2.0
"""For which scrapes are counted."""
PLAIN: dict[str, str] = {}
PACKED = {"Accept-Encoding": "gzip"}


def metrics(load: Load) -> list[Row]:
    """All figures."""
    rows = []
    for devices in SIZES:
        with server(OUR_UPSD, devices) as target, console(target, devices) as link:
            rows += _figures(target, devices, link)
    return rows


def _figures(target: Server, devices: int, link: HTTPConnection) -> list[Row]:
    rows = []
    if devices == 1:
        one = "/ups_metrics of one device"
        found = [_changed(target, devices, link, "/ups_metrics", PLAIN, turn) for turn in range(ROUNDS)]
        rows.append(Row(one, "ms", spread(found), at_most=5))
        rows.append(Row(f"{one}, one after the other", "scrapes/s", _rate(link, "/ups_metrics", PLAIN)))
    what = f"/metrics, {devices:,} device{'s' if devices > 1 else ''}"
    asked = {1: 5, 1000: 200}.get(devices)
    for text, headers in ((what, PLAIN), (f"{what}, gzip", PACKED)):
        found = [_changed(target, devices, link, "/metrics", headers, turn) for turn in range(ROUNDS)]
        rows.append(Row(f"{text}, a value of each is new", "ms", spread(found), at_most=asked))
        rows.append(Row(f"{text}, nothing is new, one after the other", "scrapes/s", _rate(link, "/metrics", headers)))
    size = len(_get(link, "/metrics", PLAIN)), len(_get(link, "/metrics", PACKED))
    rows.append(Row(f"{what}, size", "kB", spread([size[0] / 1000])))
    rows.append(Row(f"{what}, size, gzip", "kB", spread([size[1] / 1000])))
    return rows


@contextlib.contextmanager
def console(target: Server, devices: int) -> Iterator[HTTPConnection]:
    """A connection to a console that has all devices' values."""
    port = free_port()
    argv = (WALLNUT, "web", f"127.0.0.1:{target.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running(*argv, env={"NUT_CONFPATH": folder}):
        link = HTTPConnection("127.0.0.1", port, timeout=30)
        until(lambda: _fresh(port) == devices, 60, "the console to have all devices")
        yield link
        link.close()


def _fresh(port: int) -> int:
    link = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        return sum(one["fresh"] for one in json.loads(_get(link, "/api/v1/ups", PLAIN))["ups"])
    except OSError:
        return 0
    finally:
        link.close()


def _get(link: HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    link.request("GET", path, headers=headers)
    answer = link.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"bench: {path}: {answer.status} {body[:200]!r}")
    return body


def _changed(
    target: Server, devices: int, link: HTTPConnection, path: str, headers: dict[str, str], turn: int
) -> float:
    """Milliseconds of a scrape after a value of each device has changed, and the console knows it."""
    value = f"{200 + turn}.{int(time.monotonic() * 1000) % 1000 + 1}"
    for number in range(devices):
        target.driver.order(f"say {number} input.voltage {value}")
        target.driver.done()
    last = f"/api/v1/ups/{f'{UPS}{devices - 1}' if devices > 1 else UPS}/variables/input.voltage"
    until(lambda: json.loads(_get(link, last, PLAIN))["raw"] == value, 30, "the console to know the last value")
    began = time.perf_counter()
    _get(link, path, headers)
    return (time.perf_counter() - began) * 1000


def _rate(link: HTTPConnection, path: str, headers: dict[str, str]) -> tuple[float, float, float]:
    found = []
    for _ in range(5):
        count, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < SECONDS / 5:
            _get(link, path, headers)
            count += 1
        found.append(count / passed)
    return spread(found)
