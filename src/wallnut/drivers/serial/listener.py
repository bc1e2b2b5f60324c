"""Hearing what comes on a line that nobody is asking anything on."""

from __future__ import annotations

import os
import select
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.serial import Port


STOPPED = 10.0
"""Seconds that it may take to end, at the most."""


class Listener:
    """A thread that calls `heard()` whenever something waits on a port, until that is False or `stop` is called.

    `heard` reads what waits; who else uses the port keeps it out with a lock meanwhile. A port without a file
    descriptor (a recording's, some of pyserial's) is not listened to.
    """

    def __init__(self, port: Port, heard: Callable[[], bool]) -> None:
        self._heard = heard
        self._line = port.fileno()
        self._thread: Thread | None = None
        if self._line < 0:
            return
        self._wake, self._woken = os.pipe()
        self._thread = Thread(target=self._run, name="line", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, before the port is closed. Not with the lock held that `heard` takes."""
        if self._thread is None:
            return
        os.write(self._woken, b"x")
        self._thread.join(STOPPED)
        self._thread = None
        os.close(self._wake)
        os.close(self._woken)

    def _run(self) -> None:
        waits = select.poll()
        waits.register(self._wake, select.POLLIN)
        waits.register(self._line, select.POLLIN)
        while True:
            ready = {number for number, _ in waits.poll()}
            if self._wake in ready or not self._heard():
                return
