"""Change a configuration file without touching the rest of it: comments, order and bytes stay as they were.

    document = Document(data, UPS_CONF)
    document.set("desc", "Rack 4", section="rack")
    document.data                     # to be written back, atomically, by whoever has the file

What is written reads back as it was meant, by C NUT too. A value that no file can hold, a directive that the file does
not know, and a value that is none of its kind raise ConfigError. `write` makes a whole file from a value.
"""

from __future__ import annotations

from wallnut.config import envfile
from wallnut.config.directive import BadValue, Directive, Table
from wallnut.config.files import NUT_CONF as _NUT_CONF
from wallnut.config.files import UPS_CONF as _UPS_CONF
from wallnut.config.files import UPS_SECTION, USER, section_name
from wallnut.config.files import UPSD_CONF as _UPSD_CONF
from wallnut.config.types import NutConf, UpsConf, UpsdConf, UpsdUsers
from wallnut.model.errors import ConfigError
from wallnut.proto.words import MAX_WORD, MAX_WORDS, BadLine, Lexer, file_lines, printable, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Form:
    """How one of the files is written.

    `top` and `section` are the directives outside and inside sections (`section` None: there are no sections);
    `equals` puts `=` behind a directive's name, `shell` marks nut.conf, `closed` says that unknown names are errors.
    """

    __slots__ = ("closed", "equals", "name", "section", "shell", "top")

    def __init__(
        self,
        name: str,
        top: Table | None,
        section: Table | None = None,
        *,
        equals: bool = True,
        shell: bool = False,
        closed: bool = True,
    ) -> None:
        self.name, self.top, self.section = name, top, section
        self.equals, self.shell, self.closed = equals, shell, closed

    def line(self, key: str, args: Sequence[str]) -> str:
        """A line of the file, without its line feed."""
        if self.shell:
            return f"{key}={envfile.quote(args[0] if args else '')}"
        for text in (key, *args):
            if printable(text) != text or len(text) > MAX_WORD:
                raise ConfigError(f"{key}: only {MAX_WORD} printable ASCII characters can stand in {self.name}")
        if len(args) + 2 > MAX_WORDS:
            raise ConfigError(f"{key}: a line of {self.name} has at most {MAX_WORDS} words")
        equals = ["="] if self.equals and args and key != "upsmon" else []
        return " ".join([word(key), *equals, *(word(text) for text in args)])


UPS_CONF = Form("ups.conf", _UPS_CONF, UPS_SECTION)
UPSD_CONF = Form("upsd.conf", _UPSD_CONF, equals=False)
UPSD_USERS = Form("upsd.users", None, USER)
NUT_CONF = Form("nut.conf", _NUT_CONF, shell=True, closed=False)


class _Item:
    """One or more physical lines: a section's name, a directive, or neither (`key` ""). `end` is the line behind it."""

    __slots__ = ("args", "end", "header", "key", "section", "start")

    def __init__(self, start: int, end: int, key: str, args: list[str], header: bool) -> None:
        self.start, self.end = start, end
        self.key, self.args, self.header = key, args, header
        self.section: str | None = None


class Document:
    """A file that is being changed. `section` None means the part before the first section.

    Where a directive stands several times, `set` and `remove` leave one or none of it. Names are compared as the file's
    reader does.
    """

    def __init__(self, data: bytes, form: Form) -> None:
        self.form = form
        self._lines = _split(data)
        self._items = self._scan()

    @property
    def data(self) -> bytes:
        """The file as it is now."""
        return b"".join(self._lines)

    def sections(self) -> list[str]:
        """The names of the sections, in the order in which they first appear."""
        return list(dict.fromkeys(one.section for one in self._items if one.header and one.section))

    def get(self, key: str, section: str | None = None) -> list[list[str]]:
        """The words behind each line of a directive: [] for a flag."""
        return [one.args for one in self._find(key, section)]

    def set(self, key: str, *args: str, section: str | None = None) -> None:
        """Let a directive stand once, with these words; none make it a flag.

        It keeps its place (that of the last line with it) and the comment behind it, or else is added.
        """
        self._check(key, args, section)
        found = self._find(key, section)
        if not found:
            self._insert(key, args, section)
            return
        *others, last = found
        self._replace(last, self.form.line(key, args))
        self._drop(others)

    def add(self, key: str, *args: str, section: str | None = None) -> None:
        """Add a line of a directive that may stand several times, behind those that do."""
        self._check(key, args, section)
        self._insert(key, args, section)

    def remove(self, key: str, section: str | None = None) -> bool:
        """Take all lines of a directive out; False where there was none."""
        found = self._find(key, section)
        self._drop(found)
        return bool(found)

    def add_section(self, name: str) -> None:
        """Add an empty section at the end."""
        if self.form.section is None:
            raise ConfigError(f"{self.form.name} has no sections")
        if not name or name in self.sections():
            raise ConfigError(f"{self.form.name} already has a section [{name}]" if name else "a section needs a name")
        header = self.form.line(f"[{name}]", ())
        before = [b""] if self._lines and self._lines[-1].strip() else []
        self._put(len(self._lines), [*before, header.encode()], f"[{name}]")

    def remove_section(self, name: str) -> bool:
        """Take a section out, wherever it stands; False where there was none. Comments before the next one stay."""
        headers = [one for one in self._items if one.header]
        gone = [one for one in headers if one.section == name]
        for header in reversed(gone):
            behind = [one for one in headers if one.start > header.start]
            end = self._above(behind[0]) if behind else len(self._lines)
            del self._lines[header.start : max(end, header.end)]
        self._items = self._scan()
        return bool(gone)

    # Reading

    def _scan(self) -> list[_Item]:
        """What stands where. Lines that break the grammar are one item with what else is on them."""
        items: list[_Item] = []
        known: set[str] = set()
        section: str | None = None
        for item in self._shell_items() if self.form.shell else self._word_items():
            if item.header:
                section = section_name([item.key]) or ""
            item.section = section
            if item.header and section:
                if self.form is UPSD_USERS and section in known:
                    section = ""  # the reader ignores the lines of a user's second section
                known.add(item.section or "")
            items.append(item)
        return items

    def _shell_items(self) -> Iterator[_Item]:
        for line in envfile.lines(self.data):
            yield _Item(line.first - 1, line.last, line.name, [line.value], False)

    def _word_items(self) -> Iterator[_Item]:
        for first, last, words in file_lines(self.data):
            if isinstance(words, BadLine) or not words:
                continue
            key, args = words[0], words[1:]
            header = self.form.section is not None and section_name(words) is not None
            if args[:1] == ["="] and self.form.equals:
                args = args[1:]
            elif self.form is UPSD_USERS and not args and "=" in key:
                key, _, value = key.partition("=")
                args = [value]
            yield _Item(first - 1, last, key, args, header)

    def _find(self, key: str, section: str | None) -> list[_Item]:
        one = self._directive(key, section)
        return [
            item
            for item in self._items
            if item.section == section
            and not item.header
            and (item.key == key or (one is not None and self._directive(item.key, section) is one))
        ]

    def _directive(self, key: str, section: str | None) -> Directive | None:
        table = self.form.top if section is None else self.form.section
        return table.find(key) if table else None

    def _check(self, key: str, args: Sequence[str], section: str | None) -> None:
        """Raise ConfigError for what the file's reader would refuse."""
        form = self.form
        if section is not None and section not in self.sections():
            raise ConfigError(f"{form.name} has no section [{section}]")
        table = form.top if section is None else form.section
        if table is None:
            raise ConfigError(f"in {form.name}, {key} belongs into a section")
        one = table.find(key)
        if one is None and form.closed and table is not UPS_SECTION:
            raise ConfigError(f"{form.name} has no directive {key}{table.hint(key)}")
        if not key or key[0] == "[":
            raise ConfigError(f"{key!r} cannot begin a line of {form.name}")
        most = one.kind.words if one else 1
        if most and len(args) > most:
            raise ConfigError(f"{key} takes {most} word{'s' * (most > 1)}, not {len(args)}")
        if form.shell and not (envfile.is_name(key) and args and "\n" not in args[0]):
            raise ConfigError(f"{key!r} cannot be set in {form.name}")
        if one is None:
            return
        try:
            one.read(args)
        except BadValue as error:
            raise ConfigError(str(error)) from None

    # Writing

    def _ending(self) -> bytes:
        return b"\r\n" if self._lines and self._lines[0].endswith(b"\r\n") else b"\n"

    def _put(self, at: int, lines: Sequence[bytes], key: str) -> None:
        """Insert lines, given without line feed, of which the last begins with `key`."""
        before = self._lines
        end = self._ending()
        self._lines = [*before[:at], *(line + end for line in lines), *before[at:]]
        if 0 < at == len(before) and not before[-1].endswith(b"\n"):
            self._lines[at - 1] += end
        self._items = self._scan()
        if not any(one.start == at + len(lines) - 1 and one.key == key for one in self._items):
            self._lines = before
            self._items = self._scan()
            raise ConfigError(
                f"{self.form.name} ends in open quotes or a backslash: nothing can be added before that is put right"
            )

    def _drop(self, items: Sequence[_Item]) -> None:
        for item in reversed(items):
            del self._lines[item.start : item.end]
        self._items = self._scan()

    def _replace(self, item: _Item, text: str) -> None:
        old = b"".join(self._lines[item.start : item.end])
        indent = old[: len(old) - len(old.lstrip(b" \t"))]
        comment = b"" if self.form.shell else _comment(old)
        end = old[len(old.rstrip(b"\r\n")) :] if old.endswith(b"\n") else b""
        self._lines[item.start : item.end] = [indent + text.encode() + comment + end]
        self._items = self._scan()

    def _insert(self, key: str, args: Sequence[str], section: str | None) -> None:
        """Add a line behind those with the same directive, else behind the last one of its section."""
        same = self._find(key, section)
        inside = [one for one in self._items if one.section == section]
        if same or inside:
            last = (same or inside)[-1]
            at = min(last.end, len(self._lines))
            first = self._lines[last.start]
            indent = first[: len(first) - len(first.lstrip(b" \t"))]
            if last.header:
                indent += b"\t"
        else:
            headers = [one for one in self._items if one.header]
            at = self._above(headers[0]) if headers else len(self._lines)
            indent = b""
        self._put(at, [indent + self.form.line(key, args).encode()], key)

    def _above(self, header: _Item) -> int:
        """Where the comments begin that stand right above a section's name and belong to it."""
        at = header.start
        least = max((one.end for one in self._items if one.end <= at), default=0)
        while at > least and self._lines[at - 1].lstrip().startswith(b"#"):
            at -= 1
        return at


def _split(data: bytes) -> list[bytes]:
    """Lines by line feed alone: bytes.splitlines splits at a carriage return too."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _comment(line: bytes) -> bytes:
    """The comment behind the words of a line, with the blanks before it and without the line feed."""
    body = line.rstrip(b"\r\n")
    words = Lexer(resume=True).feed(body + b"\n")
    at = body.find(b"#")
    while at >= 0:
        if Lexer(resume=True).feed(body[:at] + b"\n") == words:
            start = len(body[:at].rstrip(b" \t"))
            return body[start:]
        at = body.find(b"#", at + 1)
    return b""


# Whole files


def write(value: UpsConf | UpsdConf | UpsdUsers | NutConf) -> bytes:
    """A file that reads as this value; what has its default is left out."""
    if isinstance(value, UpsConf):
        lines = list(_lines(value, UPS_CONF, _UPS_CONF))
        for ups in value.ups:
            lines += ["", UPS_CONF.line(f"[{ups.name}]", ())]
            lines += ["\t" + UPS_CONF.line(one.key, () if one.value is None else (one.value,)) for one in ups.settings]
    elif isinstance(value, UpsdUsers):
        lines = []
        for user in value.users:
            lines += ["", UPSD_USERS.line(f"[{user.name}]", ())]
            lines += [f"\t{line}" for line in _lines(user, UPSD_USERS, USER)]
    elif isinstance(value, NutConf):
        lines = [NUT_CONF.line(name, (text,)) for name, text in value.variables]
    else:
        lines = list(_lines(value, UPSD_CONF, _UPSD_CONF))
    return "".join(f"{line}\n" for line in lines).encode().removeprefix(b"\n")


def _lines(value: object, form: Form, table: Table) -> Iterator[str]:
    for one in table:
        now = getattr(value, one.attr)
        if now != one.default:
            for args in one.kind.write(now):
                yield form.line(one.name, args)
