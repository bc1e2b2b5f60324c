"""A program at a terminal, and somebody who types."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping

# The child gets the terminal as its controlling one, as at a login.
LOGIN = """\
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, lambda *_: None)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
status = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[2:])
print("ended:", status, "echo", bool(termios.tcgetattr(0)[3] & termios.ECHO), flush=True)
"""


def converse(env: Mapping[str, str], path: str, *argv: str, says: list[tuple[str, str]]) -> str:
    """Run a program at a terminal; whenever a prompt appears, type the answer. What the terminal showed."""
    master, slave = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", LOGIN, path, *argv],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=env,
    )  # fmt: skip
    os.close(slave)
    shown = ""
    waiting = list(says)
    deadline = time.monotonic() + 20
    try:
        while "ended: " not in shown and time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096).decode()
            if waiting and shown.endswith(waiting[0][0]):
                os.write(master, waiting.pop(0)[1].encode())
    finally:
        child.kill()
        child.wait()
        os.close(master)
    return re.sub(r"Init SSL[^\n]*\n", "", shown.replace("\r\n", "\n")).replace(path, argv[0])
