"""Charts, drawn as SVG by the server. Pure: what was measured, outages, size and language give text.

A chart is as wide as its place. What is stretched (lines, their envelope) stands in an inner picture of WIDTH by DEPTH;
texts stand outside of it at shares of the width, so that they stay as they are. Colours are the style sheet's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from html import escape

from wallnut.history.values import Outage, Point, Series
from wallnut.model import names
from wallnut.web import words
from wallnut.web.axes import Scale, Span, Tick, local, scale, time_ticks
from wallnut.web.i18n import N_, Language

WIDTH, DEPTH = 2000, 1000
HEAD, FOOT = 20, 22
"""Pixels above the lines, for the names of outages, and below them, for the time."""
HEIGHT = 180
WORD_SHARE, GAP_SHARE = 0.09, 0.15
"""The share of the width from which on an outage, or a time of which nothing is known, gets a word."""
RUNTIME = "battery.runtime"
SHARES = ("battery.charge",)
"""What is drawn from 0 to 100."""
LEAST = {"%": 10.0, "V": 10.0, "Hz": 1.0, "°C": 5.0, "A": 0.5, "W": 20.0, "VA": 20.0, "min": 5.0, "s": 5.0}
"""The least width of an axis by unit, so that noise looks like noise."""
FROM_ZERO = ("%", "W", "VA", "A", "Ah", "Wh", "min", "s")
"""Units whose axis begins at zero."""

USUAL = (
    ("ups.load", "output.load", "ups.realpower", "output.realpower", "outlet.realpower"),
    ("battery.charge",),
    ("battery.runtime",),
    ("input.voltage", "input.L1-N.voltage", "input.L1.voltage"),
    ("ups.temperature", "battery.temperature", "ambient.temperature"),
)
"""What a device's charts show where nothing is asked for: of each the first that there is."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was measured. `shift` is added to its times: a time before, laid over this one."""

    series: Series
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """One variable over a time; the first trace is the chart's own, others are the times before."""

    variable: str
    traces: Sequence[Trace]
    unit: str = field(init=False)
    factor: float = field(init=False)

    def __post_init__(self) -> None:
        unit, factor = names.unit(self.variable), 1.0
        if unit == "s" and (self.variable == RUNTIME or max(self._values(), default=0) >= 600):
            unit, factor = "min", 1 / 60
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "factor", factor)

    def _values(self) -> Iterable[float]:
        for trace in self.traces:
            for point in trace.series.points:
                if point.low is not None and point.high is not None:
                    yield point.low
                    yield point.high

    @property
    def known(self) -> bool:
        """Whether anything is known of its own time."""
        return any(point.mean is not None for point in self.traces[0].series.points)

    @property
    def scale(self) -> Scale:
        """Its axis of values."""
        if self.variable in SHARES:
            return scale(0, 100, ticks=2)
        values = [value * self.factor for value in self._values()] or [0.0]
        floor = 0.0 if self.unit in FROM_ZERO and min(values) >= 0 else None
        least = LEAST.get(self.unit) or max(map(abs, (min(values), max(values)))) * 0.02 or 1.0
        return scale(min(values), max(values), least=least, floor=floor)


@dataclass(frozen=True, slots=True)
class Facts:
    """A chart's figures: lowest, mean by time, highest, last; None where nothing is known."""

    low: float
    mean: float
    high: float
    last: float


def facts(chart: Chart) -> Facts | None:
    """The figures of a chart's own time, in its unit."""
    series = chart.traces[0].series
    lows, highs, weighed, held, last = [], [], 0.0, 0, None
    for point, until in _with_ends(series):
        if point.low is None or point.mean is None or point.high is None:
            continue
        lows.append(point.low)
        highs.append(point.high)
        weighed += point.mean * max(until - point.at, 1)
        held += max(until - point.at, 1)
        last = point.mean
    if last is None:
        return None
    factor = chart.factor
    return Facts(min(lows) * factor, weighed / held * factor, max(highs) * factor, last * factor)


def _with_ends(series: Series) -> Iterable[tuple[Point, int]]:
    """Points and up to when each holds."""
    points = series.points
    for index, point in enumerate(points):
        if series.step:
            yield point, min(point.at + series.step, max(series.end, point.at + 1))
        else:
            yield point, points[index + 1].at if index + 1 < len(points) else series.end


def figure(value: float, chart: Chart, language: Language) -> str:
    """A value with the chart's unit, as people read it."""
    text = language.number(words.plain(value))
    unit = language.gettext(chart.unit) if chart.unit in ("min", "s") else chart.unit
    return f"{text}{words.THIN}{unit}" if unit else text


def usual(numbers: Sequence[str]) -> list[str]:
    """The variables that charts show where none are asked for."""
    found = [next((name for name in names if name in numbers), "") for names in USUAL]
    return [name for name in found if name] or list(numbers[:3])


# Lines


class Pen:
    """Turns times and values into whole numbers of the inner picture."""

    def __init__(self, span: Span, axis: Scale, factor: float, shift: int = 0) -> None:
        self._span, self._axis, self._factor, self._shift = span, axis, factor, shift

    def x(self, at: int) -> int:
        """A time."""
        share = self._span.share(at + self._shift)
        return round(min(max(share, 0.0), 1.0) * WIDTH)

    def y(self, value: float) -> int:
        """A value."""
        return round((1 - self._axis.share(value * self._factor)) * DEPTH)


Row = tuple[int, int, int, int, int]
"""From, to, and what is lowest, mean, highest, in the inner picture."""


def runs(series: Series, pen: Pen) -> list[list[Row]]:
    """The rows of a series, those that touch together: between runs nothing is known."""
    found: list[list[Row]] = []
    last_end = -1
    for point, until in _with_ends(series):
        if point.low is None or point.mean is None or point.high is None:
            last_end = -1
            continue
        row = pen.x(point.at), pen.x(until), pen.y(point.low), pen.y(point.mean), pen.y(point.high)
        if point.at != last_end or not found:
            found.append([])
        found[-1].append(row)
        last_end = until
    return found


def line(rows: Sequence[Row], held: bool) -> str:
    """The path of a run's mean; `held`: each value holds until the next one, else it is one of many moments."""
    spots: list[tuple[int, int]] = []
    for start, end, _, mean, _ in rows:
        spots += [(start, mean), (end, mean)] if held else [((start + end) // 2, mean)]
    if not held:
        spots = [(rows[0][0], rows[0][3]), *spots, (rows[-1][1], rows[-1][3])]
    return _path(spots)


def envelope(rows: Sequence[Row]) -> str:
    """The area between a run's lowest and highest values; "" where they are all the same."""
    if all(low == high for _, _, low, _, high in rows):
        return ""
    above = [((start + end) // 2, high) for start, end, _, _, high in rows]
    below = [((start + end) // 2, low) for start, end, low, _, _ in reversed(rows)]
    first, last = rows[0], rows[-1]
    spots = [(first[0], first[4]), *above, (last[1], last[4]), (last[1], last[2]), *below, (first[0], first[2])]
    return f"{_path(spots)}z"


def _path(spots: Sequence[tuple[int, int]]) -> str:
    """A path through spots, without those that lie on the way from one to the next."""
    kept: list[tuple[int, int]] = []
    for spot in spots:
        if kept and spot == kept[-1]:
            continue
        if len(kept) > 1 and (kept[-2][1] == kept[-1][1] == spot[1] or kept[-2][0] == kept[-1][0] == spot[0]):
            kept.pop()
        kept.append(spot)
    (x, y), parts = kept[0], [f"M{kept[0][0]} {kept[0][1]}"]
    for next_x, next_y in kept[1:]:
        if next_y == y:
            parts.append(f"h{next_x - x}")
        elif next_x == x:
            parts.append(f"v{next_y - y}")
        else:
            parts.append(f"l{next_x - x} {next_y - y}")
        x, y = next_x, next_y
    return "".join(parts)


def points_text(chart: Chart, span: Span) -> str:
    """The chart's own values for a script, as JSON: [second of the span, mean, low, high], each until the next one;
    only the second where nothing is known, low and high left out where they are the mean."""
    found: list[str] = []
    last, last_end = "", -1
    for point, until in _with_ends(chart.traces[0].series):
        at = f"{round((max(point.at, span.start) - span.start) / 1000)}"
        if point.at != last_end and last_end >= 0 and last:
            found.append(f"[{round((last_end - span.start) / 1000)}]")
            last = ""
        if point.mean is None or point.low is None or point.high is None:
            rest = ""
        else:
            mean, low, high = (_brief(value * chart.factor) for value in (point.mean, point.low, point.high))
            rest = f",{mean}" if low == mean == high else f",{mean},{low},{high}"
        if rest != last:
            found.append(f"[{at}{rest}]")
        last, last_end = rest, until
    if last:
        found.append(f"[{round((min(last_end, span.end) - span.start) / 1000)}]")
    return f"[{','.join(found)}]"


def _brief(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


# The picture


def draw(
    chart: Chart,
    span: Span,
    outages: Sequence[Outage],
    language: Language,
    *,
    zone: tzinfo | None = None,
    height: int = HEIGHT,
    alone: str = "",
) -> str:
    """The chart as an SVG element. `alone` is a style sheet for one that stands in no page of ours."""
    axis, depth = chart.scale, height - HEAD - FOOT
    size = f'width="{800 if alone else "100%"}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart{" alone" if alone else ""}" {size} role="img"'
        f' aria-label="{escape(described(chart, outages, language), quote=True)}">',
        f"<style>{alone}</style>" if alone else "",
        *_bands(span, outages, depth, language),
        *_grid(axis, depth),
        *_time_axis(time_ticks(span, language, zone), span, depth),
        f'<svg y="{HEAD}" width="100%" height="{depth}" viewBox="0 0 {WIDTH} {DEPTH}" preserveAspectRatio="none">',
    ]
    for number, trace in reversed(list(enumerate(chart.traces))):
        found = runs(trace.series, Pen(span, axis, chart.factor, trace.shift))
        style, held = "before" if number else "mean", not trace.series.step
        if not number:
            parts += [f'<path class="envelope" d="{path}"/>' for rows in found if (path := envelope(rows))]
        parts += [f'<path class="{style}" d="{line(rows, held)}"/>' for rows in found]
    parts += ["</svg>", *_values(chart, axis, depth, language), *_unknown(chart, span, depth, language), "</svg>"]
    return "".join(parts)


def described(chart: Chart, outages: Sequence[Outage], language: Language) -> str:
    """The chart in a sentence, for those who do not see it."""
    label, found = label_of(chart.variable, language), facts(chart)
    if found is None:
        return language.text(N_("%(what)s: not known in this time."), what=label)
    low, mean, high, last = (
        figure(value, chart, language) for value in (found.low, found.mean, found.high, found.last)
    )
    text = language.text(
        N_("%(what)s: lowest %(low)s, mean %(mean)s, highest %(high)s, at the end %(last)s."),
        what=label,
        low=low,
        mean=mean,
        high=high,
        last=last,
    )
    count = len(outages)
    if count:
        more = language.ngettext("%(num)s time on battery.", "%(num)s times on battery.", count) % {"num": count}
        text = f"{text} {more}"
    return text


def label_of(variable: str, language: Language) -> str:
    """What a variable is called over a chart: the catalogue's words, or its name."""
    return words.about(variable, language) or variable


def _percent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def _bands(span: Span, outages: Sequence[Outage], depth: int, language: Language) -> Iterable[str]:
    for outage in outages:
        start = max(outage.start, span.start)
        end = span.end if outage.end is None else min(outage.end, span.end)
        if end <= span.start or start >= span.end:
            continue
        left, right = span.share(start), span.share(end)
        kind = "outage test" if outage.planned else "outage"
        what = language.gettext(N_("test") if outage.planned else N_("on battery"))
        length = "" if outage.end is None else words.duration((outage.end - outage.start) / 1000, language)
        place, wide = f'x="{_percent(left)}"', f'width="{_percent(max(right - left, 0.0004))}"'
        yield f'<g class="{kind}"><title>{escape(f"{what} {length}".strip())}</title>'
        yield f'<rect {place} y="{HEAD}" {wide} height="{depth}"/>'
        yield f'<rect class="cap" {place} y="{HEAD - 4}" {wide} height="4"/>'
        if right - left >= WORD_SHARE:
            yield f'<text {place} y="{HEAD - 8}">{escape(f"{what} {length}".strip())}</text>'
        yield "</g>"


def _grid(axis: Scale, depth: int) -> Iterable[str]:
    yield '<g class="axis">'
    for tick in axis.ticks:
        y = HEAD + round((1 - axis.share(tick.at)) * depth)
        yield f'<line x2="100%" y1="{y}" y2="{y}"/>'
    yield "</g>"


def _values(chart: Chart, axis: Scale, depth: int, language: Language) -> Iterable[str]:
    """What the value axis says, the unit with the highest."""
    for tick in axis.ticks:
        if tick is axis.ticks[0] and axis.low == 0:
            continue
        y = HEAD + round((1 - axis.share(tick.at)) * depth) - 3
        text = language.number(tick.label)
        if tick is axis.ticks[-1] and chart.unit:
            unit = language.gettext(chart.unit) if chart.unit in ("min", "s") else chart.unit
            text = f"{text}{words.THIN}{unit}"
        yield f'<text x="0" y="{y}">{escape(text)}</text>'


def _time_axis(ticks: Sequence[Tick], span: Span, depth: int) -> Iterable[str]:
    yield '<g class="axis time">'
    for tick in ticks:
        share = span.share(int(tick.at))
        anchor = "start" if share < 0.025 else "end" if share > 0.975 else "middle"
        more = "" if tick.first and (anchor == "middle" or len(ticks) < 6) else ' class="more"'
        x = _percent(share)
        yield f'<line{more} x1="{x}" x2="{x}" y1="{HEAD}" y2="{HEAD + depth + 4}"/>'
        yield f'<text{more} x="{x}" y="{HEAD + depth + 17}" text-anchor="{anchor}">{escape(tick.label)}</text>'
    yield "</g>"


def _unknown(chart: Chart, span: Span, depth: int, language: Language) -> Iterable[str]:
    """A word where for long nothing is known."""
    text, at = escape(language.gettext(N_("not known"))), span.start
    holes = []
    for point, until in _with_ends(chart.traces[0].series):
        if point.mean is None:
            continue
        holes.append((at, point.at))
        at = until
    for start, end in [*holes, (at, span.end)]:
        if (end - start) / span.length >= GAP_SHARE:
            x = _percent(span.share((start + end) // 2))
            yield f'<text class="hole" x="{x}" y="{HEAD + depth // 2}" text-anchor="middle">{text}</text>'


def span_text(span: Span, language: Language, zone: tzinfo | None = None) -> tuple[str, str]:
    """A span's ends as a form and an address write them: local times to the second, without a zone."""
    return local(span.start, zone).strftime("%Y-%m-%dT%H:%M:%S"), local(span.end, zone).strftime("%Y-%m-%dT%H:%M:%S")
