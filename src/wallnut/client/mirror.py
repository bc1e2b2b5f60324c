"""Live copies of a server's UPSes on a loop: pushed where the server offers it, polled otherwise; it reconnects.

    mirror = Mirror(loop, "localhost", on_change=lambda change: print(change.ups, change.messages))
    mirror.start()

A server that knows SUBSCRIBE (docs/protocol-extensions.md) is asked once and then tells. Any other is asked for all
variables at an interval; what can be set, and to what, is asked for seldom. Both ways the same messages come out.
"""

from __future__ import annotations

from functools import partial

from wallnut.client.link import grows_too_far, leftovers
from wallnut.client.talk import Talk
from wallnut.client.tls import Tls
from wallnut.io.dial import Dial
from wallnut.io.stream import Stream
from wallnut.model import errors
from wallnut.model.errors import NutError
from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DataOk,
    DataStale,
    DelCmd,
    DelInfo,
    DriverGone,
    DumpDone,
    Message,
    SetAux,
    SetFlags,
    SetInfo,
    UpsState,
)
from wallnut.proto import net
from wallnut.proto.address import Address
from wallnut.proto.push import UpsRemoved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallnut.client.tls import Mode
    from wallnut.io.loop import Loop, Timer
    from wallnut.model.errors import ConnectError
    from wallnut.proto.net import Notify, Reply

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds before connecting again: doubling from the first to the longest."""
BEAT = 20.0
"""Seconds between two looks at the list of UPSes; it also shows whether the server is alive."""
FULL = 300.0
"""Seconds between two polls of everything: commands, types, enums, ranges."""


NOT_YET = "not asked yet"


class Change:
    """What happened to a UPS: `messages` changed its `state`, or `trouble` changed, or both.

    `trouble` is "" while all is well with server and driver, else why the state is old or empty: an ERR code of the
    server (DRIVER-NOT-CONNECTED, UNKNOWN-UPS...) or the connection's trouble in words. Stale data show in
    `state.stale`. `ups` is "" for the server itself: then `state` is empty and only `trouble` matters. `server` is
    `host[:port]`.
    """

    __slots__ = ("messages", "server", "state", "trouble", "ups")

    def __init__(self, server: str, ups: str, state: UpsState, trouble: str, messages: Sequence[Message]) -> None:
        self.server, self.ups, self.state, self.trouble = server, ups, state, trouble
        self.messages = tuple(messages)

    def __repr__(self) -> str:
        return f"Change({self.ups!r}, {self.trouble!r}, {self.messages!r})"


class Copy:
    """The copy of one UPS: `name` as the server spells it, `description` from LIST UPS, `trouble` as in Change."""

    __slots__ = ("description", "fresh", "full_at", "name", "pending", "state", "touched", "trouble")

    def __init__(self, name: str) -> None:
        self.name = name
        self.description = ""
        self.state = UpsState()
        self.trouble = NOT_YET
        self.pending: list[Message] = []  # changes not reported yet
        self.touched = False  # something is to be reported
        self.fresh: UpsState | None = None  # what the snapshot under way has said
        self.full_at = -FULL  # when everything was polled last


class Mirror:
    """Copies of one server's UPSes: those named in `ups`, or all of them. `start` begins, `stop` ends.

    With `variables` the copies hold those alone, no commands, and a server that pushes is asked for no more.
    `copies` holds them by lower-case name; `trouble` is "" while the server is connected. `pushed` tells whether the
    server pushes (None: not known yet). `interval` is the seconds between two polls, well below a server's 60 s limit
    for idle connections. `on_change` gets each Change, at most one a UPS and pass of the loop.
    """

    def __init__(
        self,
        loop: Loop,
        host: str = "localhost",
        port: int = 3493,
        *,
        on_change: Callable[[Change], object],
        ups: Sequence[str] = (),
        variables: Sequence[str] = (),
        username: str | None = None,
        password: str | None = None,
        tls: Tls | Mode = "off",
        interval: float = 5.0,
        timeout: float = 10.0,
        family: int = 0,
    ) -> None:
        self._loop, self.host, self.port, self._family = loop, host, port, family
        self.server = str(Address("", host, port))
        self.on_change = on_change
        self._named = tuple(ups)
        self._variables = tuple(variables)
        self._wanted = frozenset(name.lower() for name in variables)
        self._username, self._password, self._tls = username, password, Tls.of(tls)
        self._interval, self._timeout = interval, timeout
        self.copies: dict[str, Copy] = {name.lower(): Copy(name) for name in ups}
        self.trouble = "not connected yet"
        self.pushed: bool | None = None
        self._dial: Dial | None = None
        self._talk: Talk | None = None
        self._timers: dict[str, Timer] = {}
        self._wait = FIRST_WAIT
        self._places: Sequence[tuple[int, tuple[str, int]]] = ()  # where the server was found last
        self._flushing = False
        self._server_touched = False

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._dial = Dial(
            self._loop, self.host, self.port, self._timeout, self._dialled, self._family, known=self._places
        )

    def stop(self) -> None:
        """End it; `on_change` is not called any more."""
        if self._dial is not None:
            self._dial.cancel()
        if self._talk is not None:
            self._talk.close()
        self._talk = self._dial = None
        self._cancel_timers()

    # Connecting

    def _dialled(self, result: Stream | ConnectError) -> None:
        if self._dial is not None:
            self._places = self._dial.places
            self._dial = None
        if not isinstance(result, Stream):
            self._lost(result)
            return
        self._talk = Talk(self._loop, result, self._timeout, self._notified, self._lost)
        if self._tls.mode == "off":
            self._introduce()
        else:
            self._talk.ask(net.starttls(), self._tls_answered)

    def _tls_answered(self, reply: Reply) -> None:
        assert self._talk is not None
        if reply.error is None:
            try:
                if not self._talk.start_tls(self._tls, self.host):
                    return
            except NutError as error:  # a file that cannot be used
                self._drop(error)
                return
        elif self._tls.mode == "require":
            self._drop(reply.error)
            return
        self._introduce()

    def _introduce(self) -> None:
        assert self._talk is not None
        if self._username is not None:
            self._talk.ask(net.username(self._username), self._introduced)
        if self._password is not None:
            self._talk.ask(net.password(self._password), self._introduced)
        self.pushed = None
        self._look()

    def _introduced(self, reply: Reply) -> None:
        if reply.error is not None:
            self._drop(reply.error)

    def _drop(self, error: NutError) -> None:
        """Give this connection up ourselves."""
        if self._talk is not None:
            self._talk.close()
        self._lost(error)

    def _lost(self, error: NutError) -> None:
        self._talk = None
        self._cancel_timers()
        self._set_server_trouble(str(error))
        for copy in self.copies.values():
            copy.fresh = None
            if copy.trouble != "UNKNOWN-UPS":
                self._apply(copy, DataStale())
                self._set_trouble(copy, str(error))
        self._later("connect", self._wait, self.start)
        self._wait = min(2 * self._wait, LONGEST_WAIT)

    # The list of UPSes

    def _look(self) -> None:
        assert self._talk is not None
        self._talk.ask(net.list_ups(), self._listed)

    def _listed(self, reply: Reply) -> None:
        if reply.error is not None:
            self._drop(reply.error)
            return
        self._wait = FIRST_WAIT
        self._set_server_trouble("")
        listed: dict[str, str] = reply.get()
        there = {name.lower(): name for name in listed}
        if not self._named:
            for key, name in there.items():
                if key not in self.copies:
                    self.copies[key] = Copy(name)
        for key, copy in list(self.copies.items()):
            if key not in there:
                self._removed(copy)
                continue
            copy.name, copy.description = there[key], listed[there[key]]
            if copy.trouble and copy.trouble != "DRIVER-NOT-CONNECTED":
                self._begin(copy)
        self._later("look", BEAT, self._look)

    def _begin(self, copy: Copy) -> None:
        """A UPS is there that was not followed before on this connection."""
        assert self._talk is not None
        copy.full_at = -FULL
        copy.trouble = NOT_YET
        if self.pushed is not False:
            self._subscribe(copy, self._variables)
        elif "poll" in self._timers:  # else a poll is under way, and the next one takes it along
            self._later("poll", 0.0, self._poll)

    def _removed(self, copy: Copy) -> None:
        if copy.trouble == "UNKNOWN-UPS":
            return
        self._apply(copy, DriverGone())
        self._set_trouble(copy, "UNKNOWN-UPS")
        copy.pending.append(UpsRemoved())
        if not self._named:
            self._flush()
            self.copies.pop(copy.name.lower(), None)

    # Pushed

    def _subscribe(self, copy: Copy, variables: Sequence[str]) -> None:
        assert self._talk is not None
        request = net.subscribe(copy.name, *variables)
        self._talk.ask(request, lambda reply: self._subscribed(copy, reply, bool(variables)))

    def _subscribed(self, copy: Copy, reply: Reply, narrow: bool) -> None:
        error = reply.error
        if error is None:
            self.pushed = True
            copy.fresh = UpsState()
        elif narrow and isinstance(error, errors.InvalidArgument):
            self._subscribe(copy, ())  # it tells everything or nothing
        elif isinstance(error, errors.UnknownUps):
            self._removed(copy)
        elif isinstance(error, errors.UnknownCommand):
            if self.pushed is None:
                self.pushed = False
                self._poll()
        else:
            self._drop(error)

    def _notified(self, notify: Notify) -> None:
        copy = self.copies.get(notify.ups.lower())
        if copy is None:
            return
        message = notify.message
        kind = type(message)
        if kind is UpsRemoved:
            self._removed(copy)
            return
        if grows_too_far(copy.state, message):
            self._drop(errors.ProtocolError(f"{copy.name}: more variables than any UPS has"))
            return
        if kind is DriverGone:
            copy.fresh = UpsState()  # what comes next is a whole dump
        self._apply(copy, message)
        if copy.fresh is not None:
            copy.fresh.apply(message)
            if kind is DumpDone:
                self._settle(copy, copy.fresh)
                copy.fresh = None
        self._set_trouble(copy, "DRIVER-NOT-CONNECTED" if kind is DriverGone else "")

    # Polled

    def _poll(self) -> None:
        assert self._talk is not None
        followed = [copy for copy in self.copies.values() if copy.trouble != "UNKNOWN-UPS"]
        left = len(followed)

        def answered(copy: Copy, reply: Reply) -> None:
            nonlocal left
            left -= 1
            self._polled(copy, reply)
            if left == 0 and self._talk is not None:
                self._later("poll", self._interval, self._poll)

        for copy in followed:
            self._talk.ask(net.list_var(copy.name), partial(answered, copy))
        if not followed:
            self._later("poll", self._interval, self._poll)

    def _polled(self, copy: Copy, reply: Reply) -> None:
        error = reply.error
        if error is None:
            self._set_trouble(copy, "")
            self._values(copy, reply.get())
        elif isinstance(error, errors.DataStale):
            self._set_trouble(copy, "")
            self._apply(copy, DataStale())
        elif isinstance(error, errors.DriverNotConnected):
            self._apply(copy, DriverGone())
            self._set_trouble(copy, error.code)
        elif isinstance(error, errors.UnknownUps):
            self._removed(copy)
        else:
            self._set_trouble(copy, str(error))

    def _values(self, copy: Copy, values: dict[str, str]) -> None:
        state = copy.state
        if self._wanted:
            values = {name: value for name, value in values.items() if name.lower() in self._wanted}
        names = {name.lower() for name in values}
        if names != state.variables.keys() or self._loop.clock() - copy.full_at >= FULL:
            copy.full_at = self._loop.clock()
            Survey(self._talk, copy.name, values, lambda fresh: self._surveyed(copy, fresh))
        for name, value in values.items():
            self._apply(copy, SetInfo(name, value))
        for name in [variable.name for key, variable in state.variables.items() if key not in names]:
            self._apply(copy, DelInfo(name))
        self._apply(copy, DataOk())

    def _surveyed(self, copy: Copy, fresh: UpsState) -> None:
        for message in fresh.dump():
            if type(message) is not SetInfo:  # values may have gone on meanwhile
                self._apply(copy, message)
        for name in [name for name in copy.state.variables if name not in fresh.variables]:
            fresh.apply(SetInfo(name, ""))
        self._settle(copy, fresh)

    # What has changed

    def _apply(self, copy: Copy, message: Message) -> None:
        if self._wanted and not self._wants(message):
            return
        if copy.state.apply(message):
            copy.pending.append(message)
            self._touch(copy)

    def _wants(self, message: Message) -> bool:
        """Whether a message is about what the copies are to hold."""
        if type(message) in (AddCmd, DelCmd):
            return False
        name: str | None = getattr(message, "name", None)
        return name is None or name.lower() in self._wanted

    def _settle(self, copy: Copy, fresh: UpsState) -> None:
        """Take out of the copy what a whole new description of the UPS does not hold."""
        for message in leftovers(copy.state, fresh):
            self._apply(copy, message)

    def _set_trouble(self, copy: Copy, text: str) -> None:
        if copy.trouble != text:
            copy.trouble = text
            self._touch(copy)

    def _set_server_trouble(self, text: str) -> None:
        if self.trouble != text:
            self.trouble = text
            self._server_touched = True
            self._plan_flush()

    def _touch(self, copy: Copy) -> None:
        copy.touched = True
        self._plan_flush()

    def _plan_flush(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.at_end_of_pass(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._server_touched:
            self._server_touched = False
            self.on_change(Change(self.server, "", UpsState(), self.trouble, ()))
        for copy in list(self.copies.values()):
            if copy.touched:
                copy.touched = False
                messages, copy.pending = copy.pending, []
                self.on_change(Change(self.server, copy.name, copy.state, copy.trouble, messages))

    # Timers

    def _later(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        old = self._timers.get(name)
        if old is not None:
            old.cancel()

        def due() -> None:
            del self._timers[name]
            call()

        self._timers[name] = self._loop.call_later(seconds, due)

    def _cancel_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


class Survey:
    """Asks for all that can be set, and to what, and for the commands; gives it as a state of its own.

    An answer that fails leaves out what it was about: the next survey may get it.
    """

    def __init__(self, talk: Talk | None, ups: str, values: dict[str, str], done: Callable[[UpsState], object]) -> None:
        self._talk, self._ups, self._done = talk, ups, done
        self._state = UpsState()
        self._left = 0
        for name, value in values.items():
            self._state.apply(SetInfo(name, value))
        self._ask(net.list_rw(ups), self._writable)
        self._ask(net.list_cmd(ups), self._commands)

    def _ask(self, request: net.Request[object], then: Callable[[Reply], object]) -> None:
        if self._talk is None:
            return
        self._left += 1

        def answered(reply: Reply) -> None:
            if reply.error is None:
                then(reply)
            self._left -= 1
            if self._left == 0:
                self._state.apply(DataOk())
                self._state.apply(DumpDone())
                self._done(self._state)

        self._talk.ask(request, answered)

    def _writable(self, reply: Reply) -> None:
        for name in reply.get():
            if self._state.get(name) is not None:
                self._ask(net.GetType(self._ups, name), partial(self._type, name))

    def _commands(self, reply: Reply) -> None:
        for name in reply.get():
            self._state.apply(AddCmd(name))

    def _type(self, name: str, reply: Reply) -> None:
        kind: net.VariableType = reply.get()
        self._state.apply(SetFlags(name, ("RW",) if kind.length is None else ("RW", "STRING")))
        if kind.length:
            self._state.apply(SetAux(name, kind.length))
        if kind.enum:
            self._ask(net.list_enum(self._ups, name), lambda reply: self._choices(name, reply))
        if kind.ranges:
            self._ask(net.list_range(self._ups, name), lambda reply: self._ranges(name, reply))

    def _choices(self, name: str, reply: Reply) -> None:
        for value in reply.get():
            self._state.apply(AddEnum(name, value))

    def _ranges(self, name: str, reply: Reply) -> None:
        for low, high in reply.get():
            self._state.apply(AddRange(name, low, high))
