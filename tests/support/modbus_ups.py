"""A Modbus device for tests, over TCP and over a serial line (a pty), that can be made to misbehave.

with serving(Tables({0: 1})) as device:
    ... 127.0.0.1:device.port ...
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

COILS, INPUTS, HOLDING, INPUT = 1, 2, 3, 4
"""Tables, by the function that reads them."""
WRITTEN = {5: COILS, 15: COILS, 6: HOLDING, 16: HOLDING}

Twist = Callable[[bytes], "list[bytes | float]"]
"""What becomes of an answer's frame on its way: pieces, and seconds to wait between them."""


def faithful(frame: bytes) -> list[bytes | float]:
    """The frame as it is."""
    return [frame]


class Tables:
    """What a device holds. Where an address is in no table it refuses, as `holes` says; `written` is what it was told:
    function, address and values."""

    def __init__(self, holding: dict[int, int] | None = None, *, unit: int = 1, holes: bool = True) -> None:
        self.unit, self.holes = unit, holes
        self.tables: dict[int, dict[int, int]] = {COILS: {}, INPUTS: {}, HOLDING: dict(holding or {}), INPUT: {}}
        self.written: list[tuple[int, int, tuple[int, ...]]] = []
        self.asked: list[tuple[int, int, int]] = []
        self.refuse: set[int] = set()
        """Addresses that may not be written."""

    def put(self, table: int, address: int, *values: int) -> None:
        """Fill a table from an address on."""
        for at, value in enumerate(values, address):
            self.tables[table][at] = value

    def answer(self, pdu: bytes) -> bytes:
        """The answer to a request, both without address and checksum."""
        function = pdu[0]
        if function in self.tables:
            return self._read(function, *struct.unpack(">HH", pdu[1:5]))
        if function in WRITTEN:
            return self._write(function, pdu)
        return bytes((function | 0x80, 1))

    def _read(self, function: int, address: int, count: int) -> bytes:
        self.asked.append((function, address, count))
        table = self.tables[function]
        if self.holes and any(at not in table for at in range(address, address + count)):
            return bytes((function | 0x80, 2))
        values = [table.get(at, 0) for at in range(address, address + count)]
        if function in (HOLDING, INPUT):
            body = b"".join(struct.pack(">H", value) for value in values)
        else:
            bits = sum(bool(value) << number for number, value in enumerate(values))
            body = bits.to_bytes((count + 7) // 8, "little")
        return bytes((function, len(body))) + body

    def _write(self, function: int, pdu: bytes) -> bytes:
        address, second = struct.unpack(">HH", pdu[1:5])
        if function in (5, 6):
            values: tuple[int, ...] = (second,) if function == 6 else (int(second == 0xFF00),)
        elif function == 16:
            values = struct.unpack(f">{second}H", pdu[6 : 6 + 2 * second])
        else:
            bits = int.from_bytes(pdu[6:], "little")
            values = tuple(bits >> number & 1 for number in range(second))
        self.written.append((function, address, values))
        if address in self.refuse:
            return bytes((function | 0x80, 4))
        self.put(WRITTEN[function], address, *values)
        return pdu[:5]


class Device:
    """A device that is served. `port` is its TCP port, `path` its serial line, where it has them. `twist` is what
    becomes of its answers; `silent` whether it says nothing at all."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.port, self.path = 0, ""
        self.twist: Twist = faithful
        self.silent = False
        self.over = threading.Event()

    def send(self, frame: bytes, write: Callable[[bytes], object]) -> None:
        """Send an answer, with what the twist makes of it."""
        if self.silent:
            return
        for piece in self.twist(frame):
            if isinstance(piece, bytes):
                write(piece)
            else:
                self.over.wait(piece)

    def say_tcp(self, data: bytes, write: Callable[[bytes], object]) -> bytes:
        """Answer the requests in `data`; what is left of it."""
        while len(data) >= 6 and len(data) >= 6 + (length := int.from_bytes(data[4:6], "big")):
            frame, data = data[: 6 + length], data[6 + length :]
            if frame[6] == self.tables.unit:
                answer = frame[6:7] + self.tables.answer(frame[7:])
                self.send(frame[:4] + len(answer).to_bytes(2, "big") + answer, write)
        return data

    def say_rtu(self, data: bytes, write: Callable[[bytes], object]) -> bytes:
        """The same for a serial line."""
        while len(data) >= 8:
            size = 9 + data[6] if data[1] in (15, 16) else 8
            if len(data) < size:
                break
            frame, data = data[:size], data[size:]
            if crc(frame[:-2]) == frame[-2:] and frame[0] == self.tables.unit:
                answer = frame[:1] + self.tables.answer(frame[1:-2])
                self.send(answer + crc(answer), write)
        return data


def crc(data: bytes) -> bytes:
    """The checksum of RTU. Source: MODBUS over Serial Line V1.02, 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


@contextmanager
def serving(tables: Tables, port: int = 0) -> Iterator[Device]:
    """A device behind TCP."""
    device = Device(tables)
    with socket.create_server(("127.0.0.1", port)) as listener:
        device.port = listener.getsockname()[1]
        threads = [threading.Thread(target=_accept, args=(listener, device))]
        threads[0].start()
        try:
            yield device
        finally:
            device.over.set()
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join(10)


def _accept(listener: socket.socket, device: Device) -> None:
    links: list[tuple[socket.socket, threading.Thread]] = []
    while not device.over.is_set():
        try:
            link, _ = listener.accept()
        except OSError:
            break
        thread = threading.Thread(target=_converse, args=(link, device))
        thread.start()
        links.append((link, thread))
    for link, thread in links:
        try:
            link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        thread.join(10)


def _converse(link: socket.socket, device: Device) -> None:
    data = b""
    with link:
        try:
            while piece := link.recv(4096):
                data = device.say_tcp(data + piece, link.sendall)
        except OSError:
            pass


@contextmanager
def on_line(tables: Tables, folder: Path, name: str = "ttyUPS") -> Iterator[Device]:
    """A device at the other end of a serial line, which is a link in `folder` (C's driver wants /dev/tty in a path)."""
    device = Device(tables)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    path = folder / "dev" / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(os.ttyname(theirs))
    device.path = str(path)
    thread = threading.Thread(target=_answer_line, args=(ours, device))
    thread.start()
    try:
        yield device
    finally:
        device.over.set()
        thread.join(10)
        path.unlink()
        os.close(ours)
        os.close(theirs)


def _answer_line(line: int, device: Device) -> None:
    data = b""
    while not device.over.is_set():
        if select.select([line], [], [], 0.05)[0]:
            data = device.say_rtu(data + os.read(line, 4096), lambda piece: os.write(line, piece))
        else:
            data = b""  # a pause ends a frame
