"""What a driver is: a class with a handful of blocking methods. The host does everything else.

    class Lamp(Driver):
        name, version, title = "lamp", "1.0", "A lamp with a battery"
        options = (Option("colour", "Colour of the lamp"),)

        def poll(self) -> None:
            self.ups.status("OL")
            self.ups.set("battery.charge", 100)

The host (`wallnut.drivers.host`) calls `open`, then `poll` every pollinterval, and between polls `command` and `set`
as requests come, all one after another in a thread of the driver's own: plain blocking code, that may hang without
stopping anybody else. What a driver publishes through `self.ups` is sent when the call returns. docs/drivers.md has
the contract whole, with a working example.
"""

from __future__ import annotations

import os
import time
from enum import IntEnum
from threading import Lock

from wallnut.io.service import confpath
from wallnut.model.errors import ConfigError, DeviceError
from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DelCmd,
    DelEnum,
    DelInfo,
    DelRange,
    Message,
    SetAux,
    SetFlags,
    SetInfo,
)
from wallnut.proto import driver as wire
from wallnut.proto.words import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    from wallnut.io.log import Logger
    from wallnut.io.record import Tape, Way

    T = TypeVar("T")

REPLAY = "replay:"
"""What `port` begins with where a recording, and no device, is to answer: `port = replay:FILE`."""
VALUE_LIMIT = 255
"""Characters that a value may have on its way to NUT's programs."""


class Result(IntEnum):
    """What became of a command or a setting; the numbers of the driver socket's TRACKING lines."""

    HANDLED = wire.HANDLED
    UNKNOWN = wire.UNKNOWN
    INVALID = wire.INVALID
    FAILED = wire.FAILED


class Option:
    """A key that a driver takes in its section of ups.conf, whatever its case there. `flag`: it stands alone, without a
    value. A name that ends with `.*` stands for all keys that begin like it."""

    __slots__ = ("flag", "help", "name")

    def __init__(self, name: str, help: str, *, flag: bool = False) -> None:
        self.name, self.help, self.flag = name, help, flag

    def fits(self, key: str) -> bool:
        """Whether a key of ups.conf is this one."""
        key, name = key.lower(), self.name.lower()
        return key.startswith(name[:-1]) if name.endswith(".*") else key == name

    def spelt(self, key: str) -> str:
        """A key that fits, as the driver looks for it."""
        return self.name[:-1] + key[len(self.name) - 1 :] if self.name.endswith(".*") else self.name


class Settings:
    """A driver's section of ups.conf, read with types. `ups` is its name, `values` its keys; a flag's value is None.

    `folder` is where relative file names begin (the configuration folder). Each reader gives its default where the key
    is not set, and raises ConfigError, naming section and key, where the value cannot be meant.
    """

    def __init__(self, ups: str, values: Mapping[str, str | None], folder: str | None = None) -> None:
        self.ups = ups
        self.values = dict(values)
        self.folder = confpath() if folder is None else folder

    def text(self, key: str, default: str = "") -> str:
        """A value as it stands."""
        if key not in self.values:
            return default
        value = self.values[key]
        if value is None:
            raise self.error(key, "needs a value")
        return value

    def integer(self, key: str, default: int = 0, low: int | None = None, high: int | None = None) -> int:
        """A whole number, within bounds where they are given."""
        return int(self._number(key, default, low, high, int))

    def number(self, key: str, default: float = 0.0, low: float | None = None, high: float | None = None) -> float:
        """A number, within bounds where they are given."""
        return float(self._number(key, default, low, high, float))

    def _number(
        self, key: str, default: float, low: float | None, high: float | None, kind: type[int] | type[float]
    ) -> float:
        if key not in self.values:
            return default
        text = self.text(key)
        try:
            value = kind(text)
        except ValueError:
            raise self.error(key, "a whole number is needed" if kind is int else "a number is needed") from None
        if not ((low is None or value >= low) and (high is None or value <= high)):
            bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
            raise self.error(key, f"{bounds} is needed")
        return value

    def flag(self, key: str) -> bool:
        """Whether a flag is set. `key = no` means no, though C NUT's drivers only look whether it is there."""
        if key not in self.values:
            return False
        value = (self.values[key] or "yes").lower()
        if value in ("yes", "on", "true", "1", "enabled"):
            return True
        if value in ("no", "off", "false", "0", "disabled"):
            return False
        raise self.error(key, "yes or no is needed, or the key alone")

    def choice(self, key: str, allowed: Iterable[str], default: str = "") -> str:
        """One of some words, whatever its case; given in the spelling of `allowed`."""
        if key not in self.values:
            return default
        text = self.text(key).lower()
        words = tuple(allowed)
        for word in words:
            if word.lower() == text:
                return word
        raise self.error(key, f"one of {', '.join(words)} is needed")

    def error(self, key: str, what: str) -> ConfigError:
        """The error that names section, key and value."""
        value = self.values.get(key)
        shown = key if value is None else f"{key} = {value}"
        return ConfigError(f"[{self.ups}] {shown}: {what}")


def text_of(value: str | float) -> str:
    """A value as NUT shows it: numbers plain, without an exponent and without trailing zeros; text as it is."""
    if isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


class Changes:
    """What one call of a driver published: `messages` in their order; `status` words and `alarm` text where it set them
    (None: as they were); `again` the seconds after which it wants to be polled, if not after pollinterval; `old` why
    the data is stale, where it is."""

    __slots__ = ("again", "alarm", "messages", "old", "status")

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status: tuple[str, ...] | None = None
        self.alarm: str | None = None
        self.again: float | None = None
        self.old: str | None = None

    def __bool__(self) -> bool:
        said = (self.status, self.alarm, self.again, self.old)
        return bool(self.messages) or any(one is not None for one in said)


class Publisher:
    """Where a driver puts what it knows. The host sends it when the driver's method returns; a driver with a thread of
    its own calls `commit` there. Saying again what is known already sends nothing. `log` is for people.
    """

    def __init__(self, send: Callable[[Changes], object], log: Logger) -> None:
        self.log = log
        self._send = send
        self._lock = Lock()
        self._changes = Changes()
        self._enums: dict[str, tuple[str, ...]] = {}
        self._ranges: dict[str, tuple[tuple[int, int], ...]] = {}

    def set(
        self,
        name: str,
        value: str | float,
        *,
        writable: bool | None = None,
        length: int = 0,
        enum: Iterable[str] | None = None,
        ranges: Iterable[tuple[int, int]] | None = None,
    ) -> None:
        """Create or change a variable.

        `writable` says whether it can be set (None: as it was). A writable one is text of at most `length` characters,
        one of `enum`, a whole number in one of `ranges` (bounds included), or else a number. Values longer than 255
        characters are cut, as C NUT does.
        """
        with self._lock:
            messages = self._changes.messages
            self._value(name, text_of(value))
            if enum is not None:
                self._replace_enum(name, tuple(enum))
            if ranges is not None:
                self._replace_ranges(name, tuple(ranges))
            if length:
                messages.append(SetAux(name, length))
            if writable is not None:
                flags = ("RW",) * writable + ("STRING",) * (length > 0)
                messages.append(SetFlags(name, flags))

    def _value(self, name: str, value: str) -> None:
        text = printable(value)[:VALUE_LIMIT]
        if name.lower() == "ups.status":  # the host composes it
            self._changes.status = tuple(text.split())
        else:
            self._changes.messages.append(SetInfo(name, text))

    def _replace_enum(self, name: str, values: tuple[str, ...]) -> None:
        old = self._enums.get(name.lower(), ())
        if old != values:
            self._changes.messages += [DelEnum(name, value) for value in old]
            self._changes.messages += [AddEnum(name, value) for value in values]
            self._enums[name.lower()] = values

    def _replace_ranges(self, name: str, pairs: tuple[tuple[int, int], ...]) -> None:
        old = self._ranges.get(name.lower(), ())
        if old != pairs:
            self._changes.messages += [DelRange(name, *pair) for pair in old]
            self._changes.messages += [AddRange(name, *pair) for pair in pairs]
            self._ranges[name.lower()] = pairs

    def unset(self, name: str) -> None:
        """Remove a variable; harmless where there is none."""
        with self._lock:
            self._changes.messages.append(DelInfo(name))
            self._enums.pop(name.lower(), None)
            self._ranges.pop(name.lower(), None)

    def add_command(self, *names: str) -> None:
        """Announce instant commands."""
        with self._lock:
            self._changes.messages += [AddCmd(name) for name in names]

    def remove_command(self, *names: str) -> None:
        """Withdraw instant commands."""
        with self._lock:
            self._changes.messages += [DelCmd(name) for name in names]

    def status(self, *words: str) -> None:
        """Set ups.status to these words (one text with blanks will do). ALARM comes and goes with the alarm text, LB by
        the thresholds where the user said `ignorelb`: the host sees to both."""
        with self._lock:
            self._value("ups.status", " ".join(words))

    def alarm(self, *texts: str) -> None:
        """Set ups.alarm to these texts; no text: no alarm."""
        with self._lock:
            self._changes.alarm = printable(" ".join(text for text in texts if text))[:VALUE_LIMIT]

    def apply(self, message: Message) -> None:
        """Pass on a driver-socket message as it is: for drivers that relay another's."""
        with self._lock:
            if isinstance(message, SetInfo):
                self._value(message.name, message.value)
            else:
                self._changes.messages.append(message)

    def stale(self, why: str) -> None:
        """Say that the data is old, though the device need not be opened again (DeviceError says that too). It is
        fresh when the next poll ends without a word of this, or when a thread of the driver's own says "" here."""
        with self._lock:
            self._changes.old = why

    def poll_in(self, seconds: float) -> None:
        """Be polled after so many seconds, this once, instead of after pollinterval."""
        with self._lock:
            self._changes.again = seconds

    def commit(self) -> None:
        """Send what has gathered. Only for threads of a driver's own: after each of its methods the host does it."""
        with self._lock:
            changes, self._changes = self._changes, Changes()
        if changes:
            self._send(changes)


class Driver:
    """A driver. Every method may block, and raises DeviceError when the device does not answer or answers nonsense.

    `name` is the program's name, as `driver =` says it; `version` the driver's own; `title` what it says of itself;
    `later` are modules that it imports when it opens the device, which may be when root's folders are out of reach;
    `patience` the seconds that a poll may take before the data counts as old; `clock` gives seconds that never go back,
    for what counts time (a test puts its own there);
    `relays` says that its status is another driver's, composed already.
    """

    name = ""
    version = ""
    title = ""
    options: tuple[Option, ...] = ()
    later: tuple[str, ...] = ()
    patience = 12.0
    relays = False
    clock: Callable[[], float] = staticmethod(time.monotonic)
    tape: Tape | None = None
    """Where all that is said to the device is noted; `wallnut record` puts one there."""

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        """Read the settings (ConfigError where they cannot be used); do not touch the device yet."""
        self.settings = settings
        self.ups = ups

    def connect(self, way: Way[T]) -> T:
        """Open a way to the device (io/serial.py, io/hid.py...). With `port = replay:FILE` a recording of `wallnut
        record` answers in the device's place. Raises DeviceError."""
        port = self.settings.values.get("port") or ""
        if port.startswith(REPLAY):
            return way.replay(self._recording(port.removeprefix(REPLAY)))
        return way.open() if self.tape is None else way.record(way.open(), self.tape)

    def _recording(self, name: str) -> Tape:
        from wallnut.io import record

        if self._played is None:
            path = os.path.join(self.settings.folder, os.path.expanduser(name))
            self._played = record.Tape(record.read(path).lines)
        return self._played

    _played: Tape | None = None

    def open(self) -> None:
        """Connect, and publish what never changes. Called again after `close` when the device was lost."""

    def poll(self) -> None:
        """Publish what the device says now."""

    def command(self, name: str, value: str) -> Result:
        """Run an instant command; `value` is "" where none was given."""
        return Result.UNKNOWN

    def set(self, name: str, value: str) -> Result:
        """Set a variable; publish its new value with the old one's type."""
        return Result.UNKNOWN

    def shutdown(self) -> None:
        """Switch the load off, to come back with the mains where the device can; it need not be done on return."""
        raise DeviceError("shutdown not supported")

    def close(self) -> None:
        """Disconnect. Called once for each `open`, even one that failed; must not fail."""
