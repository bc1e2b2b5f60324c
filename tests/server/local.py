"""A server in the test's own process: its clock is the test's, its drivers and clients are ends of socket pairs."""

from __future__ import annotations

import _socket
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from wallnut.config.files import parse_ups_conf, parse_upsd_conf, parse_upsd_users
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.io.stream import Stream, pair
from wallnut.server.upsd import Upsd

LIMIT = 10.0
UPS_CONF = "[u]\ndriver = d\nport = p\n[v]\ndriver = d\nport = p\ndesc = V\n"
USERS = """\
[admin]
password = adm
actions = SET FSD
instcmds = ALL
[mon]
password = pw
upsmon primary
"""
DUMP = """\
SETINFO battery.charge "100"
SETINFO ups.id "rack"
SETAUX ups.id 8
SETFLAGS ups.id RW STRING
SETINFO ups.status "OL"
ADDCMD test.panel.start
DATAOK
DUMPDONE
"""


class Driver:
    """The driver's end of a link, made of bytes. `told` is what the server said to it."""

    def __init__(self, local: Local, stream: Stream) -> None:
        self._local, self.stream = local, stream
        self.told = b""
        self.closed: str | None = None
        stream.on_data = self._data
        stream.on_close = self._over

    def _data(self, data: bytes) -> None:
        self.told += data

    def _over(self, reason: str) -> None:
        self.closed = reason

    def say(self, text: str) -> None:
        """Say some lines, and let the server take them in."""
        self.stream.write(text.encode("latin-1"))
        self._local.settle()

    def heard(self) -> str:
        """What the server said since the last time."""
        told, self.told = self.told.decode("latin-1"), b""
        return told


class Client:
    """The client's end of a connection; what it receives waits in its socket until it reads."""

    def __init__(self, local: Local, sock: socket.socket) -> None:
        self._local, self.socket = local, sock
        self.got = b""
        self.over = False

    def send(self, data: bytes) -> None:
        """Send, while the server runs, and let it answer."""
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                self._local.loop.run_once(0)
                self.read()
            except (BrokenPipeError, ConnectionResetError):
                self.over = True
                return
        self._local.settle()

    def read(self) -> bytes:
        """What has come since the last time."""
        got = b""
        while not self.over:
            try:
                piece = self.socket.recv(1 << 20)
            except BlockingIOError:
                break
            except ConnectionResetError:
                piece = b""
            self.over = not piece
            got += piece
        return got

    def ask(self, *requests: str) -> list[str]:
        """The lines that answer some requests."""
        self.send("".join(f"{request}\n" for request in requests).encode("latin-1"))
        return self.lines()

    def wait(self, count: int) -> list[str]:
        """So many lines, in real time: for what a thread has to do first."""
        lines: list[str] = []

        def enough() -> bool:
            lines.extend(self.lines())
            return len(lines) >= count

        self._local.until(enough, f"{count} lines")
        return lines

    def lines(self) -> list[str]:
        """The lines that came."""
        self._local.settle()
        return self.read().decode("latin-1").splitlines()


class Local:
    """An Upsd on a loop of its own. `now` is its clock."""

    def __init__(self, *, ups: str = UPS_CONF, conf: str = "", users: str = USERS, most: int = 1000) -> None:
        self.now = 1000.0
        self.loop = Loop(lambda: self.now)
        self.log = Memory(10_000)
        ups_conf = parse_ups_conf(ups.encode())[0]
        upsd_conf = parse_upsd_conf(conf.encode())[0]
        upsd_users = parse_upsd_users(users.encode())[0]
        self.upsd = Upsd(self.loop, self.log, ups_conf, upsd_conf, upsd_users, statepath="/nowhere", most=most)
        self.upsd.start()
        self._open: list[socket.socket | Stream] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.upsd.close()
        for one in self._open:
            one.close()
        self.loop.close()

    def settle(self) -> None:
        """Run the loop until nothing more happens."""
        for _ in range(4):
            self.loop.run_once(0)

    def until(self, predicate: Callable[[], object], what: str) -> None:
        """Run the loop, in real time, until something is true."""
        deadline = time.monotonic() + LIMIT
        while not predicate():
            assert time.monotonic() < deadline, f"waited {LIMIT:g} s for {what}; log: {self.log.texts}"
            self.loop.run_once(0.002)

    def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Move the clock in steps, each with all that it brings about."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + step, end)
            self.settle()

    def driver(self, name: str = "u", dump: str = DUMP) -> Driver:
        """A driver that comes, is asked for everything, and says `dump`."""
        theirs, ours = pair(self.loop, f"{name} driver")
        self._open.append(theirs)
        driver = Driver(self, theirs)
        self.upsd.attach(name, ours)
        self.settle()
        assert driver.heard() == "DUMPALL\n"
        if dump:
            driver.say(dump)
        return driver

    def client(self, address: str = "192.0.2.1") -> Client:
        """A client that connects."""
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        self._open.append(theirs)
        self.upsd.accept(_socket.socket(fileno=ours.detach()), address)
        return Client(self, theirs)

    def user(self, name: str = "admin", password: str = "adm", address: str = "192.0.2.1") -> Client:
        """A client that has said who it is."""
        client = self.client(address)
        assert client.ask(f"USERNAME {name}", f"PASSWORD {password}") == ["OK", "OK"]
        return client

    def sessions(self) -> int:
        """How many clients there are."""
        return len(self.upsd.sessions)
