"""Curves over something else than the time that runs, drawn as SVG by the server: a line within its bounds, what
somebody else says, single dots, and a level that matters. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from wallnut.web.axes import Scale, Tick
from wallnut.web.i18n import Language
from wallnut.web.words import THIN

HEIGHT, HEAD, FOOT = 200, 20, 22
WIDTH, DEPTH = 1000, 1000


@dataclass(frozen=True, slots=True)
class Dot:
    """A single observation; what counts more is larger. `weight` is 0 to 1."""

    x: float
    y: float
    weight: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """What to draw: `band` (x, low, high), `line` and `other` (x, y), ascending by x."""

    band: Sequence[tuple[float, float, float]] = ()
    line: Sequence[tuple[float, float]] = ()
    other: Sequence[tuple[float, float]] = ()
    dots: Sequence[Dot] = ()
    level: float | None = None


def draw(
    curve: Curve,
    span: tuple[float, float],
    ticks: Sequence[Tick],
    axis: Scale,
    unit: str,
    about: str,
    language: Language,
) -> str:
    """The curve as an SVG element, as wide as its place: x from `span`, with ticks; y by an axis in a unit."""
    depth, length = HEIGHT - HEAD - FOOT, span[1] - span[0]

    def x(value: float) -> float:
        return min(max((value - span[0]) / length, 0.0), 1.0)

    def y(value: float) -> float:
        return HEAD + (1 - axis.share(value)) * depth

    def path(spots: Sequence[tuple[float, float]]) -> str:
        places = (f"{x(a) * WIDTH:.0f} {(1 - axis.share(b)) * DEPTH:.0f}" for a, b in spots)
        return "M" + "L".join(places)

    parts = [
        f'<svg class="chart curve" width="100%" height="{HEIGHT}" role="img" aria-label="{escape(about, quote=True)}">',
        '<g class="axis">',
        *(f'<line x2="100%" y1="{y(tick.at):.0f}" y2="{y(tick.at):.0f}"/>' for tick in axis.ticks),
        "</g>",
        f'<svg y="{HEAD}" width="100%" height="{depth}" viewBox="0 0 {WIDTH} {DEPTH}" preserveAspectRatio="none">',
    ]
    if curve.band:
        up = [(at, high) for at, _, high in curve.band]
        down = [(at, low) for at, low, _ in reversed(curve.band)]
        parts.append(f'<path class="envelope" d="{path([*up, *down])}Z"/>')
    if curve.level is not None:
        parts.append(f'<path class="level" d="{path([(span[0], curve.level), (span[1], curve.level)])}"/>')
    parts += [
        f'<path class="{style}" d="{path(spots)}"/>'
        for style, spots in (("before", curve.other), ("mean", curve.line))
        if len(spots) > 1
    ]
    parts.append("</svg>")
    for at, value in curve.other if len(curve.other) == 1 else ():
        parts.append(f'<circle class="other" cx="{x(at) * 100:.2f}%" cy="{y(value):.1f}" r="3"/>')
    for dot in curve.dots:
        size = 2.5 + 2.5 * dot.weight
        parts.append(f'<circle cx="{x(dot.x) * 100:.2f}%" cy="{y(dot.y):.1f}" r="{size:.1f}">')
        parts.append(f"<title>{escape(dot.text)}</title></circle>")
    for tick in axis.ticks[1:] if axis.low == 0 else axis.ticks:
        text = language.number(tick.label) + (f"{THIN}{unit}" if tick is axis.ticks[-1] else "")
        parts.append(f'<text x="0" y="{y(tick.at) - 3:.0f}">{escape(text)}</text>')
    for tick in ticks:
        share = x(tick.at)
        anchor = "start" if share < 0.03 else "end" if share > 0.97 else "middle"
        more = "" if tick.first else ' class="more"'
        parts.append(
            f'<text{more} x="{share * 100:.2f}%" y="{HEIGHT - 5}" text-anchor="{anchor}">{escape(tick.label)}</text>'
        )
    return "".join([*parts, "</svg>"])
