"""The driver socket: the lines between a driver and its consumers (upsd, clone, failover, upsdrvctl).

Driver to consumer: the messages of `wallnut.model.state`, and Pong, Tracking, Pid, Goodbye. Consumer to driver:
DumpAll, Ping, Set, InstCmd and the newer ones. `encode` writes either; `decode` reads what a driver says and
`decode_request` what a driver is told. Unknown or malformed lines give None: both ends of C pass over them.
"""

from __future__ import annotations

from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DataOk,
    DataStale,
    DelCmd,
    DelEnum,
    DelInfo,
    DelRange,
    DumpDone,
    Message,
    SetAux,
    SetFlags,
    SetInfo,
)
from wallnut.proto.words import escape, quote, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# TRACKING result codes
HANDLED, UNKNOWN, INVALID, FAILED, CONVERSION_FAILED = range(5)


class Pong(Message):
    """Answer to PING."""

    __slots__ = ()


class Tracking(Message):
    """What became of the SET or INSTCMD with this id: HANDLED, UNKNOWN, INVALID, FAILED or CONVERSION_FAILED."""

    __slots__ = ("id", "result")

    def __init__(self, id: str, result: int) -> None:
        self.id, self.result = id, result


class Pid(Message):
    """Answer to GETPID (2.8.3)."""

    __slots__ = ("pid",)

    def __init__(self, pid: int) -> None:
        self.pid = pid


class Goodbye(Message):
    """Answer to LOGOUT (2.8.3); the driver closes."""

    __slots__ = ()


class DumpAll(Message):
    """Ask for everything."""

    __slots__ = ()


class DumpStatus(Message):
    """Ask for ups.status alone (2.8.3)."""

    __slots__ = ()


class DumpValue(Message):
    """Ask for one variable (2.8.3)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Ping(Message):
    """Ask for a sign of life."""

    __slots__ = ()


class GetPid(Message):
    """Ask for the driver's process id (2.8.3)."""

    __slots__ = ()


class Logout(Message):
    """Say goodbye (2.8.3)."""

    __slots__ = ()


class Broadcast(Message):
    """Switch unsolicited lines to this consumer on or off (2.8.1)."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on


class Set(Message):
    """Set a variable; with an id the driver reports a Tracking."""

    __slots__ = ("id", "name", "value")

    def __init__(self, name: str, value: str, id: str = "") -> None:
        self.name, self.value, self.id = name, value, id


class InstCmd(Message):
    """Run an instant command, with a value where it takes one; with an id the driver reports a Tracking."""

    __slots__ = ("id", "name", "value")

    def __init__(self, name: str, value: str = "", id: str = "") -> None:
        self.name, self.value, self.id = name, value, id


def leading_int(text: str) -> int:
    """The integer at the start of a text, 0 where there is none (C's atoi)."""
    text = text.lstrip()
    end = 1 if text[:1] in ("-", "+") else 0
    while end < len(text) and text[end].isdigit():
        end += 1
    try:
        return int(text[:end])
    except ValueError:
        return 0


# verb -> (words it needs, builder): what a driver says
_FROM_DRIVER: dict[str, tuple[int, Callable[[Sequence[str]], Message]]] = {
    "SETINFO": (3, lambda w: SetInfo(w[1], w[2])),
    "DELINFO": (2, lambda w: DelInfo(w[1])),
    "ADDENUM": (3, lambda w: AddEnum(w[1], w[2])),
    "DELENUM": (3, lambda w: DelEnum(w[1], w[2])),
    "ADDRANGE": (4, lambda w: AddRange(w[1], leading_int(w[2]), leading_int(w[3]))),
    "DELRANGE": (4, lambda w: DelRange(w[1], leading_int(w[2]), leading_int(w[3]))),
    "SETAUX": (3, lambda w: SetAux(w[1], leading_int(w[2]))),
    # C needs a flag word here, so that its flags can never be cleared; a line without means just that
    "SETFLAGS": (2, lambda w: SetFlags(w[1], tuple(flag.upper() for flag in w[2:]))),
    "ADDCMD": (2, lambda w: AddCmd(w[1])),
    "DELCMD": (2, lambda w: DelCmd(w[1])),
    "DATAOK": (1, lambda w: DataOk()),
    "DATASTALE": (1, lambda w: DataStale()),
    "DUMPDONE": (1, lambda w: DumpDone()),
    "PONG": (1, lambda w: Pong()),
    "TRACKING": (3, lambda w: Tracking(w[1], leading_int(w[2]))),
    "PID": (2, lambda w: Pid(leading_int(w[1]))),
}


def decode(words: Sequence[str]) -> Message | None:
    """What a driver says, from the words of a line; extra words are passed over."""
    if not words:
        return None
    verb = words[0].upper()
    row = _FROM_DRIVER.get(verb)
    if row is None:
        return Goodbye() if verb == "OK" and [w.upper() for w in words[1:2]] == ["GOODBYE"] else None
    need, build = row
    return build(words) if len(words) >= need else None


def _decode_set(words: Sequence[str]) -> Message | None:
    count = len(words)
    if count == 5:
        return Set(words[1], words[2], words[4]) if words[3].upper() == "TRACKING" else None
    return Set(words[1], words[2]) if count >= 3 else None


def _decode_instcmd(words: Sequence[str]) -> Message | None:
    count = len(words)
    if count == 2:
        return InstCmd(words[1])
    if count == 3:
        return InstCmd(words[1], words[2])
    if count == 4 and words[2].upper() == "TRACKING":
        return InstCmd(words[1], "", words[3])
    if count == 5 and words[3].upper() == "TRACKING":
        return InstCmd(words[1], words[2], words[4])
    return None


_TO_DRIVER: dict[str, Callable[[Sequence[str]], Message | None]] = {
    "DUMPALL": lambda w: DumpAll(),
    "DUMPSTATUS": lambda w: DumpStatus(),
    "DUMPVALUE": lambda w: DumpValue(w[1]) if len(w) > 1 else None,
    "PING": lambda w: Ping(),
    "GETPID": lambda w: GetPid(),
    "LOGOUT": lambda w: Logout(),
    "NOBROADCAST": lambda w: Broadcast(False),
    # a number below 1 means off; no word, or no number, means on
    "BROADCAST": lambda w: Broadcast(not (len(w) > 1 and w[1].lstrip("-").isdigit() and int(w[1]) < 1)),
    "SET": _decode_set,
    "INSTCMD": _decode_instcmd,
}


def decode_request(words: Sequence[str]) -> Message | None:
    """What a driver is told, from the words of a line, by C's rules for counts (see NUT's sock-protocol.txt)."""
    build = _TO_DRIVER.get(words[0].upper()) if words else None
    return build(words) if build else None


def _tracking(id: str) -> str:
    return f" TRACKING {word(id)}" if id else ""


_LINE: dict[type[Message], Callable[..., str]] = {
    SetInfo: lambda m: f'SETINFO {word(m.name)} "{escape(m.value)}"\n',
    DelInfo: lambda m: f"DELINFO {word(m.name)}\n",
    AddEnum: lambda m: f"ADDENUM {word(m.name)} {quote(m.value)}\n",
    DelEnum: lambda m: f"DELENUM {word(m.name)} {quote(m.value)}\n",
    AddRange: lambda m: f"ADDRANGE {word(m.name)} {m.low} {m.high}\n",
    DelRange: lambda m: f"DELRANGE {word(m.name)} {m.low} {m.high}\n",
    SetAux: lambda m: f"SETAUX {word(m.name)} {m.length}\n",
    SetFlags: lambda m: " ".join(("SETFLAGS", word(m.name), *m.flags)) + "\n",
    AddCmd: lambda m: f"ADDCMD {word(m.name)}\n",
    DelCmd: lambda m: f"DELCMD {word(m.name)}\n",
    DataOk: lambda m: "DATAOK\n",
    DataStale: lambda m: "DATASTALE\n",
    DumpDone: lambda m: "DUMPDONE\n",
    Pong: lambda m: "PONG\n",
    Tracking: lambda m: f"TRACKING {word(m.id)} {m.result}\n",
    Pid: lambda m: f"PID {m.pid}\n",
    Goodbye: lambda m: "OK Goodbye\n",
    DumpAll: lambda m: "DUMPALL\n",
    DumpStatus: lambda m: "DUMPSTATUS\n",
    DumpValue: lambda m: f"DUMPVALUE {word(m.name)}\n",
    Ping: lambda m: "PING\n",
    GetPid: lambda m: "GETPID\n",
    Logout: lambda m: "LOGOUT\n",
    Broadcast: lambda m: "BROADCAST 1\n" if m.on else "NOBROADCAST\n",
    Set: lambda m: f"SET {word(m.name)} {quote(m.value)}{_tracking(m.id)}\n",
    # C leaves the value bare, so that one with a blank never arrives
    InstCmd: lambda m: f"INSTCMD {word(m.name)}{' ' + quote(m.value) if m.value else ''}{_tracking(m.id)}\n",
}


def encode(message: Message) -> bytes:
    """A message as one line. Characters that the other end would drop are dropped here (non-ASCII)."""
    return _LINE[type(message)](message).encode("ascii", "ignore")
