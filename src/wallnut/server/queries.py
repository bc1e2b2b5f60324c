"""GET and LIST: the answers, from what the drivers said.

Checks come in C upsd's order. Names are echoed as the client spelled them; extra words are passed over.
"""

from __future__ import annotations

from wallnut.proto.words import escape, word
from wallnut.version import NUT_VERSION, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallnut.model.state import Variable
    from wallnut.server.ups import Ups
    from wallnut.server.upsd import Upsd

INVALID_ARGUMENT = b"ERR INVALID-ARGUMENT\n"
UNKNOWN_UPS = b"ERR UNKNOWN-UPS\n"
VAR_NOT_SUPPORTED = b"ERR VAR-NOT-SUPPORTED\n"

INFO = f"Network UPS Tools upsd {NUT_VERSION} - wallnut {VERSION} - https://www.networkupstools.org/"
"""Clients look for the words up to the version."""


def reply(text: str) -> bytes:
    """A line, or several, as bytes. What is not ASCII has no place on this wire."""
    return text.encode("ascii", "ignore")


def get(server: Upsd, words: Sequence[str]) -> bytes:
    """The answer to `GET <kind> <ups> [<name>]`; GET TRACKING is the session's."""
    row = _GET.get(words[1].upper()) if len(words) > 1 else None
    if row is None or len(words) < row[0]:
        return INVALID_ARGUMENT
    return row[1](server, words)


def list_(server: Upsd, words: Sequence[str]) -> bytes:
    """The answer to `LIST <kind> [<ups> [<name>]]`: a whole frame, or an error."""
    row = _LIST.get(words[1].upper()) if len(words) > 1 else None
    if row is None or len(words) < row[0]:
        return INVALID_ARGUMENT
    items = row[1](server, words)
    if isinstance(items, bytes):
        return items
    query = " ".join((words[1].upper(), *map(word, words[2 : row[0]])))
    return reply(f"BEGIN LIST {query}\n{''.join(items)}END LIST {query}\n")


def subject(server: Upsd, words: Sequence[str]) -> Ups | None:
    """The UPS on which alone the answer to a GET or LIST depends; None if it depends on more, or on none."""
    if len(words) < 3 or words[1].upper() in ("NUMLOGINS", "TRACKING", "CLIENT", "UPS"):
        return None
    return server.find(words[2])


def _fresh(server: Upsd, name: str) -> Ups | bytes:
    """A UPS whose data can be shown, or the error."""
    ups = server.find(name)
    if ups is None:
        return UNKNOWN_UPS
    return ups.trouble() or ups


def _variable(server: Upsd, words: Sequence[str]) -> tuple[Ups, Variable] | bytes:
    """The variable that the third and fourth word name, or the error."""
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    variable = ups.state.get(words[3])
    return VAR_NOT_SUPPORTED if variable is None else (ups, variable)


# GET


def _var(server: Upsd, words: Sequence[str]) -> bytes:
    name = words[3].lower()
    if name.startswith("server."):  # answers whatever the UPS
        if name == "server.info":
            return reply(f'VAR {word(words[2])} {name} "{INFO}"\n')
        if name == "server.version":
            return reply(f'VAR {word(words[2])} {name} "{NUT_VERSION}"\n')
        return VAR_NOT_SUPPORTED
    found = _variable(server, words)
    if isinstance(found, bytes):
        return found
    ups, variable = found
    return reply(f'VAR {word(words[2])} {word(words[3])} "{escape(ups.shown(variable))}"\n')


def _type(server: Upsd, words: Sequence[str]) -> bytes:
    found = _variable(server, words)
    if isinstance(found, bytes):
        return found
    variable = found[1]
    kinds = ["TYPE", word(words[2]), word(words[3])]
    if variable.writable:
        kinds.append("RW")
    if variable.enum:
        kinds.append("ENUM")
    if variable.ranges:
        kinds.append("RANGE")
    kinds.append(f"STRING:{variable.length}" if variable.string else "NUMBER")
    return reply(" ".join(kinds) + "\n")


def _desc(server: Upsd, words: Sequence[str]) -> bytes:
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    text = server.descriptions.variable(words[3])
    return reply(f'DESC {word(words[2])} {word(words[3])} "{escape(text)}"\n')


def _cmddesc(server: Upsd, words: Sequence[str]) -> bytes:
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    text = server.descriptions.command(words[3])
    return reply(f'CMDDESC {word(words[2])} {word(words[3])} "{escape(text)}"\n')


def _upsdesc(server: Upsd, words: Sequence[str]) -> bytes:
    ups = server.find(words[2])
    if ups is None:
        return UNKNOWN_UPS
    text = "Unavailable" if ups.desc is None else ups.desc
    return reply(f'UPSDESC {word(words[2])} "{escape(text)}"\n')


def _numlogins(server: Upsd, words: Sequence[str]) -> bytes:
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    return reply(f"NUMLOGINS {word(words[2])} {len(ups.logins)}\n")


# kind -> (words it needs, answer)
_GET: dict[str, tuple[int, Callable[[Upsd, Sequence[str]], bytes]]] = {
    "VAR": (4, _var),
    "TYPE": (4, _type),
    "DESC": (4, _desc),
    "CMDDESC": (4, _cmddesc),
    "UPSDESC": (3, _upsdesc),
    "NUMLOGINS": (3, _numlogins),
}


# LIST


def _list_ups(server: Upsd, words: Sequence[str]) -> list[str]:
    return [
        f'UPS {word(ups.name)} "{escape("Description unavailable" if ups.desc is None else ups.desc)}"\n'
        for ups in server.upses
    ]


def _list_var(server: Upsd, words: Sequence[str]) -> list[str] | bytes:
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    start = f"VAR {word(words[2])}"
    return [f'{start} {word(each.name)} "{escape(ups.shown(each))}"\n' for each in ups.state.in_order()]


def _list_rw(server: Upsd, words: Sequence[str]) -> list[str] | bytes:
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    start = f"RW {word(words[2])}"  # without the FSD mark, as in C
    return [f'{start} {word(each.name)} "{escape(each.value)}"\n' for each in ups.state.in_order() if each.writable]


def _list_cmd(server: Upsd, words: Sequence[str]) -> list[str] | bytes:
    ups = _fresh(server, words[2])
    if isinstance(ups, bytes):
        return ups
    return [f"CMD {word(words[2])} {word(name)}\n" for name in ups.state.commands_in_order()]


def _list_enum(server: Upsd, words: Sequence[str]) -> list[str] | bytes:
    found = _variable(server, words)
    if isinstance(found, bytes):
        return found
    start = f"ENUM {word(words[2])} {word(words[3])}"
    return [f'{start} "{escape(value)}"\n' for value in found[1].enum]


def _list_range(server: Upsd, words: Sequence[str]) -> list[str] | bytes:
    found = _variable(server, words)
    if isinstance(found, bytes):
        return found
    start = f"RANGE {word(words[2])} {word(words[3])}"
    return [f'{start} "{low}" "{high}"\n' for low, high in found[1].ranges]


def _list_client(server: Upsd, words: Sequence[str]) -> list[str] | bytes:
    ups = server.find(words[2])
    if ups is None:
        return UNKNOWN_UPS
    return [f"CLIENT {word(ups.name)} {session.stream.peer}\n" for session in ups.logins]


# kind -> (words it needs, items)
_LIST: dict[str, tuple[int, Callable[[Upsd, Sequence[str]], list[str] | bytes]]] = {
    "UPS": (2, _list_ups),
    "VAR": (3, _list_var),
    "RW": (3, _list_rw),
    "CMD": (3, _list_cmd),
    "ENUM": (4, _list_enum),
    "RANGE": (4, _list_range),
    "CLIENT": (3, _list_client),
}
