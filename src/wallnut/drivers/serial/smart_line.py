"""Talking with an APC UPS in smart mode: a character asks, a line answers, and alerts come in between."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wallnut.drivers.serial.smart_tables import (
    ALERTS,
    ESCAPE,
    GO_DUMB,
    GO_SMART,
    IGNORED,
    NOT_AVAILABLE,
    OK,
    POWERING_DOWN,
    SETTING_CHANGED,
    SMART,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.serial import Port

ANSWER = 3.0
"""Seconds that an answer may take."""
SHORT = 1.5
"""The same where none may come."""
LISTING = 6.0
"""The same for the long lists."""
ECHO = 0.3
"""Seconds after which a late answer to a question that was put again is out of the way."""
PACE = 0.05
"""Seconds between the characters of an argument, and PEEK before the first: time to refuse it."""
PEEK = 0.2
LONGEST = 512


class SmartLine:
    """A port with a UPS on it. `alert(char)` hears of what the UPS says unasked, as it comes."""

    def __init__(self, port: Port, alert: Callable[[str], object]) -> None:
        self.port, self._alert = port, alert

    def send(self, code: str) -> None:
        """Say a character, after what came meanwhile."""
        self.drain()
        self.port.write(code.encode("latin-1"))

    def ask(self, code: str, limit: float = ANSWER) -> str:
        """The answer to a character, "" where there is none in time."""
        self.send(code)
        return self.answer(limit)

    def insist(self, code: str) -> str:
        """The same, asked once more where nothing came."""
        answer = self.ask(code)
        if not answer and (answer := self.ask(code, SHORT)):
            self.answer(ECHO)
        return answer

    def has(self, code: str) -> str:
        """The answer to a character, "" where the UPS does not know it."""
        answer = self.ask(code)
        return "" if answer == NOT_AVAILABLE else answer

    def listing(self, code: str, noise: str = "\r\0") -> str:
        """The answer to a character that lists what are alerts elsewhere: `noise` is all that does not belong to it."""
        self.send(code)
        said = self.port.read_until(b"\n", LISTING, LONGEST).decode("latin-1")
        return "".join(char for char in said if char not in noise and char != "\n")

    def answer(self, limit: float) -> str:
        """The next line that is not just alerts, "" where none comes in time."""
        deadline = time.monotonic() + limit
        while (left := deadline - time.monotonic()) >= 0:
            line = self.port.read_until(b"\n", left, LONGEST)
            text, whole = self._heard(line), line.endswith(b"\n")
            if text or not whole or not line.strip():  # else it was nothing but alerts
                return text if whole else ""
        return ""

    def agreed(self, *, silence: bool = False) -> bool:
        """Whether the UPS agrees to be switched off, by saying OK or the alert for that; with `silence` by nothing."""
        said = self.port.read_until(b"\n", SHORT, LONGEST).decode("latin-1")
        text = self._heard(said.encode("latin-1"))
        return POWERING_DOWN in said or text == OK or (silence and not text)

    def twice(self, code: str) -> bool:
        """Say a character and, as such commands want it, once more after a while; False where the UPS objects."""
        return not self.ask(code, SHORT) and self._sent(code)

    def _sent(self, code: str) -> bool:
        self.send(code)
        return True

    def long(self, code: str, argument: str) -> bool:
        """Say a character with an argument; False where the UPS objects to the character."""
        if self.ask(code, PEEK):
            return False
        self.port.write(argument.encode("latin-1"), PACE)
        return True

    def pause(self, seconds: float) -> None:
        """Let time pass, and hear what comes."""
        self.answer(seconds)

    def drain(self) -> None:
        """Hear what waits: alerts count, the rest is too late."""
        while waiting := self.port.read(LONGEST, 0.0):
            self._heard(waiting)

    def wake(self, tries: int) -> bool:
        """Bring the UPS into smart mode."""
        for _ in range(tries):
            if self.ask(GO_SMART, SHORT) == SMART:
                return True
            self.ask(ESCAPE, SHORT)
        return False

    def sleep(self) -> None:
        """Let the UPS go back to where it began."""
        self.ask(GO_DUMB, SHORT)

    def _heard(self, data: bytes) -> str:
        """What of some bytes is an answer; alerts are passed on."""
        answer = []
        for char in data.decode("latin-1"):
            if char in ALERTS or char == SETTING_CHANGED:
                self._alert(char)
            elif char not in IGNORED and char != "\n":
                answer.append(char)
        return "".join(answer)
