"""The console: how soon a change is on a page, 1,000 devices, 500 open pages, and what an attack on it does to upsd."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from functools import partial

from playwright.sync_api import Page

from benchmarks.harness import Row, compare, spread
from benchmarks.peers import HERE, OUR_UPSD, UPS, Load, Server, cpu, pinned, rss, server
from tests.support.browser import chromium
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until

CHANGES, PAUSE = 400, 0.02
DEVICES, LOADS = 1000, 10
PAGES, SECONDS = 500, 10.0
ASKED = 2000
WATCH = """() => {
  window.seen = [];
  const row = document.querySelector("[data-name='bench.stamp'] .value");
  new MutationObserver(() => window.seen.push([row.textContent, performance.now()])).observe(row, { childList: true });
}"""

WATCH_LINES = """() => {
  window.seen = [];
  const look = (all) => { if (all.some((one) => one.target.className === "lines")) seen.push(performance.now()); };
  new MutationObserver(look).observe(document.getElementById("main"), { childList: true, subtree: true });
}"""


@contextlib.contextmanager
def console(target: Server) -> Iterator[tuple[int, int]]:
    """A console of a server's devices: its port, and its process."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        argv = (program("wallnut"), "web", f"127.0.0.1:{target.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        more = ("--history", f"sqlite:///{folder}/history.db", "--store", f"{folder}/console.db")
        env = {"NUT_CONFPATH": folder, "NUT_PIDPATH": folder}
        with running(*argv, *more, ready=lambda _: _well(port), limit=30, env=env) as process:
            yield port, process.pid


def _well(port: int) -> bool:
    try:
        return b"All well" in get(port, "/")
    except OSError:
        return False


def get(port: int, path: str) -> bytes:
    """A page, packed as browsers take it."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body: bytes = answer.read()
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


def _device(target: Server) -> str:
    return f"{UPS}@127.0.0.1:{target.port}"


# A change at the driver is on the page


def shown(load: Load) -> list[Row]:
    """SETINFO at the driver's socket until the page's text has changed, in a real browser."""
    with server(OUR_UPSD) as target, contextlib.ExitStack() as stack:
        _stamp(target, 1, 0.0)
        port, _ = stack.enter_context(console(target))
        page = stack.enter_context(chromium()).new_page()
        page.goto(f"http://127.0.0.1:{port}/device/{_device(target)}/variables")
        until(lambda: str(page.evaluate("document.getElementById('link').textContent")).startswith("Live"), 20, "live")
        page.evaluate(WATCH)
        ahead = _clock(page)
        _stamp(target, CHANGES, PAUSE)
        page.wait_for_timeout(500)
        found = [(now - ahead) * 1000 - int(text) / 1e6 for text, at in page.evaluate("seen") for now in (at / 1000,)]
    if len(found) < CHANGES * 0.9:
        raise SystemExit(f"bench: only {len(found)} of {CHANGES} changes came to the page")
    return _late("SETINFO to the page's text, in Chromium", found, 100)


def _clock(page: Page) -> float:
    """Seconds by which the page's clock is ahead of ours, from the quickest of many questions."""
    best = (float("inf"), 0.0)
    for _ in range(200):
        before = time.monotonic()
        there = float(page.evaluate("performance.now()")) / 1000
        after = time.monotonic()
        best = min(best, (after - before, there - (before + after) / 2))
    return best[1]


def _stamp(target: Server, count: int, pause: float) -> None:
    target.driver.order(f"stamps {count} {pause}")
    target.driver.done()


def _late(work: str, found: Sequence[float], most: float) -> list[Row]:
    ordered = sorted(found)
    late = ordered[len(ordered) * 99 // 100 - 1]
    return [
        Row(f"{work}, p50", "ms", spread(found), pairs=len(found)),
        Row(f"{work}, p99", "ms", (late,) * 3, at_most=most, pairs=len(found)),
    ]


# Many devices


def overview(load: Load) -> list[Row]:
    """The overview of 1,000 devices: first of all, when nothing has changed, and when all have."""
    with server(OUR_UPSD, DEVICES) as target, console(target) as (port, _):
        until(lambda: b"All well: %d" % DEVICES in get(port, "/"), 30, "all devices")
        quiet = [_timed(port) for _ in range(LOADS)]
        busy, trouble = [], []
        for turn in range(LOADS):
            _all_say(target, port, f"ups.load {turn + 20}.5")
            busy.append(_timed(port))
        for turn in range(LOADS):
            _all_say(target, port, "ups.status OB DISCHRG" if turn % 2 == 0 else "ups.status OL")
            trouble.append(_timed(port))
        told = _followed(target, port)
        weight = len(gzip.compress(get(port, "/"), 5)) / 1000
    work = f"the overview of {DEVICES:,} devices"
    return [
        Row(f"{work}, nothing has changed", "ms", spread(quiet), at_most=200, pairs=LOADS),
        Row(f"{work}, a value of each has", "ms", spread(busy), at_most=200, pairs=LOADS),
        Row(f"{work}, the status of each has", "ms", spread(trouble), at_most=200, pairs=LOADS),
        *_late(f"{work} in a browser: SETINFO of one to its line", told, 100),
        Row(f"{work}, packed", "kB", spread([weight]), at_most=150),
    ]


def _all_say(target: Server, port: int, text: str) -> None:
    """Every device says something new, and the console has heard all of them."""
    for number in range(DEVICES):
        target.driver.order(f"say {number} {text}")
        target.driver.done()
    name, _, value = text.partition(" ")

    def heard() -> bool:
        devices = json.loads(get(port, "/api/v1/devices"))
        return len(devices) == DEVICES and all(str(device[name]) == value for device in devices)

    until(heard, 30, "the console to have heard all")


def _followed(target: Server, port: int) -> list[float]:
    """Milliseconds from what one device says to the overview's line of it in a browser."""
    found = []
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        until(lambda: str(page.evaluate("document.getElementById('link').textContent")).startswith("Live"), 20, "live")
        page.evaluate(WATCH_LINES)
        ahead = _clock(page)
        for turn in range(100):
            began = time.monotonic()
            target.driver.order(f"say {turn * 7} ups.load {turn % 50 + 30}.25")
            target.driver.done()
            until(partial(_heard, page, turn), 10, "the line")
            found.append((float(page.evaluate("seen.at(-1)")) / 1000 - ahead - began) * 1000)
    return found


def _heard(page: Page, turn: int) -> bool:
    return bool(page.evaluate("turn => seen.length > turn", turn))


def _timed(port: int) -> float:
    began = time.perf_counter()
    get(port, "/")
    return (time.perf_counter() - began) * 1000


# Many pages


def crowd(load: Load) -> list[Row]:
    """500 pages of a device on one core: what they cost, and how late the last of them hears of a change."""
    with server(OUR_UPSD) as target, console(target) as (port, pid):
        _stamp(target, 1, 0.0)
        alone = rss(pid) / 1024
        with pinned(pid, apart=True), Crowd(port, f"/live?device={_device(target)}", PAGES) as pages:
            still = _cost(pid, pages)
            turns = []
            for _ in range(20):
                _stamp(target, 1, 0.0)
                turns.append(pages.until_all_heard())
            memory = rss(pid) / 1024
    work = f"{PAGES} open pages"
    return [
        Row(f"{work} on one core, nothing changes, CPU", "ms/s", spread([still])),
        *_late(f"{work} on one core: SETINFO to the last of them", turns, 100),
        Row(f"{work}, memory of the console, RSS", "MB", spread([memory])),
        Row("the same without any, RSS", "MB", spread([alone])),
    ]


def _cost(pid: int, pages: Crowd) -> float:
    """CPU milliseconds a second."""
    pages.read(1.0)
    before, began = cpu(pid), time.monotonic()
    pages.read(SECONDS)
    return (cpu(pid) - before) * 1000 / (time.monotonic() - began)


class Crowd:
    """Many streams, read by one process."""

    def __init__(self, port: int, path: str, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._links: list[socket.socket] = []
        for _ in range(count):
            link = socket.create_connection(("127.0.0.1", port), 30)
            link.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            self._selector.register(link, selectors.EVENT_READ)
            self._links.append(link)
        self.read(3.0)

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        for link in self._links:
            link.close()
        self._selector.close()

    def read(self, seconds: float) -> None:
        """Read what comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.recv(1 << 16)

    def until_all_heard(self) -> float:
        """Read until each has heard of the last change; the milliseconds from the change to the last of them."""
        missing, said, stamp = set(self._links), dict.fromkeys(self._links, b""), 0
        end = time.monotonic() + 30
        while missing and time.monotonic() < end:
            for key, _ in self._selector.select(1.0):
                assert isinstance(key.fileobj, socket.socket)
                said[key.fileobj] += key.fileobj.recv(1 << 16)
                _, found, rest = said[key.fileobj].rpartition(b'"bench.stamp":"')
                if found and b'"' in rest:
                    stamp = max(stamp, int(rest.partition(b'"')[0]))
                    missing.discard(key.fileobj)
        if missing:
            raise SystemExit(f"bench: {len(missing)} pages did not hear of a change")
        return (time.monotonic_ns() - stamp) / 1e6


# Under attack


def attack(load: Load) -> list[Row]:
    """What upsd takes for a question while the console, on another core, serves all that it can; and, to tell the
    console's doing from that of a busy machine, while as many programs on that core do nothing but count."""
    with server(OUR_UPSD) as target, console(target) as (port, pid):
        cores = sorted(os.sched_getaffinity(0))
        for one in (target.pid, 0):
            os.sched_setaffinity(one, {cores[0]})
        try:
            os.sched_setaffinity(pid, {cores[-1]})
            calm, counting, stormy = [], [], []
            for _ in range(7):
                calm.append(_asked(target))
                with _beside("count", {cores[-1]}):
                    counting.append(_asked(target))
                with _beside(str(port), {cores[-1]}):
                    stormy.append(_asked(target))
        finally:
            os.sched_setaffinity(0, cores)
    what = "GET VAR of upsd, console attacked on the other core"
    return [
        compare(f"{what}, p50", "us", "at rest", *_at(0.5, stormy, calm), share=True),
        compare(f"{what}, p99", "us", "at rest", *_at(0.99, stormy, calm), share=True),
        compare(f"{what}, p50", "us", "counting there", *_at(0.5, stormy, counting), share=True),
        compare(f"{what}, p99", "us", "counting there", *_at(0.99, stormy, counting), share=True),
    ]


def _at(share: float, *runs: Sequence[list[float]]) -> list[list[float]]:
    return [[sorted(run)[int(len(run) * share)] for run in side] for side in runs]


def _asked(target: Server) -> list[float]:
    """Microseconds of many questions on one connection, one a millisecond."""
    found = []
    with socket.create_connection(("127.0.0.1", target.port), 5) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(ASKED):
            began = time.perf_counter()
            link.sendall(f"GET VAR {UPS} ups.status\n".encode())
            link.recv(1000)
            found.append((time.perf_counter() - began) * 1e6)
            time.sleep(0.001)
    return found


@contextlib.contextmanager
def _beside(what: str, cores: set[int]) -> Iterator[None]:
    """Four programs on these cores: pages of a port asked for without a pause, and bad requests; or "count"."""
    argv = [sys.executable, "-m", "benchmarks.web", what]
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            popen = stack.enter_context(subprocess.Popen(argv, cwd=HERE.parent))
            stack.callback(popen.kill)
            os.sched_setaffinity(popen.pid, cores)
        time.sleep(1.0)  # until they are at it
        yield


def _count() -> None:
    number = 0
    while True:
        number += 1


def _storm(port: int) -> None:
    while True:
        for path in ("/", "/plan", "/events", "/?q=" + "x" * 4000, "/../../etc/passwd", "/api/v1/ups"):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as link:
                link.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                while link.recv(1 << 16):
                    pass


def web(load: Load) -> list[Row]:
    """All of it."""
    return [*shown(load), *overview(load), *crowd(load), *attack(load)]


if __name__ == "__main__":
    _count() if sys.argv[1] == "count" else _storm(int(sys.argv[1]))
