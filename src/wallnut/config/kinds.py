"""What the words of directives mean: the kinds that `wallnut.config.types` is made of."""

from __future__ import annotations

from wallnut.config.directive import BadValue, Kind
from wallnut.config.record import field, record
from wallnut.proto.address import PORT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def _text(args: Sequence[str]) -> str:
    if not args or not args[0]:
        raise BadValue
    return args[0]


def _any_text(args: Sequence[str]) -> str:
    if not args:
        raise BadValue
    return args[0]


def one_word(value: object) -> list[list[str]]:
    """A value written as one word."""
    return [[str(value)]]


def _integer(args: Sequence[str], least: int | None) -> int:
    text = args[0].rstrip() if args else ""
    digits = text.removeprefix("-")
    # C's int ends at 2^31-1; so do all of NUT's numbers
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise BadValue
    value = int(text)
    if abs(value) > 2147483647 or (least is not None and value < least):
        raise BadValue
    return value


def truth(text: str) -> bool | None:
    """NUT's booleans: true yes on 1, false no off 0, in any case. None: neither."""
    text = text.lower()
    if text in ("true", "yes", "on", "1"):
        return True
    return False if text in ("false", "no", "off", "0") else None


def _yes_no(args: Sequence[str]) -> bool:
    value = truth(args[0]) if args else None
    if value is None:
        raise BadValue
    return value


def _yes_no_number(args: Sequence[str]) -> bool:
    value = truth(args[0]) if args else None
    return _integer(args, None) != 0 if value is None else value


def _flag(args: Sequence[str]) -> bool:
    return _yes_no(args) if args else True


def write_truth(value: object) -> list[list[str]]:
    """A boolean as a word."""
    return [["yes" if value else "no"]]


TEXT = Kind("a text", _any_text, one_word)
NAME = Kind("a text that is not empty", _text, one_word)
WHOLE = Kind("a whole number{}", lambda args: _integer(args, 0), one_word)
POSITIVE = Kind("a whole number{} above 0", lambda args: _integer(args, 1), one_word)
INTEGER = Kind("an integer{}", lambda args: _integer(args, None), one_word)
YES_NO = Kind("yes or no", _yes_no, write_truth)
YES_NO_NUMBER = Kind("yes, no or an integer", _yes_no_number, write_truth)
FLAG = Kind("no value, or yes or no", _flag, lambda value: [[]] if value else [], flag=True)


def choice(*words: str, **numbers: int) -> Kind[str]:
    """One word of some, in any case, given in lower case; `numbers` are other spellings, by the word they mean."""
    known = {word: word for word in words} | {str(number): word for word, number in numbers.items()}

    def read(args: Sequence[str]) -> str:
        word = known.get(args[0].lower()) if args else None
        if word is None:
            raise BadValue
        return word

    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", read, one_word)


@record
class Listen:
    """An address to serve on: a host name, an address, or `*` for both families. `port`: number or service name."""

    host: str
    port: str = str(PORT)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@record
class CertIdent:
    """A certificate's name and the password of its private key."""

    name: str
    password: str = field(default="", secret=True)


def _inline_port(text: str) -> tuple[str, str]:
    """Host and port (perhaps "") of `host:port`, `[IPv6]:port` and, where it ends in `::`, `IPv6:port`."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not host or (rest and not (rest[0] == ":" and rest[1:].isdigit())):
            raise BadValue
        return host, rest[1:]
    head, colon, tail = text.rpartition(":")
    if colon and (":" not in head or (head.endswith("::") and tail)):
        if not head or not tail.isdigit():
            raise BadValue
        return head, tail
    return text, ""


def _read_listen(args: Sequence[str]) -> tuple[Listen, ...]:
    if not args or not args[0]:
        raise BadValue
    host, port = _inline_port(args[0])
    if len(args) > 1:
        if port:
            raise BadValue(f"LISTEN has two ports: {args[0]} and {args[1]}")
        port = args[1]
        if not port:
            raise BadValue
    if port.isdigit() and (len(port) > 5 or int(port) > 65535):
        raise BadValue(f"LISTEN needs a port from 0 to 65535, got {port!r}")
    return (Listen(host, port) if port else Listen(host),)


def _read_ident(args: Sequence[str]) -> CertIdent:
    if len(args) < 2:
        raise BadValue
    return CertIdent(args[0], args[1])


LISTEN = Kind(
    "an address, and after it perhaps a port",
    _read_listen,
    lambda value: [[one.host] if one == Listen(one.host) else [one.host, one.port] for one in value],
    words=2,
)
IDENT = Kind(
    "a certificate's name and the password of its key",
    _read_ident,
    lambda value: [[value.name, value.password]],
    words=2,
)


def _words(args: Sequence[str]) -> tuple[str, ...]:
    if not args:
        raise BadValue
    return tuple(args)


def _read_networks(args: Sequence[str]) -> tuple[str, ...]:
    from ipaddress import ip_network

    for text in args:
        try:
            ip_network(text, strict=False)
        except ValueError:
            raise BadValue(f"allowfrom needs addresses or networks such as 10.0.0.0/8, got {text!r}") from None
    return _words(args)


def _read_role(args: Sequence[str]) -> tuple[str, ...]:
    roles = {"primary": "primary", "master": "primary", "secondary": "secondary", "slave": "secondary"}
    if not args:
        raise BadValue
    role = roles.get(args[0].lower())
    if role is None:
        raise BadValue(f"Unknown upsmon type {args[0]}: upsmon needs primary or secondary")
    return (role,)


def _read_password(args: Sequence[str]) -> str:
    from wallnut.config.passwords import is_hashed, parse_hash

    if not args:
        raise BadValue
    if is_hashed(args[0]) and parse_hash(args[0]) is None:
        raise BadValue("password is a broken hash, nobody can log in with it: make a new one with `wallnut passwd`")
    return args[0]


def _in_lines(value: Sequence[str]) -> list[list[str]]:
    return [list(value[at : at + 16]) for at in range(0, len(value), 16)]


PASSWORD = Kind("a password", _read_password, one_word)
WORDS = Kind("one word or more", _words, _in_lines, words=0)
ACTIONS = Kind("one action or more", lambda args: tuple(one.upper() for one in _words(args)), _in_lines, words=0)
ROLE = Kind("primary or secondary", _read_role, lambda value: [[role] for role in value])
# No network at all is what broken lines leave: nobody may come. Written, it is a broken line again.
NETWORKS = Kind("one network or more", _read_networks, lambda value: _in_lines(value) or [[]], words=0)
IS_SET = Kind("anything", lambda args: True, lambda value: [["1"]] if value else [])
