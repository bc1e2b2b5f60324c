"""What `wallnut up` starts beside itself: the console and the recorder of history, processes of their own.

They may be slow, fail or be attacked: server and drivers do not notice. They end with us, however we end.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

from wallnut.cli import toml
from wallnut.config.wallnut_toml import WallnutToml
from wallnut.io.children import Children
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallnut.io.children import Child
    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop

ESTABLISHED = 30.0
"""Who ran for so many seconds is started again when it ends; who did not would only end again."""
AGAIN = 5.0
"""Seconds until then."""
DATA = "/var/lib/nut"


class Companions:
    """The processes, by what they are called."""

    def __init__(self, loop: Loop, log: Logger) -> None:
        self._loop, self._log = loop, log
        self._children = Children(loop)
        self._running: dict[str, Child] = {}
        self._stopped: Callable[[], object] | None = None

    def start(self, name: str, words: Sequence[str]) -> None:
        """Start a sub-command of `wallnut`."""
        argv = [sys.executable, "-P", "-m", "wallnut.cli.wallnut", *words, "--tied"]
        began = self._loop.clock()

        def ended(child: Child) -> None:
            del self._running[name]
            if self._stopped is not None:
                if not self._running:
                    self._stopped()
                return
            if self._loop.clock() - began < ESTABLISHED:
                self._log.error(f"{name} has ended (status {child.status}); the rest goes on without")
                return
            self._log.error(f"{name} has ended (status {child.status}) and is started again")
            self._loop.call_later(AGAIN, again)

        def again() -> None:
            if self._stopped is None:
                self.start(name, words)

        try:
            self._running[name] = self._children.start(argv, ended, lifeline=True)
        except OSError as error:
            self._log.error(f"{name} cannot be started: {error.strerror}")

    def stop(self, stopped: Callable[[], object]) -> None:
        """End all, then call."""
        self._stopped = stopped
        for child in list(self._running.values()):
            self._children.end(child)
        if not self._running:
            stopped()


class Places:
    """Where console and recorder keep what they keep, as options for them. Nothing is said of what wallnut.toml names:
    they read that themselves, and no password stands in a command line.

    Without a configured place it is /var/lib/nut where we may write, else a folder of the user's own; of a simulated
    UPS (`passing`) nothing is kept.
    """

    def __init__(self, passing: bool) -> None:
        self._temporary = tempfile.mkdtemp(prefix="wallnut-") if passing else ""
        self.folder = self._temporary or DATA
        if not passing and not os.access(DATA, os.W_OK):
            self.folder = _own()
        self._said = WallnutToml() if passing else toml.read(quiet=True)[0]

    @property
    def history(self) -> list[str]:
        """Options of where the history is."""
        if self._said.history.url != WallnutToml().history.url:
            return []
        return ["--url", f"sqlite://{self.folder}/history.db"]

    @property
    def store(self) -> list[str]:
        """Options of where the console's own file is."""
        if self._said.web.store != WallnutToml().web.store:
            return []
        return ["--store", f"{self.folder}/console.db"]

    def close(self) -> None:
        """Remove what was to be kept for this time only."""
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _own() -> str:
    """The user's own folder, made if it is not there. Raises ConfigError."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    folder = os.path.join(base, "wallnut")
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make {folder}: {error.strerror}") from None
    return folder
