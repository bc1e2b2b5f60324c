"""Read nutauth.conf (nutauth.conf(5), NUT 2.8.6): what clients say to which server, with included files."""

from __future__ import annotations

from wallnut.config.directive import BadValue, Problem, Table
from wallnut.config.files import Report, Values, section_name
from wallnut.config.types import AuthEntry, NutAuth
from wallnut.model.errors import ConfigError
from wallnut.proto.address import PORT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[str], bytes | None]
    Key = tuple[str, str, int]

NUTAUTH = Table(AuthEntry)

MAX_DEPTH = 8
"""How deep files may include one another."""

_GLOBAL: Key = ("", "", 0)


def _absent(_: str) -> None:
    return None


def parse_nutauth_conf(data: bytes, path: str = "nutauth.conf", read: Read = _absent) -> tuple[NutAuth, list[Problem]]:
    """Read nutauth.conf. `read(path)` gives an included file's bytes, None where there is none.

    Raises ConfigError where an INCLUDE_REQUIRED file is missing or files include one another without end.
    """
    reader = _Reader(read)
    reader.file(data, path, _GLOBAL, None, 0)
    entries = {key: AuthEntry(*key, **given) for key, given in reader.given.items()}  # type: ignore[arg-type]
    default = entries.pop(_GLOBAL, AuthEntry())
    return NutAuth(default, tuple(entries.values())), reader.problems


def section_key(name: str) -> Key:
    """(user, host, port) of a section's name; ("", "", 0) is the global part. Raises BadValue."""
    if name in ("", "_global_defaults"):
        return _GLOBAL
    user, _, server = name.rpartition("@")
    if server.startswith("["):
        host, bracket, rest = server[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or (rest and colon != ":"):
            raise BadValue(f"[{name}]: an IPv6 address is closed by ] and a port follows after :")
    else:
        host, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
    if port in ("", "nut"):
        number = PORT
    elif port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536:
        number = int(port)
    else:
        raise BadValue(f"[{name}]: {port!r} is no port from 1 to 65535")
    return user, host.lower() or "localhost", number


class _Reader:
    """Gathers the sections of a file and of those it includes."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.given: dict[Key, dict[str, object]] = {}
        self.problems: list[Problem] = []

    def file(self, data: bytes, path: str, key: Key, only: Key | None, depth: int) -> None:
        """Read one file. Its lines before any section belong to `key`; of its sections `only` counts (None: all)."""
        report = Report(path)
        values = self._values(key, report)
        wanted = True
        for words in report.lines(data):
            name = section_name(words)
            if name is not None:
                try:
                    if not words[0].endswith("]"):
                        raise BadValue(f"{' '.join(words)}: a section is named by one word in brackets")
                    key = section_key(name)
                except BadValue as error:
                    report.error(f"{error}; its lines are ignored")
                    wanted = False
                    continue
                wanted = only is None or key == only
                values = self._values(key, report) if wanted else values
            elif wanted and words[0] in ("INCLUDE", "INCLUDE_REQUIRED"):
                self._include(words, report, key, depth)
            elif wanted:
                self._line(words, values, key)
        self.problems += report.problems

    def _values(self, key: Key, report: Report) -> Values:
        values = Values(report)
        values.given = self.given.setdefault(key, {})
        return values

    def _line(self, words: list[str], values: Values, key: Key) -> None:
        one = NUTAUTH.find(words[0])
        if one is None:
            values.report.warning(f"unknown directive {words[0]}{NUTAUTH.hint(words[0])}")
        elif words[1:2] != ["="]:
            values.report.error(f"{words[0]}: a line is `key = value`")
        elif one.attr == "username" and key[0]:
            values.report.warning(f"{words[0]} is ignored: the section's name has the user")
        else:
            values.take(one, words[2:])

    def _include(self, words: list[str], report: Report, key: Key, depth: int) -> None:
        name = "".join(words[2:3] if words[1:2] == ["="] else words[1:2])
        if not name:
            report.error(f"{words[0]} needs a file")
            return
        if depth == MAX_DEPTH:
            raise ConfigError("files include one another without end", report.path, report.line)
        data = self.read(name)
        if data is not None:
            self.file(data, name, key, None if key == _GLOBAL else key, depth + 1)
        elif words[0] == "INCLUDE_REQUIRED":
            raise ConfigError(f"cannot read the required file {name}", report.path, report.line)
