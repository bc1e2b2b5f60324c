"""Frozen, slotted values with defaults: what `dataclasses` gives, without the 2.7 MB and the milliseconds it costs.

    @record
    class Listen:
        host: str
        port: str = "3493"

The server's memory and the start of one-shot tools are budgets; type checkers see a frozen dataclass.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar, dataclass_transform
else:

    def TypeVar(name):
        """Stands in for typing's."""

    def dataclass_transform(**_):
        """Stands in for typing's."""
        return lambda function: function


T = TypeVar("T")

MISSING: Any = object()
"""The default of a field that must be given."""


class Field:
    """A field that has more to it than its default.

    `compare` False leaves it out of equality (a line number); `secret` True keeps its value out of `repr`.
    """

    __slots__ = ("attr", "compare", "default", "secret")

    def __init__(self, default: object = MISSING, *, compare: bool = True, secret: bool = False) -> None:
        self.attr = ""
        self.default, self.compare, self.secret = default, compare, secret


def field(*, default: Any, compare: bool = True, secret: bool = False) -> Any:
    """A field with options; see Field."""
    return Field(default, compare=compare, secret=secret)


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make the annotated names of a class the fields of a frozen value with slots."""
    names = tuple(cls.__annotations__)
    fields = {}
    for name in names:
        default = cls.__dict__.get(name, MISSING)
        fields[name] = default if isinstance(default, Field) else Field(default)
        fields[name].attr = name
    body = {key: value for key, value in cls.__dict__.items() if key not in (*names, "__dict__", "__weakref__")}
    body.update(
        __slots__=names,
        __match_args__=names,
        __fields__=fields,
        __init__=_init,
        __setattr__=_frozen,
        __delattr__=_frozen,
        __eq__=_eq,
        __hash__=_hash,
        __repr__=_repr,
    )
    make: Any = type(cls)
    made: type[T] = make(cls.__name__, cls.__bases__, body)
    return made


def fields(cls: type) -> dict[str, Field]:
    """The fields of a record class, in order."""
    found: dict[str, Field] = cls.__fields__  # type: ignore[attr-defined]
    return found


def replace(value: T, **changes: object) -> T:
    """A copy of a record with some fields changed."""
    return type(value)(**{**{name: getattr(value, name) for name in fields(type(value))}, **changes})


def _init(self: Any, *args: object, **given: object) -> None:
    known = fields(type(self))
    if len(args) > len(known):
        raise TypeError(f"{type(self).__name__} has {len(known)} fields, not {len(args)}")
    for name, value in zip(known, args, strict=False):
        if name in given:
            raise TypeError(f"{type(self).__name__}: {name} was given twice")
        given[name] = value
    for name, one in known.items():
        value = given.pop(name, one.default)
        if value is MISSING:
            raise TypeError(f"{type(self).__name__} needs {name}")
        object.__setattr__(self, name, value)
    if given:
        raise TypeError(f"{type(self).__name__} has no {', '.join(given)}")


def _frozen(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")


def _compared(self: object) -> tuple[object, ...]:
    return tuple(getattr(self, name) for name, one in fields(type(self)).items() if one.compare)


def _eq(self: object, other: object) -> bool:
    return type(other) is type(self) and _compared(self) == _compared(other)


def _hash(self: object) -> int:
    return hash((type(self), _compared(self)))


def _repr(self: object) -> str:
    shown = (
        f"{name}={'***' if one.secret and getattr(self, name) is not None else repr(getattr(self, name))}"
        for name, one in fields(type(self)).items()
    )
    return f"{type(self).__name__}({', '.join(shown)})"
