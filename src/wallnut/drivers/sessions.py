"""The driver socket's sessions: requests in, answers and broadcasts out. See NUT's docs/sock-protocol.txt.

Beyond C: broadcast values are escaped, a peer that closes is gone at once, one that does not read is cut off, and every
request that carries an id gets its TRACKING line, even a malformed one.
"""

from __future__ import annotations

import os

from wallnut.io.stream import Stream
from wallnut.model.state import DataOk, DataStale, DumpDone, Message, SetAux, SetFlags, SetInfo
from wallnut.proto.driver import (
    INVALID,
    Broadcast,
    DumpAll,
    DumpStatus,
    DumpValue,
    GetPid,
    Goodbye,
    InstCmd,
    Logout,
    Pid,
    Ping,
    Pong,
    Set,
    Tracking,
    decode_request,
    encode,
)
from wallnut.proto.words import BadLine, Lexer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop
    from wallnut.model.state import UpsState

    Reply = Callable[[int], object]
    Request = Callable[[Set | InstCmd, Reply], object]

COMPLAINTS = 5
"""Bad lines of one peer that are logged; more of them are only counted."""


class Sessions:
    """Everybody who is connected to one driver.

    SET and INSTCMD go to `request(message, reply)`, which calls `reply(result)` sooner or later; all else is answered
    here, out of `state`.
    """

    def __init__(self, loop: Loop, state: UpsState, request: Request, log: Logger) -> None:
        self._loop, self._state, self._request, self._log = loop, state, request, log
        self._sessions: set[_Session] = set()

    def __len__(self) -> int:
        return len(self._sessions)

    def attach(self, stream: Stream) -> None:
        """Serve a connection."""
        self._sessions.add(_Session(stream, self))

    def broadcast(self, messages: Iterable[Message]) -> None:
        """Tell everybody who did not ask for silence."""
        if self._sessions and (data := b"".join(encode(message) for message in messages)):
            for session in tuple(self._sessions):
                if session.listens:
                    session.stream.write(data)

    def close(self) -> None:
        """End all connections."""
        for session in tuple(self._sessions):
            session.stream.close()

    def _gone(self, session: _Session, reason: str) -> None:
        self._sessions.discard(session)
        if reason:
            self._log.notice(f"a client of the driver socket was cut off: {reason}")

    def _dump(self, name: str) -> Iterator[Message]:
        """One variable in the form of a dump; for one that is not there only the frame."""
        state = self._state
        if state.stale:
            yield DataStale()
        variable = state.get(name)
        if variable is not None:
            yield SetInfo(variable.name, variable.value)
            if variable.length:
                yield SetAux(variable.name, variable.length)
            if flags := variable.flags():
                yield SetFlags(variable.name, flags)
        if not state.stale:
            yield DataOk()
        yield DumpDone()

    def _answer(self, session: _Session, message: Message) -> None:
        _ANSWERS[type(message)](self, session, message)

    def _dump_all(self, session: _Session, message: DumpAll) -> None:
        session.send(self._state.dump())

    def _dump_status(self, session: _Session, message: DumpStatus) -> None:
        session.send(self._dump("ups.status"))

    def _dump_value(self, session: _Session, message: DumpValue) -> None:
        session.send(self._dump(message.name))

    def _ping(self, session: _Session, message: Ping) -> None:
        session.send((Pong(),))

    def _get_pid(self, session: _Session, message: GetPid) -> None:
        session.send((Pid(os.getpid()),))

    def _broadcast(self, session: _Session, message: Broadcast) -> None:
        session.listens = message.on

    def _logout(self, session: _Session, message: Logout) -> None:
        session.send((Goodbye(),))
        session.finish()

    def _perform(self, session: _Session, message: Set | InstCmd) -> None:
        def reply(result: int) -> None:
            if message.id:
                session.send((Tracking(message.id, result),))

        self._request(message, reply)


_ANSWERS: dict[type[Message], Callable[[Sessions, _Session, Any], None]] = {
    DumpAll: Sessions._dump_all,
    DumpStatus: Sessions._dump_status,
    DumpValue: Sessions._dump_value,
    Ping: Sessions._ping,
    GetPid: Sessions._get_pid,
    Broadcast: Sessions._broadcast,
    Logout: Sessions._logout,
    Set: Sessions._perform,
    InstCmd: Sessions._perform,
}


class _Session:
    """One connection; `listens` while it wants broadcasts."""

    __slots__ = ("_bad", "_lexer", "_owner", "listens", "stream")

    def __init__(self, stream: Stream, owner: Sessions) -> None:
        self.stream, self._owner = stream, owner
        self.listens = True
        self._lexer = Lexer()
        self._bad = 0
        stream.on_data = self._data
        stream.on_close = lambda reason: owner._gone(self, reason)

    def send(self, messages: Iterable[Message]) -> None:
        self.stream.write(b"".join(encode(message) for message in messages))

    def finish(self) -> None:
        """Close once all is sent."""
        if self.stream.unsent:
            self.stream.on_drain = self.stream.close
        else:
            self.stream.close()

    def _data(self, data: bytes) -> None:
        for line in self._lexer.feed(data):
            if self.stream.closed:
                return
            if isinstance(line, BadLine):
                self._complain(f"Parse error on sock: {line.text}")
            elif line:
                self._line(line)

    def _line(self, words: list[str]) -> None:
        message = decode_request(words)
        id = words[-1] if len(words) > 4 and words[-2].upper() == "TRACKING" else ""
        if message is not None:
            if isinstance(message, Set) and not message.id:
                message.id = id
            self._owner._answer(self, message)
            return
        if words[0].upper() in ("SET", "INSTCMD"):
            self._complain(f"Malformed {words[0].upper()} request")
            if id:
                self.send((Tracking(id, INVALID),))
        else:
            self._complain("Unknown command on socket: " + " ".join(words))

    def _complain(self, text: str) -> None:
        self._bad += 1
        if self._bad <= COMPLAINTS:
            self._owner._log.notice(text)
        else:
            self._owner._log.debug(1, text)
