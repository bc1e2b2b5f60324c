"""Recordings: what was said to a device, what it answered and when, as a text that people read and programs replay.

Every way to a device (io/serial.py, io/hid.py...) is a description with three methods, and a driver opens it by
`Driver.connect`: for real, for real with a `Tape` that notes every exchange, or not at all, the tape answering in the
device's place. An exchange is lines of text, in the form that the way chose:

    > Q1\\r                                                       what was asked
    < (228.5 228.5 228.5 010 50.0 13.7 25.0 00001001\\r           what came, at once or later, until the next question
    ! timed out                                                  what went wrong instead
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

HEAD = "wallnut recording 1"
ASKED, ANSWERED, FAILED = ">", "<", "!"
_KINDS = (ASKED, ANSWERED, FAILED)
_ESCAPES = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\"}
_PLAIN = {escape[1]: char for char, escape in _ESCAPES.items()}


class Way(Protocol[T]):
    """How a device is reached, not yet opened. Frozen: opening it twice reaches the same device."""

    def open(self) -> T:
        """The device itself. Raises DeviceError."""

    def record(self, device: T, tape: Tape) -> T:
        """A device that does what this one does, and notes it."""

    def replay(self, tape: Tape) -> T:
        """A device that answers as the tape says."""


class Line(NamedTuple):
    """One line of an exchange: seconds since the recording began, kind (`>`, `<`, `!`) and text."""

    time: float
    kind: str
    text: str


class Tape:
    """What was said, in order. Used by one thread: the driver's own."""

    def __init__(self, lines: Iterable[Line] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self.lines = list(lines)
        self._clock, self._begun = clock, clock()
        self._cursors: dict[str, int] = {}
        self._index: dict[str, list[list[Line]]] | None = None

    # --- recording

    def asked(self, request: str) -> None:
        """Note what the device is asked."""
        self._note(ASKED, request)

    def answered(self, answer: str) -> None:
        """Note what it says."""
        self._note(ANSWERED, answer)

    def failed(self, why: str) -> None:
        """Note that it did not answer, or not with sense."""
        self._note(FAILED, why)

    def _note(self, kind: str, text: str) -> None:
        self.lines.append(Line(round(self._clock() - self._begun, 3), kind, text))

    # --- replay

    def heard(self, request: str) -> bool:
        """Whether the recording knows a request."""
        return bool(self._answers().get(request))

    def ask(self, request: str) -> list[str]:
        """What the device answered when it was asked this: the first time to the first call, and so on, and after the
        last time from the beginning. Raises DeviceError where it failed, or was never asked."""
        times = self._answers().get(request)
        if not times:
            raise DeviceError(f"the recording has no answer to {request}")
        number = self._cursors.get(request, 0)
        self._cursors[request] = (number + 1) % len(times)
        for line in times[number]:
            if line.kind == FAILED:
                raise DeviceError(line.text)
        return [line.text for line in times[number]]

    def _answers(self) -> dict[str, list[list[Line]]]:
        """For each request, what followed it each time."""
        if self._index is None:
            self._index = {}
            since: list[Line] = []  # what came before the first question answers none
            for line in self.lines:
                if line.kind == ASKED:
                    since = []
                    self._index.setdefault(line.text, []).append(since)
                else:
                    since.append(line)
        return self._index


class Recording(NamedTuple):
    """A recording whole: what a file holds. `settings` are the driver's (no `port`), `polls` how often it polled,
    `variables` and `commands` what came out."""

    driver: str
    settings: dict[str, str | None]
    about: dict[str, str]
    polls: int
    lines: list[Line]
    variables: dict[str, str]
    commands: list[str]


def show(data: bytes) -> str:
    """Bytes as one line of text: printable ASCII as it is, the rest escaped, and a blank at the end."""
    text = "".join(
        _ESCAPES.get(char) or (char if " " <= char <= "~" else f"\\x{ord(char):02x}") for char in data.decode("latin-1")
    )
    return f"{text[:-1]}\\x20" if text.endswith(" ") else text


def unshow(text: str) -> bytes:
    """The bytes that `show` showed. Raises ValueError."""
    found, rest = bytearray(), text
    while rest:
        plain, backslash, rest = rest.partition("\\")
        found += plain.encode("latin-1")
        if backslash and rest[:1] == "x":
            found.append(int(rest[1:3], 16))
            rest = rest[3:]
        elif backslash:
            try:
                found += _PLAIN[rest[:1]].encode()
            except KeyError:
                raise ValueError(f"\\{rest[:1]} is no escape") from None
            rest = rest[1:]
    return bytes(found)


# --- the file


def write(recording: Recording) -> str:
    """A recording as text."""
    lines = [HEAD, "", f"driver: {recording.driver}"]
    lines += [f"{key}: {value}" for key, value in recording.about.items()]
    for key, value in recording.settings.items():
        lines.append(f"setting: {key}" if value is None else f"setting: {key} = {value}")
    lines += [f"polls: {recording.polls}", "", "[exchange]"]
    lines += [f"{line.time:9.3f} {line.kind} {line.text}".rstrip() for line in recording.lines]
    lines += ["", "[variables]", *(f"{name}: {show(value.encode())}" for name, value in recording.variables.items())]
    lines += ["", "[commands]", *recording.commands]
    return "\n".join(lines) + "\n"


def read(path: str) -> Recording:
    """A recording's file. Raises ConfigError, which says where it is not one."""
    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
    except OSError as error:
        raise ConfigError(f"Can't open {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: no recording: not plain text") from None
    return parse(text, path)


def parse(text: str, path: str) -> Recording:
    """A recording's text; `path` names it in errors. Raises ConfigError."""
    found = Recording("", {}, {}, 0, [], {}, [])
    part, polls, driver = "head", 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if number == 1:
                if line != HEAD:
                    raise ValueError(f"'{HEAD}' was expected")
            elif line in ("[exchange]", "[variables]", "[commands]"):
                part = line
            elif not line.strip():
                continue
            elif part == "[exchange]":
                found.lines.append(_line(line))
            elif part == "[commands]":
                found.commands.append(line)
            else:
                key, value = _pair(line, ": ")
                if part == "[variables]":
                    found.variables[key] = unshow(value).decode()
                elif key == "driver":
                    driver = value
                elif key == "polls":
                    polls = int(value)
                elif key == "setting":
                    name, equals, setting = value.partition(" = ")
                    found.settings[name] = setting if equals else None
                else:
                    found.about[key] = value
        except ValueError as error:
            raise ConfigError(f"{path}:{number}: {error}") from None
    if not driver:
        raise ConfigError(f"{path}: no recording: it names no driver")
    return found._replace(driver=driver, polls=polls)


def _line(line: str) -> Line:
    when, _, rest = line.strip().partition(" ")
    kind, text = rest[:1], rest[2:]
    if kind not in _KINDS:
        raise ValueError(f"one of {' '.join(_KINDS)} was expected after the time, not '{kind}'")
    return Line(float(when), kind, text)


def _pair(line: str, between: str) -> tuple[str, str]:
    key, found, value = line.partition(between)
    if not found and not line.endswith(":"):
        raise ValueError("'name: value' was expected")
    return key.removesuffix(":"), value
