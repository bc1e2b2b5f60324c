"""The power path of a device in characters: mains, UPS, load, and the battery below the UPS.

A live part is a solid line with an arrow, a lost one is broken and has a word. What is not known is dotted and has a
question mark.
"""

from __future__ import annotations

from wallnut.cli.terminal.ink import Line, bar, fit
from wallnut.web.snapshot import Device
from wallnut.web.words import Figure, State

CROSS, BIG_CROSS, AROUND = "×", "╳", "╱╲"  # noqa: RUF001 - a cross and slants of lines are meant
SMALL = 7
"""Places that the small path takes."""
HEIGHT = 5
"""Lines of the large one."""


class Parts:
    """What of a device's path is live. `known`: its data are fresh and say something."""

    def __init__(self, device: Device) -> None:
        status = device.status
        self.known = device.fresh and bool(status.words) and not status.waiting
        self.mains = self.known and status.online
        self.cut = self.known and status.on_battery and not status.calibrating and not status.testing
        self.battery = self.known and (status.on_battery or status.discharging)
        self.off = self.known and status.off
        self.down = self.known and status.forced_shutdown
        self.load = self.known and not self.off
        self.bypass = self.known and status.bypass
        self.hot = self.known and status.overload
        marks = (
            (status.boost, "▲ boost"),
            (status.trim, "▼ trim"),
            (status.eco, "eco"),
            (status.overload, "overload"),
            (status.calibrating, "calibrating"),
            (status.testing and not status.calibrating, "test"),
        )
        self.marks = [word for holds, word in marks if self.known and holds]
        batteries = (
            (status.replace_battery, "replace"),
            (status.low_battery, "low"),
            (status.charging and not self.battery, "charging"),
        )
        self.battery_word = next((word for holds, word in batteries if self.known and holds), "")


def small(device: Device, style: str) -> Line:
    """The path in a few places."""
    parts = Parts(device)
    if not parts.known:
        return Line("╌╌╌?╌╌╌", "soft")
    before = "━━" if parts.mains else f"╌{CROSS}" if parts.cut else "╌╌"
    change = parts.marks[0][0] if parts.marks and parts.marks[0][0] in "▲▼" else "━" if parts.mains else "╌"
    after = "━━━" if parts.load else f"╌{CROSS}╌"
    if parts.bypass:
        return Line(f"━━{AROUND[0]}■{AROUND[1]}{after[1:]}", style)
    return Line(f"{before}{change}■{after}", style)


def large(device: Device, state: State, figures: dict[str, Figure], width: int) -> list[Line]:
    """The path in HEIGHT lines of `width` places, 34 at the least."""
    parts = Parts(device)
    style = state.style if parts.known else "soft"
    kind = (device.values.get("device.type") or "ups").upper()[:4]
    box = len(kind) + 2
    left = (width - box - 2) // 2  # places of the line before the box; the box's edges take two
    right = width - left - box - 2
    edge = style if parts.hot else ""
    first, top = _above(parts, style, width, left, box)
    middle = _mains(parts, style, left)
    middle.add("┥" if parts.mains and not parts.bypass else "┤", edge).add(f" {kind} ", "bold").add(
        "┝" if parts.load and not parts.bypass else "├", edge
    )
    middle.join(_load(parts, style, right))
    battery = "charge" in figures or "runtime" in figures
    joint = "┸" if parts.battery else "┬"
    under = "─" * (box // 2) + (joint if battery else "─") + "─" * (box - box // 2 - 1)
    value = "" if parts.known else "soft"
    below = Line(fit(_texts(figures, "input", "frequency"), left - 1), value).to(left)
    below.add(f"└{under}┘", edge)
    below.add(fit(_texts(figures, "load", "power" if "power" in figures else "output"), right, right=True), value)
    return [first, top, middle, below, _battery(parts, style, figures, left + 1 + box // 2) if battery else Line()]


def _texts(figures: dict[str, Figure], *keys: str) -> str:
    return "  ".join(figures[key].text for key in keys if key in figures)


def _above(parts: Parts, style: str, width: int, left: int, box: int) -> tuple[Line, Line]:
    """The names of the parts, what is special, and the box's top; a bypass goes around it."""
    edge = style if parts.hot else ""
    first = Line("no mains", f"{style} bold") if parts.cut else Line("mains", "soft")
    word = ", ".join(parts.marks)
    if parts.bypass:
        around = " bypass "
        lead = max((box + 4 - len(around)) // 2, 0)
        first.to(left - 2).add("┏" + "━" * lead + around + "━" * (box + 4 - lead - len(around)) + "┓", style)
    elif word:
        first.to(left + (box + 2 - len(word)) // 2).add(word, f"{style} bold")
    if parts.down:
        first.end("goes down", f"{style} bold", width)
    else:
        first.end("load", "soft", width)
    top = Line()
    if parts.bypass:
        top.to(left - 2).add("┃", style)
    top.to(left).add(f"┌{'─' * box}┐", edge)
    if parts.bypass:
        top.to(left + box + 3).add("┃", style)
        if word:
            top.add(f" {word}", f"{style} bold")
    return first, top


def _mains(parts: Parts, style: str, length: int) -> Line:
    if parts.bypass:
        return Line("━" * (length - 2) + "┛", style).add("╌", "soft")
    if parts.mains:
        before = length // 2
        return Line("━" * before + "►" + "━" * (length - before - 1), style)
    return _broken(BIG_CROSS if parts.cut else "?", length, style)


def _load(parts: Parts, style: str, length: int) -> Line:
    if parts.bypass and parts.load:
        return Line("╌", "soft").add("┗" + "━" * (length - 3) + "►", style)
    if parts.load:
        return Line("━" * (length - 1) + "►", style)
    return _broken("off" if parts.off else "?", length, style)


def _broken(word: str, length: int, style: str) -> Line:
    before = (length - len(word) - 2) // 2
    line = Line("╌" * before, "soft").add(f" {word} ", f"{style} bold")
    return line.add("╌" * (length - line.width), "soft")


def _battery(parts: Parts, style: str, figures: dict[str, Figure], middle: int) -> Line:
    """The battery, so that its middle is below the UPS's."""
    charge, runtime = figures.get("charge"), figures.get("runtime")
    live = style if parts.battery or not parts.known else ""
    value = f"{live} bold" if parts.battery else live
    line = Line().add(charge.text if charge is not None else "", value, middle - 5, right=True)
    line.add(" [", live or "soft")
    line.join(bar(charge.share or 0 if charge is not None else 0, 7, live))
    line.add("]", live or "soft")
    if runtime is not None:
        line.add(f" {runtime.text}", value)
    if parts.battery_word:
        calm = parts.battery_word == "charging"
        line.add(f" {parts.battery_word}", "soft" if calm else f"{style} bold")
    return line
