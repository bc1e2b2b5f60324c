"""A connection to a driver's socket, C's or ours, for tests that ask one thing after another."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.wait import until
from wallnut.model.state import UpsState
from wallnut.proto.driver import decode
from wallnut.proto.words import Lexer

LIMIT = 15.0


class DriverSocket:
    """What a driver says. It is asked for everything at the start, and listened to from then on."""

    def __init__(self, path: Path) -> None:
        self.state = UpsState()
        self.results: dict[str, int] = {}
        self.dumped = False
        self._ids = (f"t{number}" for number in itertools.count(1))
        self._lexer = Lexer()
        self._link = socket.socket(socket.AF_UNIX)
        until(lambda: self._connect(path), LIMIT, f"{path.name} to be there")
        self._link.setblocking(False)
        self._say("DUMPALL")
        self.until(lambda: self.dumped and not self.state.stale, "fresh data")

    def _connect(self, path: Path) -> bool:
        try:
            self._link.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()

    def _say(self, line: str) -> None:
        self._link.setblocking(True)
        self._link.sendall(f"{line}\n".encode())
        self._link.setblocking(False)

    def listen(self) -> None:
        """Take in what has come."""
        try:
            data = self._link.recv(65536)
        except BlockingIOError:
            return
        for words in self._lexer.feed(data):
            if not isinstance(words, list) or not words:
                continue
            if words[0] == "TRACKING":
                self.results[words[1]] = int(words[2])
                continue
            self.dumped |= words[0] == "DUMPDONE"
            message = decode(words)
            if message is not None:
                self.state.apply(message)

    def until(self, predicate: Callable[[], object], what: str) -> None:
        """Listen until something is true."""

        def attempt() -> object:
            self.listen()
            return predicate()

        until(attempt, LIMIT, what)

    def await_value(self, name: str, value: str | None) -> None:
        """Wait for a variable's value; None: for its end."""
        self.until(lambda: self.value(name) == value, f"{name} to be {value!r}, not {self.value(name)!r}")

    def await_status(self, status: str) -> None:
        """Wait for these words of ups.status, whatever their order."""
        words = sorted(status.split())
        self.until(lambda: sorted(self.state.value("ups.status").split()) == words, f"ups.status to be {status}")

    def await_stale(self, stale: bool) -> None:
        """Wait until the data is stale, or fresh."""
        self.until(lambda: self.state.stale is stale, "stale data" if stale else "fresh data")

    def value(self, name: str) -> str | None:
        """A variable, None where there is none."""
        variable = self.state.variables.get(name.lower())
        return None if variable is None else variable.value

    def do(self, *requests: str) -> list[int]:
        """Say SETs and INSTCMDs, all at once, and wait for their results."""
        asked = {next(self._ids): request for request in requests}
        for id, request in asked.items():
            self._say(f"{request} TRACKING {id}")
        self.until(lambda: asked.keys() <= self.results.keys(), f"the results of {requests}")
        return [self.results[id] for id in asked]
