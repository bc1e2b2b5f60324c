"""The interrupt pipe, read in a thread of its own, so that news come at once while the driver does something else."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from wallnut.io.hid import LONGEST_INPUT
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.hid import Hid

TURN = 0.2
"""Seconds of one wait for a report; closing takes as long at the most."""


class Pipe:
    """Gives each report to `take`, and says `lost` once where the device is gone; both are called in its thread."""

    def __init__(
        self, hid: Hid, size: int, take: Callable[[bytes], object], lost: Callable[[DeviceError], object]
    ) -> None:
        self._hid, self._size = hid, size or LONGEST_INPUT
        self._take, self._lost = take, lost
        self._ending = Event()
        self._thread = Thread(target=self._run, name="interrupt pipe", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                report = self._hid.read(self._size, TURN)
            except DeviceError as error:
                if not self._ending.is_set():
                    self._lost(error)
                return
            if report and not self._ending.is_set():
                self._take(report)

    def end(self) -> bool:
        """End, and wait for it; False where it did not."""
        self._ending.set()
        self._thread.join(25 * TURN)
        return not self._thread.is_alive()
