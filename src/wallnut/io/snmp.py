"""SNMP agents over UDP: GET, SET and walks, blocking, with time-out and retries; versions 1, 2c and 3.

The messages are in proto/snmp.py and proto/usm.py; docs/snmp-ups.md says why they are ours. Only a v3 user with a
privPassword needs a library, `cryptography`.
"""

from __future__ import annotations

import os
import select
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

from wallnut.io.record import show, unshow
from wallnut.model.errors import ConfigError, DeviceError, ProtocolError
from wallnut.proto import snmp, usm
from wallnut.proto.snmp import NOTHING, Pdu, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wallnut.io.record import Tape

PORT = 161
MOST_NAMES = 24
"""Objects asked for in one request, at the most. An agent that finds that too many is asked for fewer."""
MOST_ROUNDS = 512
"""Requests of one walk, at the most."""
_BULK = 20
_TAGS = {name: tag for tag, name in snmp.NAMES.items()}
_NONE = "NONE"


class Agent(Protocol):
    """An agent. Names are dotted text without a dot in front. Every method raises DeviceError where no answer comes,
    or none that makes sense."""

    def get(self, names: Sequence[str]) -> list[Value | None]:
        """The values of objects, in their order; None for those that are not there."""

    def walk(self, name: str, most: int) -> list[tuple[str, Value]]:
        """The objects below a name, the first `most` of them."""

    def set(self, name: str, value: Value) -> str:
        """Set an object; "", or the agent's word for why not (`notWritable`)."""

    def close(self) -> None:
        """Let go; never fails."""


@dataclass(frozen=True, slots=True)
class Snmp:
    """How an agent is reached. `version` is "v1", "v2c" or "v3"; v3 has a `user`, the others a `community`. An answer
    is waited for `timeout` seconds, and asked for again `retries` times."""

    host: str
    port: int = PORT
    version: str = "v1"
    community: str = "public"
    user: usm.User | None = None
    timeout: float = 1.0
    retries: int = 5

    def open(self) -> Agent:
        """A session with the agent; nothing is sent yet, but for v3. Raises DeviceError."""
        if self.user is not None and self.user.priv:
            _need_ciphers()
        wire = _Wire(self)
        if self.user is None:
            number = snmp.V1 if self.version == "v1" else snmp.V2C
            return _Session(_Community(wire, number, self.community.encode()), number == snmp.V1)
        return _Session(_Secured(wire, self.user), False)

    def record(self, device: Agent, tape: Tape) -> Agent:
        """The agent, with every object noted by itself: a replay does not depend on how they were grouped."""
        return _RecordedAgent(device, tape)

    def replay(self, tape: Tape) -> Agent:
        """An agent that knows what the tape knows."""
        return _ReplayedAgent(tape)


def address(text: str) -> tuple[str, int]:
    """Host and port of HOST, HOST:PORT, [IPV6]:PORT, also with Net-SNMP's `udp:` or `udp6:` in front. ValueError."""
    for prefix in ("udp:", "udp6:"):
        text = text.removeprefix(prefix)
    host, colon, port = text.partition(":")
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    elif ":" in port:  # an IPv6 address by itself
        host, colon, port = text, "", ""
    good = port.isdecimal() and 0 < int(port) < 65536 if colon == ":" else not colon
    if not (host and good):
        raise ValueError("HOST or HOST:PORT is needed")
    return host, int(port or PORT)


def _need_ciphers() -> None:
    try:
        import cryptography.hazmat.decrepit.ciphers.modes  # noqa: F401
    except ImportError:
        raise ConfigError("privPassword needs a newer cryptography: pip install 'wallnut[snmp]'") from None


class _Wire:
    """A socket to one agent: a request goes out as often as need be, and what comes is offered to `read`, until that
    finds its answer. One thread uses it."""

    def __init__(self, way: Snmp) -> None:
        self._way = way
        self.where = f"{way.host}:{way.port}"
        try:
            found = socket.getaddrinfo(way.host, way.port, type=socket.SOCK_DGRAM)
            family, kind, proto, _, where = found[0]
            self._socket = socket.socket(family, kind, proto)
        except OSError as error:
            raise DeviceError(f"{self.where}: {error.strerror or error}") from None
        try:
            self._socket.setblocking(False)
            self._socket.connect(where)
        except OSError as error:
            self._socket.close()
            raise DeviceError(f"{self.where}: {error.strerror or error}") from None

    def close(self) -> None:
        self._socket.close()

    def ask(self, message: bytes, read: Callable[[bytes], Pdu | None]) -> Pdu:
        """The answer to a message: the first that `read` takes (it gives None, or raises ProtocolError, for others)."""
        trouble = "it does not answer"
        for _ in range(self._way.retries + 1):
            try:
                self._socket.send(message)
            except OSError as error:
                trouble = f"{error.strerror}"
            for data in self._answers(time.monotonic() + self._way.timeout):
                if isinstance(data, str):
                    trouble = data
                    continue
                try:
                    answer = read(data)
                except ProtocolError as error:
                    trouble = f"it answers nonsense: {error}"
                    continue
                if answer is not None:
                    return answer
        raise DeviceError(f"{self.where}: {trouble}")

    def _answers(self, until: float) -> Iterator[bytes | str]:
        """What comes until then; a text is an error of the system's (no agent there)."""
        while (left := until - time.monotonic()) > 0:
            poller = select.poll()  # unlike select(), it takes any file number
            poller.register(self._socket, select.POLLIN)
            if not poller.poll(left * 1000):
                return
            try:
                yield self._socket.recv(65535)
            except BlockingIOError:
                continue
            except OSError as error:
                yield error.strerror or str(error)


class _Community:
    """Requests of versions 1 and 2c."""

    def __init__(self, wire: _Wire, version: int, community: bytes) -> None:
        self.wire, self._version, self._community = wire, version, community
        self._number = int.from_bytes(os.urandom(3), "big")

    def ask(self, kind: int, error: int, place: int, binds: list[tuple[bytes, Value]]) -> Pdu:
        """The answer to a request."""
        number = self._number = self._number % 0x7FFFFFFF + 1
        message = snmp.message(self._version, self._community, Pdu(kind, number, error, place, binds))

        def read(data: bytes) -> Pdu | None:
            version, _, pdu = snmp.read_message(data)
            return pdu if version == self._version and pdu.kind == snmp.RESPONSE and pdu.number == number else None

        return self.wire.ask(message, read)


class _Secured:
    """Requests of version 3. The agent's engine is looked for first, and again where it says that it has another."""

    def __init__(self, wire: _Wire, user: usm.User) -> None:
        self.wire, self._user = wire, user
        self._number = int.from_bytes(os.urandom(3), "big")
        self._salt = int.from_bytes(os.urandom(8), "big")
        self._security: usm.Security | None = None

    def ask(self, kind: int, error: int, place: int, binds: list[tuple[bytes, Value]]) -> Pdu:
        """The answer to a request."""
        number = self._next()
        for _ in range(3):  # the first may be answered with the agent's time, the second with its new engine
            if self._security is None:
                self._security = usm.Security(self._user, self._discover())
            pdu = self._exchange(self._security, Pdu(kind, number, error, place, binds))
            if pdu.kind != snmp.REPORT:
                return pdu
            why = snmp.name_text(pdu.binds[0][0]) if pdu.binds else ""
            if why == usm.UNKNOWN_ENGINE:
                self._security = None
            elif why != usm.NOT_IN_TIME:
                break
        raise DeviceError(f"{self.wire.where}: the agent refuses: {usm.REPORTS.get(why, f'Report {why}')}")

    def _next(self) -> int:
        self._number = self._number % 0x7FFFFFFF + 1
        return self._number

    def _exchange(self, security: usm.Security, pdu: Pdu) -> Pdu:
        number = self._next()
        self._salt = (self._salt + 1) % (1 << 64)
        message = security.write(number, pdu, time.monotonic(), self._salt.to_bytes(8, "big"))

        def read(data: bytes) -> Pdu | None:
            said, answer = security.read(data, time.monotonic())
            fits = answer.kind == snmp.REPORT or (answer.kind == snmp.RESPONSE and answer.number == pdu.number)
            return answer if said == number and fits else None

        return self.wire.ask(message, read)

    def _discover(self) -> usm.Engine:
        """RFC 3414 section 4: who the agent is, and its time."""
        number = self._next()
        nobody = usm.Security(usm.User(""), usm.Engine())
        found = usm.Engine()

        def read(data: bytes) -> Pdu | None:
            nonlocal found
            frame = usm.read_frame(data)
            if frame.number != number or frame.pdu is None or frame.pdu.kind != snmp.REPORT:
                return None
            if not 5 <= len(frame.engine.name) <= 32:
                raise ProtocolError("the engine's name is not sensible")
            found = frame.engine._replace(since=time.monotonic())
            return frame.pdu

        self.wire.ask(nobody.write(number, Pdu(snmp.GET, number, 0, 0, []), time.monotonic(), bytes(8)), read)
        return found


class _Session:
    """What drivers ask for, in requests. `old`: version 1, which has no bulk and one error for the whole request."""

    def __init__(self, way: _Community | _Secured, old: bool) -> None:
        self._way, self._old = way, old
        self._most, self._proved = MOST_NAMES, 1

    def close(self) -> None:
        self._way.wire.close()

    def get(self, names: Sequence[str]) -> list[Value | None]:
        found: list[Value | None] = [None] * len(names)
        left = [(place, snmp.name_bytes(name)) for place, name in enumerate(names)]
        alone = 0  # so many of the next are asked for one by one: the agent refused them together, without saying which
        while left:
            some = left[: 1 if alone else self._most]
            pdu = self._get([name for _, name in some])
            if pdu is None:
                continue  # too many: fewer, from now on
            if pdu.error and len(some) > 1 and not 1 <= pdu.place <= len(some):
                alone = len(some)
                continue
            alone = max(0, alone - 1)
            if pdu.error:  # version 1 has no other way to say that one is not there; others refuse single objects too
                del left[pdu.place - 1 if len(some) > 1 else 0]
                continue
            if [name for name, _ in pdu.binds] != [name for _, name in some]:
                raise DeviceError(f"{self._way.wire.where}: it answers nonsense: values of other objects")
            for (place, _), (_, value) in zip(some, pdu.binds, strict=True):
                found[place] = None if value.tag in snmp.MISSING else value
            self._proved = max(self._proved, len(some))
            del left[: len(some)]
        return found

    def _get(self, names: list[bytes]) -> Pdu | None:
        """One GET; None where the agent was asked for too much at once."""
        try:
            pdu = self._way.ask(snmp.GET, 0, 0, [(name, NOTHING) for name in names])
        except DeviceError:
            if len(names) <= self._proved:
                raise
            pdu = None  # some agents say nothing to a request that is too large for them
        if pdu is None or pdu.error == snmp.TOO_BIG:
            if len(names) == 1:
                raise DeviceError(f"{self._way.wire.where}: it finds a single object too big")
            self._most = max(1, len(names) // 2)
            return None
        return pdu

    def _refused(self, pdu: Pdu) -> NoReturn:
        raise DeviceError(f"{self._way.wire.where}: it refuses: {_word(pdu.error)}")

    def walk(self, name: str, most: int) -> list[tuple[str, Value]]:
        root = at = snmp.name_bytes(name)
        found: list[tuple[str, Value]] = []
        for _ in range(MOST_ROUNDS):
            if self._old:
                pdu = self._way.ask(snmp.GET_NEXT, 0, 0, [(at, NOTHING)])
            else:
                pdu = self._way.ask(snmp.GET_BULK, 0, min(_BULK, most - len(found)), [(at, NOTHING)])
            if pdu.error == snmp.NO_SUCH_NAME or not pdu.binds:
                return found
            if pdu.error:
                self._refused(pdu)
            for name_bytes, value in pdu.binds:
                inside = name_bytes.startswith(root) and value.tag not in snmp.MISSING
                if not inside or len(found) >= most:
                    return found
                if _parts(name_bytes) <= _parts(at):
                    raise DeviceError(f"{self._way.wire.where}: it answers nonsense: a walk goes in circles")
                found.append((snmp.name_text(name_bytes), value))
                at = name_bytes
            if len(found) >= most:
                return found
        return found

    def set(self, name: str, value: Value) -> str:
        pdu = self._way.ask(snmp.SET, 0, 0, [(snmp.name_bytes(name), value)])
        return _word(pdu.error) if pdu.error else ""


def _parts(name: bytes) -> list[int]:
    return [int(part) for part in snmp.name_text(name).split(".")]


def _word(error: int) -> str:
    return snmp.ERRORS[error] if 0 <= error < len(snmp.ERRORS) else f"error {error}"


# --- recordings: `> get NAME`, `< TYPE value` or `< NONE`; a walk's answers are `< NAME = TYPE value`


def value_text(value: Value | None) -> str:
    """A value as a recording has it."""
    if value is None:
        return _NONE
    data = show(value.data) if isinstance(value.data, bytes) else str(value.data)
    return f"{snmp.NAMES[value.tag]} {data}".rstrip()


def value_of(text: str) -> Value | None:
    """What a recording's text stands for. Raises DeviceError."""
    if text == _NONE:
        return None
    kind, _, data = text.partition(" ")
    tag = _TAGS.get(kind)
    try:
        if tag is None:
            raise ValueError
        if tag in snmp.NUMBERS:
            return Value(tag, int(data))
        return Value(tag, data if tag == snmp.OID else unshow(data))
    except ValueError:
        raise DeviceError(f"the recording holds no value of SNMP: {text}") from None


class _RecordedAgent:
    def __init__(self, agent: Agent, tape: Tape) -> None:
        self._agent, self._tape = agent, tape

    def get(self, names: Sequence[str]) -> list[Value | None]:
        try:
            values = self._agent.get(names)
        except DeviceError as error:
            for name in names:
                self._tape.asked(f"get {name}")
                self._tape.failed(str(error))
            raise
        for name, value in zip(names, values, strict=True):
            self._tape.asked(f"get {name}")
            self._tape.answered(value_text(value))
        return values

    def walk(self, name: str, most: int) -> list[tuple[str, Value]]:
        self._tape.asked(f"walk {name}")
        try:
            found = self._agent.walk(name, most)
        except DeviceError as error:
            self._tape.failed(str(error))
            raise
        for one, value in found:
            self._tape.answered(f"{one} = {value_text(value)}")
        return found

    def set(self, name: str, value: Value) -> str:
        self._tape.asked(f"set {name} = {value_text(value)}")
        try:
            why = self._agent.set(name, value)
        except DeviceError as error:
            self._tape.failed(str(error))
            raise
        self._tape.answered(why or "done")
        return why

    def close(self) -> None:
        self._agent.close()


class _ReplayedAgent:
    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def get(self, names: Sequence[str]) -> list[Value | None]:
        return [self._one(f"get {name}") for name in names]

    def _one(self, request: str) -> Value | None:
        """An object that was never asked for is one that the device does not have."""
        if not self._tape.heard(request):
            return None
        answers = self._tape.ask(request)
        return value_of(answers[0]) if answers else None

    def walk(self, name: str, most: int) -> list[tuple[str, Value]]:
        if not self._tape.heard(f"walk {name}"):
            return []
        found = []
        for line in self._tape.ask(f"walk {name}")[:most]:
            one, _, text = line.partition(" = ")
            value = value_of(text)
            if value is not None:
                found.append((one, value))
        return found

    def set(self, name: str, value: Value) -> str:
        answers = self._tape.ask(f"set {name} = {value_text(value)}")
        return "" if answers[:1] == ["done"] else " ".join(answers)

    def close(self) -> None:
        """Nothing is open."""
