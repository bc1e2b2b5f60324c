"""An upsmon under test, ours or C's, whose programs note what they were called for.

`Observer` writes its configuration, runs it in the foreground, and reads back: the log, the calls of NOTIFYCMD, the
moment of SHUTDOWNCMD, POWERDOWNFLAG.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.peers import need
from tests.support.procs import Process, running
from tests.support.wait import until
from wallnut.model.notify import TYPES

ADMIN = ("admin", "adm", "actions = SET FSD", "instcmds = ALL")
FLAG = b"upsmon-shutdown-file"


@dataclass(frozen=True)
class Note:
    """A call of NOTIFYCMD."""

    at: float
    kind: str
    ups: str
    text: str


class Observer:
    """One upsmon. `c` says whose. `monitors` are (UPS name, power value, role) on the server `nut`."""

    def __init__(
        self, folder: Path, nut: CNut, monitors: Sequence[tuple[str, int, str]], *lines: str, c: bool = False
    ) -> None:
        self.nut, self.c = nut, c
        self.conf = folder
        folder.mkdir()
        folder.chmod(0o777)
        self.notes_file, self.down_file, self.flag = folder / "notes.log", folder / "down.log", folder / "killpower"
        self.script("notify", f'echo "$(date +%s.%N)|$NOTIFYTYPE|$UPSNAME|$1" >> {self.notes_file}')
        self.script("down", f"date +%s.%N >> {self.down_file}")
        settings = {
            "SHUTDOWNCMD": f'"{folder / "down"}"',
            "NOTIFYCMD": f'"{folder / "notify"}"',
            "POWERDOWNFLAG": str(self.flag),
            "POLLFREQ": "1",
            "POLLFREQALERT": "1",
            "FINALDELAY": "0",
        }
        known = {line.split()[0] for line in lines}
        text = [f"{name} {value}" for name, value in settings.items() if name not in known]
        text += [f"MONITOR {name}@127.0.0.1:{nut.port} {power} mon pw {role}" for name, power, role in monitors]
        types = C_TYPES if c else tuple(TYPES)
        text += [f"NOTIFYFLAG {kind} SYSLOG+EXEC" for kind in types]
        self.file.write_text("\n".join([*text, *lines, ""]))
        self.file.chmod(0o644)
        self.process: Process

    @property
    def file(self) -> Path:
        """upsmon.conf."""
        return self.conf / "upsmon.conf"

    def script(self, name: str, text: str) -> None:
        """Write a program of the configuration."""
        path = self.conf / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    @contextlib.contextmanager
    def running(self, *options: str, user: str = "root") -> Iterator[Process]:
        """Run it; it is ready when it has logged in to all its UPSes."""
        env = {**self.nut.env, "NUT_CONFPATH": str(self.conf), "NUT_PIDPATH": str(self.conf)}
        argv = ["-F", "-u", user, *options]
        if self.c:
            argv = [*_private_pid_file(), need("upsmon", package="nut-client"), *argv]
        else:
            argv = [program("upsmon"), *argv]
        with running(*argv, env=env, ready=self._ready) as self.process:
            yield self.process

    def _ready(self, process: Process) -> bool:
        return "UPS: " in process.stderr()

    def texts(self) -> list[str]:
        """What it has logged as notifications, in order."""
        stock = {kind.text.replace("%s", "") for kind in TYPES.values()}
        lines = [line.split("\t")[-1] for line in self.process.stderr().splitlines()]
        names = [f"{name}@127.0.0.1:{self.nut.port}" for name in self.upses()]
        return [line for line in lines if any(line.replace(name, "") in stock for name in [*names, "\0"])]

    def wait_texts(self, count: int) -> None:
        """Wait until so much was told."""
        until(lambda: len(self.texts()) >= count, 10, f"{count} texts")

    def upses(self) -> list[str]:
        lines = self.file.read_text().splitlines()
        return [line.split()[1].partition("@")[0] for line in lines if line.startswith("MONITOR")]

    def notes(self) -> list[Note]:
        """The calls of NOTIFYCMD so far, in the order in which they happened."""
        if not self.notes_file.exists():
            return []
        found = []
        for line in self.notes_file.read_text().splitlines():
            at, kind, ups, text = line.split("|", 3)
            found.append(Note(float(at), kind, ups.partition("@")[0], text))
        return found

    def kinds(self) -> list[str]:
        return [note.kind for note in self.notes()]

    def wait_note(self, kind: str, limit: float = 15) -> Note:
        """The first notification of a type."""
        note: Note = until(
            lambda: next((note for note in self.notes() if note.kind == kind), None), limit, f"{kind}; {self.report()}"
        )  # type: ignore[assignment]
        return note

    def wait_down(self, limit: float = 20) -> float:
        """The time at which SHUTDOWNCMD began."""
        until(self.is_down, limit, f"SHUTDOWNCMD; {self.report()}")
        return float(self.down_file.read_text().split()[0])

    def is_down(self) -> bool:
        return self.down_file.exists() and self.down_file.read_text().endswith("\n")

    def report(self) -> str:
        return self.process.report()

    def monitor_pid(self) -> int:
        """The process without rights: the child of the one that was started."""
        answer = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return int(answer.stdout.split()[0])


C_TYPES = ("ONLINE", "ONBATT", "LOWBATT", "FSD", "COMMOK", "COMMBAD", "SHUTDOWN", "REPLBATT", "NOCOMM", "NOPARENT")
"""The types that 2.8.0 knows, but for CAL, which it tells in the log alone."""


def _private_pid_file() -> list[str]:
    """C has one place for its pid file, built in: a mount namespace of its own lets several run."""
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if probe.returncode:
        return []
    return ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run/nut && exec "$@"', "sh"]


def say(nut: CNut, ups: str, status: str) -> float:
    """Let a UPS say something; when that was."""
    at = time.time()
    answer = nut.ask("USERNAME admin", "PASSWORD adm", f'SET VAR {ups} ups.status "{status}"')
    assert answer == ["OK", "OK", "OK"], answer
    return at


def logins(nut: CNut, ups: str) -> int:
    return int(nut.ask(f"GET NUMLOGINS {ups}")[0].split()[-1])


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    """Kill one process, without a chance to tidy up."""
    os.kill(pid, signal.SIGKILL)
