"""The rows below a device's head, and of the events: variables, commands, what has happened."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from wallnut.cli.sheet import SUBJECTS
from wallnut.cli.terminal import actions
from wallnut.cli.terminal.fleet import Event, Fleet
from wallnut.cli.terminal.ink import Line
from wallnut.cli.terminal.rows import Row
from wallnut.cli.terminal.view import clock, duration
from wallnut.model import names
from wallnut.web import verbs, words
from wallnut.web.snapshot import Device, Setting

LONG_VALUE = 30
"""Longer values do not push the explanations aside."""
EXPLAINED = 16
"""Fewer places than these are not worth an explanation."""


def heading(text: str, style: str = "soft") -> Row:
    """A line between rows."""
    return Row("", lambda width, chosen: [Line(f" {text}", style)])


def blank() -> Row:
    """An empty line between rows."""
    return Row("", lambda width, chosen: [Line()])


def variables(device: Device, bright: frozenset[str], wanted: str) -> list[Row]:
    """A row for each variable, by subject; `wanted` narrows them to names, values and explanations that have it."""
    found: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
    for name, value in device.values.items():
        if not wanted or wanted in f"{name} {value} {_about(name)}".lower():
            found.setdefault(name.partition(".")[0].lower(), []).append(name)
    longest = max(map(len, device.values), default=0)
    readings = {name: words.reading(name, value) for name, value in device.values.items()}
    room = min(max(map(len, readings.values()), default=0), LONG_VALUE)
    rows: list[Row] = []
    for subject, group in found.items():
        if group:
            rows.append(heading(SUBJECTS.get(subject, subject), "bold"))
            rows += [
                Row(name, partial(_variable, device, name, readings[name], (longest, room), name in bright))
                for name in group
            ]
    return rows


def _about(name: str) -> str:
    known = names.describe(name)
    return known.text if known is not None else ""


def _variable(
    device: Device, name: str, text: str, longest: tuple[int, int], bright: bool, width: int, chosen: bool
) -> list[Line]:
    room = min(longest[0], max(width // 3, 24), 40)
    value_room = min(longest[1], max(width // 4, 18))
    can = name in device.settings
    line = Line("▌" if chosen else " ").add("*" if can else " ", "bold").add(name, "chosen" if chosen else "", room)
    line.add(" ").add("•" if bright else " ", "bold")
    rest = width - line.width - value_room - 3
    style = "soft" if not device.fresh else "bold" if bright else ""
    about = _about(name)
    if rest < EXPLAINED or not about:
        return [line.add(text, style, width - line.width - 1)]
    return [line.add(text, style, value_room).add("  ").add(about, "soft", rest)]


def may_be(setting: Setting) -> str:
    """What a variable may be set to, in words."""
    if setting.enum:
        return f"can be set: {', '.join(setting.enum)}"
    if setting.ranges:
        return "can be set: " + " or ".join(f"{low} to {high}" for low, high in setting.ranges)
    return f"can be set, up to {setting.length} characters" if setting.length else "can be set"


def about_variable(device: Device, name: str) -> str:
    """Everything about a variable in a line."""
    setting = device.settings.get(name)
    return "  ".join(filter(None, (_about(name), may_be(setting) if setting is not None else "")))


def commands(device: Device, wanted: str) -> list[Row]:
    """A row for each command, by what they do to the load."""
    found: dict[str, list[tuple[str, actions.Act]]] = {effect: [] for effect in verbs.GROUPS}
    for name in device.commands:
        act = actions.command(device, name)
        if not wanted or wanted in f"{name} {act.verb} {act.about}".lower():
            found[act.effect].append((name, act))
    rows: list[Row] = []
    for effect, group in found.items():
        if group:
            rows += [blank()] if rows else []
            rows.append(heading(verbs.GROUPS[effect], actions.STYLES.get(effect, "soft")))
            rows += [Row(name, partial(_command, name, act)) for name, act in group]
    return rows


def _command(name: str, act: actions.Act, width: int, chosen: bool) -> list[Line]:
    line = Line("▌" if chosen else " ").add(" ")
    room = max(width - 40, 30)
    what = act.verb
    if "(" in act.part:
        what += f" {act.part[act.part.index('(') :]}"
    if act.value:
        what += " …"
    line.add(what, "chosen" if chosen else "", min(room, 48))
    return [line.add("  ").add(name, "soft", max(width - line.width - 1, 1))]


def events(fleet: Fleet, found: Iterable[Event], wanted: str, *, named: bool) -> list[Row]:
    """A row for each event; `named` says whose it is."""
    lasted = fleet.lasted()
    shown = [one for one in found if not wanted or wanted in f"{one.id} {one.text} {one.source}".lower()]
    longest = min(max((len(one.id) for one in shown), default=0), 24) if named else 0
    return [Row(str(id(one)), partial(_event, one, longest, lasted.get(id(one)))) for one in shown]


def _event(event: Event, longest: int, lasted: float | None, width: int, chosen: bool) -> list[Line]:
    line = Line("▌" if chosen else " ").add("!" if event.style else " ", f"{event.style} bold" if event.style else "")
    line.add(" ").add(clock(event.at), "soft").add("  ")
    if longest:
        line.add(event.id, "chosen" if chosen else "", longest).add("  ")
    end = f"for {duration(lasted)}" if lasted is not None else ""
    source = f"{event.source}: " if event.source else ""
    line.add(source, "soft")
    line.add(event.text, event.style, max(width - line.width - len(end) - 2, 8))
    return [line.end(end, "soft", width - 1)] if end else [line]
