"""A client made of bytes, for tests that look at every line."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self


class Talk:
    """A connection to a server on 127.0.0.1."""

    def __init__(self, port: int, timeout: float = 5) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> str:
        """The next line; "" at the end."""
        return self._file.readline().decode("latin-1").rstrip("\n")

    def ask(self, request: str | bytes) -> list[str]:
        """The answer to one request: a line, or a whole frame."""
        data = request if isinstance(request, bytes) else request.encode("latin-1")
        self.send(data + b"\n")
        return self.answer()

    def answer(self) -> list[str]:
        """One answer, as `ask` gives it."""
        lines = [self.line()]
        if lines[0].startswith("BEGIN LIST "):
            while not lines[-1].startswith("END LIST "):
                line = self.line()
                assert line, f"a frame that ends early: {lines}"
                lines.append(line)
        return lines

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.socket.close()
