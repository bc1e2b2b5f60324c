"""A server that says what a test tells it to."""

from __future__ import annotations

import contextlib
import socket
import threading


class Scripted:
    """A server that answers from a table of lines; what it does not know is OK. `heard` is all it was told."""

    def __init__(self, answers: dict[str, str], port: int = 0) -> None:
        self.answers, self.heard = answers, list[str]()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._peers: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.name = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self._peers.append(peer)
                with contextlib.suppress(OSError):
                    self._talk(peer)

    def _talk(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rwb") as lines:
            for line in lines:
                self.heard.append(line.decode("latin-1").rstrip("\n"))
                lines.write(self.answers.get(self.heard[-1], "OK").encode() + b"\n")
                lines.flush()

    def close(self) -> None:
        for sock in (self._listener, *self._peers):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
