"""What of other drivers' variables and commands is published now, and what brings it to what shall be published."""

from __future__ import annotations

from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DelCmd,
    DelEnum,
    DelInfo,
    DelRange,
    SetAux,
    SetFlags,
    SetInfo,
    UpsState,
    Variable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wallnut.drivers.base import Publisher
    from wallnut.model.state import Message

    Item = tuple[str, str, Variable]
    """A variable to be shown: its name, its value, and one that it has its type of."""


PLAIN = Variable("", "")
"""The type of a variable that cannot be set."""


class Showcase:
    """A change from one driver to another is sent in one go, and only what differs: nothing that stays goes away in
    between."""

    def __init__(self, ups: Publisher) -> None:
        self._ups = ups
        self._shown = UpsState()

    def show(self, items: Iterable[Item], commands: Iterable[str]) -> None:
        """Publish these, and nothing else of what was shown before."""
        shown = self._shown
        for message in list(differences(shown, items, commands)):
            shown.apply(message)
            self._ups.apply(message)


def differences(shown: UpsState, items: Iterable[Item], commands: Iterable[str]) -> Iterator[Message]:
    """The messages that make of what is shown what shall be."""
    names: set[str] = set()
    for name, value, type in items:
        names.add(name.lower())
        yield from _one(shown.variables.get(name.lower()), name, value, type)
    for key, variable in shown.variables.items():
        if key not in names:
            yield DelInfo(variable.name)
    wanted = {name.lower(): name for name in commands}
    for key, name in wanted.items():
        if key not in shown.commands:
            yield AddCmd(name)
    for key, name in shown.commands.items():
        if key not in wanted:
            yield DelCmd(name)


def _one(old: Variable | None, name: str, value: str, type: Variable) -> Iterator[Message]:
    if old is not None and old.flags() and not type.flags():
        yield DelInfo(name)  # C's upsd does not understand that flags go
        old = None
    if old is None:
        old = Variable(name, "")
        yield SetInfo(name, value)
    elif old.value != value:
        yield SetInfo(name, value)
    if old.enum != type.enum:
        yield from (DelEnum(name, one) for one in old.enum)
        yield from (AddEnum(name, one) for one in type.enum)
    if old.ranges != type.ranges:
        yield from (DelRange(name, low, high) for low, high in old.ranges)
        yield from (AddRange(name, low, high) for low, high in type.ranges)
    if old.length != type.length:
        yield SetAux(name, type.length)
    if old.flags() != type.flags():
        yield SetFlags(name, type.flags())
