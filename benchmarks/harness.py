"""Interleaved pairs, their medians, and the results as small JSON files.

A benchmark measures our side and the peer's in turn (A B A B ...), a ratio per pair, so that what else the machine does
falls on both. Every figure is kept as (smallest, median, largest).
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

RESULTS = Path(__file__).parent / "results"
PAIRS = 7

T = TypeVar("T")
Spread = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours, beside a peer's where there is one, with what was asked for.

    `factor` is how many times better we are, pair by pair; or, where `share` is True, ours divided by the peer's.
    `at_least` and `at_most` bound its median, or that of ours where there is no peer; `ours_at_most` bounds ours.
    """

    work: str
    unit: str
    ours: Spread
    against: str = ""
    peer: Spread | None = None
    factor: Spread | None = None
    at_least: float | None = None
    at_most: float | None = None
    ours_at_most: float | None = None
    share: bool = False
    pairs: int = 0

    @property
    def asked(self) -> str:
        """The target in words, "" where the figure is only told."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}{'x' if self.factor else ' ' + self.unit}"
        if self.at_most is not None:
            return f"at most {self.at_most:g}{'x' if self.factor else ' ' + self.unit}"
        return "" if self.ours_at_most is None else f"at most {self.ours_at_most:g} {self.unit}"

    @property
    def met(self) -> bool:
        """Whether the median meets the target."""
        median = self.factor[1] if self.factor else self.ours[1]
        return (
            (self.at_least is None or median >= self.at_least)
            and (self.at_most is None or median <= self.at_most)
            and (self.ours_at_most is None or self.ours[1] <= self.ours_at_most)
        )


def spread(values: Sequence[float]) -> Spread:
    """Smallest, median, largest."""
    return min(values), statistics.median(values), max(values)


def alternate(ours: Callable[[], T], peer: Callable[[], T], pairs: int = PAIRS) -> tuple[list[T], list[T]]:
    """Both sides' values, measured in turn; one unmeasured pair first."""
    ours(), peer()
    found = [(ours(), peer()) for _ in range(pairs)]
    return [one for one, _ in found], [other for _, other in found]


def compare(
    work: str,
    unit: str,
    against: str,
    ours: Sequence[float],
    peer: Sequence[float],
    *,
    higher_is_better: bool = False,
    share: bool = False,
    at_least: float | None = None,
    at_most: float | None = None,
    ours_at_most: float | None = None,
) -> Row:
    """A row out of the pairs of two sides."""
    up = higher_is_better or share
    factors = [(a / b if up else b / a) for a, b in zip(ours, peer, strict=True)]
    return Row(
        work,
        unit,
        spread(ours),
        against,
        spread(peer),
        spread(factors),
        at_least,
        at_most,
        ours_at_most,
        share,
        len(factors),
    )


def machine() -> str:
    """The line that stands above all figures."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?"
    )
    said = subprocess.run(
        ["/lib/nut/upsd", "-V"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return (
        f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}, "
        f"C NUT {said.stdout.split()[4]}, load {os.getloadavg()[0]:.1f}"
    )


def _lines(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        yield from file


def show(row: Row) -> str:
    """A row for the terminal."""
    text = f"{row.work}: {_three(row.ours)} {row.unit}"
    if row.peer and row.factor:
        text += f" | {row.against} {_three(row.peer)} | x {_three(row.factor)}"
    if row.asked:
        text += f" | asked {row.asked}: {'met' if row.met else 'NOT MET'}"
    return text


def _three(values: Spread) -> str:
    return " - ".join(f"{value:.4g}" for value in values)


def keep(name: str, rows: Sequence[Row]) -> None:
    """Write a benchmark's result where docs/performance.md takes it from."""
    RESULTS.mkdir(exist_ok=True)
    about = {"command": f"./dev bench {name}", "day": time.strftime("%Y-%m-%d"), "machine": machine()}
    head = "".join(f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in about.items())
    lines = [json.dumps({**_rounded(asdict(row)), "asked": row.asked, "met": row.met}) for row in rows]
    text = "{\n" + head + ' "rows": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
    (RESULTS / f"{name}.json").write_text(text, "utf-8")


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the targets' parts, its spreads with four digits."""
    kept = {key: value for key, value in row.items() if key not in ("at_least", "at_most", "ours_at_most")}
    for key in ("ours", "peer", "factor"):
        if kept[key]:
            kept[key] = [float(f"{value:.4g}") for value in kept[key]]
    return kept
