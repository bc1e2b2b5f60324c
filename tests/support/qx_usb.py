"""USB adapters of Q* UPSes for tests/support/umock.py: a talker (tests/support/ptyups.py) behind a device's reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tests.support.ptyups import LineTalker
from tests.support.umock import OUTPUT, Device, Model
from wallnut.io.usb import UsbIdentity

VOLTRONIC = Model(
    0x0665,
    0x5161,
    {1: "INNO TECH", 2: "USB to Serial", 3: "20100826"},
    "0600ff0901a10119012908150025ff7508950881021901290895089102c0",
    "",
    release=0x0002,
)
"""The adapter of Voltronic Power's UPSes: reports of 8 bytes each way."""


class Adapter(Device):
    """An adapter of the cypress kind. Others say how they take and give bytes."""

    def __init__(self, model: Model, talker: LineTalker) -> None:
        super().__init__(model)
        self.talker = talker

    def take(self, report: bytes) -> bytes:
        """What the UPS hears of an output report."""
        return report.rstrip(b"\0")

    def give(self, answer: bytes) -> list[bytes]:
        """The input reports that carry an answer."""
        answer += b"\0" * (-len(answer) % 8)
        return [answer[begin : begin + 8] for begin in range(0, len(answer), 8)]

    def control(self, kind: int, request: int, value: int, length: int, data: bytes) -> bytes | int:
        """As any device; output reports go to the UPS."""
        if (kind, request, value >> 8) != (0x21, 9, OUTPUT) or self.gone or self.hung:
            return super().control(kind, request, value, length, data)
        said = b"".join(piece for _, piece in self.talker.hear(self.take(data)))
        if said:
            with self.changed:
                self.news += self.give(said)
                self.changed.notify_all()
        return b""


# --- other kinds


def model(vendor_id: int, product_id: int, maker: str = "", product: str = "") -> Model:
    """A device with these ids and names, and no serial number: strings of other numbers are its own."""
    strings = {1: maker, 2: product}
    return replace(
        VOLTRONIC,
        vendor_id=vendor_id,
        product_id=product_id,
        strings={index: text for index, text in strings.items() if text},
        indexes=(1 if maker else 0, 2 if product else 0, 0),
    )


class StringAdapter(Adapter):
    """Answers by string descriptors. `asked` lists the strings asked for; `ack` is what it says of a command."""

    questions: Mapping[int, bytes] = MappingProxyType(
        {0x03: b"Q1", 0x0D: b"F", 0x0C: b"I", 0x07: b"Q", 0x0A: b"C", 0x0B: b"CT", 0x04: b"T", 0x05: b"TL"}
    )
    ack = "UPS No Ack"

    def __init__(self, model: Model, talker: LineTalker) -> None:
        super().__init__(model, talker)
        self.numbers: list[int] = []

    def control(self, kind: int, request: int, value: int, length: int, data: bytes) -> bytes | int:
        """As any device; some strings go to the UPS."""
        index = value & 0xFF
        if (kind, request, value >> 8) != (0x80, 6, 3) or index in (0, 1, 2) or self.gone or self.hung:
            return super().control(kind, request, value, length, data)
        self.numbers.append(index)
        line = self.questions.get(index)
        said = b"".join(piece for _, piece in self.talker.hear(line + b"\r")) if line else b""
        text = (said.decode("latin-1") or self.ack).encode("utf-16-le")
        return (bytes((len(text) + 2, 3)) + text)[:length]


class KraulerAdapter(StringAdapter):
    """Says something else of a command."""

    ack = "@done\r"


class SgsAdapter(Adapter):
    """Reports with their lengths."""

    def take(self, report: bytes) -> bytes:
        """What counts of a report."""
        return report[1 : 1 + report[0]]

    def give(self, answer: bytes) -> list[bytes]:
        """Seven bytes in each."""
        pieces = [answer[begin : begin + 7] for begin in range(0, len(answer), 7)]
        return [bytes([len(piece)]) + piece.ljust(7, b"\0") for piece in pieces]


class IpponAdapter(Adapter):
    """Report 2 of type 0, and a reply of 64 bytes. What follows a carriage return is no part of the question: C 2.8.0
    sends anything there."""

    def take(self, report: bytes) -> bytes:
        """To the carriage return."""
        text, end, _ = report.partition(b"\r")
        return text + end if end else super().take(report)

    def control(self, kind: int, request: int, value: int, length: int, data: bytes) -> bytes | int:
        """As any; its report has another number."""
        return super().control(kind, request, 0x0200 if value == 0x0002 else value, length, data)

    def give(self, answer: bytes) -> list[bytes]:
        """All in one."""
        return [answer.ljust(64, b"\0")]


class ArmacAdapter(Adapter):
    """Three bytes to it and five from it at a time."""

    def take(self, report: bytes) -> bytes:
        """What counts of a report."""
        return report[1 : 1 + (report[0] & 0x0F)]

    def give(self, answer: bytes) -> list[bytes]:
        """Five bytes in each, none in the last."""
        pieces = [*(answer[begin : begin + 5] for begin in range(0, len(answer), 5)), b""]
        return [bytes([len(piece)]) + piece.ljust(5, b"\0") for piece in pieces]


class PhoenixtecAdapter(Adapter):
    """Questions by a vendor's request."""

    def control(self, kind: int, request: int, value: int, length: int, data: bytes) -> bytes | int:
        """As any; its request is a report."""
        if (kind, request) == (0x42, 0x0D):
            kind, request, value = 0x21, 9, 0x0200
        return super().control(kind, request, value, length, data)


class AblerexAdapter(Adapter):
    """A report in and the same out."""

    def control(self, kind: int, request: int, value: int, length: int, data: bytes) -> bytes | int:
        """As any; report 5 goes to the UPS and comes from it."""
        if (kind, request, value) == (0x21, 9, 0x0305):
            self.said = b"".join(piece for _, piece in self.talker.hear(data[3 : 3 + data[2]]))
            return b""
        if (kind, request, value) == (0xA1, 1, 0x0305) and not self.hung:
            return self.said.ljust(47, b"\0")[:length]
        return super().control(kind, request, value, length, data)


class FujiAdapter(Adapter):
    """Questions by interrupt reports."""

    def take(self, report: bytes) -> bytes:
        """The question in a report."""
        assert report[:2] == b"\x80\x06"
        assert report[3] == 0x03
        return report[4 : 3 + report[2]] + b"\r"


class Plugged:
    """An adapter as io.usb has a device: no library, no preload. `pairs` are its endpoints."""

    def __init__(self, adapter: Adapter, pairs: tuple[tuple[int, int, int], ...] = ((0x81, 3, 8),)) -> None:
        one = adapter.model
        self.identity = UsbIdentity(one.vendor_id, one.product_id, one.strings.get(1, ""), one.strings.get(2, ""))
        self.adapter, self.closed, self._pairs = adapter, False, pairs

    def control(self, request: int, value: int, data: bytes, index: int = 0, kind: int = 0x21) -> int:
        """A control transfer to it."""
        answer = self.adapter.control(kind, request, value, len(data), data)
        return 0 if isinstance(answer, int) else len(data)

    def ask(self, request: int, value: int, size: int, index: int = 0, kind: int = 0x80) -> bytes:
        """A control transfer from it."""
        answer = self.adapter.control(kind, request, value, size, b"")
        return b"" if isinstance(answer, int) else answer

    def read(self, endpoint: int, size: int, limit: float) -> bytes:
        """The next of its reports."""
        return self.adapter.news.pop(0)[:size] if self.adapter.news else b""

    def write(self, endpoint: int, data: bytes) -> int:
        """An interrupt report to it."""
        self.adapter.control(0x21, 9, 0x0200, len(data), data)
        return len(data)

    def endpoints(self) -> tuple[tuple[int, int, int], ...]:
        """As the test says."""
        return self._pairs

    def reset(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Let it go."""
        self.closed = True
