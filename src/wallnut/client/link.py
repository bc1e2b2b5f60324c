"""The consumer's end of a driver socket, on a loop: dump, follow, command (for upsd, clone and the like).

Wire format: NUT's docs/sock-protocol.txt and `wallnut.proto.driver`. What C drivers do and this end puts right:

- They escape the values of a dump, but not those of broadcasts. A line with words too many, with an unescaped `#`, or
  with quotes left open is taken for such a raw value: it is passed over and everything is asked for again.
- Drivers before 2.8.3 take no notice when a consumer closes: they spin, and may crash at their next broadcast. So
  `leave` says LOGOUT and goes on reading until the driver closes; `close` is for the end of the process.
"""

from __future__ import annotations

from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DelCmd,
    DelEnum,
    DelInfo,
    DelRange,
    DriverGone,
    DumpDone,
    SetAux,
    SetFlags,
    SetInfo,
    UpsState,
)
from wallnut.proto.driver import DumpAll, Goodbye, Logout, Pid, Ping, Pong, Tracking, decode, encode
from wallnut.proto.words import Lexer, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop, Timer
    from wallnut.io.stream import Stream
    from wallnut.model.state import Message, Variable
    from wallnut.proto.words import BadLine

MAX_NAMES = 4096
"""Variables, and commands, that one driver may announce."""
MAX_LINE = 8192
"""Bytes of a line; C's are at most 512."""
MAX_CHOICES = 1024
"""Values and ranges that one variable may be set to."""
RESYNC_GAP = 2.0
"""Seconds between two requests for everything, when a driver's lines keep being broken."""
WARNING_GAP = 60.0
"""Seconds between two warnings about the same driver's nonsense."""


class Link:
    """A connection to a driver, and the copy in `state` of what it says. `start` begins.

    `on_change(messages)` gets what changed the state, once a read; `on_tracking(id, result)` the fate of a Set or
    InstCmd; `on_close(reason)` the end of the connection, after `[DriverGone()]` went through `on_change`.
    `heard` is when (the loop's clock) the driver last said something that made sense. `name` is for the log.
    """

    __slots__ = (
        "_fresh",
        "_known",
        "_leaving",
        "_lexer",
        "_log",
        "_loop",
        "_nonsense_at",
        "_resync_at",
        "_resync_timer",
        "_stream",
        "_tail",
        "_unsaid",
        "heard",
        "name",
        "nonsense",
        "on_change",
        "on_close",
        "on_tracking",
        "state",
    )

    def __init__(
        self,
        loop: Loop,
        stream: Stream,
        state: UpsState,
        log: Logger,
        name: str,
        *,
        on_change: Callable[[list[Message]], object],
        on_tracking: Callable[[str, int], object],
        on_close: Callable[[str], object],
    ) -> None:
        self._loop, self._stream, self.state, self._log, self.name = loop, stream, state, log, name
        self.on_change, self.on_tracking, self.on_close = on_change, on_tracking, on_close
        self._lexer = Lexer()
        self._tail = b""  # a line that has not ended
        self._leaving = False
        self.heard = loop.clock()
        self.nonsense = 0
        """How many lines made no sense."""
        self._unsaid = 0
        self._nonsense_at = -WARNING_GAP
        self._fresh: UpsState | None = None  # what the dump asked for by a resync has said so far
        self._known: dict[str, Variable] = {}  # "SETINFO <name>" -> the variable, see _values
        self._resync_at = -RESYNC_GAP
        self._resync_timer: Timer | None = None
        state.clear()

    def start(self) -> None:
        """Ask for everything; from now on the callbacks are called."""
        self._stream.on_data = self._data
        self._stream.on_close = self._closed
        self.send(DumpAll())

    @property
    def closed(self) -> bool:
        """Whether there is no connection any more."""
        return self._stream.closed

    def send(self, message: Message) -> bool:
        """Say something (Set, InstCmd, Ping...); False when the connection is over."""
        self._stream.write(encode(message))
        return not self._stream.closed

    def ping(self) -> bool:
        """Ask for a sign of life: it shows in `heard`."""
        return self.send(Ping())

    def leave(self) -> None:
        """Take leave without harm: nothing is reported any more, and the driver closes when it is ready to."""
        self.send(Logout())
        self._leaving = True
        self._stop_timer()

    def close(self) -> None:
        """Cut the connection; `on_close` is not called. Not while a driver before 2.8.3 has work to do: see above."""
        self._leaving = True
        self._stop_timer()
        self._stream.close()

    def _closed(self, reason: str) -> None:
        self._stop_timer()
        if self._leaving:
            return
        if self.state.apply(DriverGone()):
            self.on_change([DriverGone()])
        self.on_close(reason)

    def _data(self, data: bytes) -> None:
        if self._leaving:
            return
        if self._tail:
            data = self._tail + data
        end = data.rfind(b"\n") + 1
        self._tail = data[end:]
        if len(self._tail) > MAX_LINE:
            self._tail = b""
            self._pass_over(f"a line of more than {MAX_LINE} bytes")
        changes: list[Message] = []
        lexer = self._lexer
        data = data[:end]
        if self._fresh is None:
            data = self._values(data, changes)
        for words in lexer.feed(data) if data else ():
            self._line(words, changes)
        if lexer.pending:
            # in quotes at a line's end: a raw value has opened them, or closes with a backslash
            self._lexer = Lexer()
            self._raw("quotes left open", changes)
        if changes and not self._leaving:
            self.on_change(changes)

    def _values(self, data: bytes, changes: list[Message]) -> bytes:
        """Take in the lines at the front that give a known variable a plain value; what is left is for the tokenizer.

        Nearly all lines are of that kind, and so they cost half. Whatever else there is to a line (an escape, a
        comment, another verb, a quote too many) is left alone, together with all that follows.
        """
        text = data.decode("latin-1")  # `in` on bytes makes an error message each time and throws it away
        if "\\" in text or "#" in text or not text.isascii() or not text.replace("\n", "").isprintable():
            return data
        known = self._known
        taken = 0
        for line in text.split('"\n'):
            head, _, value = line.partition(' "')
            variable = known.get(head)
            if variable is None or '"' in value or "\n" in value:
                break
            taken += len(line) + 2
            if variable.value != value:
                variable.value = value
                changes.append(SetInfo(variable.name, value))
        if taken:
            self.heard = self._loop.clock()
        return data[taken:]

    def _line(self, words: list[str] | BadLine, changes: list[Message]) -> None:
        if not isinstance(words, list):
            self._raw(words.text, changes)
            return
        message = decode(words)
        if message is None:
            if words:
                self._pass_over(" ".join(words))
            return
        kind = type(message)
        if len(words) > 3 and kind in _ONE_VALUE and self.state.complete and self._fresh is None:
            self._raw(" ".join(words), changes)
            return
        self.heard = self._loop.clock()
        if kind is Tracking:
            assert isinstance(message, Tracking)
            self.on_tracking(message.id, message.result)
        elif kind not in _NOT_APPLIED:
            self._apply(message, changes)

    def _apply(self, message: Message, changes: list[Message]) -> None:
        state = self.state
        if grows_too_far(state, message):
            self._pass_over(f"too much: {encode(message).decode('ascii').rstrip()}")
            return
        if state.apply(message):
            changes.append(message)
            if type(message) is DelInfo:
                self._known.clear()
        if type(message) is SetInfo and word(message.name) == message.name:
            self._known[f"SETINFO {message.name}"] = state.variables[message.name.lower()]
        if self._fresh is not None:
            self._fresh.apply(message)
            if type(message) is DumpDone:
                fresh, self._fresh = self._fresh, None
                changes.extend(left for left in leftovers(state, fresh) if state.apply(left))
                self._known.clear()

    def _pass_over(self, text: str) -> None:
        """Count a line of nonsense, and say so now and then."""
        self.nonsense += 1
        self._unsaid += 1
        now = self._loop.clock()
        if now - self._nonsense_at < WARNING_GAP:
            return
        more = f" ({self._unsaid} such lines)" if self._unsaid > 1 else ""
        self._log.warning(f"Nonsense from the driver of UPS [{self.name}] is passed over: {text[:80]}{more}")
        self._nonsense_at, self._unsaid = now, 0

    def _raw(self, text: str, changes: list[Message]) -> None:
        """A line has lost its meaning, so what is known may be wrong: have everything said again."""
        self._pass_over(text)
        if self._fresh is not None or self._resync_timer is not None or not self.state.complete:
            return
        wait = self._resync_at + RESYNC_GAP - self._loop.clock()
        if wait > 0:
            self._resync_timer = self._loop.call_later(wait, self._resync)
        else:
            self._resync()

    def _resync(self) -> None:
        self._resync_timer = None
        self._resync_at = self._loop.clock()
        self._fresh = UpsState()
        self.send(DumpAll())

    def _stop_timer(self) -> None:
        if self._resync_timer is not None:
            self._resync_timer.cancel()
            self._resync_timer = None


_ONE_VALUE = frozenset((SetInfo, AddEnum, DelEnum))
_NOT_APPLIED = frozenset((Pong, Pid, Goodbye))


def grows_too_far(state: UpsState, message: Message) -> bool:
    """Whether a message would make the state larger than any device needs."""
    kind = type(message)
    if kind is SetInfo:
        return len(state.variables) >= MAX_NAMES and state.get(message.name) is None  # type: ignore[attr-defined]
    if kind is AddCmd:
        return len(state.commands) >= MAX_NAMES
    if kind is AddEnum or kind is AddRange:
        variable = state.get(message.name)  # type: ignore[attr-defined]
        return variable is not None and len(variable.enum) + len(variable.ranges) >= MAX_CHOICES
    return False


def leftovers(old: UpsState, fresh: UpsState) -> Iterator[Message]:
    """The messages that take out of `old` what a whole new dump, which is in `fresh` and was applied, did not say."""
    for key, variable in list(old.variables.items()):
        name = variable.name
        new = fresh.variables.get(key)
        if new is None:
            yield DelInfo(name)
            continue
        for value in variable.enum:
            if value not in new.enum:
                yield DelEnum(name, value)
        for low, high in variable.ranges:
            if (low, high) not in new.ranges:
                yield DelRange(name, low, high)
        if variable.length and not new.length:
            yield SetAux(name, 0)
        if variable.flags() and not new.flags():
            yield SetFlags(name, ())
    for key, name in list(old.commands.items()):
        if key not in fresh.commands:
            yield DelCmd(name)
