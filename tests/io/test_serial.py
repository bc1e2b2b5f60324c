"""Serial lines on a pty, on a network socket, on a tape."""

from __future__ import annotations

import os
import select
import socket
import termios
import tty
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.support.wait import until
from wallnut.io.record import Tape
from wallnut.io.serial import Port, Serial
from wallnut.model.errors import DeviceError


class Wire(NamedTuple):
    """A line's two ends: the device's descriptor, our port, and the path."""

    device: int
    port: Port
    path: str


@pytest.fixture
def wire() -> Iterator[Wire]:
    device, ours = os.openpty()
    tty.setraw(ours)
    path = os.ttyname(ours)
    port = Serial(path, baud=2400).open()
    yield Wire(device, port, path)
    port.close()
    for descriptor in (device, ours):
        os.close(descriptor)


def test_exchange(wire: Wire) -> None:
    wire.port.write(b"Q1\r")
    assert os.read(wire.device, 9) == b"Q1\r"
    os.write(wire.device, b"(228.0\r(229.0\rrest")
    assert wire.port.read_until(b"\r", 5) == b"(228.0\r"
    assert wire.port.read_until(b"\r", 5) == b"(229.0\r"
    assert wire.port.read_until(b"\r", 0.05) == b"rest", "what came before the time was over"
    assert wire.port.read(4, 0) == b""
    os.write(wire.device, b"abcdef")
    assert wire.port.read(4, 5) == b"abcd"
    assert wire.port.read_until(b"\r", 0, most=1) == b"e"
    wire.port.discard()
    assert wire.port.read(4, 0) == b""


def test_byte_by_byte(wire: Wire) -> None:
    wire.port.write(b"Y\x01", pace=0.001)
    assert os.read(wire.device, 9) == b"Y\x01"


def test_waiting_in_another_thread(wire: Wire) -> None:
    waits = select.poll()
    waits.register(wire.port.fileno(), select.POLLIN)
    assert waits.poll(0) == []
    os.write(wire.device, b"!")
    assert waits.poll(5000)
    wire.port.close()
    assert wire.port.fileno() == -1
    assert Serial("x").replay(Tape()).fileno() == -1


@pytest.mark.parametrize("hangup", [True, False])
def test_lines_that_stay_as_they_are(wire: Wire, hangup: bool) -> None:
    attributes = termios.tcgetattr(wire.device)
    attributes[2] |= termios.HUPCL
    termios.tcsetattr(wire.device, termios.TCSANOW, attributes)
    port = Serial(wire.path, exclusive=False, hangup=hangup).open()
    assert bool(termios.tcgetattr(wire.device)[2] & termios.HUPCL) is hangup
    port.close()


def test_one_program_at_a_time(wire: Wire) -> None:
    with pytest.raises(DeviceError, match=f"{wire.path} is in use by another program"):
        Serial(wire.path).open()
    Serial(wire.path, exclusive=False).open().close()


def test_no_such_line() -> None:
    with pytest.raises(DeviceError, match="can't open /dev/nowhere: No such file or directory"):
        Serial("/dev/nowhere").open()


def test_pulled_cable() -> None:
    device, ours = os.openpty()
    port = Serial(os.ttyname(ours)).open()
    os.close(ours)
    os.close(device)
    with pytest.raises(DeviceError):
        port.write(b"Q1\r")
    with pytest.raises(DeviceError):
        port.read(1, 1)
    with pytest.raises(DeviceError):
        port.lines()
    port.close()


def test_behind_a_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = Serial(f"socket://127.0.0.1:{listener.getsockname()[1]}").open()
        listener.settimeout(10)
        peer = listener.accept()[0]
        with peer:
            port.write(b"Q1\r")
            assert peer.recv(9) == b"Q1\r"
            peer.sendall(b"(1\r")
            assert port.read_until(b"\r", 5) == b"(1\r"
        port.close()


def test_recorded_and_replayed(wire: Wire) -> None:
    tape = Tape()
    port = Serial(wire.path).record(wire.port, tape)
    port.write(b"Q1\r")
    os.write(wire.device, b"(228.0\r#late")
    assert port.read_until(b"\r", 5) == b"(228.0\r"
    until(lambda: port.read(9, 0) == b"#late", 5, "the rest")
    assert [(line.kind, line.text) for line in tape.lines] == [(">", "Q1\\r"), ("<", "(228.0\\r"), ("<", "#late")]
    tape.asked("[lines]")
    tape.answered("CTS CD")
    played = Serial(wire.path).replay(Tape(tape.lines))
    played.write(b"Q1\r")
    assert played.read_until(b"\r", 60) == b"(228.0\r"
    assert played.read(9, 60) == b"#late"
    played.write(b"nobody said this\r")
    assert played.read(9, 60) == b""
    assert played.lines() == {"CTS", "CD"}
