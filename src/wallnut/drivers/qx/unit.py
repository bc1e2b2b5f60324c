"""The device as converters see it, and the asking of questions: what is known, what is set, what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.drivers.qx.lines import Line
    from wallnut.drivers.qx.rows import Dialect, Query
    from wallnut.io.log import Logger
    from wallnut.io.usb import UsbIdentity

TRIES = 3
"""Times that a device is asked the same before it counts as having no answer."""


class Unit:
    """One device on an open line.

    `values` are the variables that it told; `usb` says who it is on USB (None: on a serial line).
    """

    def __init__(self, line: Line, settings: Settings, log: Logger, usb: UsbIdentity | None = None) -> None:
        self.settings, self.log, self.usb = settings, log, usb
        self.values: dict[str, str] = {}
        self._line = line
        self._asked: dict[bytes, tuple[int, bytes]] | None = None

    def value(self, name: str) -> str:
        """What is known of a variable: what the user fixed, what the device says, what the user gave to begin with;
        "" for nothing."""
        given = self.settings.values
        return given.get(f"override.{name}") or self.values.get(name) or given.get(f"default.{name}") or ""

    def amount(self, name: str) -> float | None:
        """The same as a number, None where there is none."""
        try:
            return float(self.value(name))
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        """Whether a flag of ups.conf is set; never for none."""
        return bool(name) and self.settings.flag(name)

    # --- asking

    def ask(self, request: bytes, dialect: Dialect) -> bytes:
        """Send a request; the reply, b"" for none. Raises ValueError where it is not one of the dialect's, DeviceError
        where the line is lost."""
        sent = dialect.encode(request, self) if dialect.encode else request
        reply = self._exchange(sent)
        self.log.debug(3, f"{sent!r}: {reply!r}")
        return dialect.decode(reply, self) if dialect.decode and reply else reply

    def _exchange(self, request: bytes) -> bytes:
        """Ask, but while dialects are tried nothing more than TRIES times: what was heard last counts from then on."""
        if self._asked is None:
            return self._line.ask(request)
        times, reply = self._asked.get(request, (0, b""))
        if times < TRIES:
            reply = self._line.ask(request)
            self._asked[request] = times + 1, reply
        return reply

    def reply(self, query: Query, dialect: Dialect) -> str:
        """The reply to a query, ready for its rows. Raises ValueError where there is none that makes sense."""
        reply = self.ask(query.ask, dialect)
        if not reply:
            raise ValueError(f"no answer to {query.ask!r}")
        if dialect.rejected and reply.lower() == dialect.rejected.lower():
            raise ValueError(f"{query.ask!r} was rejected")
        if query.decode is not None:
            reply = query.decode(reply, self)
        query.check(reply)
        return reply.decode("latin-1")

    def look(self, name: str, dialect: Dialect) -> bool:
        """Whether the device has a value for the first row of this name: what a claim asks. The value is kept."""
        try:
            query, row = dialect.row(name)
            value = row.read(self.reply(query, dialect), self)
        except (KeyError, ValueError) as error:
            self.log.debug(2, f"{dialect.name}: {name}: {error}")
            return False
        if value:
            self.values[name] = value
        return bool(value)

    def speaks(self, dialect: Dialect) -> bool:
        """Whether the device speaks a dialect. A claim's ValueError is a no."""
        if callable(dialect.claim):
            try:
                return dialect.claim(self)
            except ValueError as error:
                self.log.debug(2, f"{dialect.name}: {error}")
                return False
        return all(self.look(name, dialect) for name in dialect.claim if not self._left_out(name, dialect))

    def _left_out(self, name: str, dialect: Dialect) -> bool:
        query, row = dialect.row(name)
        return self.flag(query.unless) or self.flag(row.unless)

    def choose(self, dialects: tuple[Dialect, ...]) -> Dialect | None:
        """The first of some dialects that the device speaks."""
        self._asked = {}
        try:
            for dialect in dialects:
                for _ in range(TRIES):
                    self.values.clear()
                    if self.speaks(dialect):
                        return dialect
            return None
        finally:
            self.values.clear()
            self._asked = None
