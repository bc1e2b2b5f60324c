"""What APC's smart protocol ("UPS-Link") calls things, and what NUT does.

Serves Smart-UPS, Matrix-UPS, Back-UPS Pro and CS with a serial port, until about 2009; newer ones (SMT, SMX, SURTD
without an AP9620 card) speak Microlink instead. A question is one character, an answer a line:

    Y       SM                                      smart mode, which all begins with
    Q       08                                      status, hexadecimal
    L       230.1                                   the mains' voltage
    a       3.!$%+?=#|.@ABCDEFGKLMNOPQRSUVWXYZ...   protocol, alerts, the characters that this UPS knows
    ^Z      #uI43253264271280sI14HMLL...            what may be set to what
    -       OK                                      the next value for what was asked last

Source: APC's UPS-Link protocol as apcupsd's manual describes it; names, forms and the table of firmware are those of
NUT 2.8.0's apcsmart driver (apcsmart_tabs.c 3.1, apcsmart.h). Proved beside it on a simulator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

GO_SMART, GO_DUMB, ESCAPE = "Y", "R", "\x1b"
STATUS, COMMAND_SET, CAPABILITIES, NEXT_VALUE = "Q", "a", "\x1a", "-"
FIRMWARE_OLD, FIRMWARE_NEW = "V", "b"
SIMULATE_FAILURE, SOFT_HIBERNATE, HARD_HIBERNATE = "U", "S", "@"
DELAYED_OFF, OFF, ON, CALIBRATE = "K", "Z", "\x0e", "D"
POWERING_DOWN = "*"
"""What some UPSes say instead of OK to a command that switches them off."""
NOT_AVAILABLE, REFUSED, OK, SMART = "NA", "NO", "OK", "SM"

TEXT_LENGTH = 8
"""Characters of the texts that can be set."""
MOST_PACKED = 4
"""Values that one answer may hold."""
IGNORED = frozenset("\r&|*\0")
"""Characters that belong to no answer and change no status. & tells of an alarm register, | of a changed setting."""
SETTING_CHANGED = "|"
NOT_SHOWN = frozenset("\x1a\x7f~')-+8QRYayz")
"""Characters that UPSes list and NUT has no name for, or that the driver itself uses."""


class Bit:
    """The bits of the status."""

    CAL, TRIM, BOOST, OL, OB, OVER, LB, RB = (1 << number for number in range(8))


STATUS_WORDS = (
    (Bit.CAL, "CAL"),
    (Bit.TRIM, "TRIM"),
    (Bit.BOOST, "BOOST"),
    (Bit.OL, "OL"),
    (Bit.OB, "OB"),
    (Bit.OVER, "OVER"),
    (Bit.LB, "LB"),
    (Bit.RB, "RB"),
)
ALERTS = {
    "!": (Bit.OB, Bit.OL),
    "$": (Bit.OL, Bit.OB),
    "%": (Bit.LB, 0),
    "+": (0, Bit.LB),
    "#": (Bit.RB, 0),
    "?": (Bit.OVER, 0),
    "=": (0, Bit.OVER),
}
"""What a UPS says unasked: the bits that it switches on, and off."""


def status_words(bits: int) -> tuple[str, ...]:
    """ups.status of a status; OFF where no bit is set."""
    return tuple(word for bit, word in STATUS_WORDS if bits & bit) or ("OFF",)


class Form(Enum):
    """What becomes of an answer."""

    PLAIN = "it stays as it is"
    MINUTES = "minutes, shown in seconds"
    HOURS = "hours, shown in seconds"
    REASON = "a letter for the cause of a transfer"


REASONS = {
    "R": "unacceptable utility voltage rate of change",
    "H": "high utility voltage",
    "L": "low utility voltage",
    "T": "line voltage notch or spike",
    "O": "no transfers yet since turnon",
    "S": "simulated power failure or UPS test",
}
_LEADING = re.compile(r"\s*([-+]?[0-9]{1,9})")


def shown(form: Form, answer: str) -> str:
    """An answer as NUT shows it. What is no time counts as 0, as in C."""
    if form is Form.REASON:
        return REASONS.get(answer[:1], answer)
    if form is Form.PLAIN:
        return answer
    number = _LEADING.match(answer)
    return str(int(number[1]) * (60 if form is Form.MINUTES else 3600) if number else 0)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and the character that asks for it.

    `polled`: it changes by itself. `text`: up to TEXT_LENGTH characters can be set. `packed`: an answer holds several,
    with commas between them, and the 0 in the name is their number. `pattern`: what an answer must be. `alternative`:
    of those that have name or character in common only the first one counts whose answer fits.
    """

    name: str
    code: str
    polled: bool = False
    form: Form = Form.PLAIN
    text: bool = False
    packed: bool = False
    alternative: bool = False
    pattern: str = ""

    def fits(self, answer: str) -> bool:
        """Whether an answer can be this variable's."""
        return not self.pattern or re.fullmatch(self.pattern, answer) is not None


VARIABLES = (
    Variable("ups.temperature", "C", polled=True),
    Variable("ups.load", "P", polled=True),
    Variable("ups.test.interval", "E", form=Form.HOURS),
    Variable("ups.test.result", "X", polled=True),
    Variable("ups.delay.start", "r"),
    Variable("ups.delay.shutdown", "p"),
    Variable("ups.id", "c", text=True),
    Variable("ups.contacts", "i", polled=True),
    Variable("ups.display.language", "\x0c"),
    Variable("input.voltage", "L", polled=True),
    Variable("input.frequency", "F", polled=True),
    Variable("input.sensitivity", "s"),
    Variable("input.quality", "9", polled=True),
    Variable("input.transfer.low", "l"),
    Variable("input.transfer.high", "u"),
    Variable("input.transfer.reason", "G", polled=True, form=Form.REASON),
    Variable("input.voltage.maximum", "M", polled=True),
    Variable("input.voltage.minimum", "N", polled=True),
    Variable("output.current", "/", polled=True),
    Variable("output.voltage", "O", polled=True),
    Variable("output.voltage.nominal", "o"),
    Variable("ambient.humidity", "h", polled=True),
    Variable("ambient.0.humidity", "H", polled=True, packed=True),
    Variable("ambient.0.humidity.high", "{", polled=True, packed=True),
    Variable("ambient.0.humidity.low", "}", polled=True, packed=True),
    Variable("ambient.temperature", "t", polled=True),
    Variable("ambient.0.temperature", "T", polled=True, packed=True, alternative=True, pattern=r"[0-9]{2}\.[0-9]{2}"),
    Variable("ambient.0.temperature.high", "[", polled=True, packed=True),
    Variable("ambient.0.temperature.low", "]", polled=True, packed=True),
    Variable("battery.date", "x", text=True),
    Variable("battery.charge", "f", polled=True),
    Variable("battery.charge.restart", "e"),
    Variable("battery.voltage", "B", polled=True),
    Variable("battery.voltage.nominal", "g"),
    Variable("battery.runtime", "j", polled=True, form=Form.MINUTES),
    Variable("battery.runtime.low", "q", form=Form.MINUTES),
    Variable("battery.packs", ">"),
    Variable("battery.packs.bad", "<"),
    Variable("battery.alarm.threshold", "k"),
    Variable("device.uptime", "T", polled=True, form=Form.HOURS, alternative=True, pattern=r"[0-9]{3}\.[0-9]"),
    Variable("ups.serial", "n"),
    Variable("ups.mfr.date", "m"),
    Variable("ups.model", "\x01"),
    Variable("ups.firmware.aux", "v"),
    Variable("ups.firmware", "b", alternative=True, pattern=r"[0-9A-Za-z]+\.[0-9A-Za-z]+\.[0-9A-Za-z]+"),
    Variable("ups.firmware", "V", alternative=True),
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of NUT and the character that a UPS which knows it lists. `argument`: what its value must be.
    `confirmed`: it is carried out only when it comes again within CONFIRM seconds."""

    name: str
    code: str
    argument: str = ""
    confirmed: bool = False

    def fits(self, value: str) -> bool:
        """Whether a value can be meant."""
        return re.fullmatch(self.argument, value) is not None


CONFIRM = (3.0, 15.0)
"""The least and the most seconds after which a dangerous command must be repeated to be carried out."""
COMMANDS = (
    Command("shutdown.return", HARD_HIBERNATE, r"[Aa][Tt]:[0-9]{1,3}", confirmed=True),
    Command("shutdown.return", SOFT_HIBERNATE, r"([Cc][Ss])?", confirmed=True),
    Command("shutdown.stayoff", DELAYED_OFF, confirmed=True),
    Command("load.off", OFF, confirmed=True),
    Command("load.on", ON),
    Command("calibrate.start", CALIBRATE),
    Command("calibrate.stop", CALIBRATE),
    Command("test.panel.start", "A"),
    Command("test.failure.start", SIMULATE_FAILURE),
    Command("test.battery.start", "W"),
    Command("test.battery.stop", "W"),
    Command("bypass.start", "^"),
    Command("bypass.stop", "^"),
)

# --- old models, which do not say what they know

_MATRIX = "@789ABCDEFGKLMNOPQRSTUVWXYZcefgjklmnopqrsuwxz/<>\\^\x0c\x16"
_MATRIX_NEXT = "@79ABCDEFGKLMNOPQRSUVWXYZcefgjklmnopqrsuxz/<>"
_SMART_UPS = "@79ABCDEFGKLMNOPQRSUVWXYZcefgjklmnopqrsuxz"
_SMART_UPS_I = "@79ABCEFGKLMNOPQRSUVWXYZcfg"
HEXADECIMAL = "two hexadecimal digits"
"""Stands for the firmware of UPSes that say a voltage above 255 V when they are asked for it; some APC 600."""
KNOWN = {
    "0XI": _MATRIX,
    "0XM": _MATRIX,
    "0ZI": _MATRIX_NEXT,
    "5UI": _MATRIX_NEXT,
    "5ZM": _MATRIX_NEXT,
    **dict.fromkeys(("6QD", "6QI", "6TD", "6TI"), _SMART_UPS),  # APC 600
    **dict.fromkeys(("7QD", "7QI", "7TD", "7TI"), _SMART_UPS),  # Smart-UPS 900
    "6JI": "@789ABCFGKLMNOPQSTUVWXYZfg",  # Smart-UPS 600I
    "7II": _SMART_UPS_I,  # Smart-UPS 900I
    **dict.fromkeys(("9II", "9GI"), _SMART_UPS_I),  # Smart-UPS 2000I
    "8II": _SMART_UPS_I,  # Smart-UPS 1250I
    "8GI": "@79ABCEFGKLMNOPQRSUVWXYZfg",
    **dict.fromkeys(("8QD", "8QI", "8TD", "8TI"), _SMART_UPS),  # Smart-UPS 1250
    "5.4.D": "@\x01ABPQRSUYbdfgjmnx9",  # CS 350
    HEXADECIMAL: "@789ABCFGKLMNOPQRSUVWXYZ",
}
"""Firmware to the characters that its UPS knows."""
ANY_OLD = ("C", "P", "L", "O", "f", "B", "\x01", "n", "b", "V", "/")
"""What is tried with a UPS of which nothing is known."""
CUT_SHORT = "451.2.I"
"""A firmware whose list of capabilities ends too early."""


def known_characters(firmware: str) -> str:
    """The characters that an old UPS knows, by its firmware; "" for one that can be asked."""
    return KNOWN.get(HEXADECIMAL if re.fullmatch("[0-9A-Fa-f]{2}", firmware) else firmware, "")


def old_model(firmware: str) -> str:
    """ups.model of a UPS in KNOWN, which may not say it."""
    return "Matrix-UPS" if firmware[:1] in ("0", "5") and len(firmware) > 2 else "Smart-UPS"


_COMMAND_SET = re.compile(r"[0-9]\.[^.]*\.([^.]+)(\.[^.]+)?")


def command_characters(answer: str) -> str:
    """The characters that a UPS says it knows; "" where it says something else."""
    known = _COMMAND_SET.fullmatch(answer)
    return known[1] if known else ""


@dataclass(frozen=True, slots=True)
class Choices:
    """The values that a setting may have, as the UPS names them."""

    code: str
    values: tuple[str, ...]


def capabilities(answer: str, firmware: str) -> tuple[list[Choices], str]:
    """What may be set to what, for the region that is a firmware's last letter, and what is wrong with the list ("" for
    nothing; what came before that counts).

    Each entry: the character, the region (4: all), how many values there are, how many characters each has, the values.
    A Matrix-UPS puts ## before each.
    """
    found: list[Choices] = []
    if not answer.startswith("#"):
        return found, f"it begins with {answer[:1]!r}"
    mark = "##" if answer.startswith("##") else ""
    rest = answer if mark else answer[1:]
    while rest:
        head, body = rest[len(mark) : len(mark) + 4], rest[len(mark) + 4 :]
        count, size = (ord(char) - ord("0") for char in head.ljust(4)[2:4])  # more than 9 are : ; < and so on
        if not rest.startswith(mark) or count < 0 or size < 1:
            return found, f"it makes no sense at {rest[:8]!r}"
        if len(body) < count * size:
            return found, "it is cut short"
        if head[1] in ("4", firmware[-1:]):
            found.append(Choices(head[0], tuple(body[at : at + size] for at in range(0, count * size, size))))
        rest = body[count * size :]
    return found, ""
