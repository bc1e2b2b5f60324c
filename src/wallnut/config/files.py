"""Read NUT's configuration files: bytes in, a value and what was wrong with the file out.

A broken line is reported with file and line and has no effect; all others have theirs. Nothing here opens a file.
nutauth.conf, which includes others, is in `wallnut.config.nutauth`; writing is in `wallnut.config.edit`.
"""

from __future__ import annotations

from wallnut.config import envfile
from wallnut.config.directive import ERROR, WARNING, BadValue, Problem, Table
from wallnut.config.record import replace
from wallnut.config.types import NutConf, Setting, UpsConf, UpsdConf, UpsdUsers, UpsSection, User
from wallnut.proto.words import MAX_WORD, MAX_WORDS, BadLine, Lexer, file_lines, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wallnut.config.directive import Directive

UPS_CONF = Table(UpsConf)
UPS_SECTION = Table(UpsSection)
UPSD_CONF = Table(UpsdConf)
USER = Table(User, anycase=True)
NUT_CONF = Table(NutConf)

MAX_PROBLEMS = 1000
"""Of one file; a file with more is no configuration file."""


class Report:
    """Problems of one file, as they are found. `line` is where the reader is now."""

    __slots__ = ("line", "path", "problems")

    def __init__(self, path: str) -> None:
        self.path, self.line = path, 0
        self.problems: list[Problem] = []

    def error(self, text: str, line: int = 0) -> None:
        """The line has no effect."""
        self._add(text, line, ERROR)

    def warning(self, text: str, line: int = 0) -> None:
        """The line has an effect, but look at it."""
        self._add(text, line, WARNING)

    def _add(self, text: str, line: int, severity: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(self.path, line or self.line, text, severity))

    def lines(self, data: bytes) -> Iterator[list[str]]:
        """The words of each line that has some; what the line grammar finds wrong is reported."""
        lexer = Lexer(resume=True)
        for first, _, words in file_lines(data, lexer):
            self.line = first
            if isinstance(words, BadLine):
                self.error(f"Parse error: {words.text}; the rest was read as a line of its own")
                continue
            if lexer.dropped:
                self.warning(
                    "only printable ASCII can stand here; other characters, also line ends in quotes, are lost"
                )
                lexer.dropped = 0
            if lexer.unclosed:
                self.warning("quotes left open at the end of the file")
            if words:
                if len(words) == MAX_WORDS or any(len(one) == MAX_WORD for one in words):
                    self.warning(f"a line has at most {MAX_WORDS} words of {MAX_WORD} characters; more is lost")
                yield words


class Values:
    """The fields of a record, gathered from the lines that set them."""

    __slots__ = ("given", "report")

    def __init__(self, report: Report) -> None:
        self.report = report
        self.given: dict[str, object] = {}

    def take(self, one: Directive, args: Sequence[str]) -> None:
        """Read a directive's words; words of another kind are reported, and the field keeps what it had."""
        try:
            value = one.read(args)
        except BadValue as error:
            self.report.error(str(error))
            return
        if one.kind.words and len(args) > one.kind.words:
            kept = "***" if one.secret else " ".join(args[: one.kind.words])
            self.report.warning(f"{one.name}: only {kept!r} counts; put a value with blanks in quotes")
        if one.many:
            earlier = self.given.get(one.attr, ())
            assert isinstance(earlier, tuple)
            assert isinstance(value, tuple)
            value = earlier + value
        self.given[one.attr] = value


def section_name(words: Sequence[str]) -> str | None:
    """The name that a `[name]` line gives, "" where it gives none that can be used; None: not such a line."""
    if not words[0].startswith("["):
        return None
    return words[0][1:-1] if words[0].endswith("]") else ""


def _header(words: Sequence[str], report: Report) -> str | None:
    """`section_name`, with what is wrong about it reported."""
    name = section_name(words)
    if name is None:
        return None
    if not name:
        report.error(f"{' '.join(words)}: a section is named by one word in brackets; its lines are ignored")
    elif len(words) > 1:
        report.warning(f"what follows {words[0]} is ignored")
    return name


# ups.conf


def parse_ups_conf(data: bytes, path: str = "ups.conf") -> tuple[UpsConf, list[Problem]]:
    """Read ups.conf. A section that stands twice is one; see `served` for what a server makes of it."""
    report = Report(path)
    values = Values(report)
    sections: dict[str, list[Setting]] = {}
    starts: dict[str, int] = {}
    name: str | None = None
    for words in report.lines(data):
        header = _header(words, report)
        if header is not None:
            name = header
            if name and name not in sections:
                sections[name], starts[name] = [], report.line
                if word(name) != name or "@" in name:
                    report.warning(f"clients cannot ask for a UPS named {name!r}")
        elif name is None:
            _global(words, values)
        elif name and (setting := _setting(words, report)):
            sections[name].append(setting)
    conf = UpsConf(**values.given)  # type: ignore[arg-type]
    ups = [_section(each, settings, conf, starts[each], report) for each, settings in sections.items()]
    report.problems.sort(key=lambda problem: problem.line)
    return replace(conf, ups=tuple(ups)), report.problems


def _setting(words: Sequence[str], report: Report) -> Setting | None:
    """A line `key = value` or `flag`; another form is reported."""
    if len(words) == 1:
        return Setting(words[0], None, report.line)
    if words[1] != "=" or len(words) == 2:
        report.error(f"{words[0]}: a line is `key = value` or a flag alone, not `{' '.join(words)}`")
        return None
    if len(words) > 3:
        report.warning(f"{words[0]}: only {words[2]!r} counts; put a value with blanks in quotes")
    return Setting(words[0], words[2], report.line)


def _global(words: Sequence[str], values: Values) -> None:
    report = values.report
    setting = _setting(words, report)
    if setting is None:
        return
    one = UPS_CONF.find(setting.key)
    if one is not None:
        _take(one, setting, values)
    elif UPS_SECTION.find(setting.key):
        report.warning(f"{setting.key} belongs into the section of a UPS, below its [name]")
    else:
        report.warning(f"unknown global directive {setting.key}{UPS_CONF.hint(setting.key)}")


def _take(one: Directive, setting: Setting, values: Values) -> None:
    values.take(one, () if setting.value is None else (setting.value,))
    if one.kind.flag and setting.value is not None and values.given.get(one.attr) is not True:
        values.report.warning(f"C NUT switches {one.name} on even so: there it counts that the line is there")


def _section(name: str, settings: Iterable[Setting], conf: UpsConf, line: int, report: Report) -> UpsSection:
    """A section with its typed fields, the global ones where it does not say otherwise."""
    values = Values(report)
    values.given = {one.attr: getattr(conf, one.attr) for one in UPS_SECTION if UPS_CONF.find(one.name) is one}
    kept = tuple(settings)
    for setting in kept:
        report.line = setting.line
        one = UPS_SECTION.find(setting.key)
        if one is not None:
            _take(one, setting, values)
        elif setting.key in UpsSection.obsolete:
            report.warning(UpsSection.obsolete[setting.key])
    return UpsSection(name, kept, line, **values.given)  # type: ignore[arg-type]


def ups_section(
    name: str, settings: Mapping[str, str | None], conf: UpsConf | None = None, path: str = "ups.conf"
) -> tuple[UpsSection, list[Problem]]:
    """A section made from settings (None: a flag), as if it stood in a file."""
    report = Report(path)
    lines = [Setting(key, value) for key, value in settings.items()]
    return _section(name, lines, conf or UpsConf(), 0, report), report.problems


def served(conf: UpsConf, path: str = "ups.conf") -> tuple[list[UpsSection], list[Problem]]:
    """The UPSes that a server offers: those with driver and port; of names that differ in case only, the last."""
    report = Report(path)
    ups: dict[str, UpsSection] = {}
    for section in conf.ups:
        if not section.complete:
            report.error(f"Warning: ignoring incomplete configuration for UPS [{section.name}]", section.line)
            continue
        earlier = ups.pop(section.name.lower(), None)
        if earlier:
            report.error(f"UPS name [{earlier.name}] is already in use!", earlier.line)
        ups[section.name.lower()] = section
    return list(ups.values()), report.problems


# upsd.conf


def parse_upsd_conf(data: bytes, path: str = "upsd.conf") -> tuple[UpsdConf, list[Problem]]:
    """Read upsd.conf."""
    report = Report(path)
    values = Values(report)
    for words in report.lines(data):
        one = UPSD_CONF.find(words[0])
        if one is not None:
            values.take(one, words[1:])
        elif words[0] in UpsdConf.obsolete:
            report.warning(UpsdConf.obsolete[words[0]])
        else:
            report.warning(f"upsd.conf: invalid directive {' '.join(words)}{UPSD_CONF.hint(words[0])}")
    return UpsdConf(**values.given), report.problems  # type: ignore[arg-type]


# upsd.users


def parse_upsd_users(data: bytes, path: str = "upsd.users") -> tuple[UpsdUsers, list[Problem]]:
    """Read upsd.users. A second section of a name is an error, and its lines are nobody's."""
    report = Report(path)
    users: dict[str, User] = {}
    values: Values | None = None
    name = ""
    start = 0

    def finish() -> None:
        if name and values is not None:
            users[name] = User(name, start, **values.given)  # type: ignore[arg-type]

    for words in report.lines(data):
        header = _header(words, report)
        if header is not None:
            finish()
            name, start, values = header, report.line, Values(report)
            if name in users:
                report.error(f"Ignoring duplicate user {name}: the section's lines have no effect")
                name = ""
        elif values is None:
            report.error(f"{words[0]}: a line before the first [user] has no effect")
        elif name:
            _user_line(words, values)
    finish()
    return UpsdUsers(tuple(users.values())), report.problems


def _user_line(words: list[str], values: Values) -> None:
    report = values.report
    if len(words) == 1 and "=" in words[0]:  # C takes "key=value" in quotes for three words, too
        key, _, value = words[0].partition("=")
        words = [key, "=", value]
    one = USER.find(words[0])
    if one is not None and one.attr == "allowfrom":
        values.given.setdefault("allowfrom", ())  # a broken line must not let the user in from anywhere
    if words[0].lower() == "user":
        report.error("user: the old form of this file; write a section [name] for each user")
    elif one is None:
        report.warning(f"Unrecognized user setting {words[0]}{USER.hint(words[0])}")
    elif one.attr == "upsmon":
        values.take(one, words[2:] if words[1:2] == ["="] else words[1:])
    elif words[1:2] != ["="]:
        report.error(f"{one.name} needs `=` and {one.kind.needs} after it")
    elif one.attr == "password" and "password" in values.given:
        report.error("Ignoring duplicate password: the first one counts")
    else:
        values.take(one, words[2:])


# nut.conf


def parse_nut_conf(data: bytes, path: str = "nut.conf") -> tuple[NutConf, list[Problem]]:
    """Read nut.conf, as systemd would; what a shell would read otherwise gets a warning."""
    report = Report(path)
    values = Values(report)
    variables: dict[str, str] = {}
    for line in envfile.lines(data):
        report.line = line.first
        if line.note:
            report.warning(line.note)
        if not line.name:
            continue
        variables[line.name] = line.value
        one = NUT_CONF.find(line.name)
        if one is not None:
            values.take(one, (line.value,))
        elif hint := NUT_CONF.hint(line.name):
            report.warning(f"unknown variable {line.name}{hint}")
    return NutConf(tuple(variables.items()), **values.given), report.problems  # type: ignore[arg-type]
