"""A UPS on one page: its variables by subject, with units and explanations."""

from __future__ import annotations

from wallnut.cli.paint import clip, seconds
from wallnut.model import names
from wallnut.model.status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallnut.cli.paint import Paint
    from wallnut.proto.address import Address

SUBJECTS = {
    "battery": "Battery",
    "input": "Input",
    "output": "Output",
    "outlet": "Outlets",
    "ups": "UPS",
    "ambient": "Surroundings",
    "device": "Device",
    "driver": "Driver",
}
"""First part of a name: heading, in the order of the page; others follow."""
LONG_VALUE = 26
"""Places for a value; longer ones push their explanation to the right."""
SHORT_TEXT = 16
"""Places below which no explanation is begun."""
NO_DESCRIPTION = ("Unavailable", "Description unavailable")


class Sheet:
    """What the page shows. `trouble` says why the values are old or missing ("": they are fresh)."""

    def __init__(
        self,
        ups: Address,
        description: str,
        values: dict[str, str],
        writable: set[str],
        commands: list[str],
        trouble: str = "",
    ) -> None:
        self.ups, self.values, self.writable, self.commands = ups, values, writable, commands
        self.description = "" if description in NO_DESCRIPTION else description
        self.trouble = trouble

    @property
    def status(self) -> Status:
        """What ups.status says."""
        return Status.parse(self.values.get("ups.status", ""))

    def text(self, paint: Paint, bright: frozenset[str] = frozenset()) -> str:
        """The page; the values of the `bright` variables stand out."""
        lines = [*self.head(paint)]
        for heading, found in self.groups():
            lines += ["", paint.bold(heading), *self._rows(found, paint, bright)]
        lines += ["", *self.foot(paint)]
        return "\n".join(lines).rstrip("\n") + "\n"

    def head(self, paint: Paint) -> list[str]:
        """Name and make, state, alarms."""
        make = " ".join(filter(None, (self._make("mfr"), self._make("model"))))
        title = "  ".join(filter(None, (paint.bold(str(self.ups)), make, paint.dim(self.description))))
        lines = [title]
        if self.trouble:
            from textwrap import wrap

            lines += [paint.severity(2, line) for line in wrap(self.trouble, paint.width)]
        if self.values:
            lines.append(f"{paint.severity(self.status.severity, self.status.text)}  {paint.dim(f'({self.status})')}")
        if alarm := self.values.get("ups.alarm", ""):
            lines.append(paint.severity(2, alarm))
        return lines

    def _make(self, what: str) -> str:
        # ups.* first: C's drivers copy it into device.* with its escapes
        return self.values.get(f"ups.{what}") or self.values.get(f"device.{what}", "")

    def groups(self) -> list[tuple[str, list[str]]]:
        """(heading, names) pairs; the head's own variables are left out."""
        found: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
        for name in self.values:
            if name not in ("ups.status", "ups.alarm"):
                found.setdefault(name.partition(".")[0].lower(), []).append(name)
        return [(SUBJECTS.get(subject, subject), group) for subject, group in found.items() if group]

    def _rows(self, found: Iterable[str], paint: Paint, bright: frozenset[str]) -> list[str]:
        """A line for each variable: name, value with unit, explanation where there is room."""
        name_width = max(map(len, self.values))
        value_width = min(max(len(reading(name, text)) for name, text in self.values.items()), LONG_VALUE)
        lines = []
        for name in found:
            text = reading(name, self.values[name])
            mark = "*" if name in self.writable else " "
            padding = " " * max(value_width - len(text), 0)
            line = f"{mark} {name:<{name_width}}  {paint.bright(text) if name in bright else text}"
            room = paint.width - 6 - name_width - max(value_width, len(text))
            variable = names.describe(name)
            if variable is not None and room >= SHORT_TEXT:
                line += f"{padding}  {paint.dim(clip(variable.text, room))}"
            lines.append(line)
        return lines

    def foot(self, paint: Paint) -> list[str]:
        """What can be done with it."""
        lines = []
        if self.writable:
            lines.append(f"* can be set: upsrw -s NAME=VALUE {self.ups}")
        if self.commands:
            count = "1 command" if len(self.commands) == 1 else f"{len(self.commands)} commands"
            lines.append(f"{count}: upscmd -l {self.ups}")
        return [paint.dim(line) for line in lines]

    def as_json(self) -> dict[str, object]:
        """The page as values: numbers are numbers, with their units; `raw` is what the server said."""
        found: dict[str, object] = {
            "ups": self.ups.ups,
            "server": f"{self.ups.host}:{self.ups.port}",
            "description": self.description,
        }
        if self.trouble:
            found["trouble"] = self.trouble
        found["status"] = {
            "words": list(self.status.words),
            "text": self.status.text,
            "severity": self.status.severity,
        }
        found["variables"] = {name: self.json_value(name, text) for name, text in self.values.items()}
        found["commands"] = self.commands
        return found

    def json_value(self, name: str, text: str) -> dict[str, object]:
        """A value with what belongs to it."""
        unit = names.unit(name)
        value = names.value(name, text)
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        return {
            "value": value,
            **({"unit": unit} if unit and numeric else {}),
            **({"writable": True} if name in self.writable else {}),
            "raw": text,
        }


def reading(name: str, text: str) -> str:
    """A value for people: with its unit, long times also in minutes and hours."""
    unit = names.unit(name)
    value = names.value(name, text)
    if not unit or isinstance(value, (str, bool)):
        return text
    if unit == "s" and abs(value) >= 60:
        return f"{text} s ({seconds(text)})"
    return f"{text} {unit}"
