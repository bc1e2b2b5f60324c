"""C NUT's upsd and dummy-ups, run privately: own folders, own port, stopped whatever happens.

with CNut(tmp_path).ups("dummy", "ups.status: OL\n").user("admin", "adm", "actions = SET", "instcmds = ALL") as nut:
    ... 127.0.0.1:nut.port ...
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.support.peers import need
from tests.support.ports import free_port
from tests.support.procs import Process, running
from tests.support.wait import until


def ask(port: int, *lines: str, timeout: float = 5) -> list[str]:
    """Say some lines to a server on 127.0.0.1 and then LOGOUT; the lines it answers, its goodbye left out."""
    with socket.create_connection(("127.0.0.1", port), timeout) as link:
        link.sendall("".join(f"{line}\n" for line in (*lines, "LOGOUT")).encode("latin-1"))
        answer = b""
        while piece := link.recv(65536):
            answer += piece
    found = answer.decode("latin-1").splitlines()
    assert found[-1:] == ["OK Goodbye"], found
    return found[:-1]


class CNut:
    """A server with its drivers. `folder` is for the configuration; `state`, with the sockets, has a short path.

    `dummy` and `upsd` are programs to run in the place of C's.
    """

    def __init__(self, folder: Path, *, dummy: str = "", upsd: str = "") -> None:
        self._programs = {"dummy-ups": dummy, "upsd": upsd}
        self.conf = folder / "nut"
        self.conf.mkdir(mode=0o750)
        self.state = Path(tempfile.mkdtemp(prefix="cnut-"))
        self.state.chmod(0o750)  # mkdtemp's 0700 would do too; upsd warns about a world-readable one
        self.port = free_port()
        self.drivers: dict[str, Process] = {}
        self.upsd: Process | None = None
        self._sections: list[str] = []
        self._dummies: list[str] = []
        self._users: list[str] = []
        self._server: list[str] = []
        self._stack = contextlib.ExitStack()

    @property
    def env(self) -> Mapping[str, str]:
        """What a NUT program needs in its environment to belong to this set-up."""
        return {
            "NUT_CONFPATH": str(self.conf),
            "NUT_STATEPATH": str(self.state),
            "NUT_ALTPIDPATH": str(self.state),
            "NUT_PIDPATH": str(self.state),
        }

    def socket(self, ups: str, driver: str = "dummy-ups") -> Path:
        """Where a driver's socket is."""
        return self.state / f"{driver}-{ups}"

    def ups(self, name: str, variables: str, *options: str) -> Self:
        """A UPS by C dummy-ups: `variables` is the text of its .dev file, `options` more lines of its section."""
        (self.conf / f"{name}.dev").write_text(variables, "latin-1")
        self._dummies.append(name)
        return self.section(name, "driver = dummy-ups", f"port = {name}.dev", "mode = dummy-once", *options)

    def section(self, name: str, *lines: str) -> Self:
        """A section of ups.conf whose driver somebody else starts, or nobody."""
        self._sections.append("".join((f"[{name}]\n", *(f"  {line}\n" for line in lines))))
        return self

    def user(self, name: str, password: str, *lines: str) -> Self:
        """A user of upsd.users."""
        self._users.append("".join((f"[{name}]\n", f'  password = "{password}"\n', *(f"  {line}\n" for line in lines))))
        return self

    def server(self, *lines: str) -> Self:
        """More lines for upsd.conf."""
        self._server += lines
        return self

    def start(self, *, server: bool = True) -> Self:
        """Write the files, start drivers and server, and wait until every C driver's data is served.

        Without the server the drivers' sockets are yours: keep one connection open, or they spin.
        """
        try:
            self._write()
            for name in self._dummies:
                self._start_driver(name)
            for name in self._dummies:
                until(self.socket(name).exists, 10, f"the driver of {name}")
            if not server:
                return self
            self.start_server()
        except BaseException:
            self.stop()
            raise
        return self

    def start_server(self) -> None:
        """Start the server, also again after it was ended."""
        argv = (self._program("upsd"), "-F", "-u", "root")
        self.upsd = self._stack.enter_context(running(*argv, ready=self._serves, env=self.env))

    def start_driver(self, name: str) -> Process:
        """Start a UPS's dummy-ups again, and wait for its socket."""
        driver = self._start_driver(name)
        until(self.socket(name).exists, 10, f"the driver of {name}")
        return driver

    def stop_driver(self, name: str) -> None:
        """End a UPS's dummy-ups."""
        self.drivers.pop(name).stop()

    def stop(self) -> None:
        """End everything; the server first, or its drivers would spin."""
        self._stack.close()
        self.drivers.clear()
        shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, *lines: str) -> list[str]:
        """What the server answers to some lines."""
        return ask(self.port, *lines)

    def wait_for(self, ups: str, variable: str, value: str, limit: float = 10) -> None:
        """Wait until the server shows a value."""
        line = f"GET VAR {ups} {variable}"
        until(lambda: self.ask(line) == [f'VAR {ups} {variable} "{value}"'], limit, f"{variable} to be {value!r}")

    def _write(self) -> None:
        files = {
            "nut.conf": "MODE=netserver\n",
            # dummy-ups sleeps one second of each interval, deaf to its socket
            "ups.conf": "pollinterval = 4\n" + "".join(self._sections),
            "upsd.conf": "".join(f"{line}\n" for line in (f"LISTEN 127.0.0.1 {self.port}", *self._server)),
            "upsd.users": "".join(self._users),
        }
        for name, text in files.items():
            (self.conf / name).write_text(text, "latin-1")
            (self.conf / name).chmod(0o640)

    def _program(self, name: str) -> str:
        return self._programs[name] or need(name, package="nut-server")

    def _start_driver(self, name: str) -> Process:
        argv = (self._program("dummy-ups"), "-F", "-u", "root", "-a", name)
        self.drivers[name] = self._stack.enter_context(running(*argv, env=self.env))
        return self.drivers[name]

    def _serves(self, _: Process) -> bool:
        lines = [f"GET VAR {name} ups.status" for name in self._dummies]
        try:
            answers = self.ask(*lines)
        except OSError:
            return False
        return all(not line.startswith("ERR") and not line.endswith('"WAIT"') for line in answers)
