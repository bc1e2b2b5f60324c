"""Nothing that tests start outlives them, also when their own process is killed (a worker of pytest-xdist, say).

What a test starts inherits a mark in its environment, whatever becomes of its parents and process groups. A program of
its own waits until the tests' process is gone, and then ends whatever still bears the mark. Linux alone has /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

NAME = "WALLNUT_TESTS"
GRACE = 5.0
"""Seconds that programs have to end by themselves."""
LOOK = 0.05
"""Seconds from one look to the next."""


@contextlib.contextmanager
def standing_by() -> Iterator[None]:
    """Mark and guard what is started from now on. Where something is left at the end: AssertionError that names it, and
    it is ended."""
    if not os.path.isdir("/proc/self"):
        yield
        return
    mark = f"{os.getpid()}-{time.time_ns()}"
    argv = [sys.executable, "-I", "-S", __file__, mark]
    guard = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    os.environ[NAME] = mark
    try:
        yield
        left = [command(pid) for pid in after(GRACE, mark)]
        assert not left, f"tests left running: {left}"
    finally:
        os.environ.pop(NAME)
        guard.communicate(timeout=6 * GRACE)


def bearing(mark: str) -> list[int]:
    """The processes with a mark."""
    entry = f"\0{NAME}={mark}\0".encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if entry in b"\0" + file.read():
                    found.append(int(name))
    return found


def after(seconds: float, mark: str) -> list[int]:
    """Those that are left after some time; sooner when there are none. A process that is just becoming another program
    shows no environment for a moment, so there are none when two looks find none."""
    deadline = time.monotonic() + seconds
    found, before = bearing(mark), True
    while (found or before) and time.monotonic() < deadline:
        time.sleep(LOOK)
        found, before = bearing(mark), bool(found)
    return found


def command(pid: int) -> str:
    """A process's command line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return f"process {pid}, which has just ended"


def end(mark: str) -> None:
    """End everything that bears a mark."""
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):  # some may just have started more
        time.sleep(LOOK)
        for pid in bearing(mark):
            with contextlib.suppress(OSError):
                os.kill(pid, number)
        after(GRACE, mark)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.read()
    end(sys.argv[1])
