"""upssched's rules inside upsmon: upssched.conf is read, and its timers are kept, without a process of their own.

What NOTIFYCMD's upssched would be called for is acted on here: notifications with EXEC. PIPEFN is served too, so that
`upssched -l` lists the timers, and an upssched that somebody calls by hand finds them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from wallnut.config.directive import ERROR, Problem
from wallnut.config.upssched import UpsschedConf, parse_upssched_conf
from wallnut.io import blocking
from wallnut.io.loop import Loop
from wallnut.io.service import read_bytes
from wallnut.model.errors import ConfigError, ConnectError
from wallnut.model.notify import EXEC
from wallnut.monitor import sched
from wallnut.monitor.queue import Queue
from wallnut.monitor.sched import Cause
from wallnut.monitor.timers import Keeper, Scheduler
from wallnut.monitor.values import Notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

LOOK = 1.0
"""Seconds that somebody on PIPEFN may take to take us in."""


def load(folder: str) -> tuple[UpsschedConf, list[Problem]]:
    """upssched.conf in a folder, and what is wrong with it. Raises ConfigError."""
    path = os.path.join(folder, "upssched.conf")
    return parse_upssched_conf(read_bytes(path), path)


class Agenda:
    """Follows upssched.conf in a folder, if it is to; `folder` is upsmon.conf's."""

    def __init__(self, loop: Loop, queue: Queue, log: Logger, folder: str) -> None:
        self._loop, self._queue, self._log = loop, queue, log
        self._folder = folder
        self._conf: UpsschedConf | None = None
        self._scheduler: Scheduler | None = None
        self._keeper: Keeper | None = None

    def follow(self, wanted: bool) -> None:
        """Read the file, again if it was read before; timers that run go on. What cannot be read changes nothing."""
        if not wanted:
            self.close()
            return
        try:
            conf, problems = load(self._folder)
        except ConfigError as error:
            self._log.error(f"{error}; {'what it said before holds on' if self._conf else 'there are no timers'}")
            return
        for problem in problems:
            (self._log.error if problem.severity == ERROR else self._log.warning)(str(problem))
        before, self._conf = self._conf, conf
        if self._scheduler is None:
            self._scheduler = Scheduler(self._loop, self._queue, conf.cmdscript)
        self._scheduler.script = conf.cmdscript
        if before is None or before.pipefn != conf.pipefn:
            self._serve(self._scheduler, conf.pipefn)

    def _serve(self, scheduler: Scheduler, path: str) -> None:
        """Listen where upssched's own process would. What fails is said; the timers need no socket."""
        self._silence()
        if not path:
            return
        try:
            blocking.connect_unix(path, time.monotonic() + LOOK).close()
        except ConnectError:
            pass
        else:
            self._log.warning(f"{path}: a process of upssched's is there; its timers run on, apart from ours")
            return
        try:
            self._keeper = Keeper(self._loop, scheduler, self._log, path)
        except ConnectError as error:
            self._log.warning(f"{error}: `upssched -l` will not show the timers")

    def replaces(self, command: Sequence[str]) -> bool:
        """Whether a NOTIFYCMD would do once more what is done here: it is upssched."""
        words = command[0].split() if command else []
        return self._conf is not None and bool(words) and os.path.basename(words[0]) == "upssched"

    def tell(self, notice: Notify) -> None:
        """Do what the AT lines say about a notification."""
        if self._conf is None or self._scheduler is None or EXEC not in notice.ways:
            return
        cause = Cause(notice.kind, notice.ups, notice.text)
        for command in sched.concerned(self._conf.at, cause):
            self._log.debug(1, f"upssched: {command}")
            self._scheduler.carry_out(command, cause)

    def close(self) -> None:
        """Keep no timers any more."""
        if self._scheduler is not None:
            for timer in self._scheduler.timers.running:
                self._log.notice(f"Timer {timer.name} ends unheard: upsmon does not keep timers any more")
            self._scheduler.close()
        self._silence()
        self._conf = self._scheduler = None

    def _silence(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None
