"""Telling people: `wall`, NOTIFYCMD. The log is `chronicle`'s."""

from __future__ import annotations

from collections.abc import Sequence

from wallnut.model.notify import EXEC, WALL
from wallnut.monitor.queue import Job, Queue, command_line
from wallnut.monitor.values import Notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger


class Teller:
    """Carries out Notify actions. `command` is NOTIFYCMD; it may be changed."""

    def __init__(self, queue: Queue, log: Logger, command: Sequence[str] = (), wall: Sequence[str] = ("wall",)) -> None:
        self._queue, self._log = queue, log
        self.command, self._wall = tuple(command), tuple(wall)

    def notify(self, notice: Notify) -> None:
        """Deliver a notification."""
        if WALL in notice.ways:
            self.wall(notice.text)
        if EXEC in notice.ways:
            env = {"UPSNAME": notice.ups, "NOTIFYTYPE": notice.kind, "NOTIFYMSG": notice.text}
            if self.command:
                self._queue.add(Job("NOTIFYCMD", command_line(self.command, notice.text), env))
            else:
                self._log.debug(1, f"{notice.kind}: EXEC without a NOTIFYCMD")

    def wall(self, text: str) -> None:
        """Tell everybody who is logged in to this host."""
        self._queue.add(Job("wall", self._wall, stdin=f"{text}\n".encode()))
