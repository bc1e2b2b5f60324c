"""A thread that runs one driver's blocking calls, one after another, and reports to the loop."""

from __future__ import annotations

import os
from functools import partial
from queue import SimpleQueue
from threading import Thread

from wallnut.model.errors import DeviceError, NutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wallnut.io.loop import Loop


class Job:
    """A call to make. `over` when its report has come."""

    __slots__ = ("_claim", "call", "done", "over")

    def __init__(self, call: Callable[[], Any], done: Callable[[Any, NutError | None], object]) -> None:
        self.call, self.done = call, done
        self.over = False
        self._claim = [True]

    def claim(self) -> bool:
        """True for whoever comes first: the thread to make the call, or the loop to take it back."""
        try:
            return self._claim.pop()  # atomic, so no lock
        except IndexError:
            return False


class Worker:
    """`submit(call, done)` runs `call()` in the thread, then `done(result, error)` in the loop's."""

    def __init__(self, loop: Loop, name: str) -> None:
        self._loop = loop
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=f"driver {name}", daemon=True)
        self.started = False
        self.waiting = 0
        """Jobs that have not ended."""

    def start(self) -> None:
        """Begin; jobs submitted before wait until then."""
        self.started = True
        self._thread.start()

    def submit(self, call: Callable[[], Any], done: Callable[[Any, NutError | None], object]) -> Job:
        """Queue a call. `error` is a NutError: the driver's own, an operating system's, or a fault in its code."""
        job = Job(call, done)
        self.waiting += 1
        self._jobs.put(job)
        return job

    def take_back(self, job: Job) -> bool:
        """Take back a job that has not begun: it will not run, nor report. False when it is too late."""
        if not job.claim():
            return False
        self.waiting -= 1
        return True

    def end(self) -> None:
        """End the thread after the jobs that wait."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            result, error = None, None
            if not job.claim():
                continue
            try:
                result = job.call()
            except NutError as caught:
                error = caught
            except OSError as caught:
                error = DeviceError(caught.strerror or str(caught))
            except Exception as caught:  # noqa: BLE001 - a fault in one driver must not end the process of several
                error = DeviceError(_fault(caught))
            self._loop.call_soon_threadsafe(partial(self._report, job, result, error))

    def _report(self, job: Job, result: Any, error: NutError | None) -> None:
        self.waiting -= 1
        job.over = True
        job.done(result, error)


def _fault(error: Exception) -> str:
    """A fault in a driver's code, in one line that says where."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" ({os.path.basename(last.tb_frame.f_code.co_filename)}:{last.tb_lineno})" if last else ""
    return f"fault in the driver: {type(error).__name__}: {error}{where}"
