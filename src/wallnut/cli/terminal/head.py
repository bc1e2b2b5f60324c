"""The head of a device's screen: what matters most, large, beside the power path."""

from __future__ import annotations

from rich.cells import cell_len

from wallnut.cli.terminal import path
from wallnut.cli.terminal.ink import Line, bar, fit, folded
from wallnut.cli.terminal.view import MARGIN, clock, duration
from wallnut.web import words
from wallnut.web.snapshot import Device
from wallnut.web.words import Figure, State

DIGITS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ━┓", "  ┃", "  ┃"),
    "2": ("━━┓", "┏━┛", "┗━━"),
    "3": ("━━┓", " ━┫", "━━┛"),
    "4": ("┃ ┃", "┗━┫", "  ┃"),
    "5": ("┏━━", "┗━┓", "━━┛"),
    "6": ("┏━━", "┣━┓", "┗━┛"),
    "7": ("━━┓", "  ┃", "  ┃"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "━━┛"),
    ".": (" ", " ", "■"),
}
"""Numerals of three lines."""
WIDE = 76
"""Places from which words and path stand side by side."""
GAP = 3
"""Places between two key figures."""


def large(figure: Figure, style: str) -> list[Line] | None:
    """A figure in three lines; None for one that is not a plain number."""
    if not figure.number or any(char not in DIGITS for char in figure.number):
        return None
    rows = [Line(" ".join(DIGITS[char][row] for char in figure.number), style) for row in range(3)]
    rows[2].add(f" {figure.unit}", style).add(f"  {figure.label.lower()}", "soft")
    return rows


def head(device: Device, state: State, now: float, width: int, *, ascii_only: bool = False) -> list[Line]:
    """Everything above the tabs, for so many places between the margins."""
    found = {key: Figure(one.label, one.number, one.unit, one.share) for key, one in words.figures(device).items()}
    clear = [_title(device, now, width), Line("  ".join(filter(None, (device.model, device.description))), "soft")]
    left = _words(device, state, found, now, big=width >= WIDE and not ascii_only)
    room = width if width < WIDE else min(46, width // 2 + 4)
    drawn = path.large(device, state, found, room)
    if width >= WIDE:
        for number, line in enumerate(drawn):
            side = left[number] if number < len(left) else Line()
            clear.append(Line().join(_cut(side, width - room - 2)).to(width - room).join(line))
    else:
        clear += [*left, *drawn]
    clear += _told(device, width)
    figures = _figures(found, width, path.Parts(device), state.style if device.fresh else "soft")
    clear += [Line(), *figures] if figures and width >= WIDE else figures
    clear += _outlets(device, width)
    return [Line(" " * MARGIN).join(line) for line in clear]


def _cut(line: Line, room: int) -> Line:
    """As much of a line as fits."""
    cut = Line()
    for text, style in line.pieces:
        left = room - cut.width
        cut.add(text if cell_len(text) <= left else fit(text, left), style)
    return cut


def _title(device: Device, now: float, width: int) -> Line:
    line = Line(device.address.ups, "bold").add(f"@{device.server}", "soft")
    return line.end(clock(now), "soft", width)


def _words(device: Device, state: State, found: dict[str, Figure], now: float, *, big: bool) -> list[Line]:
    """The number that matters, the state, and what its words are."""
    main = words.headline(device, found)
    style = state.style if device.fresh else "soft"
    lines: list[Line] = []
    numerals = large(main, f"{style} bold" if style not in ("mains", "soft") else style) if big and main else None
    if numerals is not None:
        lines += numerals
    elif main is not None:
        lines.append(Line(main.text, f"{style} bold").add(f"  {main.label.lower()}", "soft"))
    begun = device.lost_at if device.trouble else device.since
    least = "" if device.exact or device.trouble else "at least "
    says = Line(state.words, "bold" if state.style == "lost" else f"{state.style} bold")
    lines.append(says.add(f" for {least}{duration(now - begun)}", state.style if state.style != "lost" else ""))
    if device.fresh and device.status.words:
        lines.append(Line(f"{device.status.text} ({device.status})", "soft"))
    elif device.trouble and device.heard_at:
        lines.append(Line(f"Last heard at {clock(device.heard_at)}", "soft"))
    return lines


def _told(device: Device, width: int) -> list[Line]:
    """Trouble and alarm, in as many lines as they take."""
    lines: list[Line] = []
    if device.trouble:
        again = " It is tried again." if device.code == "UNREACHABLE" else ""
        lines += folded(device.trouble + again, width, "bold", 2)
        if device.status.words:
            lines.append(Line(f"Last known: {device.status.text}.", "soft"))
    if alarm := device.values.get("ups.alarm", ""):
        lines += folded(f"Alarm: {alarm}", width, "violet" if device.fresh else "soft", 2)
    return lines


def _figures(found: dict[str, Figure], width: int, parts: path.Parts, style: str) -> list[Line]:
    """What is best seen as a bar, and what does not stand at the path; in one line, as far as it goes."""
    shown = [found[key] for key in ("load", "charge", "output", "temperature") if key in found]
    bars = sum(one.share is not None for one in shown)
    fixed = sum(len(one.label) + 1 + len(one.text) + GAP for one in shown) + bars
    length = min(max((width + GAP - fixed) // max(bars, 1), 5), 20)
    line = Line()
    for one in shown:
        piece = Line(one.label, "soft").add(" ")
        if one.share is not None:
            hot = parts.battery if one.label == "Charge" else parts.hot
            piece.join(bar(one.share, length, style if hot or not parts.known else "")).add(" ")
        piece.add(one.text, "" if parts.known else "soft")
        if line.width + (GAP if line.width else 0) + piece.width <= width:
            line.add(" " * GAP if line.width else "").join(piece)
    return [line] if line.width else []


def _outlets(device: Device, width: int) -> list[Line]:
    """A PDU's outlets, the end of its path: on or off in a shape and a word."""
    found = words.outlets(device)
    if not found:
        return []
    lines = [Line("Outlets  ", "soft")]
    for number, name, status in found:
        text = f"{number}" if name == f"Outlet {number}" else f"{number} {name}"
        mark = "■" if status == "on" else "□" if status == "off" else "?"
        piece = f"{mark} {text} {status or 'not known'}"
        if lines[-1].width + len(piece) > width and lines[-1].width > 9:
            if len(lines) == 3:
                lines[-1].add("…")
                break
            lines.append(Line(" " * 9))
        lines[-1].add(piece, "off" if status == "off" or not device.fresh else "").add("   ")
    return lines
