"""What is known of one UPS, and the messages that change it.

A driver emits these messages; `UpsState.apply` keeps the copy in the driver, in the server and in a client's mirror.
Their line form is in `wallnut.proto.driver`. Names keep the spelling they came with and compare without case.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Message:
    """A change of an UpsState. Values are unescaped text. Two messages are equal when they say the same."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, s) == getattr(other, s) for s in self.__slots__)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, s) for s in self.__slots__)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(repr(getattr(self, s)) for s in self.__slots__)})"


class SetInfo(Message):
    """Create or change a variable."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value


class DelInfo(Message):
    """Remove a variable with its flags, enum and ranges."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class AddEnum(Message):
    """Add a value to those that a variable may be set to."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value


class DelEnum(Message):
    """Take a value (compared without case) out of a variable's enum."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value


class AddRange(Message):
    """Add a range, bounds included, to those that a variable may be set to."""

    __slots__ = ("high", "low", "name")

    def __init__(self, name: str, low: int, high: int) -> None:
        self.name, self.low, self.high = name, low, high


class DelRange(Message):
    """Take a range out again."""

    __slots__ = ("high", "low", "name")

    def __init__(self, name: str, low: int, high: int) -> None:
        self.name, self.low, self.high = name, low, high


class SetAux(Message):
    """Set a string variable's maximum length."""

    __slots__ = ("length", "name")

    def __init__(self, name: str, length: int) -> None:
        self.name, self.length = name, length


class SetFlags(Message):
    """Replace a variable's flags (subset of RW, STRING, NUMBER; none clears them)."""

    __slots__ = ("flags", "name")

    def __init__(self, name: str, flags: tuple[str, ...]) -> None:
        self.name, self.flags = name, flags


class AddCmd(Message):
    """Announce an instant command."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class DelCmd(Message):
    """Withdraw an instant command."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class DataOk(Message):
    """The variables are fresh."""

    __slots__ = ()


class DataStale(Message):
    """The device does not answer: the variables are old."""

    __slots__ = ()


class DumpDone(Message):
    """All that there is has been said once."""

    __slots__ = ()


class DriverGone(Message):
    """There is no driver any more: all that it said is void."""

    __slots__ = ()


class Variable:
    """One variable: value, whether it can be set, and to what.

    `writable` and `string` are the RW and STRING flags; `length` is the maximum of a string (0: none given). `enum` and
    `ranges` keep the order in which the driver gave them.
    """

    __slots__ = ("enum", "length", "name", "ranges", "string", "value", "writable")

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value
        self.writable = self.string = False
        self.length = 0
        self.enum: tuple[str, ...] = ()
        self.ranges: tuple[tuple[int, int], ...] = ()

    def flags(self) -> tuple[str, ...]:
        """The flag words, in the order of a dump."""
        return ("RW",) * self.writable + ("STRING",) * self.string

    def dump(self) -> Iterator[Message]:
        """The messages that build this variable from nothing."""
        name = self.name
        yield SetInfo(name, self.value)
        for value in self.enum:
            yield AddEnum(name, value)
        for low, high in self.ranges:
            yield AddRange(name, low, high)
        if self.length:
            yield SetAux(name, self.length)
        if flags := self.flags():
            yield SetFlags(name, flags)


class UpsState:
    """Variables, commands and freshness of one UPS.

    `stale` starts True and `complete` (a DUMPDONE was seen) False. `variables` and `commands` are keyed by lower-case
    name; read them through the methods where order or spelling matter.
    """

    __slots__ = ("commands", "complete", "stale", "variables")

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.commands: dict[str, str] = {}
        self.stale = True
        self.complete = False

    def clear(self) -> None:
        """Forget everything, as when the driver is gone."""
        self.variables.clear()
        self.commands.clear()
        self.stale, self.complete = True, False

    def get(self, name: str) -> Variable | None:
        """A variable by name, whatever its case."""
        return self.variables.get(name) or self.variables.get(name.lower())

    def value(self, name: str, default: str = "") -> str:
        """A variable's value, or `default` where there is no such variable."""
        variable = self.get(name)
        return default if variable is None else variable.value

    def in_order(self) -> list[Variable]:
        """The variables in NUT's order: by name, without case."""
        return [self.variables[name] for name in sorted(self.variables)]

    def commands_in_order(self) -> list[str]:
        """The command names in NUT's order: by name, without case."""
        return [self.commands[name] for name in sorted(self.commands)]

    def has_command(self, name: str) -> bool:
        """Whether the command is announced, whatever the case."""
        return name.lower() in self.commands

    def apply(self, message: Message) -> bool:
        """Take a message in; True when it changed something.

        A message about a variable that is not there, or a range upside down, changes nothing, as in C.
        """
        return _APPLY[type(message)](self, message)

    def dump(self) -> Iterator[Message]:
        """The messages that build this state from nothing, in the order of a driver's dump."""
        if self.stale:
            yield DataStale()
        for variable in self.in_order():
            yield from variable.dump()
        for command in self.commands_in_order():
            yield AddCmd(command)
        if not self.stale:
            yield DataOk()
        yield DumpDone()


def _set_info(state: UpsState, message: SetInfo) -> bool:
    name = message.name
    variable = state.get(name)
    if variable is None:
        state.variables[name.lower()] = Variable(name, message.value)
        return True
    if variable.value == message.value:
        return False
    variable.value = message.value
    return True


def _del_info(state: UpsState, message: DelInfo) -> bool:
    return state.variables.pop(message.name.lower(), None) is not None


def _add_enum(state: UpsState, message: AddEnum) -> bool:
    variable = state.get(message.name)
    if variable is None or message.value in variable.enum:
        return False
    variable.enum += (message.value,)
    return True


def _del_enum(state: UpsState, message: DelEnum) -> bool:
    variable = state.get(message.name)
    if variable is None:
        return False
    gone = message.value.lower()
    kept = tuple(value for value in variable.enum if value.lower() != gone)
    changed = len(kept) != len(variable.enum)
    variable.enum = kept
    return changed


def _add_range(state: UpsState, message: AddRange) -> bool:
    variable = state.get(message.name)
    if variable is None or message.low > message.high:
        return False
    if any(low == message.low or high == message.high for low, high in variable.ranges):
        return False
    variable.ranges += ((message.low, message.high),)
    return True


def _del_range(state: UpsState, message: DelRange) -> bool:
    variable = state.get(message.name)
    if variable is None:
        return False
    gone = (message.low, message.high)
    kept = tuple(pair for pair in variable.ranges if pair != gone)
    changed = len(kept) != len(variable.ranges)
    variable.ranges = kept
    return changed


def _set_aux(state: UpsState, message: SetAux) -> bool:
    variable = state.get(message.name)
    if variable is None or variable.length == message.length:
        return False
    variable.length = message.length
    return True


def _set_flags(state: UpsState, message: SetFlags) -> bool:
    variable = state.get(message.name)
    if variable is None:
        return False
    writable, string = "RW" in message.flags, "STRING" in message.flags
    changed = (variable.writable, variable.string) != (writable, string)
    variable.writable, variable.string = writable, string
    return changed


def _add_cmd(state: UpsState, message: AddCmd) -> bool:
    key = message.name.lower()
    if key in state.commands:
        return False
    state.commands[key] = message.name
    return True


def _del_cmd(state: UpsState, message: DelCmd) -> bool:
    return state.commands.pop(message.name.lower(), None) is not None


def _data_ok(state: UpsState, message: DataOk) -> bool:
    was, state.stale = state.stale, False
    return was


def _data_stale(state: UpsState, message: DataStale) -> bool:
    was, state.stale = state.stale, True
    return not was


def _dump_done(state: UpsState, message: DumpDone) -> bool:
    was, state.complete = state.complete, True
    return not was


def _driver_gone(state: UpsState, message: DriverGone) -> bool:
    had = state.complete or bool(state.variables or state.commands)
    state.clear()
    return had


_APPLY: dict[type[Message], Callable[[UpsState, Any], bool]] = {
    SetInfo: _set_info,
    DelInfo: _del_info,
    AddEnum: _add_enum,
    DelEnum: _del_enum,
    AddRange: _add_range,
    DelRange: _del_range,
    SetAux: _set_aux,
    SetFlags: _set_flags,
    AddCmd: _add_cmd,
    DelCmd: _del_cmd,
    DataOk: _data_ok,
    DataStale: _data_stale,
    DumpDone: _dump_done,
    DriverGone: _driver_gone,
}
