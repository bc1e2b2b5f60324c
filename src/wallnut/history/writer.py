"""Writes samples in batches, in a thread of its own: whoever has them never waits for a disk or a database.

What waits is bounded. Beyond that the oldest is dropped, and the time in which it would have held is not known.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from wallnut.history.store import SLICE, History
from wallnut.history.values import HOUR, Device, HistoryError, Keep, Notice, Sample
from wallnut.model.errors import NutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

BATCH = 20_000
"""Samples that are written at a time."""
NOTICES = 10_000
"""What upsmon did waits for as much, in number; beyond that the oldest is dropped."""
RETRY_FIRST, RETRY_MAX = 1.0, 60.0
"""Seconds until a write that failed is tried again; each further wait is twice as long."""


class Writer:
    """A queue of samples and the thread that writes them.

    `open_it` opens the history, in the thread, and again after a failure. Something is written every `flush` seconds,
    or when much waits. `clock` is the time in milliseconds since 1970.
    """

    def __init__(
        self,
        open_it: Callable[[], History],
        log: Logger,
        keep: Keep,
        *,
        flush: float = 5.0,
        bound: int = 200_000,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.clock = clock
        self.written = self.dropped = 0
        self.trouble = ""
        """Why nothing can be written at present; "" while all is well."""
        self._open, self._log, self._keep = open_it, log, keep
        self._flush, self._bound = flush, bound
        self._lock = threading.Condition()
        self._queue: deque[Sample] = deque()
        self._notices: deque[Notice] = deque(maxlen=NOTICES)
        self._lost: dict[tuple[Device, str], int] = {}  # from when on something is not known, as it was dropped
        self._alive: set[Device] = set()
        self._ending = False
        self._history: History | None = None
        self._batch: list[Sample] = []
        self._noted: list[Notice] = []
        self._heard: dict[Device, int] = {}
        self._resumed: set[Device] = set()
        self.wait = flush
        """Seconds until the next step."""
        self._retry = RETRY_FIRST / 2
        self._next_roll = self._next_prune = 0
        self._said_dropped = 0
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    # For those who have samples

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, samples: Iterable[Sample]) -> None:
        """Have samples written soon; it never waits."""
        with self._lock:
            self._queue.extend(samples)
            while len(self._queue) > self._bound:
                sample = self._queue.popleft()
                self._lost.setdefault((sample.device, sample.variable), sample.at)
                self.dropped += 1
            if len(self._queue) >= BATCH:
                self._lock.notify()

    def note(self, notice: Notice) -> None:
        """Have what upsmon did written soon; it never waits."""
        with self._lock:
            self._notices.append(notice)

    def alive(self, device: Device, *, yes: bool) -> None:
        """A device is heard from now on, or not any more."""
        with self._lock:
            (self._alive.add if yes else self._alive.discard)(device)

    def waiting(self) -> int:
        """How many samples wait."""
        return len(self._queue) + len(self._batch)

    def stop(self, limit: float = 10.0) -> None:
        """Write what waits, and end; after `limit` seconds whatever waits still."""
        with self._lock:
            self._ending = True
            self._lock.notify()
        if self._thread.ident is not None:
            self._thread.join(limit)
        else:
            self._close()

    # The thread

    def _run(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(self._hurry, self.wait)
                ending = self._ending
            more = self.step()
            while more:
                more = self.step()
            if ending:
                break
        self._close()

    def _hurry(self) -> bool:
        return self._ending or (not self.trouble and len(self._queue) >= BATCH)

    def step(self) -> bool:
        """Write a batch, and do what is due besides; True: more waits that can be written now."""
        try:
            if self._history is None:
                self._history = self._open()
            self._take()
            self._write(self._history)
            self._look_after(self._history)
        except NutError as error:
            self._failed(error)
            return False
        if self.trouble:
            self._log.notice(f"history: {self._history.url} is written again")
            self.trouble = ""
        if self.dropped != self._said_dropped:
            self._log.warning(f"history: {self.dropped - self._said_dropped} samples were dropped, the oldest first")
            self._said_dropped = self.dropped
        self.wait, self._retry = self._flush, RETRY_FIRST / 2
        return len(self._queue) >= BATCH or (self._ending and bool(self._queue))

    def _take(self) -> None:
        """Take the next batch, unless one waits already."""
        with self._lock:
            if not self._noted:
                self._noted = list(self._notices)
                self._notices.clear()
            if self._batch or self._heard:
                return
            lost, self._lost = self._lost, {}
            self._batch = [Sample(device, variable, at, None) for (device, variable), at in lost.items()]
            self._batch += [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            heard = self._queue[0].at - 1 if self._queue else self.clock()
            self._heard = dict.fromkeys(self._alive, heard)

    def _write(self, history: History) -> None:
        devices = {sample.device for sample in self._batch}
        if new := devices - self._resumed:
            history.resume(new)
            self._resumed |= new
        if self._batch or self._heard:
            history.write(self._batch, self._heard)
        self.written += len(self._batch)
        self._batch, self._heard = [], {}
        if self._noted:
            history.write_notices(self._noted)
            self._noted = []

    def _look_after(self, history: History) -> None:
        now = self.clock()
        if now >= self._next_roll:
            history.roll_up(now)
            self._next_roll = now + SLICE
        if now >= self._next_prune:
            history.prune(self._keep, now)
            self._next_prune = now + HOUR

    def _failed(self, error: NutError) -> None:
        if str(error) != self.trouble:
            self._log.error(f"history: {error}. It is tried again; up to {self._bound} samples wait")
            self.trouble = str(error)
        self._retry = min(2 * self._retry, RETRY_MAX)
        self.wait = self._retry
        self._close()

    def _close(self) -> None:
        history, self._history = self._history, None
        if history is not None:
            try:
                history.close()
            except HistoryError:  # it is lost anyway
                pass
