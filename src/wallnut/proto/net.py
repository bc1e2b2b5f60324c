"""The network protocol of RFC 9271, the client's half: requests as objects, bytes out, bytes in, answers out.

A request knows its line (`line`), whether its answer is a list frame (`many`) and how to read the answer (`read`). The
`ClientSession` keeps requests and answers in step; it does no I/O. The lines of the push extension are in
`wallnut.proto.push`, which is loaded when the first one comes: a one-shot tool never sees one.
"""

from __future__ import annotations

from wallnut.model.errors import InvalidArgument, ProtocolError, ServerError, server_error
from wallnut.proto.words import plain_words, quote, split, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Generic, TypeVar

    from wallnut.model.state import Message
else:

    def TypeVar(name, covariant):
        """Stands in for typing's, which costs as much as starting Python."""

    class Generic:
        """Stands in for typing's."""

        __slots__ = ()

        def __class_getitem__(cls, item):
            return cls


R = TypeVar("R", covariant=True)

MAX_LINE = 8192
"""Bytes of one reply line; C's are at most 512."""
MAX_FRAME = 4 * 1024 * 1024
"""Bytes of one list."""


class VariableType:
    """What GET TYPE says: whether it can be set, from which lists, a string's maximum length (None: a number)."""

    __slots__ = ("enum", "length", "ranges", "words", "writable")

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.writable = "RW" in self.words
        self.enum = "ENUM" in self.words
        self.ranges = "RANGE" in self.words
        self.length: int | None = None
        for text in self.words:
            if text.startswith("STRING:"):
                self.length = int(text[7:]) if text[7:].isdigit() else 0

    def __repr__(self) -> str:
        return f"VariableType({self.words!r})"


class Request(Generic[R]):
    """One question. Sub-classes say what is sent and what the answer means."""

    __slots__ = ()
    many = False

    def line(self) -> str:
        """The request without its line feed."""
        raise AssertionError("every request has a line")

    def read(self, answer: str) -> R:
        """The answer's meaning: one line, or for `many` the item lines joined by line feeds.

        Raises ProtocolError when it answers something else.
        """
        raise AssertionError("every request reads its answer")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.line()!r}>"


def _words(answer: str, *expected: str, count: int) -> list[str]:
    """The words of an answer that must begin with `expected` (without case) and have `count` words."""
    words = plain_words(answer) or split(answer)
    for have, want in zip(words, expected, strict=False):
        if have != want and have.lower() != want.lower():
            break
    else:
        if len(words) >= count:
            return words
    raise ProtocolError(f"expected {' '.join(expected)}, got {answer[:80]!r}")


class Text(Request[str]):
    """A verb that is answered by one line of free text: VER, HELP, NETVER, PROTVER."""

    __slots__ = ("verb",)

    def __init__(self, verb: str) -> None:
        self.verb = verb

    def line(self) -> str:
        return self.verb

    def read(self, answer: str) -> str:
        return answer


class Ok(Request[str]):
    """A request answered by `OK ...`; gives the words after OK."""

    __slots__ = ("words",)

    def __init__(self, *words: str) -> None:
        self.words = words

    def line(self) -> str:
        return " ".join(map(word, self.words))

    def read(self, answer: str) -> str:
        _words(answer, "OK", count=1)
        return answer[3:]

    def __repr__(self) -> str:
        return f"<Ok {self.words[0]}>"  # PASSWORD's argument stays out of logs


def starttls() -> Ok:
    """Ask to go on in TLS."""
    return Ok("STARTTLS")


def username(name: str) -> Ok:
    """Say who we are; nothing is checked yet."""
    return Ok("USERNAME", name)


def password(text: str) -> Ok:
    """Say the password; nothing is checked yet."""
    return Ok("PASSWORD", text)


def login(ups: str) -> Ok:
    """Count this connection as one that depends on the UPS."""
    return Ok("LOGIN", ups)


def logout() -> Ok:
    """Say goodbye; the server closes."""
    return Ok("LOGOUT")


def primary(ups: str) -> Ok:
    """Ask whether we may manage the UPS (2.8.0; older servers know MASTER)."""
    return Ok("PRIMARY", ups)


def master(ups: str) -> Ok:
    """PRIMARY by its old name."""
    return Ok("MASTER", ups)


def fsd(ups: str) -> Ok:
    """Set the forced-shutdown flag."""
    return Ok("FSD", ups)


def set_tracking(on: bool) -> Ok:
    """Switch tracking ids for our SET and INSTCMD on or off."""
    return Ok("SET", "TRACKING", "ON" if on else "OFF")


def subscribe(ups: str, *names: str) -> Ok:
    """Ask for NOTIFY lines about a UPS, or about some of its variables alone.

    A server without push answers UNKNOWN-COMMAND; one that pushes all or nothing, INVALID-ARGUMENT to names.
    """
    return Ok("SUBSCRIBE", ups, *names)


def unsubscribe(ups: str) -> Ok:
    """End a subscription."""
    return Ok("UNSUBSCRIBE", ups)


def _one(line: str) -> str:
    """A request's line. What follows a line end in a name or value would be a request of its own."""
    if "\n" in line or "\r" in line or "\0" in line:
        raise InvalidArgument("", "a name or value has no line end")
    return line


class Handed(Request[str]):
    """SET VAR or INSTCMD: handed to the driver. Gives the tracking id, "" while tracking is off."""

    __slots__ = ("_line",)

    def __init__(self, line: str) -> None:
        self._line = _one(line)

    def line(self) -> str:
        return self._line

    def read(self, answer: str) -> str:
        words = _words(answer, "OK", count=1)
        return words[2] if len(words) > 2 and words[1] == "TRACKING" else ""


def set_var(ups: str, name: str, value: str) -> Handed:
    """Set a variable."""
    return Handed(f"SET VAR {word(ups)} {word(name)} {quote(value)}")


def instcmd(ups: str, name: str, value: str = "") -> Handed:
    """Run an instant command, with a value where it takes one."""
    return Handed(f"INSTCMD {word(ups)} {word(name)}" + (f" {quote(value)}" if value else ""))


class GetTracking(Request[str]):
    """What became of a tracked SET or INSTCMD: PENDING or SUCCESS; failures are raised as ServerError."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id

    def line(self) -> str:
        return f"GET TRACKING {word(self.id)}" if self.id else "GET TRACKING"

    def read(self, answer: str) -> str:
        if answer in ("PENDING", "SUCCESS", "ON", "OFF"):
            return answer
        raise ProtocolError(f"no tracking state: {answer[:80]!r}")


class GetVar(Request[str]):
    """A variable's value."""

    __slots__ = ("name", "ups")

    def __init__(self, ups: str, name: str) -> None:
        self.ups, self.name = ups, name

    def line(self) -> str:
        return f"GET VAR {word(self.ups)} {word(self.name)}"

    def read(self, answer: str) -> str:
        return _words(answer, "VAR", self.ups, self.name, count=4)[3]


class GetType(Request[VariableType]):
    """A variable's type."""

    __slots__ = ("name", "ups")

    def __init__(self, ups: str, name: str) -> None:
        self.ups, self.name = ups, name

    def line(self) -> str:
        return f"GET TYPE {word(self.ups)} {word(self.name)}"

    def read(self, answer: str) -> VariableType:
        return VariableType(_words(answer, "TYPE", self.ups, self.name, count=3)[3:])


class GetText(Request[str]):
    """DESC, CMDDESC (with a name) or UPSDESC (without): a description."""

    __slots__ = ("name", "ups", "verb")

    def __init__(self, verb: str, ups: str, name: str = "") -> None:
        self.verb, self.ups, self.name = verb, ups, name

    def line(self) -> str:
        return f"GET {self.verb} {word(self.ups)}" + (f" {word(self.name)}" if self.name else "")

    def read(self, answer: str) -> str:
        expected = (self.verb, self.ups, self.name) if self.name else (self.verb, self.ups)
        return _words(answer, *expected, count=len(expected) + 1)[len(expected)]


class GetNumLogins(Request[int]):
    """How many connections are logged in to the UPS."""

    __slots__ = ("ups",)

    def __init__(self, ups: str) -> None:
        self.ups = ups

    def line(self) -> str:
        return f"GET NUMLOGINS {word(self.ups)}"

    def read(self, answer: str) -> int:
        count = _words(answer, "NUMLOGINS", self.ups, count=3)[2]
        if not count.isdigit():
            raise ProtocolError(f"no number of logins: {answer[:80]!r}")
        return int(count)


class List(Request[R]):
    """A list of one kind: UPS, VAR, RW, CMD, ENUM, RANGE or CLIENT, of a UPS, of a variable."""

    __slots__ = ("kind", "names")
    many = True

    def __init__(self, kind: str, *names: str) -> None:
        self.kind, self.names = kind, names

    def line(self) -> str:
        return " ".join(("LIST", self.kind, *map(word, self.names)))

    def items(self, answer: str, count: int) -> Iterator[list[str]]:
        """The words of every item, checked to be of this list and at least `count` long."""
        expected = (self.kind, *self.names) if self.kind != "CLIENT" else (self.kind,)
        for line in answer.split("\n") if answer else ():
            yield _words(line, *expected, count=count)


class ListPairs(List["dict[str, str]"]):
    """LIST UPS, VAR or RW: name to text, in the server's order."""

    __slots__ = ()

    def read(self, answer: str) -> dict[str, str]:
        found = _plain_pairs(answer, " ".join((self.kind, *self.names)) + " ")
        if found is not None:
            return found
        at = 1 + len(self.names)
        return {words[at]: words[at + 1] for words in self.items(answer, at + 2)}


_layouts: dict[str, dict[str, str]] = {}
"""What stands outside the quotes of a whole list -> its names: from poll to poll only the values change."""
_MOST_LAYOUTS = 256


def _plain_pairs(answer: str, start: str) -> dict[str, str] | None:
    """The pairs of lines `<start><name> "<value>"`, by one split; None when a line needs a character-wise look."""
    pieces = answer.split('"')
    values = pieces[1::2]
    text = "".join(values)
    if pieces[-1] or len(pieces) % 2 == 0 or "\\" in answer or "#" in answer:
        return None
    if not (text.isascii() and text.isprintable()):
        return None
    layout = '"'.join(pieces[:-1:2])
    known = _layouts.get(layout)
    if known is None:
        names = layout[len(start) : -1].split(f' "\n{start}')
        text = "".join(names)
        plain = text.isascii() and text.isprintable() and not ('"' in text or " " in text or "=" in text)
        whole = layout.startswith(start) and layout.endswith(" ") and "" not in names and len(names) == len(values)
        known = dict.fromkeys(names, "")
        if not (plain and whole and len(known) == len(names)):
            return None
        if len(_layouts) == _MOST_LAYOUTS:
            _layouts.clear()
        _layouts[layout] = known
    found = known.copy()  # filling a copy is quicker than building
    found.update(zip(known, values, strict=False))  # as many: the layout says so
    return found


class ListColumn(List["list[str]"]):
    """LIST CMD, ENUM or CLIENT: the last column."""

    __slots__ = ()

    def read(self, answer: str) -> list[str]:
        at = 2 if self.kind == "CLIENT" else 1 + len(self.names)
        return [words[at] for words in self.items(answer, at + 1)]


class ListRanges(List["list[tuple[int, int]]"]):
    """LIST RANGE: (lowest, highest) pairs, bounds included."""

    __slots__ = ()

    def read(self, answer: str) -> list[tuple[int, int]]:
        try:
            return [(int(words[3]), int(words[4])) for words in self.items(answer, 5)]
        except ValueError:
            raise ProtocolError(f"no range: {answer[:80]!r}") from None


def list_ups() -> ListPairs:
    """The server's UPSes: name to description."""
    return ListPairs("UPS")


def list_var(ups: str) -> ListPairs:
    """All variables: name to value."""
    return ListPairs("VAR", ups)


def list_rw(ups: str) -> ListPairs:
    """The variables that can be set: name to value."""
    return ListPairs("RW", ups)


def list_cmd(ups: str) -> ListColumn:
    """The instant commands."""
    return ListColumn("CMD", ups)


def list_enum(ups: str, name: str) -> ListColumn:
    """The values that a variable may be set to."""
    return ListColumn("ENUM", ups, name)


def list_range(ups: str, name: str) -> ListRanges:
    """The ranges that a variable may be set to."""
    return ListRanges("RANGE", ups, name)


def list_client(ups: str) -> ListColumn:
    """The addresses of the connections logged in to the UPS."""
    return ListColumn("CLIENT", ups)


class Notify:
    """An unsolicited line: a change of one UPS."""

    __slots__ = ("message", "ups")

    def __init__(self, ups: str, message: Message) -> None:
        self.ups, self.message = ups, message


class Reply:
    """An answer: `result`, or `error` where the server said ERR or answered something else."""

    __slots__ = ("error", "request", "result")

    def __init__(self, request: Request[R], result: R | None, error: ServerError | ProtocolError | None) -> None:
        self.request: Request[object] = request
        self.result: object = result
        self.error = error

    def get(self) -> Any:
        """The result; the error is raised."""
        if self.error is not None:
            raise self.error
        return self.result


class ClientSession:
    """Keeps requests and answers in step; requests may be pipelined.

    After a ProtocolError out of `receive` the connection is of no more use: close it.
    """

    __slots__ = ("_buffer", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[Request[object]] = []
        self._buffer = b""

    @property
    def waiting(self) -> int:
        """How many requests have no answer yet."""
        return len(self._waiting)

    @property
    def clean(self) -> bool:
        """Nothing is outstanding and nothing half read: the moment to start TLS."""
        return not (self._waiting or self._buffer)

    def send(self, request: Request[R]) -> bytes:
        """The bytes to send for a request. Raises InvalidArgument for one that would be more than one."""
        line = _one(request.line())
        self._waiting.append(request)
        return line.encode("latin-1", "replace") + b"\n"

    def receive(self, data: bytes) -> list[Reply | Notify]:
        """What `data` completes, in order.

        Raises ProtocolError for a line nobody asked for, and for one that never ends.
        """
        if len(self._waiting) == 1 and not self._buffer and data.endswith(b"\n"):  # nearly always: one answer, whole
            last = data.rfind(b"\n", 0, -1) + 1
            listed = self._waiting[0].many and data.startswith(b"END LIST", last)
            if listed if data.startswith(b"BEGIN LIST") else last == 0:
                event = self._event(data[:-1].decode("latin-1"))
                return [] if event is None else [event]
        data = self._buffer + data
        events: list[Reply | Notify] = []
        start = 0
        while True:
            if self._waiting and self._waiting[0].many and data.startswith(b"BEGIN LIST", start):
                last = data.find(b"\nEND LIST", start)
                end = data.find(b"\n", last + 1) + 1 if last >= 0 else 0
            else:
                end = data.find(b"\n", start) + 1
            if end <= 0:
                break
            text = data[start : end - 1].decode("latin-1")
            start = end
            event = self._event(text)
            if event is not None:
                events.append(event)
        self._buffer = data[start:]
        limit = MAX_FRAME if self._buffer.startswith(b"BEGIN LIST") else MAX_LINE
        if len(self._buffer) > limit:
            raise ProtocolError(f"an answer of more than {limit} bytes")
        return events

    def _event(self, text: str) -> Reply | Notify | None:
        if text.startswith("NOTIFY "):
            from wallnut.proto.push import decode_notify

            return decode_notify(plain_words(text) or split(text))
        if not self._waiting:
            raise ProtocolError(f"unasked for: {text[:80]!r}")
        request = self._waiting.pop(0)
        if text.startswith("ERR "):
            code, _, rest = text[4:].strip().partition(" ")
            return Reply(request, None, server_error(code, rest))
        try:
            return Reply(request, request.read(_frame_body(text) if request.many else text.rstrip("\r")), None)
        except ProtocolError as error:
            return Reply(request, None, error)


def _frame_body(text: str) -> str:
    """The item lines of a list frame."""
    begin, _, rest = text.partition("\n")
    body, _, end = rest.rpartition("\n") if "\n" in rest else ("", "", rest)
    if not (begin.startswith("BEGIN LIST") and end.startswith("END LIST")):
        raise ProtocolError(f"no list: {text[:80]!r}")
    return body
