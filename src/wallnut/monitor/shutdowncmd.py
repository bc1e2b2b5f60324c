"""POWERDOWNFLAG and SHUTDOWNCMD by the monitor itself, where there is no privileged parent (`upsmon -p`, or it died).

By now there are threads, so nothing is forked: the program is spawned, and its end is heard of on the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wallnut.io.children import Children
from wallnut.io.loop import Loop
from wallnut.monitor import root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger


class ShutdownCommand:
    """Runs the command, again after a pause while it fails; `done` is called at the end, however it ends."""

    def __init__(
        self, loop: Loop, children: Children, log: Logger, done: Callable[[], object], pause: float = root.RETRY_AFTER
    ) -> None:
        self._loop, self._children, self._log, self._done, self._pause = loop, children, log, done, pause
        self._text = ""
        self._tries = 0

    def run(self, command: Sequence[str], flag: str) -> None:
        """Write the flag, if there is to be one, and run the command."""
        if flag:
            root.set_flag(flag, self._log)
        self._text = root.shell_text(command)
        if self._text:
            self._try()
        else:
            self._log.error(root.NO_COMMAND)
            self._done()

    def _try(self) -> None:
        self._tries += 1
        try:
            self._children.start(("/bin/sh", "-c", self._text), lambda child: self._ended(child.status or 0))
        except OSError:  # no memory, no processes left
            self._ended(root.NOT_STARTED)

    def _ended(self, status: int) -> None:
        again = status != 0 and self._tries < root.TRIES
        if status:
            self._log.error(root.failure(self._text, status, again))
        if again:
            self._loop.call_later(self._pause, self._try)
        else:
            self._done()
