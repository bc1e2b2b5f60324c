"""upsstats.html(5): templates, read into steps and carried out for hosts. Nothing here opens anything.

A line is text with commands between two @. Blocks are three states, and one ENDIF ends all that were begun:

    SHOWN   an IF that does not hold -> WAITING; ELSE -> DONE
    WAITING nothing is shown, IFs are not looked at; ELSE -> SHOWN
    DONE    nothing is shown until ENDIF
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from wallnut.version import VERSION
from wallnut.web.snapshot import Device

MOST_STEPS = 200_000
"""Texts and commands that one page may take, and..."""
MOST_TEXT = 4_000_000
"""...characters that it may have."""
NOT_SUPPORTED = "Not supported\n"
NOBODY = "No UPS specified for monitoring\n"

STATUS = {
    "OFF": ("OFF", 1),
    "OL": ("ONLINE", 0),
    "OB": ("ON BATTERY", 2),
    "LB": ("LOW BATTERY", 2),
    "RB": ("REPLACE BATTERY", 2),
    "OVER": ("OVERLOAD", 2),
    "TRIM": ("VOLTAGE TRIM", 1),
    "BOOST": ("VOLTAGE BOOST", 1),
    "CAL": ("CALIBRATION", 1),
    "BYPASS": ("BYPASS", 2),
    "ECO": ("ECO", 1),
    "ALARM": ("ALARM", 2),
}
"""Words of ups.status: what they are called, and how bad they are. NUT's names."""
COLOURS = ("#00FF00", "#FFFF00", "#FF0000")

PICTURES = {
    "battery.charge": "Battery charge",
    "battery.voltage": "Battery voltage",
    "input.frequency": "Input frequency",
    "output.frequency": "Output frequency",
    "ups.load": "UPS load",
    "ups.temperature": "UPS temperature",
    "ambient.temperature": "Ambient temperature",
    "ambient.humidity": "Ambient humidity",
    **{
        f"{side}.{phase}voltage": f"{side.capitalize()} voltage"
        for side in ("input", "output")
        for phase in ("", "L1-N.", "L2-N.", "L3-N.", "L1-L2.", "L2-L3.", "L3-L1.")
    },
    **{f"output.L{phase}.{kind}.percent": "UPS load" for phase in (1, 2, 3) for kind in ("power", "realpower")},
}
"""What upsimage.cgi draws."""
PICTURE_KEYS = (
    "width",
    "height",
    "scale_height",
    "tempmin",
    "tempmax",
    "nom_in_freq",
    "nom_out_freq",
    "back_col",
    "scale_num_col",
    "summary_col",
    "ok_zone_maj_col",
    "ok_zone_min_col",
    "neutral_zone_maj_col",
    "neutral_zone_min_col",
    "warn_zone_maj_col",
    "warn_zone_min_col",
    "bar_col",
)
"""What IMG hands on to it."""


@dataclass(frozen=True, slots=True)
class Host:
    """A UPS to show. `name` is what a request calls it, `description` what people do; `error` says why there are no
    values ("": there are), and `connected` whether its server answers.

    `trusted`: whoever looks after this machine wrote name and description, and may have written HTML.
    """

    name: str
    description: str
    device: Device | None
    error: str
    connected: bool
    trusted: bool

    @property
    def label(self) -> str:
        """The description as a page has it."""
        return self.description if self.trusted else shown(self.description)

    @property
    def title(self) -> str:
        """The name as a page has it."""
        return self.name if self.trusted else shown(self.name)

    def values(self) -> dict[str, str]:
        """Its variables, by their names in lower case: servers find them in any."""
        return {name.lower(): text for name, text in self.device.values.items()} if self.device else {}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a template that has no effect, or not the one meant."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Template:
    """A template: for each line its text, command, text, ... in turn; and what is wrong in it."""

    path: str
    lines: tuple[tuple[str, ...], ...]
    faults: tuple[Fault, ...]


def read(text: str, path: str) -> Template:
    """A template out of its file's text."""
    lines = []
    for line in text.split("\n"):
        parts = f"{line}\n".split("@")
        lines.append(tuple(parts if len(parts) % 2 else parts[:-1]))
    if lines and lines[-1][-1].endswith("\n"):
        lines[-1] = (*lines[-1][:-1], lines[-1][-1][:-1])  # the file's last line end is no line
    return Template(path, tuple(lines), tuple(_faults(text, path)))


# What is wrong in a template


def _faults(text: str, path: str) -> Iterator[Fault]:
    loop = block = 0
    for number, line in enumerate(text.split("\n"), 1):
        parts = line.split("@")
        if len(parts) % 2 == 0:
            yield Fault(path, number, "the last @ begins a command that does not end on its line; write &#64; for @")
            parts.pop()
        for command in parts[1::2]:
            if trouble := _wrong(command):
                yield Fault(path, number, trouble)
            if command == "FOREACHUPS":
                if loop:
                    yield Fault(path, number, f"FOREACHUPS within that of line {loop}: the loop begins anew")
                loop = number
            elif command == "ENDFOR":
                if not loop:
                    yield Fault(path, number, "ENDFOR without a FOREACHUPS before it")
                loop = 0
            elif command.startswith("IF"):
                block = block or number
            elif command in ("ELSE", "ENDIF"):
                if not block:
                    yield Fault(path, number, f"{command} without an IF before it")
                block = block if command == "ELSE" else 0
    if loop:
        yield Fault(path, loop, "FOREACHUPS without an ENDFOR: it shows one UPS")
    if block:
        yield Fault(path, block, "IF without an ENDIF")


def _wrong(command: str) -> str:
    """What is wrong with a command by itself; "": nothing."""
    name, blank, rest = command.partition(" ")
    if name in ALONE and not (blank and name not in BOTH):
        return ""
    if name not in WITH or not blank:
        if command == "" or name == "NUT_UPSSTATS_TEMPLATE":
            return ""
        return f"there is no command {_short(command)}"
    if name in CONDITIONS and len(_words(rest)) != CONDITIONS[name]:
        words = ("", "a variable", "a variable and a value without blanks", "three variables")
        return f"{name} needs {words[CONDITIONS[name]]}, got {_short(rest)!r}"
    if name == "IMG" and rest.split(" ")[0] not in PICTURES:
        return f"IMG: there is no picture of {_short(rest.split(' ')[0])!r}"
    if name == "IMG":
        unknown = [part for part in rest.split(" ")[1:] if part and part.partition("=")[0] not in PICTURE_KEYS]
        return f"IMG: {_short(unknown[0])!r} has no effect" if unknown else ""
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _words(text: str) -> list[str]:
    """Words with one blank between them; an empty one where there are more."""
    return text.removesuffix(" ").split(" ")


# Pages


class Page:
    """One page as it comes about. `now` is seconds of the epoch, `refresh` seconds after which a browser asks again."""

    def __init__(
        self, hosts: Sequence[Host], *, now: float, refresh: int = 0, single: bool = False, link: str = ""
    ) -> None:
        self._hosts, self._now, self._refresh, self._link = hosts, now, refresh, link
        self._at: Host | None = None
        self._values: dict[str, str] = {}
        self._go(hosts[0] if hosts else None)
        # C NUT connects in FOREACHUPS, and for a page of one UPS: before that there are no values
        self._asked = single
        self._celsius = True
        self._stats, self._image = "upsstats.cgi", "upsimage.cgi"
        self._state = "shown"
        self._loop = -1
        self._turn = 0
        self._line = self._next = 0

    def draw(self, template: Template) -> str:
        """The page. Commands that are none vanish; beyond its bounds it ends."""
        out: list[str] = []
        steps = length = 0
        while self._next < len(template.lines):
            self._line, self._next = self._next, self._next + 1
            line = template.lines[self._line]
            for number, part in enumerate(line):
                text = self._command(part) if number % 2 else part if self._state == "shown" else ""
                out.append(text)
                steps, length = steps + 1, length + len(text)
                if steps > MOST_STEPS or length > MOST_TEXT:
                    name = escape(template.path)
                    return "".join((*out, f"\n<!-- {name}: the page became too long, and ends here -->\n"))
        return "".join(out)

    def _command(self, command: str) -> str:
        """What stands in a command's place."""
        name, blank, rest = command.partition(" ")
        if name == "ENDIF" and not blank:
            self._state = "shown"
        elif name == "ELSE" and not blank:
            self._state = "shown" if self._state == "waiting" else "done"
        elif self._state != "shown":
            pass
        elif name in CONDITIONS and blank:
            self._state = "shown" if self._holds(name, _words(rest)) else "waiting"
        elif blank and name in WITH:
            return WITH[name](self, rest)
        elif not blank and name in ALONE:
            return ALONE[name](self)
        return ""

    # Loops

    def _go(self, host: Host | None) -> None:
        self._at, self._values = host, host.values() if host else {}

    def _foreach(self) -> str:
        if self._hosts:
            self._loop, self._turn = self._line + 1, 0
            self._asked = True
            self._go(self._hosts[0])
        return ""

    def _endfor(self) -> str:
        if self._loop < 0:
            return ""
        self._turn += 1
        if self._turn < len(self._hosts):
            self._next = self._loop
            self._go(self._hosts[self._turn])
        else:
            self._loop = -1
            self._go(None)
        return ""

    # Values

    def _get(self, name: str) -> tuple[bool, str]:
        """A variable's value; or False, and what stands in its place."""
        if self._at is None:
            return False, NOBODY
        error = self._at.error if self._asked else "Invalid argument"
        if error:
            return False, f"[error: {error}]\n"
        value = self._values.get(name.lower())
        return (False, NOT_SUPPORTED) if value is None else (True, value)

    def _holds(self, name: str, words: list[str]) -> bool:
        if len(words) != CONDITIONS[name]:
            return True
        found = [self._get(word) for word in (words[:1] if name == "IFEQ" else words)]
        if name == "IFSUPP":
            return found[0][0]
        if name == "IFEQ":
            return found[0] == (True, words[1])
        if not all(known for known, _ in found):
            return True
        low, high, value = (_whole(text) for _, text in found)
        return low <= value <= high

    def _var(self, name: str) -> str:
        known, text = self._get(name)
        return shown(text) if known else text

    def _status(self, between: str | None = None) -> str:
        known, text = self._get("ups.status")
        if not known:
            return text
        found = [STATUS[word][0] for word in text.split() if word in STATUS]
        return "".join(f"{word}<br>" for word in found) if between is None else between.join(found)

    def _colour(self) -> str:
        if self._at is None or not self._asked or not self._at.connected:
            return COLOURS[2]
        known, text = self._get("ups.status")
        return COLOURS[max((STATUS[word][1] for word in text.split() if word in STATUS), default=0) if known else 1]

    def _runtime(self) -> str:
        known, text = self._get("battery.runtime")
        if not known:
            return text
        seconds = _whole(text)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def _temperature(self, name: str) -> str:
        known, text = self._get(name)
        if not known or self._celsius:
            return shown(text) if known else text
        return f"{_number(text) * 1.8 + 32:.1f}"

    # Links and the rest

    def _linked(self, *more: str) -> str:
        assert self._at is not None
        return "&amp;".join((f"{shown(self._stats)}?host={quoted(self._at.name)}", *more))

    def _hostlink(self) -> str:
        if self._at is None:
            return ""
        more = [self._link] if self._link else []
        return f'<a href="{self._linked(*more, *self._again())}">{self._at.label}</a>'

    def _again(self) -> list[str]:
        return [f"refresh={self._refresh}"] if self._refresh else []

    def _treelink(self, flag: str, text: str) -> str:
        return "" if self._at is None else f'<a href="{self._linked(flag)}">{text}</a>'

    def _img(self, rest: str) -> str:
        name, *more = rest.split(" ")
        if name not in PICTURES:
            return ""
        known, text = self._get(name)
        if not known:
            return text
        assert self._at is not None
        pairs = (part.partition("=") for part in more)
        options = "".join(
            f"&amp;{key}={quoted(value)}" for key, equals, value in pairs if equals and key in PICTURE_KEYS
        )
        source = f"{shown(self._image)}?host={quoted(self._at.name)}&amp;display={name}{options}"
        return f'<IMG SRC="{source}" ALT="{PICTURES[name]}: {shown(text)}">'

    def _date(self, form: str) -> str:
        try:
            return time.strftime(form, time.localtime(self._now))
        except ValueError:
            return ""

    def _scale(self, celsius: bool) -> str:
        self._celsius = celsius
        return ""

    def _paths(self, stats: str, image: str) -> str:
        self._stats, self._image = stats or self._stats, image or self._image
        return ""


ALONE: dict[str, Callable[[Page], str]] = {
    "FOREACHUPS": Page._foreach,
    "ENDFOR": Page._endfor,
    "ENDIF": lambda page: "",
    "ELSE": lambda page: "",
    "HOST": lambda page: page._at.title if page._at else "",
    "HOSTDESC": lambda page: page._at.label if page._at else "",
    "HOSTLINK": Page._hostlink,
    "TREELINK": lambda page: page._treelink("treemode", "All data"),
    "TREELINK_JSON": lambda page: page._treelink("json", "JSON"),
    "STATUS": Page._status,
    "STATUSCOLOR": Page._colour,
    "UTILITYCOLOR": lambda page: "",
    "RUNTIME": Page._runtime,
    "TEMPC": lambda page: page._scale(True),
    "TEMPF": lambda page: page._scale(False),
    "UPSTEMP": lambda page: page._temperature("ups.temperature"),
    "BATTTEMP": lambda page: page._temperature("battery.temperature"),
    "AMBTEMP": lambda page: page._temperature("ambient.temperature"),
    "DEGREES": lambda page: "&deg;C" if page._celsius else "&deg;F",
    "REFRESH": lambda page: f'<META HTTP-EQUIV="Refresh" CONTENT="{page._refresh}">' if page._refresh else "",
    "VERSION": lambda page: VERSION,
}
"""Commands that stand alone."""
WITH: dict[str, Callable[[Page, str], str]] = {
    "VAR": Page._var,
    "STATUS": Page._status,
    "TREELINK": lambda page, text: page._treelink("treemode", text),
    "TREELINK_JSON": lambda page, text: page._treelink("json", text),
    "DATE": Page._date,
    "IMG": Page._img,
    "UPSSTATSPATH": lambda page, path: page._paths(path, ""),
    "UPSIMAGEPATH": lambda page, path: page._paths("", path),
    "IFSUPP": lambda page, rest: "",
    "IFEQ": lambda page, rest: "",
    "IFBETWEEN": lambda page, rest: "",
}
"""Commands with something behind a blank."""
CONDITIONS = {"IFSUPP": 1, "IFEQ": 2, "IFBETWEEN": 3}
"""How many words they take."""
BOTH = ("STATUS", "TREELINK", "TREELINK_JSON")


def shown(text: str) -> str:
    """A device's text on a page: it is never taken for HTML."""
    return escape(text.encode("utf-8", "replace").decode())


def quoted(text: str) -> str:
    """A text in a link."""
    return quote(text, safe="@:[]+,", errors="replace")


def _whole(text: str) -> int:
    """The number that a text begins with, as C reads it."""
    found = re.match(r"\s*([+-]?[0-9]{1,9})", text)
    return int(found[1]) if found else 0


def _number(text: str) -> float:
    found = re.match(r"\s*[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})", text)
    return float(found[0]) if found else 0.0
