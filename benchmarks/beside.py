"""Memory of `wallnut up` with a device, by part: drivers and server, the console, the recorder."""

from __future__ import annotations

import os
import tempfile
import urllib.request
from pathlib import Path

from benchmarks.harness import Row, spread
from benchmarks.peers import Load, rss
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import Process, running

RUNS = 5
PARTS = {"up": "drivers and server", "web": "the console", "history": "the recorder"}
PAGES = ("/", "/device/demo", "/device/demo/history", "/device/demo/variables", "/events", "/settings", "/metrics")


def beside(load: Load) -> list[Row]:
    """Each value from a fresh start, after some pages have been looked at."""
    found: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(RUNS):
        for part, kilobytes in _parts().items():
            found[part].append(kilobytes / 1024)
    whole = [sum(run) for run in zip(*found.values(), strict=True)]
    return [
        Row("memory of wallnut up with console and history, RSS", "MB", spread(whole), ours_at_most=90, pairs=RUNS),
        *(Row(f"of that {text}", "MB", spread(found[part]), pairs=RUNS) for part, text in PARTS.items()),
    ]


def _parts() -> dict[str, int]:
    """Kilobytes of each part, by the sub-command that it is."""
    port, console = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        argv = (program("wallnut"), "up", "--demo", "--port", str(port), "--web", f"127.0.0.1:{console}")
        env = {"NUT_CONFPATH": folder, "NUT_STATEPATH": folder, "HOME": folder}
        with running(*argv, ready=lambda _: _serves(console), limit=30, env=env) as process:
            for path in PAGES:
                with urllib.request.urlopen(f"http://127.0.0.1:{console}{path}", timeout=10) as answer:
                    answer.read()
            return {_part(pid): rss(pid) for pid in (process.pid, *_children(process))}


def _serves(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/ups", timeout=5) as answer:
            return b'"demo"' in answer.read()
    except OSError:
        return False


def _children(process: Process) -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(word) for word in text.split()]


def _part(pid: int) -> str:
    words = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    return next(word for word in words if word in PARTS)
