"""TOML as records: a table is a record, a key is a directive, an array of tables a tuple of records.

    @record
    class Target:
        url: str = directive("url", TEXT, default="", help="...")

    @record
    class Notify:
        burst: int = directive("burst", WHOLE, default=3, unit="seconds", help="...")
        targets: tuple[Target, ...] = tables("target", Target)

Kinds, help, hints and the reference page are those of the classic files: a value is handed to its kind as the words
that it would be there (`true`, `12`, an array as several words).
"""

from __future__ import annotations

from wallnut.config.directive import BadValue, Directive, hint
from wallnut.config.files import Report
from wallnut.config.record import Field, fields
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from wallnut.config.directive import Problem

    T = TypeVar("T")

    Path = tuple[str | int, ...]
    """Where a value stands: names of tables and keys, and numbers in arrays, counted from 0."""


class Sub(Field):
    """A field that a table fills, or with `many` each table of an array. `fault` says what makes one unusable."""

    __slots__ = ("cls", "fault", "many", "name")

    def __init__(self, name: str, cls: type, fault: Callable[[Any], str], *, many: bool) -> None:
        super().__init__(() if many else cls())
        self.name, self.cls, self.fault, self.many = name, cls, fault, many


def _usable(value: object) -> str:
    return ""


def table(name: str, cls: type[T]) -> T:
    """A field for `[name]`; where there is none it has the record's defaults."""
    one: Any = Sub(name, cls, _usable, many=False)
    made: T = one
    return made


def tables(name: str, cls: type[T], fault: Callable[[T], str] = _usable) -> tuple[T, ...]:
    """A field for all `[[name]]`. `fault` says what is wrong with one ("": nothing); such a one is left out."""
    one: Any = Sub(name, cls, fault, many=True)
    made: tuple[T, ...] = one
    return made


def parse(cls: type[T], data: bytes, path: str) -> tuple[T, list[Problem]]:
    """Read a file. What cannot be used has no effect and is a problem; the rest counts.

    Raises ConfigError, naming the line, where it is no TOML: nothing in it can be trusted then.
    """
    import tomllib

    try:
        text = data.decode().replace("\r\n", "\n")
        found = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("this is no UTF-8 text", path, line) from None
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).rpartition(" (at line ")
        number = where.partition(",")[0]
        raise ConfigError(what or str(error), path, int(number) if number.isdigit() else 0) from None
    reader = _Reader(text, path)
    value = reader.read(cls, found, ())
    reader.report.problems.sort(key=lambda problem: problem.line)
    return value, reader.report.problems


class _Reader:
    """Reads the tables of one file."""

    __slots__ = ("_lines", "_text", "report")

    def __init__(self, text: str, path: str) -> None:
        self.report = Report(path)
        self._text = text
        self._lines: Mapping[Path, int] | None = None

    def read(self, cls: type[T], data: Mapping[str, object], place: Path) -> T:
        """A record from a table."""
        known = {one.name: one for one in fields(cls).values() if isinstance(one, Directive | Sub)}
        given: dict[str, object] = {}
        for key, value in data.items():
            one = known.get(key)
            here = (*place, key)
            if one is None:
                what = "table" if isinstance(value, dict) else "key"
                self._warning(here, f"unknown {what} {_shown(key)}{hint(key, known)}")
            elif isinstance(one, Directive):
                self._value(one, value, here, given)
            else:
                self._tables(one, value, here, given)
        return cls(**given)

    def _value(self, one: Directive, value: object, here: Path, given: dict[str, object]) -> None:
        words = _words(value)
        if words is None:
            self._error(here, f"{one.name} needs {one.needs()}, not a table")
        elif one.kind.words == 1 and isinstance(value, list):
            self._error(here, f"{one.name} needs {one.needs()}, not an array")
        else:
            try:
                given[one.attr] = one.read(words)
            except BadValue as error:
                self._error(here, str(error))

    def _tables(self, one: Sub, value: object, here: Path, given: dict[str, object]) -> None:
        if not one.many:
            if isinstance(value, dict):
                given[one.attr] = self.read(one.cls, value, here)
            else:
                self._error(here, f"{one.name} is a table: write [{_dotted(here)}] and what belongs to it below")
            return
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self._error(here, f"write [[{_dotted(here)}]], with two brackets, for each {one.name}")
            return
        made = []
        for number, each in enumerate(value):
            place = (*here, number)
            item: object = self.read(one.cls, each, place)
            fault = one.fault(item)
            if fault:
                self._error((*place, ""), f"{fault}; it has no effect")
            else:
                made.append(item)
        given[one.attr] = tuple(made)

    def _error(self, here: Path, text: str) -> None:
        self.report.error(_within(here) + text, self._line(here))

    def _warning(self, here: Path, text: str) -> None:
        self.report.warning(_within(here) + text, self._line(here))

    def _line(self, here: Path) -> int:
        """The line of a value, or of what it stands in; 0 when neither is known."""
        if self._lines is None:
            self._lines = _places(self._text)
        while here and here not in self._lines:
            here = here[:-1]
        return self._lines.get(here, 0)


def _words(value: object) -> list[str] | None:
    """A value as the words it would be in a classic file; None for a table or an array that holds such."""
    if isinstance(value, dict):
        return None
    if isinstance(value, list):
        words: list[str] = []
        for each in value:
            inner = None if isinstance(each, list) else _words(each)
            if inner is None:
                return None
            words += inner
        return words
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]


def _dotted(place: Path) -> str:
    return ".".join(_shown(each) for each in place if isinstance(each, str))


def _shown(key: str) -> str:
    return key if key.isprintable() and key else repr(key)


def _within(here: Path) -> str:
    """The table of a key, as it is written in the file: `[notify] ` or, the second of several, `[[a.b]] 2: `."""
    table = here[:-1]
    if not table:
        return ""
    if isinstance(table[-1], int):
        return f"[[{_dotted(table)}]] {table[-1] + 1}: "
    return f"[{_dotted(table)}] "


# Lines: the standard library's reader does not tell them.


def _places(text: str) -> dict[Path, int]:
    """The line of every table and key of a file that is known to be TOML. Keys in inline tables are not found."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    here: Path = ()
    depth = 0
    for number, (line, bare) in enumerate(zip(text.split("\n"), _masked(text).split("\n"), strict=True), 1):
        if depth == 0 and bare.lstrip().startswith("["):
            here = _header(line, counts)
            found.setdefault(here, number)
            continue
        if depth == 0 and "=" in bare:
            found.setdefault((*here, *_descend(line[: bare.index("=")] + "=0")), number)
        depth += sum(bare.count(each) for each in "[{") - sum(bare.count(each) for each in "]}")
    return found


def _header(line: str, counts: dict[Path, int]) -> Path:
    """The table that a header begins; those of arrays get the number of the present one."""
    *outer, last = _descend(line)
    here: Path = ()
    for name in outer:
        here = (*here, name)
        if here in counts:
            here = (*here, counts[here])
    here = (*here, last)
    if line.lstrip().startswith("[["):
        counts[here] = counts.get(here, -1) + 1
        here = (*here, counts[here])
    return here


def _descend(line: str) -> tuple[str, ...]:
    """The names in one line of TOML: of its header, or of its key."""
    import tomllib

    names = []
    inner: object = tomllib.loads(line)
    while isinstance(inner, dict | list) and inner:
        if isinstance(inner, dict):
            name = next(iter(inner))
            names.append(name)
            inner = inner[name]
        else:
            inner = inner[0]
    return tuple(names)


def _masked(text: str) -> str:
    """The text with an x for every character of strings and comments; its lines stay."""
    import re

    parts = r'"""(?:\\.|[^\\])*?"{3,5}', r"'''.*?'{3,5}", r'"(?:\\.|[^"\\\n])*"', r"'[^'\n]*'", r"#[^\n]*"
    return re.sub("|".join(parts), lambda match: re.sub(r"[^\n]", "x", match[0]), text, flags=re.DOTALL)
