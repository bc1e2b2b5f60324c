"""upsimage.cgi's bars: a variable on a scale with zones, as shapes, and these as SVG or PNG.

Sizes, colours, their names and the units are NUT's; where lines and zones lie is settled here.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from wallnut.web.cgi.template import PICTURES

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

SIZES = {
    "width": (100, 50, 200),
    "height": (350, 100, 500),
    "scale_height": (300, 50, 500),
    "tempmin": (0, -100, 500),
    "tempmax": (40, -100, 500),
    "nom_in_freq": (50, 1, 1000),
    "nom_out_freq": (50, 1, 1000),
}
"""Numbers that a request may give: what they are otherwise, and their bounds."""
COLOURS = {
    "back_col": 0x000000,
    "scale_num_col": 0xFFFF00,
    "summary_col": 0xFFFF00,
    "ok_zone_maj_col": 0x00FF00,
    "ok_zone_min_col": 0x007800,
    "neutral_zone_maj_col": 0xFFFFFF,
    "neutral_zone_min_col": 0x646464,
    "warn_zone_maj_col": 0xFF0000,
    "warn_zone_min_col": 0x960000,
    "bar_col": 0x00FF00,
}
NICE = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)
LETTER = 7
"""Pixels between two lines of the text of an error, and more or less the width of a letter."""


class NoPicture(Exception):
    """There is nothing to draw: `text` says why."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Options:
    """What a request may choose."""

    sizes: Mapping[str, int] = field(default_factory=lambda: {name: usual for name, (usual, _, _) in SIZES.items()})
    colours: Mapping[str, int] = field(default_factory=lambda: dict(COLOURS))


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle; its last column and row belong to it."""

    left: int
    top: int
    right: int
    bottom: int
    colour: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text whose end (`end`) or middle is at x, its top at y."""

    x: int
    y: int
    text: str
    colour: int
    end: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes in the order in which they are drawn."""

    width: int
    height: int
    background: int
    shapes: tuple[Rect | Text, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where, how far the numbered lines are apart, and in how many parts each step falls.

    Within `ok` all is well, outside `fair` it is not; None: nothing is known of that.
    """

    low: float
    high: float
    step: float
    parts: int
    ok: tuple[float, float] | None
    fair: tuple[float, float] | None
    unit: str


def options(asked: Mapping[str, str]) -> Options:
    """The options of a request; what is no number counts as not given, what is out of bounds as the bound."""
    sizes = {}
    for name, (usual, least, most) in SIZES.items():
        sizes[name] = min(max(_int(asked.get(name, ""), usual), least), most)
    sizes["scale_height"] = min(sizes["scale_height"], sizes["height"] - 20)
    colours = {name: _int(asked.get(name, ""), usual) & 0xFFFFFF for name, usual in COLOURS.items()}
    return Options(sizes, colours)


def _int(text: str, usual: int) -> int:
    """A number as C writes them: 12, 0xff, -5."""
    text = text.strip()
    hexadecimal = text.lower().startswith("0x")
    try:
        return int(text, 16 if hexadecimal else 10) if len(text) < 12 and text.isascii() and "_" not in text else usual
    except ValueError:
        return usual


# Scales


def draw(name: str, values: Mapping[str, str], chosen: Options) -> Picture:
    """The bar of a variable. Raises NoPicture."""
    if name not in PICTURES:
        raise NoPicture("Unknown display")
    value = _number(values, name)
    if value is None:
        raise NoPicture(f"{name} N/A")
    scale = _scale(name, values, value, chosen.sizes)
    return _bar(scale, value, chosen)


def _number(values: Mapping[str, str], *names: str) -> float | None:
    for name in names:
        try:
            found = float(values.get(name, ""))
        except ValueError:
            continue
        if abs(found) < 1e6:
            return found
    return None


def _scale(name: str, values: Mapping[str, str], value: float, sizes: Mapping[str, int]) -> Scale:
    side = name.partition(".")[0]
    if name == "battery.charge":
        low = _number(values, "battery.charge.low")
        return Scale(0, 100, 20, 10, (80, 100), (20 if low is None else low, 100), " %")
    if name == "ups.load" or name.endswith(".percent"):
        return Scale(0, 125, 25, 5, (0, 50), (0, 99.99), " %")
    if name == "ambient.humidity":
        known = _known(values, name)
        return Scale(0, 100, 20, 10, known, known, " %")
    if name.endswith("temperature"):
        least, most = sizes["tempmin"], max(sizes["tempmax"], sizes["tempmin"] + 1)
        known = _known(values, name)
        return Scale(least, most, _step(most - least), 10, known, known, " °C")
    if name.endswith("frequency"):
        nominal = _number(values, f"{name}.nominal") or sizes["nom_in_freq" if side == "input" else "nom_out_freq"]
        return Scale(nominal - 3, nominal + 3, 1, 10, (nominal - 1, nominal + 1), (nominal - 2, nominal + 2), " Hz")
    low, high = _band(name, side, values, value)
    inner = (high - low) / 10
    step = _step(high - low)
    return Scale(
        math.floor((low - step) / step) * step,
        math.ceil((high + step) / step) * step,
        step,
        10,
        (low + inner, high - inner),
        (low, high),
        " VDC" if side == "battery" else " VAC",
    )


def _known(values: Mapping[str, str], name: str) -> tuple[float, float] | None:
    """The bounds that the device tells, with some room where it tells one."""
    low, high = _number(values, f"{name}.low"), _number(values, f"{name}.high")
    return (
        None if low is None and high is None else (low if low is not None else -1e6, high if high is not None else 1e6)
    )


def _band(name: str, side: str, values: Mapping[str, str], value: float) -> tuple[float, float]:
    """Where a voltage should be: what the device says, else around the nominal one, else around what it is."""
    if side == "battery":
        around = _number(values, "battery.voltage.nominal") or value or 1.0
        low, high = _number(values, "battery.voltage.low"), _number(values, "battery.voltage.high")
        low, high = around * 0.85 if low is None else low, around * 1.2 if high is None else high
    else:
        around = _number(values, f"{side}.voltage.nominal") or value or 230.0
        straight = name.endswith((f"{side}.voltage", "-N.voltage"))
        low = _number(values, f"{side}.transfer.low") if straight else None
        high = _number(values, f"{side}.transfer.high") if straight else None
        low, high = around * 0.9 if low is None else low, around * 1.1 if high is None else high
    return (low, high) if low < high else (min(low, high) - 1, max(low, high) + 1)


def _step(span: float) -> float:
    """A round number such that the numbered lines are not too many."""
    return next((step for step in NICE if span / step + 2 <= 7), max(span / 5, 1000))


# Shapes


def _bar(scale: Scale, value: float, chosen: Options) -> Picture:
    sizes, colours = chosen.sizes, chosen.colours
    width, height, tall = sizes["width"], sizes["height"], sizes["scale_height"]
    shapes: list[Rect | Text] = []
    labels: list[Rect | Text] = []
    per = tall / (scale.high - scale.low)
    small = scale.step / scale.parts
    first = math.ceil(scale.low / small - 1e-6)
    for number in range(first, math.floor(scale.high / small + 1e-6) + 1):
        at = number * small
        y = round((scale.high - at) * per)
        kind = "maj" if number % scale.parts == 0 else "min"
        inset = 0 if kind == "maj" else 5 if number * 2 % scale.parts == 0 else 10
        shapes.append(Rect(inset, y, width - inset - 1, y, colours[f"{_zone(scale, at)}_zone_{kind}_col"]))
        if kind == "maj":
            labels.append(Text(width - 1, y + 1, f"{at:g}", colours["scale_num_col"], end=True))
    top = round((scale.high - min(max(value, scale.low), scale.high)) * per)
    shapes.append(Rect(25 * width // 100, top, width - 25 * width // 100, tall, colours["bar_col"]))
    words = Text(width // 2, height - 16, f"{value:.1f}{scale.unit}", colours["summary_col"])
    return Picture(width, height, colours["back_col"], (*shapes, *labels, words))


def _zone(scale: Scale, at: float) -> str:
    if scale.ok is None or scale.fair is None:
        return "neutral"
    if scale.ok[0] <= at <= scale.ok[1]:
        return "ok"
    return "neutral" if scale.fair[0] <= at <= scale.fair[1] else "warn"


def words(text: str, chosen: Options) -> Picture:
    """A picture that says why there is none."""
    width, height = chosen.sizes["width"], chosen.sizes["height"]
    lines: list[str] = []
    for word in text[:200].split(" "):
        if lines and len(lines[-1]) + len(word) < width // LETTER:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    colour = chosen.colours["summary_col"]
    shapes = tuple(Text(width // 2, 10 + 16 * at, line, colour) for at, line in enumerate(lines))
    return Picture(width, height, chosen.colours["back_col"], shapes)


# Files


def svg(picture: Picture) -> bytes:
    """A picture as SVG."""
    width, height = picture.width, picture.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#{picture.background:06x}"/>'
        '<g font-family="monospace" font-size="12" font-weight="bold">'
    ]
    for shape in picture.shapes:
        fill = f'fill="#{shape.colour:06x}"'
        if isinstance(shape, Rect):
            size = f'width="{shape.right - shape.left + 1}" height="{shape.bottom - shape.top + 1}"'
            parts.append(f'<rect x="{shape.left}" y="{shape.top}" {size} {fill}/>')
        else:
            anchor = "end" if shape.end else "middle"
            place = f'x="{shape.x}" y="{shape.y + 11}" text-anchor="{anchor}"'
            parts.append(f"<text {place} {fill}>{escape(shape.text)}</text>")
    return "".join((*parts, "</g></svg>\n")).encode("utf-8", "replace")


def png(picture: Picture) -> bytes:
    """A picture as PNG. Raises ModuleNotFoundError where Pillow is missing."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (picture.width, picture.height), _rgb(picture.background))
    canvas = ImageDraw.Draw(image)
    for shape in picture.shapes:
        if isinstance(shape, Rect):
            box = (shape.left, shape.top, shape.right, max(shape.top, shape.bottom))
            canvas.rectangle(box, fill=_rgb(shape.colour))
        else:
            size = canvas.textlength(shape.text, font=_font())
            x = shape.x - (size if shape.end else size / 2)
            canvas.text((x, shape.y), shape.text, fill=_rgb(shape.colour), font=_font())
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _rgb(colour: int) -> tuple[int, int, int]:
    return colour >> 16, colour >> 8 & 255, colour & 255


@cache
def _font() -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(12)
