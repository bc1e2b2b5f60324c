"""Push: subscribers of one UPS are told what changes (docs/protocol-extensions.md).

Changes gather while a pass of the loop lasts, are encoded once at its end, and go out as one write to every subscriber
that has taken all it was sent before. For one that has not, only the names of what changed are noted, however long it
takes; when it has caught up, it is told the state of those names then. Who asked for some variables only hears of
nothing else, and costs nothing while nothing else changes.
"""

from __future__ import annotations

from wallnut.model.state import (
    AddCmd,
    DataOk,
    DataStale,
    DelCmd,
    DelInfo,
    DriverGone,
    DumpDone,
    SetInfo,
)
from wallnut.proto.push import UpsRemoved, encode_notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wallnut.io.loop import Loop
    from wallnut.model.state import Message
    from wallnut.server.session import Session
    from wallnut.server.ups import Ups

_OF_THE_UPS = frozenset((DataOk, DataStale, DriverGone, DumpDone))
"""What every subscriber is told, whatever it asked for."""


class Backlog:
    """What a slow subscriber has not been told: names, not values.

    `variables`: lower-case name -> whether more than the value changed. `commands`: lower-case name -> spelling.
    `void`: the driver went, so that everything is said anew.
    """

    __slots__ = ("commands", "complete", "freshness", "variables", "void")

    def __init__(self) -> None:
        self.variables: dict[str, bool] = {}
        self.commands: dict[str, str] = {}
        self.freshness = self.complete = self.void = False

    def _void(self) -> None:
        self.variables.clear()
        self.commands.clear()
        self.freshness = self.complete = False
        self.void = True

    def note(self, message: Message) -> None:
        """Something changed."""
        kind = type(message)
        if kind is DriverGone:
            self._void()
        elif kind is DumpDone:
            self.complete = True
        elif kind is DataOk or kind is DataStale:
            self.freshness = True
        elif kind is AddCmd or kind is DelCmd:
            self.commands[message.name.lower()] = message.name  # type: ignore[attr-defined]
        else:
            key = message.name.lower()  # type: ignore[attr-defined]
            self.variables[key] = kind is not SetInfo or self.variables.get(key, False)

    def add(self, other: Backlog) -> None:
        """Something else changed after this."""
        if other.void:
            self._void()
        for key, whole in other.variables.items():
            self.variables[key] = whole or self.variables.get(key, False)
        self.commands.update(other.commands)
        self.freshness |= other.freshness
        self.complete |= other.complete

    def told(self, audience: Audience) -> Iterator[Message]:
        """The messages that bring the subscriber up to date."""
        ups = audience.ups
        if self.void:
            yield DriverGone()
            if ups.connected:
                yield from audience.dump()
            return
        state = ups.state
        for key, whole in self.variables.items():
            variable = state.variables.get(key)
            if variable is None:
                yield DelInfo(key)
            elif whole:
                yield DelInfo(variable.name)
                yield from variable.dump()
            else:
                yield SetInfo(variable.name, variable.value)
        for key, name in self.commands.items():
            yield AddCmd(state.commands[key]) if key in state.commands else DelCmd(name)
        if self.freshness:
            yield DataStale() if ups.stale else DataOk()
        if self.complete:
            yield DumpDone()


class Audience:
    """The subscribers of one UPS who asked for the same. `wanted`: lower-case names of variables; None: everything.

    A member's backlog is None while it keeps up.
    """

    __slots__ = ("members", "ups", "wanted")

    def __init__(self, ups: Ups, wanted: frozenset[str] | None) -> None:
        self.ups, self.wanted = ups, wanted
        self.members: dict[Session, Backlog | None] = {}

    def heard(self, messages: Iterable[Message]) -> list[Message]:
        """Those of the messages that it asked for."""
        wanted = self.wanted
        if wanted is None:
            return list(messages)
        found = []
        for message in messages:
            kind = type(message)
            if kind in _OF_THE_UPS or (
                kind is not AddCmd and kind is not DelCmd and message.name.lower() in wanted  # type: ignore[attr-defined]
            ):
                found.append(message)
        return found

    def dump(self) -> list[Message]:
        """The state now."""
        return self.heard(self.ups.dump())

    def tell(self, news: Sequence[Message]) -> None:
        """The state has taken in these messages."""
        news = self.heard(news)
        if not news:
            return
        block = self.lines(news)
        touched: Backlog | None = None
        for session, backlog in list(self.members.items()):
            if backlog is None and not session.stream.unsent:
                session.send(block)
                continue
            if touched is None:
                touched = Backlog()
                for message in news:
                    touched.note(message)
            if backlog is None:
                backlog = self.members[session] = Backlog()
            backlog.add(touched)

    def lines(self, messages: Iterable[Message]) -> bytes:
        """Messages as NOTIFY lines."""
        ups = self.ups
        return b"".join([encode_notify(ups.name, _shown(ups, message)) for message in messages])


class Feed:
    """The subscribers of one UPS."""

    __slots__ = ("_audiences", "_loop", "_news", "_places", "_ups")

    def __init__(self, loop: Loop, ups: Ups) -> None:
        self._loop, self._ups = loop, ups
        self._audiences: dict[frozenset[str] | None, Audience] = {}
        self._places: dict[Session, Audience] = {}
        self._news: list[Message] = []

    def subscribe(self, session: Session, wanted: frozenset[str] | None = None) -> bytes:
        """Add a subscriber to all, or to some variables; what it must be sent at once: the state now. Every later
        change of them will follow. A subscription that it has is replaced."""
        self._flush()  # to those who were here before
        self.unsubscribe(session)
        audience = self._audiences.get(wanted)
        if audience is None:
            audience = self._audiences[wanted] = Audience(self._ups, wanted)
        audience.members[session] = None
        self._places[session] = audience
        return audience.lines(audience.dump())

    def unsubscribe(self, session: Session) -> None:
        """Take a subscriber out, if it is one."""
        audience = self._places.pop(session, None)
        if audience is not None:
            del audience.members[session]
            if not audience.members:
                del self._audiences[audience.wanted]

    def end(self) -> None:
        """The UPS is no more."""
        self._flush()
        line = encode_notify(self._ups.name, UpsRemoved())
        for session in list(self._places):
            session.unfollow(self)
            session.send(line)

    def note(self, messages: Sequence[Message]) -> None:
        """The state has taken in these messages."""
        if messages and self._places:
            if not self._news:
                self._loop.at_end_of_pass(self._flush)
            self._news += messages

    def catch_up(self, session: Session) -> bytes:
        """What a subscriber that has now taken everything must still be told."""
        audience = self._places.get(session)
        backlog = None if audience is None else audience.members[session]
        if audience is None or backlog is None:
            return b""
        audience.members[session] = None
        return audience.lines(backlog.told(audience))

    def _flush(self) -> None:
        news, self._news = self._news, []
        if news:
            for audience in list(self._audiences.values()):
                audience.tell(news)


def _shown(ups: Ups, message: Message) -> Message:
    """A message with the value that GET VAR gives."""
    if ups.fsd and type(message) is SetInfo and message.name.lower() == "ups.status":
        return SetInfo(message.name, f"FSD {message.value}")
    return message
