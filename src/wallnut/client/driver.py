"""A short visit to a driver's socket, blocking: what upsdrvctl and a driver's own -c and -k need.

Drivers before 2.8.3 know neither GETPID nor LOGOUT, and take no notice when a visitor goes (they spin until their next
broadcast): where a pid file is enough, do not visit those.
"""

from __future__ import annotations

from time import monotonic

from wallnut.io import blocking
from wallnut.model.errors import LinkError, LinkTimeout
from wallnut.model.state import DumpDone, SetInfo
from wallnut.proto.driver import (
    DumpAll,
    DumpStatus,
    GetPid,
    Goodbye,
    InstCmd,
    Logout,
    Pid,
    Ping,
    Pong,
    Set,
    Tracking,
    decode,
    encode,
)
from wallnut.proto.words import Lexer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from wallnut.model.state import Message

GOODBYE = 2.0
"""Seconds that a driver gets to say goodbye."""


class Visit:
    """A connection to the driver behind `path`. `timeout` is how many seconds each question may take."""

    def __init__(self, path: str, timeout: float = 10.0) -> None:
        """Raises ConnectError."""
        self.timeout = timeout
        self._link = blocking.connect_unix(path, monotonic() + timeout)
        self._lexer = Lexer()
        self._tracked = 0
        self._new = False  # knows the words of 2.8.3

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pid(self) -> int:
        """The driver's process id; 0 when it is alive but does not say (before 2.8.3). Raises LinkError."""
        for message in self._ask(GetPid(), Ping()):
            if type(message) is Pid:
                self._new = True
                return message.pid
            if type(message) is Pong:
                break
        return 0

    def status(self) -> str:
        """The driver's own ups.status. Raises LinkError."""
        found = ""
        for message in self._ask(DumpStatus() if self._new or self.pid() else DumpAll()):
            if type(message) is SetInfo and message.name.lower() == "ups.status":
                found = message.value
            elif type(message) is DumpDone:
                break
        return found

    def set(self, name: str, value: str) -> int:
        """Set a variable; the driver's result (HANDLED, UNKNOWN, ... of wallnut.proto.driver). Raises LinkError."""
        return self._result(Set(name, value, self._id()))

    def command(self, name: str, value: str = "") -> int:
        """Run an instant command; the driver's result. Raises LinkError."""
        return self._result(InstCmd(name, value, self._id()))

    def close(self) -> None:
        """Say LOGOUT, wait for the goodbye where the driver knows of it, and close."""
        try:
            if self._new:
                for message in self._ask(Logout(), timeout=GOODBYE):
                    if type(message) is Goodbye:
                        break
        except LinkError:
            pass  # it is over anyway
        finally:
            self._link.close()

    def _id(self) -> str:
        self._tracked += 1
        return f"visit-{self._tracked}"

    def _result(self, request: Set | InstCmd) -> int:
        for message in self._ask(request):
            if type(message) is Tracking and message.id == request.id:
                return message.result
        raise AssertionError("an answer has no end but the right one or an error")

    def _ask(self, *questions: Message, timeout: float | None = None) -> Iterator[Message]:
        """Say something, and give what the driver says from then on. Raises LinkError when the time is over."""
        deadline = monotonic() + (self.timeout if timeout is None else timeout)
        self._link.send(b"".join(map(encode, questions)), deadline)
        while True:
            for words in self._lexer.feed(self._link.receive(deadline)):
                message = decode(words) if isinstance(words, list) else None
                if message is not None:
                    yield message
            if monotonic() >= deadline:  # a driver that talks without end
                raise LinkTimeout("Read error: Connection timed out")
