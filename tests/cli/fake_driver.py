"""A driver that only tests know: enums, ranges, commands, and answers to order. It speaks on a driver's socket."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path

from wallnut.proto import driver
from wallnut.proto.words import Lexer, quote

DUMP = """\
SETINFO ups.status "OL"
SETINFO ups.beeper.status "enabled"
ADDENUM ups.beeper.status "disabled"
ADDENUM ups.beeper.status "enabled"
ADDENUM ups.beeper.status "a \\"b\\" \\#c"
SETAUX ups.beeper.status 10
SETFLAGS ups.beeper.status RW STRING
SETINFO battery.charge.low "20"
ADDENUM battery.charge.low "10"
ADDENUM battery.charge.low "20"
SETFLAGS battery.charge.low RW
SETINFO input.transfer.low "196.5"
ADDRANGE input.transfer.low 160 180
ADDRANGE input.transfer.low 190 200
SETFLAGS input.transfer.low RW
SETINFO ups.delay.shutdown "x"
ADDRANGE ups.delay.shutdown 0 10
SETFLAGS ups.delay.shutdown RW
SETINFO ups.id "a \\"b\\" \\#c \\\\d"
SETAUX ups.id 40
SETFLAGS ups.id RW STRING
ADDCMD beeper.mute
ADDCMD test.panel.start
ADDCMD vendor.specific
DATAOK
DUMPDONE
"""


class FakeDriver:
    """A driver at a socket. `verdict` is the TRACKING code that every request gets (None: no answer).

    `seen` holds what it was told to do: (verb, name, value).
    """

    def __init__(self, path: Path) -> None:
        self.verdict: int | None = driver.HANDLED
        self.seen: list[tuple[str, str, str]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        self._listener.listen()
        self._peers: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        for sock in (self._listener, *self._peers):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self._peers.append(peer)
                self._talk(peer)

    def _talk(self, peer: socket.socket) -> None:
        lexer = Lexer()
        with contextlib.suppress(OSError):
            while data := peer.recv(65536):
                for words in lexer.feed(data):
                    assert isinstance(words, list)
                    self._answer(peer, words)

    def _answer(self, peer: socket.socket, words: list[str]) -> None:
        if words[:1] == ["DUMPALL"]:
            peer.sendall(DUMP.encode())
        elif words[:1] == ["PING"]:
            peer.sendall(b"PONG\n")
        elif words[:1] in (["SET"], ["INSTCMD"]):
            tracking = words[words.index("TRACKING") + 1] if "TRACKING" in words else ""
            plain = words[: words.index("TRACKING")] if tracking else words
            self.seen.append((plain[0], plain[1], " ".join(plain[2:])))
            if tracking and self.verdict is not None:
                peer.sendall(f"TRACKING {tracking} {self.verdict}\n".encode())
            if words[0] == "SET" and self.verdict == driver.HANDLED:
                peer.sendall(f"SETINFO {words[1]} {quote(words[2])}\n".encode())
