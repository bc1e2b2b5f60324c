"""A UPS that speaks SHUT on a pseudo-terminal: a device of tests/support/umock.py behind a serial line.

    with PtyDevice(ShutUps(Device(model))) as ups: ... ups.path ...

Written from the numbers of the protocol, and by its own means: it shares nothing with the driver.
"""

from __future__ import annotations

from tests.support.umock import Device

ACK, NACK = b"\x06", b"\x15"


def _xor(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total


class ShutUps:
    """Faults: `silent`; `refusals` (so many packets are not taken); `garbled` (so many of its packets have a wrong
    checksum); `lost` (so many acknowledgements are not sent); `unasked` (a report that comes before the next
    acknowledgement). `greeting` is all that it is greeted with and understands, `level` what it was greeted with,
    `requests` what it was asked: the four numbers of a request's setup."""

    def __init__(self, device: Device, greeting: bytes = b"\x16\x17\x18") -> None:
        self.device, self.greeting = device, greeting
        self.level = b""
        self.silent = False
        self.refusals = self.garbled = self.lost = 0
        self.unasked = b""
        self.packets = 0
        self.requests: list[tuple[int, int, int, int]] = []
        self._heard = b""
        self._parts = b""
        self._saying: list[bytes] = []

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        """A tests.support.ptyups.Talker."""
        self._heard += data
        said = b""
        while (used := self._one(self._heard)) is not None:
            size, answer = used
            self._heard = self._heard[size:]
            said += answer
        return [(0.0, said)] if said and not self.silent else []

    def _one(self, data: bytes) -> tuple[int, bytes] | None:
        """The first thing in some bytes: its size and what to say to it."""
        if not data:
            return None
        if data[0] in b"\x16\x17\x18":
            self._parts, self._saying = b"", []
            if data[:1] not in (bytes((one,)) for one in self.greeting):
                return 1, b""
            self.level = data[:1]
            return 1, data[:1]
        if data[:1] == ACK:
            if self._saying:
                self._saying.pop(0)
            return 1, self._say()
        if data[:1] == NACK:
            return 1, self._say()
        size = 3 + (data[1] & 0x0F) if len(data) > 1 else 2
        return (size, self._packet(data[:size])) if len(data) >= size else None

    def _packet(self, data: bytes) -> bytes:
        self.packets += 1
        body = data[2:-1]
        if self.refusals:
            self.refusals -= 1
            return NACK
        if data[0] & 0x0F != 1 or data[1] >> 4 != len(body) or len(body) > 8 or _xor(body) != data[-1]:
            return NACK
        before = self._frames(5, self.unasked)[0] if self.unasked else b""
        self.unasked = b""
        self._parts += body
        if not data[0] & 0x80:
            return before + self._acknowledged()
        request, self._parts = self._parts, b""
        answer = self._do(request)
        if answer is None:
            return before + NACK
        self._saying = [] if request[1] == 9 else self._frames(4, answer)
        return before + self._acknowledged() + self._say()

    def _acknowledged(self) -> bytes:
        if self.lost:
            self.lost -= 1
            return b""
        return ACK

    def _do(self, request: bytes) -> bytes | None:
        if len(request) < 8:
            return None
        kind, what = request[0], request[1]
        value, length = int.from_bytes(request[2:4], "little"), int.from_bytes(request[6:8], "little")
        self.requests.append((kind, what, value, length))
        answer = self.device.control(kind, what, value, length, request[8:])
        return None if isinstance(answer, int) else answer

    @staticmethod
    def _frames(kind: int, data: bytes) -> list[bytes]:
        parts = [data[at : at + 8] for at in range(0, len(data), 8)] or [b""]
        return [
            bytes((kind | 0x80 * (number == len(parts)), len(part) * 17)) + part + bytes((_xor(part),))
            for number, part in enumerate(parts, 1)
        ]

    def _say(self) -> bytes:
        if not self._saying:
            return b""
        if self.garbled:
            self.garbled -= 1
            return self._saying[0][:-1] + bytes((self._saying[0][-1] ^ 0xFF,))
        return self._saying[0]
