"""A UPS that speaks APC's smart protocol, for PtyDevice, and a port that needs no time.

with PtyDevice(SmartUps()) as ups:
    ... open ups.path as a serial port ...
    ups.talker.status = OB
    ups.say(b"!")
"""

from __future__ import annotations

from collections.abc import Callable

CAL, TRIM, BOOST, OL, OB, OVER, LB, RB = (1 << number for number in range(8))

ANSWERS = {
    "\x01": "SMARTUPS 1000",
    "V": "IWI",
    "b": "50.9.I",
    "n": "AS0123456789",
    "m": "11/22/04",
    "c": "UPS_IDEN",
    "x": "10/15/22",
    "L": "230.1",
    "M": "232.3",
    "N": "227.5",
    "O": "230.4",
    "F": "50.00",
    "P": "023.4",
    "C": "025.3",
    "B": "27.40",
    "f": "100.0",
    "g": "024",
    "j": "0042:",
    "q": "02",
    "E": "336",
    "X": "OK",
    "G": "O",
    "9": "FF",
    "i": "00",
    "v": "4Kx",
    "o": "230",
    "u": "253",
    "l": "208",
    "s": "H",
    "e": "00",
    "k": "0",
    "p": "020",
    "r": "000",
    "\x0c": "E",
    "/": "09.31",
    ">": "001",
    "<": "000",
    "t": "22.50",
    "h": "044.0",
    "T": "031.5",
    "H": "44.0,,51.0",
    "{": "80.0,85.0",
    "8": "FF",
    "7": "00",
}
CAPABILITIES = (
    "#uI43253264271280uD43127130133136lI43208204200196e44200153050oI33225230240s441HMLAq44202050710k4410TLN"
    "p443020180300600r443000060180300E433336168OFF\x0c441EFDSZ42101"
)
"""What may be set to what, by region or (4) everywhere. Made up, in APC's form."""
ALERTS = "!$%+?=#|"
COMMANDS = "-@ADKRSUWYZ\x0e\x1aQa^z"
TEXTS = "cx"
ENDING = "\r\n"


class SmartUps:
    """`answers` to the characters that it knows; `status` the bits of Q. `listed`: it answers to `a` and ^Z.

    `heard` is every character that came, `off` how it was switched off ("" for not). Faults: `silent`, `late` (seconds
    before an answer), `pieces` (an answer comes in so many), `doubled`, `garbage` instead of answers, `unsure`: refuses
    what switches off; `two_digits`: hard hibernate takes two.
    """

    def __init__(self, answers: dict[str, str] | None = None, *, listed: bool = True, smart: bool = False) -> None:
        self.answers = dict(ANSWERS if answers is None else answers)
        self.status = OL
        self.listed, self.smart = listed, smart
        self.heard = ""
        self.off = ""
        self.capabilities = CAPABILITIES
        self.command_set = ""
        self.silent = self.doubled = self.unsure = self.two_digits = False
        self.starred = False
        self.late = 0.0
        self.pieces = 1
        self.garbage = b""
        self.noise = ""
        """Said in the middle of every answer."""
        self._last = ""
        self._argument: tuple[str, int] | None = None
        self._given = ""
        self._armed = ""

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        """The characters in some bytes, answered."""
        said: list[tuple[float, bytes]] = []
        for char in data.decode("latin-1"):
            self.heard += char
            if not self.silent and (answer := self._answer(char)):
                said += self._spoilt(answer)
        return said

    def _spoilt(self, answer: str) -> list[tuple[float, bytes]]:
        if self.noise:
            answer = answer[:1] + self.noise + answer[1:]
        data = self.garbage or answer.encode("latin-1")
        if self.doubled:
            data += data
        size = -(-len(data) // self.pieces)
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        return [(0.02 if number else self.late, piece) for number, piece in enumerate(pieces)]

    def _answer(self, char: str) -> str:
        if self._argument is not None:
            return self._argued(char)
        armed, self._armed = self._armed, ""
        if char == "Y":
            self.smart = True
            return f"SM{ENDING}"
        if not self.smart:
            return ""
        if char in "KZ\x0e":
            return self._twice(char, armed)
        answer = self._done(char)
        self._last = char if char in self.answers else self._last
        return f"{answer}{ENDING}" if answer else ""

    def _done(self, char: str) -> str:
        simple: dict[str, Callable[[], str]] = {
            "Q": lambda: f"{self.status:02X}",
            "a": lambda: self._command_set() if self.listed else "NA",
            "\x1a": lambda: self.capabilities if self.listed else "NA",
            "-": self._next,
            "@": self._hibernate,
            "S": self._soft,
            "U": self._fail,
            "W": lambda: "OK",
            "A": lambda: "OK",
            "^": lambda: "OK",
            "D": self._calibrate,
            "R": self._sleep,
            "\x1b": lambda: "",
        }
        return simple[char]() if char in simple else self.answers.get(char, "NA")

    def _command_set(self) -> str:
        return self.command_set or f"3.{ALERTS}.{COMMANDS}{''.join(self.answers)}"

    def _sleep(self) -> str:
        self.smart = False
        return "BYE"

    def _fail(self) -> str:
        self.status = self.status & ~OL | OB
        return "OK"

    def _calibrate(self) -> str:
        if self.unsure:
            return "NO"
        self.status ^= CAL
        return "OK"

    def _soft(self) -> str:
        return self._agree("S") if self.status & OB else "NA"

    def _agree(self, way: str) -> str:
        if self.unsure:
            return "NA"
        self.off = way
        return "*" if self.starred else "OK"

    def _hibernate(self) -> str:
        if self.unsure:
            return "NA"
        self._argument, self._given = ("@", 2 if self.two_digits else 3), ""
        return ""

    def _twice(self, char: str, armed: str) -> str:
        if self.unsure:
            return f"NA{ENDING}"
        if armed != char:
            self._armed = char
            return ""
        if char == "\x0e":
            self.status |= OL
            return ""
        self._agree(char)
        if char == "Z":
            self.status = 0
            return ""
        return f"OK{ENDING}"

    def _next(self) -> str:
        choices = self._choices(self._last)
        if choices:
            at = choices.index(self.answers[self._last]) if self.answers[self._last] in choices else -1
            self.answers[self._last] = choices[(at + 1) % len(choices)]
            return "OK"
        if self._last in tuple(TEXTS):
            self._argument, self._given = (self._last, 8), ""
            return ""
        return "NO"

    def _choices(self, code: str) -> list[str]:
        rest, region = self.capabilities[1:], self.answers.get("b", " ")[-1:]
        while rest:
            count, size = int(rest[2]), int(rest[3])
            values = [rest[4 + at * size : 4 + (at + 1) * size] for at in range(count)]
            if code and rest[0] == code and rest[1] in ("4", region):
                return values
            rest = rest[4 + count * size :]
        return []

    def _argued(self, char: str) -> str:
        assert self._argument is not None
        code, size = self._argument
        if code == "@" and not char.isdigit():
            self._argument = None
            return f"NO{ENDING}"
        self._given += char
        if len(self._given) < size:
            return ""
        self._argument = None
        if code == "@":
            return self._agree(f"@{self._given}") + ENDING
        self.answers[code] = self._given.rstrip("\r")
        return f"OK{ENDING}"


OLD = {"V": "7II", **{code: ANSWERS[code] for code in "LOPCBFf79GMNXEcg"}}
"""A Smart-UPS 900I, which is in NUT's table."""
VERY_OLD = {code: ANSWERS[code] for code in "LOPCBf"}
"""One that says next to nothing, nor what it is."""
MATRIX = {**{code: ANSWERS[code] for code in ANSWERS if code not in "bvTtHh{\x01"}, "V": "0XI"}
"""A Matrix-UPS."""


class InstantPort:
    """A port to a talker that answers at once or never: waiting takes no time. `lost`: what reading raises."""

    def __init__(self, talker: SmartUps) -> None:
        self.talker = talker
        self._waiting = b""
        self.lost: Exception | None = None

    def say(self, data: bytes) -> None:
        """Say something unasked."""
        self._waiting += data

    def write(self, data: bytes, pace: float = 0.0) -> None:
        for _, answer in self.talker.hear(data):
            self._waiting += answer

    def read(self, size: int, limit: float) -> bytes:
        if self.lost is not None:
            raise self.lost
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def read_until(self, ending: bytes, limit: float, most: int = 1024) -> bytes:
        end = self._waiting.find(ending)
        return self.read(min(most, end + len(ending)) if end >= 0 else most, limit)

    def discard(self) -> None:
        self._waiting = b""

    def lines(self) -> frozenset[str]:
        return frozenset()

    def set_dtr(self, on: bool) -> None:
        pass

    def set_rts(self, on: bool) -> None:
        pass

    def send_break(self, seconds: float) -> None:
        pass

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        pass
