"""nut.conf's grammar: `NAME=value` as systemd's EnvironmentFile= reads it (systemd.exec(5)), which scripts source too.

A value is unquoted (blanks inside are kept, backslash takes the next character literally), in single quotes (all is
literal) or in double quotes (backslash before `"`, backslash, backquote and `$`); nothing is expanded. Backslash line
feed joins lines except in single quotes. `#` and `;` begin comments at the start of a line only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = " \t\r"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./,:@%")
# What a shell would act upon, or end the value at, in text without quotes.
_SHELL = frozenset(" \t\"'$`;&|<>()*?[]{}~!#")

_OTHERWISE = "a shell reads this value otherwise: put it in single quotes"


class Line:
    """One assignment, or a line that is none (`name` ""). `note` says what is wrong with it, "" nothing."""

    __slots__ = ("first", "last", "name", "note", "value")

    def __init__(self, first: int, last: int, name: str, value: str, note: str) -> None:
        self.first, self.last = first, last
        self.name, self.value, self.note = name, value, note


def is_name(text: str) -> bool:
    """Whether a text can be a variable's name."""
    return text.isascii() and text.isidentifier()


def lines(data: bytes) -> Iterator[Line]:
    """The lines of a file that are neither blank nor comment; physical line numbers from 1."""
    text = data.decode("utf-8", "replace")
    at, number = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        physical = text[at:end].strip(_BLANKS)
        if not physical or physical[0] in "#;":
            at, number = end + 1, number + 1
            continue
        line, at = _line(text, at, end, number)
        yield line
        number = line.last + 1


def _line(text: str, at: int, end: int, number: int) -> tuple[Line, int]:
    """The line from `at` on, whose first physical line ends at `end`; and where the next one begins."""
    key, equals, _ = text[at:end].partition("=")
    if not equals:
        return Line(number, number, "", "", "ignored: no NAME=value"), end + 1
    name = key.strip(_BLANKS)
    value, note, after = _value(text, at + len(key) + 1)
    last = number + text.count("\n", at, after)
    after += 1
    if not is_name(name):
        export = name.startswith("export ")
        note = "ignored: systemd does not read `export`" if export else f"ignored: {name!r} is no variable's name"
        return Line(number, last, "", "", note), after
    if key.endswith(tuple(_BLANKS)) or text[at + len(key) + 1 : at + len(key) + 2] in (" ", "\t"):
        note = "no blanks around =: a shell does not take this line as an assignment"
    return Line(number, last, name, value, note), after


def _value(text: str, at: int) -> tuple[str, str, int]:
    """(value, note, where its line feed is) of what stands behind `=`."""
    parts: list[str] = []
    note = ""
    while True:
        start = at
        while at < len(text) and text[at] in _BLANKS:
            at += 1
        if at >= len(text) or text[at] == "\n":
            return "".join(parts), note, at
        if parts and at > start:
            note = _OTHERWISE
        if text[at] == "'":
            end = text.find("'", at + 1)
            if end < 0:
                return "".join(parts) + text[at + 1 :], "quotes left open", len(text)
            parts.append(text[at + 1 : end])
            at = end + 1
        elif text[at] == '"':
            part, at, closed = _double(text, at + 1)
            parts.append(part)
            if not closed:
                return "".join(parts), "quotes left open", at
            if "$" in part or "`" in part:
                note = "a shell expands $ and ` in double quotes: put the value in single quotes"
        else:
            part, at, special = _unquoted(text, at)
            return "".join(parts) + part, _OTHERWISE if special else note, at


def _double(text: str, at: int) -> tuple[str, int, bool]:
    """(part, where it goes on, whether it was closed) of what stands behind an opening double quote."""
    part: list[str] = []
    while at < len(text):
        char = text[at]
        if char == '"':
            return "".join(part), at + 1, True
        if char == "\\" and at + 1 < len(text):
            at += 1
            if text[at] in '"\\`$':
                part.append(text[at])
            elif text[at] != "\n":
                part.append("\\" + text[at])
        else:
            part.append(char)
        at += 1
    return "".join(part), at, False


def _unquoted(text: str, at: int) -> tuple[str, int, bool]:
    """(part, where its line feed is, whether a shell would read it otherwise) of a value without quotes."""
    part: list[str] = []
    blanks: list[str] = []
    special = False
    while at < len(text) and text[at] != "\n":
        char = text[at]
        if char in _BLANKS:
            blanks.append(char)
            at += 1
            continue
        special = special or bool(blanks) or char in _SHELL
        if char == "\\":
            at += 1
            char = text[at : at + 1]
            if char == "\n":  # the line goes on, and blanks before it stay
                at += 1
                continue
        part += [*blanks, char]
        blanks = []
        at += 1
    return "".join(part), at, special


def quote(value: str) -> str:
    """A value as systemd and shells both read it back; it must hold no line feed."""
    if all(char in _PLAIN for char in value):
        return value
    if "'" not in value:
        return f"'{value}'"
    for char in '\\"$`':
        value = value.replace(char, "\\" + char)
    return f'"{value}"'
