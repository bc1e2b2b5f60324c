"""The thread that hears what upsmon of this host notifies and decides, as `wallnut events` does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wallnut.cli.events import Monitor
from wallnut.io.loop import Loop

LAST = 50
"""How many of its last events are told at first."""


class Upsmon:
    """Hears of the UPSes in `words` (as on the command line of `wallnut events`; none: all) from `start` to `stop`."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._loop = Loop()
        self._words = words
        self._thread = threading.Thread(target=self._run, name="upsmon", daemon=True)
        self._tell: Callable[[Mapping[str, Any]], object] = lambda said: None

    def start(self, tell: Callable[[Mapping[str, Any]], object]) -> None:
        """Begin; `tell` gets each event, in our thread."""
        self._tell = tell
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5.0)

    def _run(self) -> None:
        Monitor(self._loop, self._tell, self._words, LAST).find()
        self._loop.run()
        self._loop.close()
