"""UPSes on a pseudo-terminal: the device's end of a serial line, answered in a thread of its own.

`PtyDevice` is the line; `Talker` what says something on it (for lines of text: `LineTalker`). `Megatec` is one UPS of
the Q* family, whose `state` a test changes and whose faults it switches on.

with PtyDevice(Megatec()) as ups:
    ... open ups.path as a serial port ...
    ups.talker.state.on_battery = True
"""

from __future__ import annotations

import os
import select
import threading
import time
import tty
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar


class Talker(Protocol):
    """What stands behind the line."""

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        """What to say to some bytes: seconds to wait, then bytes, one after another. Called in the line's thread."""


T = TypeVar("T", bound=Talker)


class PtyDevice(Generic[T]):
    """A talker on a pseudo-terminal; `path` is the other end. `baud`: let bytes take the time they take (0: none)."""

    def __init__(self, talker: T, baud: int = 0) -> None:
        self.talker, self._baud = talker, baud
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self._wake, self._woken = os.pipe()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=self.path, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._woken, b"x")
        self._thread.join(10)
        self.unplug()
        for end in (self._wake, self._woken):
            os.close(end)

    def say(self, data: bytes) -> None:
        """Say something unasked."""
        with self._lock:
            if self._ours >= 0:
                os.write(self._ours, data)

    def unplug(self) -> None:
        """Pull the cable: the other end gets an error from now on."""
        with self._lock:
            for end in (self._ours, self._theirs):
                if end >= 0:
                    os.close(end)
            self._ours = self._theirs = -1

    def _run(self) -> None:
        while self._ours >= 0:
            try:
                ready, _, _ = select.select([self._ours, self._wake], [], [], 0.5)
                if self._wake in ready:
                    return
                data = os.read(self._ours, 256) if ready else b""
            except (OSError, ValueError):  # unplugged
                return
            self._spend(len(data))
            for pause, answer in self.talker.hear(data) if data else ():
                if pause:
                    time.sleep(pause)
                self._spend(len(answer))
                self.say(answer)

    def _spend(self, size: int) -> None:
        """The time that bytes take on the line, with a start and a stop bit each."""
        if self._baud and size:
            time.sleep(10 * size / self._baud)


class LineTalker:
    """Talks in lines that end with `ending`: `answer(line)` is what subclasses say to one, ending included.

    `heard` is all lines that came. Faults: `silent`, `late` (seconds before an answer), `garbage` instead of one,
    `pieces` (an answer comes in so many, 20 ms apart), `cut` (so many bytes of it come), `doubled`.
    """

    ending = b"\r"

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.silent = False
        self.late = 0.0
        self.garbage = b""
        self.pieces = 1
        self.cut: int | None = None
        self.doubled = False
        self._kept = b""

    def answer(self, line: bytes) -> bytes:
        """What to say to a line that came without its ending."""
        raise NotImplementedError

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        """The lines in some bytes, answered."""
        *lines, self._kept = (self._kept + data).split(self.ending)
        said: list[tuple[float, bytes]] = []
        for line in lines:
            self.heard.append(line)
            answer = self.answer(line)
            if answer and not self.silent:
                said += self._spoilt(answer)
        return said

    def _spoilt(self, answer: bytes) -> list[tuple[float, bytes]]:
        answer = (self.garbage or answer)[: self.cut]
        if self.doubled:
            answer += answer
        size = -(-len(answer) // self.pieces) or 1
        pieces = [answer[begin : begin + size] for begin in range(0, len(answer), size)]
        return [(0.02 if number else self.late, piece) for number, piece in enumerate(pieces)]


@dataclass
class State:
    """What a Q* UPS measures, and is doing."""

    input_voltage: float = 229.3
    fault_voltage: float = 229.3
    output_voltage: float = 230.4
    load: int = 23
    frequency: float = 50.0
    battery: str = "27.4"
    temperature: str = "25.3"
    on_battery: bool = False
    low_battery: bool = False
    bypass: bool = False
    failed: bool = False
    offline: bool = True
    testing: bool = False
    shutting_down: bool = False
    beeper: bool = True

    def line(self) -> str:
        """The reply to Q1, without its ending."""
        bits = (
            self.on_battery,
            self.low_battery,
            self.bypass,
            self.failed,
            self.offline,
            self.testing,
            self.shutting_down,
            self.beeper,
        )
        volts = 0.0 if self.on_battery else self.input_voltage
        return (
            f"({volts:05.1f} {self.fault_voltage:05.1f} {self.output_voltage:05.1f} {self.load:03d}"
            f" {self.frequency:04.1f} {self.battery} {self.temperature} {''.join(str(int(bit)) for bit in bits)}"
        )


class Megatec(LineTalker):
    """A UPS that speaks Megatec's protocol or a relative of it.

    `status` and `vendor` are its questions for those (b"" for one that it does not know), `rating` whether it knows F,
    `extra` answers to more questions. What it does not know it sends back, unless `echoes` is off. `acknowledge` is
    its answer to a command that it does, `refuse` to what it does not.
    """

    def __init__(
        self,
        status: bytes = b"Q1",
        vendor: bytes = b"I",
        rating: bool = True,
        extra: dict[bytes, bytes] | None = None,
        *,
        echoes: bool = True,
        acknowledge: bytes = b"",
        refuse: bytes = b"",
    ) -> None:
        super().__init__()
        self.state = State()
        self.replies = dict(extra or {})
        if rating:
            self.replies[b"F"] = b"#230.0 004 024.0 50.0"
        if vendor:
            self.replies[vendor] = b"#SIMCO           Q1-1000    V1.02     "
        self._status, self._echoes = status, echoes
        self._acknowledge, self._refuse = acknowledge, refuse

    def answer(self, line: bytes) -> bytes:
        """As the protocol has it."""
        if line == self._status:
            return self.state.line().encode() + b"\r"
        if line in self.replies:
            return self.replies[line] + b"\r"
        if self._does(line.decode("latin-1")):
            return self._acknowledge and self._acknowledge + b"\r"
        if self._refuse:
            return self._refuse + b"\r"
        return line + b"\r" if self._echoes else b""

    def _does(self, line: str) -> bool:
        """Carry out a command; whether it is one."""
        state = self.state
        if line == "Q":
            state.beeper = not state.beeper
        elif line == "CT":
            state.testing = False
        elif line == "C":
            state.shutting_down = False
        elif line in ("T", "TL") or (line[:1] == "T" and line[1:].replace(".", "", 1).isdigit()):
            state.testing = True
        elif line[:1] == "S" and line[1:].replace("R", "", 1).replace(".", "", 1).isdigit():
            state.shutting_down = True
        else:
            return False
        return True
