"""Our programs, as a user calls them, in folders of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ours import program
from tests.support.procs import Process, running
from tests.support.wait import until


class Place:
    """A configuration folder and a state folder. Drivers that went to the background are ended at the end."""

    def __init__(self, folder: Path) -> None:
        self.conf = folder / "conf"
        self.conf.mkdir()
        self.state = Path(tempfile.mkdtemp(prefix="place-"))  # short, for the sockets in it

    @property
    def env(self) -> dict[str, str]:
        return {
            "NUT_CONFPATH": str(self.conf),
            "NUT_STATEPATH": str(self.state),
            "NUT_ALTPIDPATH": str(self.state),
            "NUT_DEBUG_SYSLOG": "none",
        }

    def write(self, name: str, text: str) -> Path:
        """A file in the configuration folder."""
        path = self.conf / name
        path.write_text(text, "latin-1")
        return path

    def run(self, *argv: str, limit: float = 20) -> subprocess.CompletedProcess[str]:
        """Run one of our programs to its end."""
        return self.run_other(program(argv[0]), *argv[1:], limit=limit)

    def run_other(self, *argv: str, limit: float = 20) -> subprocess.CompletedProcess[str]:
        """Run any program to its end, in this place."""
        return subprocess.run(
            argv, env={**os.environ, **self.env}, capture_output=True, text=True, timeout=limit, check=False
        )

    @contextmanager
    def driver(self, *argv: str) -> Iterator[Process]:
        """One of our drivers in the foreground, serving (`-F -u root` is added)."""
        ups = argv[argv.index("-a" if "-a" in argv else "-s") + 1]
        path = self.socket(argv[0], ups)
        line = (program(argv[0]), *argv[1:], "-F", "-u", "root")
        with running(*line, ready=lambda process: path.exists() and "Startup" in process.stderr(), env=self.env) as one:
            yield one

    def socket(self, driver: str, ups: str) -> Path:
        """Where a driver's socket is."""
        return self.state / f"{driver}-{ups}"

    def pid(self, driver: str, ups: str) -> int:
        """A driver's process by its pid file, 0 for none."""
        try:
            return int((self.state / f"{driver}-{ups}.pid").read_text())
        except FileNotFoundError:
            return 0

    def left(self) -> list[str]:
        """What lies in the state folder."""
        return sorted(path.name for path in self.state.iterdir())

    def close(self) -> None:
        """End what still runs, and clean up."""
        for path in self.state.glob("*.pid"):
            pid = int(path.read_text())
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGTERM)
                until(lambda path=path: not path.exists(), 10, f"{path.name} to be gone")  # type: ignore[misc]
        shutil.rmtree(self.state, ignore_errors=True)


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """A Place for a test."""
    made = Place(folder)
    try:
        yield made
    finally:
        made.close()
