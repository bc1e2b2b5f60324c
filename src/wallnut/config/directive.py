"""One directive of a configuration file, declared once: how it is spelled, read, checked, written and explained.

A record's field is a directive when its default is one:

    maxage: int = directive("MAXAGE", WHOLE, default=15, unit="seconds", help="...")

The readers, the error texts, the hint for a misspelled directive, the writer and docs/config-reference.md all follow
from that line. A `Kind` turns the words behind the directive's name into a value and back.
"""

from __future__ import annotations

from wallnut.config.record import Field, fields, record
from wallnut.model.errors import NutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, Generic, TypeVar
else:

    def TypeVar(name):
        """Stands in for typing's."""

    class Generic:
        """Stands in for typing's."""

        __slots__ = ()

        def __class_getitem__(cls, item):
            return cls


T = TypeVar("T")
D = TypeVar("D")

ERROR, WARNING = "error", "warning"


@record
class Problem:
    """Something wrong in a file. ERROR: the line has no effect; WARNING: it has one, perhaps not the one meant."""

    path: str
    line: int
    text: str
    severity: str = ERROR

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class BadValue(NutError):
    """A kind's way of saying that the words are none of it; a text says more than "needs ..., got ..." does."""


class Kind(Generic[T]):
    """What a directive's words mean.

    `needs` finishes the sentence "MAXAGE needs ..."; `{}` in it stands for the unit. `read` takes the words behind the
    name and raises BadValue; `write` gives the lines of words that read as a value (none: nothing needs to be said).
    `words` is how many words there may be (0: any number); `flag` says that there may be none at all.
    """

    __slots__ = ("flag", "needs", "read", "words", "write")

    def __init__(
        self,
        needs: str,
        read: Callable[[Sequence[str]], T],
        write: Callable[[T], list[list[str]]],
        *,
        words: int = 1,
        flag: bool = False,
    ) -> None:
        self.needs, self.read, self.write = needs, read, write
        self.words, self.flag = words, flag


class Directive(Field):
    """A field that a line of a file sets. See `directive`."""

    __slots__ = ("anycase", "help", "kind", "many", "name", "other", "ours", "since", "unit")

    def __init__(
        self,
        name: str,
        kind: Kind[Any],
        default: object,
        *,
        help: str,
        unit: str,
        since: str,
        ours: bool,
        anycase: bool,
        many: bool,
        other: tuple[str, ...],
        secret: bool,
    ) -> None:
        super().__init__(default, secret=secret)
        self.name, self.kind, self.help = name, kind, help
        self.unit, self.since, self.ours = unit, since, ours
        self.anycase, self.many, self.other = anycase, many, other

    def complaint(self, args: Sequence[str]) -> str:
        """What to say when the words are not of this kind."""
        got = "'***'" if self.secret else repr(" ".join(args))
        return f"{self.name} needs {self.needs()}, got {got if args else 'nothing'}"

    def needs(self) -> str:
        """What belongs behind the name, for people: `a whole number of seconds`."""
        return self.kind.needs.replace("{}", f" of {self.unit}" if self.unit else "")

    def read(self, args: Sequence[str]) -> object:
        """The value of the words behind the name; BadValue says what would be right."""
        try:
            value: object = self.kind.read(args)
        except BadValue as error:
            raise BadValue(str(error) or self.complaint(args)) from None
        return value


def directive(
    name: str,
    kind: Kind[T],
    *,
    default: D,
    help: str,
    unit: str = "",
    since: str = "",
    ours: bool = False,
    anycase: bool = False,
    many: bool = False,
    other: tuple[str, ...] = (),
    secret: bool = False,
) -> T | D:
    """Declare a directive as a record's field.

    `name` is NUT's spelling, `other` further ones; `anycase` says that NUT takes it in any case. `many`: it may stand
    more than once, and the tuples that `kind` reads are joined. `since` is NUT's first version with it, `ours` True
    for one that NUT does not know. `secret` values are never shown.
    """
    one: Any = Directive(
        name,
        kind,
        default,
        help=help,
        unit=unit,
        since=since,
        ours=ours,
        anycase=anycase,
        many=many,
        other=other,
        secret=secret,
    )
    value: T | D = one
    return value


class Table:
    """The directives of one record class, to be found by the word that a line begins with."""

    __slots__ = ("_anycase", "_exact", "directives")

    def __init__(self, cls: type, *, anycase: bool = False) -> None:
        self.directives = tuple(one for one in fields(cls).values() if isinstance(one, Directive))
        self._exact: dict[str, Directive] = {}
        self._anycase: dict[str, Directive] = {}
        for one in self.directives:
            for name in (one.name, *one.other):
                self._exact[name] = one
                if anycase or one.anycase:
                    self._anycase[name.lower()] = one

    def __iter__(self) -> Iterator[Directive]:
        return iter(self.directives)

    def find(self, word: str) -> Directive | None:
        """The directive of that name."""
        return self._exact.get(word) or self._anycase.get(word.lower())

    def hint(self, word: str) -> str:
        """` (did you mean MAXAGE?)`, where a directive is spelled nearly so."""
        return hint(word, self._exact)


def hint(word: str, names: Iterable[str]) -> str:
    """` (did you mean MAXAGE?)`, where one of the names is spelled nearly so."""
    best, name = 3, ""
    for known in names:
        distance = _distance(word.lower(), known.lower(), best)
        if distance < best and distance * 2 < len(known):
            best, name = distance, known
    return f" (did you mean {name}?)" if name else ""


def _distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that make b of a; `limit` stands for more."""
    if abs(len(a) - len(b)) >= limit or len(set(a) - set(b)) >= limit:
        return limit
    two: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, two[j - 2] + 1)
            row.append(cost)
        two, last = last, row
    return min(last[-1], limit)
