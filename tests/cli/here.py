"""`wallnut up` in a folder and on a port of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.cnut import ask
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import Process, running

ALONE = ("--web", "none", "--no-history")
"""Neither console nor history."""


class Here:
    """A folder for the configuration, and a port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def env(self) -> Mapping[str, str]:
        return {"NUT_STATEPATH": str(self.folder), "NUT_ALTPIDPATH": str(self.folder), "HOME": str(self.folder)}

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.folder / name.replace("_", ".")
            path.write_text(text)
            path.chmod(0o640)

    def up(self, *argv: str, beside: tuple[str, ...] = ALONE) -> AbstractContextManager[Process]:
        """Run it; console and history only where they are asked for."""
        line = (program("wallnut"), "up", "--config", str(self.folder), "--port", str(self.port), *beside, *argv)
        return running(*line, ready=lambda process: "Ctrl-C ends." in process.stdout(), env=self.env)

    def ask(self, *lines: str) -> list[str]:
        return ask(self.port, *lines)
