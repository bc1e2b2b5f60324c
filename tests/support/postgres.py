"""A PostgreSQL server of the tests' own: in a folder of its own, on a Unix socket alone, as a user that is not root."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.peers import missing
from tests.support.wait import until

USER = "postgres"
LIMIT = 60.0
"""Seconds in which it must begin or end, on a busy machine."""


class PostgresServer:
    """A server that can be started, ended and killed. `url` is that of a database of its own."""

    def __init__(self, folder: Path, programs: str) -> None:
        self._folder, self._programs = folder, programs
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0

    def _as_user(self, *argv: str) -> list[str]:
        """A command of theirs; they refuse to run as root."""
        command = [os.path.join(self._programs, argv[0]), *argv[1:]]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--", *command]
        return command

    def make(self) -> None:
        """Make its files."""
        argv = self._as_user("initdb", "-D", f"{self._folder}/data", "-A", "trust", "-U", "test", "-E", "UTF8", "-N")
        subprocess.run(
            [*argv, "--locale=C", "--no-instructions"], check=True, capture_output=True, cwd=self._folder, timeout=LIMIT
        )

    def start(self) -> None:
        """Start it, and wait until it serves."""
        options = ["listen_addresses=", f"unix_socket_directories={self._folder}", "fsync=off", "max_connections=20"]
        argv = self._as_user("postgres", "-D", f"{self._folder}/data", *(f"-c{one}" for one in options))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder)
        until(self._serves, LIMIT, "PostgreSQL to serve")

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text("utf-8", "replace")
        argv = [os.path.join(self._programs, "pg_isready"), "-q", "-h", str(self._folder), "-d", "postgres"]
        return subprocess.run(argv, check=False, timeout=LIMIT).returncode == 0

    def end(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends its connections, SIGQUIT ends it without a word, as a crash does."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(LIMIT)
            self._process = None

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        name = f"history{self._made}"
        argv = [os.path.join(self._programs, "createdb"), "-h", str(self._folder), "-U", "test", name]
        subprocess.run(argv, check=True, capture_output=True, timeout=LIMIT)
        return f"postgresql://test@/{name}?host={self._folder}"


@contextlib.contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A server for as long as the block lasts; without Debian's package a skip, or in CI a failure."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    if not found:
        missing("PostgreSQL", "postgresql")
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            account = pwd.getpwnam(USER)
            os.chown(folder, account.pw_uid, account.pw_gid)
        server = PostgresServer(folder, os.path.dirname(found[-1]))
        server.make()
        try:
            server.start()
            yield server
        finally:
            server.end(signal.SIGQUIT)
            shutil.rmtree(folder / "data", ignore_errors=True)
