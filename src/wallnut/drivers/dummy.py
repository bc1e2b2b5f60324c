"""dummy-ups: a UPS out of a file, for tests and demonstrations; or another server's UPS (see repeater.py).

`Script` is the file: pure, it takes lines and times and gives what to do. What C's driver makes of a file was seen with
dummy-ups 2.8.0; ALARM is of 2.8.4. Unlike C it does not sleep a second at every update: a SET, a TIMER and a changed
file take effect when they should.
"""

from __future__ import annotations

import os

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.model.errors import DeviceError
from wallnut.proto.words import BadLine, file_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallnut.drivers.repeater import Repeater

LOOK = 1.0
"""Seconds between two looks at the file."""

MODES = ("dummy-once", "dummy-loop", "dummy", "repeater")

# Types that dummy-ups 2.8.0 gives the names it knows (dump of its socket); all others are RW STRING of 32 characters.
NUMBERS = frozenset(
    [
        "ambient.humidity",
        "ambient.humidity.alarm",
        "ambient.humidity.high",
        "ambient.humidity.low",
        "ambient.temperature",
        "ambient.temperature.alarm",
        "ambient.temperature.high",
        "ambient.temperature.low",
        "battery.charge",
        "battery.charge.low",
        "battery.charge.restart",
        "battery.current",
        "battery.runtime",
        "battery.runtime.low",
        "battery.temperature",
        "battery.voltage",
        "battery.voltage.nominal",
        "input.frequency",
        "input.transfer.boost.high",
        "input.transfer.boost.low",
        "input.transfer.high",
        "input.transfer.low",
        "input.transfer.trim.high",
        "input.transfer.trim.low",
        "input.voltage",
        "input.voltage.maximum",
        "input.voltage.minimum",
        "input.voltage.nominal",
        "output.current",
        "output.frequency",
        "output.voltage",
        "ups.delay.reboot",
        "ups.delay.shutdown",
        "ups.delay.start",
        "ups.load",
        "ups.temperature",
        "ups.test.interval",
    ]
)
LENGTHS = {
    "input.quality": 6,
    "input.sensitivity": 1,
    "input.transfer.reason": 1,
    "ups.date": 16,
    "ups.firmware": 16,
    "ups.firmware.aux": 16,
    "ups.id": 16,
    "ups.mfr.date": 16,
    "ups.test.result": 16,
    "ups.time": 16,
}
LENGTH = 32


class Timer:
    """`TIMER n`: go on after n seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


Line = tuple[str, str] | Timer


def read_script(data: bytes) -> tuple[list[Line], list[str]]:
    """The lines of a .dev or .seq file as (name, value), an ALARM's with the name ALARM; and what is wrong with it.

    A name ends at its colon, the other words are joined by one blank; driver.* is passed over. Unlike in C an `=`
    behind the colon is a character like others: `ID=18` in a dump stays what it was.
    """
    lines: list[Line] = []
    problems: list[str] = []
    for number, _, words in file_lines(b"\n".join(map(_keep_equals, data.split(b"\n")))):
        if isinstance(words, BadLine):
            problems.append(f"{number}: {words.text}")
        elif words:
            name, _, rest = words[0].partition(":")
            value = " ".join((rest, *words[1:]) if rest else words[1:])
            if name.upper() == "TIMER":
                try:
                    lines.append(Timer(max(float(value), 0.0)))
                except ValueError:
                    problems.append(f"{number}: TIMER needs seconds, not {value!r}")
            elif name.lower().startswith("driver."):
                continue
            elif name:
                lines.append((name, value))
    return lines, problems


def _keep_equals(line: bytes) -> bytes:
    """A line with what keeps `=` from being a word of its own."""
    name, colon, value = line.partition(b":")
    if b"=" not in value:
        return line
    halves = value.split(b"\\\\")  # behind a pair of backslashes nothing is escaped
    return name + colon + b"\\\\".join(half.replace(b"\\=", b"=").replace(b"=", b"\\=") for half in halves)


class Script:
    """Where the reading of a file stands. After the end a `looping` one begins anew, any other waits for `restart`."""

    __slots__ = ("_at", "_due", "_lines", "looping")

    def __init__(self, looping: bool) -> None:
        self.looping = looping
        self._lines: list[Line] = []
        self._at = 0
        self._due: float | None = None

    def at_start(self, now: float) -> bool:
        """Whether the first line comes next, so that a looping file is to be read again."""
        return self._at == 0 and not self.wait(now)

    def wait(self, now: float) -> float:
        """Seconds until the TIMER that it stands at is over; 0 where it stands at none."""
        return 0.0 if self._due is None else max(self._due - now, 0.0)

    def restart(self, lines: list[Line]) -> None:
        """Begin with the first of these lines."""
        self._lines, self._at, self._due = lines, 0, None

    def advance(self, now: float) -> Iterator[tuple[str, str]]:
        """The lines up to the next TIMER or the end; nothing while a TIMER runs."""
        if self.wait(now):
            return
        self._due = None
        while self._at < len(self._lines) and self._due is None:
            line = self._lines[self._at]
            self._at += 1
            if isinstance(line, Timer):
                self._due = now + line.seconds
            else:
                yield line
        if self._at == len(self._lines) and self.looping:
            self._at = 0


class FromFile:
    """A UPS that a file describes; `once` is dummy-once, else the file is read again and again."""

    def __init__(self, path: str, ups: Publisher, *, once: bool) -> None:
        self._path, self._ups, self._once = path, ups, once
        self._script = Script(looping=not once)
        self._stamp: tuple[int, int] | None = None

    def open(self) -> None:
        """Publish what is there without any file."""
        self.put("ups.mfr", "Dummy Manufacturer")
        self.put("ups.model", "Dummy UPS")
        self._ups.set("ups.status", "OL", writable=True, length=LENGTH)
        self._ups.add_command("load.off")
        self._stamp = None

    def poll(self, now: float) -> None:
        """Go through the file as far as it is time to."""
        self._read_when_due(now)
        for name, value in self._script.advance(now):
            if name == "ALARM":
                self._ups.alarm(value)
            else:
                self.put(name, value)
        wait = self._script.wait(now)
        self._ups.poll_in(wait if wait and not self._once else min(wait or LOOK, LOOK))

    def _read_when_due(self, now: float) -> None:
        """Read the file at its beginning; in dummy-once only when it has changed, but then at once."""
        try:
            found = os.stat(self._path)
            stamp = (found.st_mtime_ns, found.st_ino)
            changed = stamp != self._stamp
            if not (changed if self._once else self._script.at_start(now)):
                return
            with open(self._path, "rb") as file:
                lines, problems = read_script(file.read())
        except OSError as error:
            raise DeviceError(f"Can't open {self._path}: {error.strerror}") from None
        self._stamp = stamp
        self._script.restart(lines)
        for problem in problems if changed else ():
            self._ups.log.warning(f"Parse error: {self._path}:{problem}")

    def put(self, name: str, value: str) -> None:
        """Set a variable; an empty value removes it."""
        key = name.lower()
        if key == "ups.status":  # never removed, and composed by the host's rules
            self._ups.status(value)
        elif value:
            length = 0 if key in NUMBERS else LENGTHS.get(key, LENGTH)
            self._ups.set(name, value, writable=True, length=length)
        else:
            if key == "ups.alarm":
                self._ups.alarm()
            self._ups.unset(name)


class Dummy(Driver):
    """A UPS out of a file, or of another server."""

    name = "dummy-ups"
    version = "1.0"
    title = "Device simulation and repeater driver"
    options = (
        Option(
            "mode", "Specify mode instead of guessing it from port value (dummy = dummy-loop, dummy-once, repeater)"
        ),
        Option("repeater_disable_strict_start", "Start a repeater though its server is not there", flag=True),
        Option("authconf", "nutauth.conf with user and password for a repeater's server"),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        port = settings.text("port")
        guess = "repeater" if "@" in port else "dummy-once" if port.endswith(".dev") else "dummy-loop"
        self._mode = settings.choice("mode", MODES) or guess
        self._repeater: Repeater | None = None
        if self._mode == "repeater":
            from wallnut.drivers.repeater import Repeater

            self._repeater = Repeater(settings, ups)
        self._file = FromFile(os.path.join(settings.folder, port), ups, once=self._mode == "dummy-once")

    def open(self) -> None:
        """Publish what is there at once."""
        self.ups.set("driver.parameter.mode", self._mode)
        if self._repeater is None:
            self._file.open()
        else:
            self._repeater.open()

    def poll(self) -> None:
        """Publish what is new."""
        if self._repeater is None:
            self._file.poll(self.clock())
        else:
            self._repeater.poll()

    def command(self, name: str, value: str) -> Result:
        """A repeater passes it on; there is nobody else to do it."""
        return Result.UNKNOWN if self._repeater is None else self._repeater.command(name, value)

    def set(self, name: str, value: str) -> Result:
        """Any variable may be set, an empty value removes it; a repeater's server has a say."""
        if self._repeater is not None:
            return self._repeater.set(name, value)
        self._file.put(name, value)
        return Result.HANDLED

    def shutdown(self) -> None:
        """A file has no load; a repeater's is not ours."""
        if self._repeater is not None:
            super().shutdown()
        self.ups.log.notice("shutdown not supported")

    def close(self) -> None:
        """Leave the other server."""
        if self._repeater is not None:
            self._repeater.close()
