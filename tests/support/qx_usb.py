"""USB adapters of Q* UPSes for tests/support/umock.py: a talker (tests/support/ptyups.py) behind a device's reports."""

from __future__ import annotations

from tests.support.ptyups import LineTalker
from tests.support.umock import OUTPUT, Device, Model

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
