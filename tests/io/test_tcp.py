"""TCP connections for drivers: for real, on a tape, and lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.support.ports import free_port
from wallnut.io.record import Tape
from wallnut.io.tcp import Tcp
from wallnut.model.errors import DeviceError


@pytest.fixture
def port() -> Iterator[int]:
    """A server that takes one connection, says `hello` to what comes, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                link.recv(10)
                link.sendall(b"hel")
                link.sendall(b"lo")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        number: int = server.getsockname()[1]
        yield number
        thread.join(10)


def test_exchange_and_tape(port: int) -> None:
    way, tape = Tcp("127.0.0.1", port), Tape()
    noted = way.record(way.open(), tape)
    noted.write(b"\0?")
    assert noted.read(2, 5) == b"he"
    assert noted.read(3, 5) == b"llo"
    with pytest.raises(DeviceError, match=f"the connection to 127.0.0.1:{port} failed: it was closed"):
        noted.read(1, 5)
    noted.close()
    assert [(line.kind, line.text) for line in tape.lines[:3]] == [(">", "\\x00?"), ("<", "he"), ("<", "llo")]
    assert tape.lines[3].kind == "!"
    played = way.replay(Tape(tape.lines[:3]))
    played.write(b"\0?")
    assert played.read(4, 5) == b"hell"
    with pytest.raises(DeviceError, match="the recording ends here"):
        played.read(2, 5)
    played.close()
    with pytest.raises(DeviceError, match="no answer to x"):
        played.write(b"x")


def test_silence_has_an_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Tcp("127.0.0.1", server.getsockname()[1]).open()
        with pytest.raises(DeviceError, match="no answer in time"):
            connection.read(1, 0.02)
        connection.close()


def test_nobody_there() -> None:
    number = free_port()
    with pytest.raises(DeviceError, match=f"can't connect to 127.0.0.1:{number}: Connection refused"):
        Tcp("127.0.0.1", number).open()
    with pytest.raises(DeviceError, match=r"can't connect to nowhere.invalid:1: "):
        Tcp("nowhere.invalid", 1).open()
    assert str(Tcp("::1", 3551)) == "[::1]:3551"
