"""What a client does in more than one step, without I/O: generators that the blocking and the asyncio client carry out.

A plan yields what is to be done and is sent what came of it:

    a request            its result; a ServerError is thrown in
    a list of requests   the list of their Replies; they travel together
    a number             None, after that many seconds

and returns the outcome.
"""

from __future__ import annotations

from wallnut.model.errors import InvalidValue, LinkTimeout, Readonly, ServerError, TooLong, UnknownCommand
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any, TypeVar

    from wallnut.model.status import Status

    T = TypeVar("T")
    Step = net.Request[object] | Sequence[net.Request[object]] | float
    Plan = Generator[Step, Any, T]

FIRST_LOOK = 0.02
LONGEST_LOOK = 1.0
"""Seconds between two looks at a tracking id: doubling from the first to the longest."""


class Value:
    """A variable's value: `text` as the server says it, `value` typed by the catalogue of names, `unit` of numbers."""

    __slots__ = ("name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    @property
    def value(self) -> str | int | float | bool:
        """The number or truth in it, where the catalogue knows the name and the text reads so; else the text."""
        from wallnut.model.names import value

        return value(self.name, self.text)

    @property
    def unit(self) -> str:
        """V, %, s...; "" if it has none."""
        from wallnut.model.names import unit

        return unit(self.name)

    def __str__(self) -> str:
        """For people: with the unit."""
        unit = self.unit
        return f"{self.text} {unit}" if unit else self.text

    def __float__(self) -> float:
        return float(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and (self.name, self.text) == (other.name, other.text)

    def __hash__(self) -> int:
        return hash((self.name, self.text))

    def __repr__(self) -> str:
        return f"Value({self.name!r}, {self.text!r})"


class Snapshot(dict[str, Value]):
    """All variables of a UPS, by name, in the server's order."""

    __slots__ = ()

    @property
    def status(self) -> Status:
        """What ups.status says."""
        from wallnut.model.status import Status

        found = self.get("ups.status")
        return Status.parse(found.text if found else "")


def authenticate(username: str | None, password: str | None) -> Plan[None]:
    """Say who we are, what is None left out. The server checks it when something needs a right."""
    requests = [] if username is None else [net.username(username)]
    if password is not None:
        requests.append(net.password(password))
    for reply in (yield requests):
        reply.get()


def snapshot(ups: str) -> Plan[Snapshot]:
    """All variables."""
    found: dict[str, str] = yield net.list_var(ups)
    return Snapshot((name, Value(name, text)) for name, text in found.items())


def commands(ups: str) -> Plan[dict[str, str]]:
    """The instant commands: name to description."""
    names: list[str] = yield net.list_cmd(ups)
    replies: list[net.Reply] = yield [net.GetText("CMDDESC", ups, name) for name in names]
    return {name: str(reply.get()) for name, reply in zip(names, replies, strict=True)}


def primary(ups: str) -> Plan[None]:
    """Ask whether we may manage the UPS; servers before 2.8.0 call it MASTER."""
    try:
        yield net.primary(ups)
    except UnknownCommand:
        yield net.master(ups)


def run(ups: str, command: str, value: str, wait: float | None, clock: Callable[[], float]) -> Plan[bool]:
    """An instant command; with `wait` its result is awaited for so many seconds. See `_handed`."""
    return (yield from _handed(net.instcmd(ups, command, value), wait, clock))


def set_variable(ups: str, name: str, value: str, wait: float | None, clock: Callable[[], float]) -> Plan[bool]:
    """Set a variable, after a look at what it may be set to. Raises Readonly, TooLong, InvalidValue saying why."""
    kind, enum, ranges = yield [net.GetType(ups, name), net.list_enum(ups, name), net.list_range(ups, name)]
    kind = kind.get()
    if not kind.writable:
        # servers before 2.8.0 leave RW out of some variables' types
        writable: dict[str, str] = yield net.list_rw(ups)
        if name.lower() not in map(str.lower, writable):
            raise Readonly("", f"{name} cannot be set")
    check(name, value, kind, enum.get(), ranges.get())
    return (yield from _handed(net.set_var(ups, name, value), wait, clock))


def check(
    name: str, value: str, kind: net.VariableType, enum: Sequence[str], ranges: Sequence[tuple[int, int]]
) -> None:
    """Whether a variable may be set to a value, by the server's own rules. Raises TooLong, InvalidValue."""
    if kind.length is not None and len(value) > kind.length:
        raise TooLong("", f"{name} takes {kind.length} characters, not {len(value)}")
    if enum and value not in enum:
        raise InvalidValue("", f"{name} must be one of {', '.join(map(repr, enum))}, not {value!r}")
    if ranges:
        try:
            number = int(float(value))  # the server looks at the whole number alone
        except (ValueError, OverflowError):
            number = None
        if number is None or not any(low <= number <= high for low, high in ranges):
            allowed = " or ".join(f"{low} to {high}" for low, high in ranges)
            raise InvalidValue("", f"{name} must be {allowed}, not {value!r}")


def _handed(request: net.Handed, wait: float | None, clock: Callable[[], float]) -> Plan[bool]:
    """Hand something to the driver; True when the driver confirmed it, False when nobody asked or can tell.

    Raises TrackingUnknown, TrackingFailed, InvalidArgument where the driver says so, LinkTimeout when it says nothing.
    """
    if wait is None:
        yield request
        return False
    tracking, handed = yield [net.set_tracking(True), request]
    id = handed.get()
    if tracking.error is not None or not id:
        return False  # a server before 2.8.0
    deadline, pause = clock() + wait, FIRST_LOOK
    while (yield net.GetTracking(id)) == "PENDING":
        left = deadline - clock()
        if left <= 0:
            raise LinkTimeout(f"the driver does not say within {wait:g} s what became of it")
        yield min(pause, left)
        pause = min(2 * pause, LONGEST_LOOK)
    return True


def starttls(required: bool) -> Plan[bool]:
    """Ask for TLS; False when the server has none. Raises ServerError then if it is required."""
    try:
        yield net.starttls()
    except ServerError:
        if required:
            raise
        return False
    return True
