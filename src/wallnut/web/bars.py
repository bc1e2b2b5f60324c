"""Bar charts, drawn as SVG by the server. Pure. What was estimated stands on what was measured, and looks different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from wallnut.web.axes import scale
from wallnut.web.i18n import Language
from wallnut.web.words import THIN

HEIGHT, HEAD, FOOT = 200, 20, 22
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A place of the axis with its label ("" for none): how much was measured and estimated, and what that is in
    words; `text` "": nothing is known."""

    label: str
    measured: float
    estimated: float
    text: str
    first: bool = True
    """One whose label a narrow chart has, too."""


def draw(bars: Sequence[Bar], unit: str, about: str, language: Language) -> str:
    """The chart as an SVG element, as wide as its place."""
    axis = scale(0.0, max((one.measured + one.estimated for one in bars), default=0.0), least=0.01, floor=0.0)
    depth = HEIGHT - HEAD - FOOT
    aside = 1 if len(bars) <= MONTHS else 2  # the axis' numbers stand there
    width = 100 / (len(bars) + aside)
    parts = [
        f'<svg class="chart bars" width="100%" height="{HEIGHT}" role="img" aria-label="{escape(about, quote=True)}">',
        '<g class="axis">',
    ]
    for tick in axis.ticks:
        y = HEAD + round((1 - axis.share(tick.at)) * depth)
        parts.append(f'<line x2="100%" y1="{y}" y2="{y}"/>')
    parts.append("</g>")
    for number, bar in enumerate(bars):
        x, low = (number + aside) * width, 0.0
        parts.append(f"<g><title>{escape(bar.text)}</title>" if bar.text else "<g>")
        for kind, value in (("measured", bar.measured), ("estimated", bar.estimated)):
            if value > 0:
                top = HEAD + (1 - axis.share(low + value)) * depth
                tall = max((axis.share(low + value) - axis.share(low)) * depth, 1.0)
                place = f'x="{x + width * 0.14:.3f}%" width="{width * 0.72:.3f}%"'
                parts.append(f'<rect class="{kind}" {place} y="{top:.1f}" height="{tall:.1f}"/>')
                low += value
        if bar.label:
            more = "" if bar.first else ' class="more"'
            middle = f"{x + width / 2:.3f}%"
            parts.append(f'<text{more} x="{middle}" y="{HEIGHT - 5}" text-anchor="middle">{escape(bar.label)}</text>')
        parts.append("</g>")
    for tick in axis.ticks[1:]:
        y = HEAD + round((1 - axis.share(tick.at)) * depth) - 3
        text = language.number(tick.label) + (f"{THIN}{unit}" if tick is axis.ticks[-1] else "")
        parts.append(f'<text x="0" y="{y}">{escape(text)}</text>')
    return "".join([*parts, "</svg>"])
