"""SHUT, Serial HID UPS Transfer: a USB HID UPS on a serial line, as MGE and Eaton made them.

USB's control requests go in packets of at most 8 bytes, each acknowledged:

    type (01 request, 04 response, 05 notification; + 80 on the last packet), length twice in one byte, data, their XOR

Bytes that stand alone: 06 taken, 15 not taken, say it again; 16, 17, 18 begin the talk, with all notifications, the
important ones, or none, and are sent back by the UPS.

Source: NUT's drivers/libshut.c (numbers of the protocol, times); "Device Class Definition for HID" 1.11, section 7, and
USB 2.0, section 9.4 (requests).
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING

from wallnut.io.hid import HidDevice, HidGone, Identity
from wallnut.io.serial import Serial
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.io.hid import Hid
    from wallnut.io.record import Tape
    from wallnut.io.serial import Port

BAUD = 2400
LIMIT = 3.0
"""Seconds for a byte to come."""
SYNC_LIMIT = 1.0
TRIES = 4
LONGEST = 0x1800
"""Bytes of a report descriptor, at the most."""
_REQUEST, _RESPONSE, _NOTIFICATION, _LAST = 0x01, 0x04, 0x05, 0x80
_ACK, _NACK = b"\x06", b"\x15"
NOTIFY_ALL, NOTIFY_SOME, NOTIFY_NONE = b"\x16", b"\x17", b"\x18"
_SYNCS = (NOTIFY_ALL, NOTIFY_SOME, NOTIFY_NONE)
_PACKET = 8
_KEPT = 32
"""Notifications that are kept, or heard one after another."""
_GET_DESCRIPTOR, _GET_REPORT, _SET_REPORT = 6, 1, 9
_DEVICE, _STRING, _HID, _REPORT = 1, 3, 0x21, 0x22
_INPUT, _FEATURE = 1, 3
_FULL_DESCRIPTOR = 0x0202
"""Release of Eaton's that have a short report descriptor at index 0, and all of it at index 1."""


def checksum(data: bytes) -> int:
    """The XOR of some bytes."""
    return reduce(xor, data, 0)


def packet(kind: int, data: bytes, *, last: bool = True) -> bytes:
    """At most 8 bytes as a packet."""
    size = len(data)
    return bytes((kind | _LAST * last, size << 4 | size)) + data + bytes((checksum(data),))


def packets(kind: int, data: bytes) -> list[bytes]:
    """Any number of bytes as packets."""
    parts = [data[at : at + _PACKET] for at in range(0, len(data), _PACKET)] or [b""]
    return [packet(kind, part, last=part is parts[-1]) for part in parts]


class Line:
    """A line on which SHUT is spoken. `news` are notifications that came in between, whole reports.

    Every method raises DeviceError where the UPS does not answer, or answers nonsense.
    """

    def __init__(self, port: Port, notify: bytes = NOTIFY_NONE) -> None:
        self._port, self._notify = port, notify
        self.news: deque[bytes] = deque(maxlen=_KEPT)
        self._parts = bytearray()

    def begin(self) -> None:
        """Begin the talk. Early models of the Ellipse know only NOTIFY_ALL."""
        for greeting in dict.fromkeys((self._notify, NOTIFY_ALL)):
            for _ in range(TRIES):
                self._port.discard()
                self._port.write(greeting)
                if self._port.read(1, SYNC_LIMIT) == greeting:
                    self._notify = greeting
                    return
        raise HidGone("the UPS does not answer: is it one that speaks SHUT, and the cable the one that came with it?")

    def get(self, kind: int, request: int, value: int, length: int) -> bytes:
        """What a request gives, at most `length` bytes."""
        setup = struct.pack("<BBHHH", kind, request, value, 0, length)
        trouble = DeviceError("no answer")
        for attempt in range(TRIES):
            self.listen()
            try:
                self._send(packet(_REQUEST, setup))
                return self._receive(length)
            except HidGone:
                raise
            except DeviceError as error:
                trouble = error
            if attempt:
                self.begin()
        raise trouble

    def put(self, value: int, data: bytes) -> None:
        """A report to the UPS."""
        setup = struct.pack("<BBHHH", 0x21, _SET_REPORT, value, 0, len(data))
        self.listen()
        for one in (packet(_REQUEST, setup, last=False), *packets(_REQUEST, data)):
            self._send(one)

    # --- packets

    def listen(self) -> None:
        """Take in notifications that came unasked; whatever else waits is old."""
        for _ in range(_KEPT):
            waiting = self._port.read(2, 0.0)
            if not waiting:
                return
            if len(waiting) < 2 or waiting[0] & 0x0F != _NOTIFICATION or self._take(waiting) is None:
                self._port.discard()
                return

    def _send(self, data: bytes) -> None:
        """One packet, until it is taken."""
        for _ in range(TRIES):
            self._port.write(data)
            if self._taken():
                return
        raise DeviceError("the UPS does not take what it is told")

    def _taken(self) -> bool:
        """Wait for the acknowledgement; a notification may come before it."""
        for _ in range(TRIES):
            first = self._port.read(1, LIMIT)
            if first == _ACK:
                return True
            if not first:
                raise DeviceError("no answer")
            if first == _NACK or first in _SYNCS:
                return False
            if first[0] & 0x0F == _NOTIFICATION:
                self._take(first + self._port.read(1, LIMIT))
        self._port.discard()
        return False

    def _receive(self, length: int) -> bytes:
        """The response, at most `length` bytes."""
        data = b""
        wrong = 0
        for _ in range(length // _PACKET + _KEPT):
            head = self._port.read(2, LIMIT)
            if len(head) < 2:
                raise DeviceError("the answer ends in the middle" if data or head else "no answer")
            kind, part = head[0], self._take(head)
            if part is None:
                wrong += 1
                if wrong >= TRIES:
                    raise DeviceError("nothing but garbled answers")
            elif kind & 0x0F == _RESPONSE:
                data += part
                if len(data) > length:
                    raise DeviceError(f"{len(data)} bytes came, where {length} were asked for")
                if kind & _LAST:
                    return data
        raise DeviceError("the answer does not end")

    def _take(self, head: bytes) -> bytes | None:
        """The rest of a packet whose first two bytes came; None where it is garbled: then the UPS says it again."""
        size = head[-1] & 0x0F
        whole = len(head) == 2 and head[1] >> 4 == size <= _PACKET and head[0] & 0x0F in (_RESPONSE, _NOTIFICATION)
        rest = self._port.read(size + 1, LIMIT) if whole else b""
        if not whole or len(rest) <= size or checksum(rest[:-1]) != rest[-1]:
            self._port.discard()
            self._port.write(_NACK)
            return None
        self._port.write(_ACK)
        if head[0] & 0x0F == _NOTIFICATION:
            self._note(rest[:-1], last=bool(head[0] & _LAST))
        return rest[:-1]

    def _note(self, part: bytes, *, last: bool) -> None:
        """A part of a notification."""
        self._parts += part
        if last or len(self._parts) > LONGEST:
            self.news.append(bytes(self._parts))
            self._parts.clear()


@dataclass(frozen=True, slots=True)
class ShutDevice:
    """The way to a UPS by SHUT: an io.hid.Hid on a serial line, recorded as one on a bus is."""

    path: str
    notify: bytes = NOTIFY_NONE

    def open(self) -> Hid:
        """Open the line and begin the talk. Raises DeviceError."""
        port = Serial(self.path, BAUD, dtr=False, rts=True).open()
        try:
            return ShutHid(port, self.notify)
        except BaseException:
            port.close()
            raise

    def record(self, device: Hid, tape: Tape) -> Hid:
        """The device, with what it says noted."""
        return _ON_A_BUS.record(device, tape)

    def replay(self, tape: Tape) -> Hid:
        """A device that the tape plays."""
        return _ON_A_BUS.replay(tape)


_ON_A_BUS = HidDevice(lambda identity: 0)


class ShutHid:
    """A UPS by SHUT, as an io.hid.Hid."""

    def __init__(self, port: Port, notify: bytes = NOTIFY_NONE) -> None:
        self._port = port
        self._line = line = Line(port, notify)
        line.begin()
        raw = line.get(0x80, _GET_DESCRIPTOR, _DEVICE << 8, 18)
        if len(raw) < 18:
            raise DeviceError(f"a device descriptor of {len(raw)} bytes makes no sense")
        vendor_id, product_id, release, maker, product, serial = struct.unpack_from("<HHHBBB", raw, 8)
        self.identity = Identity(
            vendor_id, product_id, release, self.text(maker), self.text(product), self.text(serial), bus="serial"
        )

    def descriptor(self) -> bytes:
        """The report descriptor."""
        index = int(self.identity.vendor_id == 0x0463 and self.identity.release == _FULL_DESCRIPTOR)
        hid = self._line.get(0x81, _GET_DESCRIPTOR, _HID << 8 | index, 9)
        if len(hid) < 9:
            raise DeviceError(f"a HID descriptor of {len(hid)} bytes makes no sense")
        length = int.from_bytes(hid[7:9], "little")
        if length > LONGEST:
            raise DeviceError(f"a report descriptor of {length} bytes makes no sense")
        return self._line.get(0x81, _GET_DESCRIPTOR, _REPORT << 8 | index, length)

    def feature(self, id: int, size: int) -> bytes:
        """A feature report."""
        return self._line.get(0xA1, _GET_REPORT, _FEATURE << 8 | id, size)

    def input(self, id: int, size: int) -> bytes:
        """An input report."""
        return self._line.get(0xA1, _GET_REPORT, _INPUT << 8 | id, size)

    def set_feature(self, data: bytes) -> None:
        """Write a feature report."""
        self._line.put(_FEATURE << 8 | data[0], data)

    def text(self, index: int) -> str:
        """A string descriptor, "" where there is none, or where it makes no sense."""
        if not 0 < index < 256:
            return ""
        try:
            data = self._line.get(0x80, _GET_DESCRIPTOR, _STRING << 8 | index, 128)
        except HidGone:
            raise
        except DeviceError:
            return ""
        if len(data) < 2 or data[1] != _STRING:
            return ""
        return data[2 : data[0]].decode("utf-16-le", errors="replace").strip("\0 \t\r\n")

    def read(self, size: int, limit: float) -> bytes:
        """A report that came unasked, b"" where there is none. It never waits: the line is for questions, too."""
        line = self._line
        if not line.news:
            line.listen()
        return line.news.popleft()[:size] if line.news else b""

    def close(self) -> None:
        """Let the line go."""
        self._port.close()
