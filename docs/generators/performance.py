"""The tables of docs/performance.md, from the results that `./dev bench` keeps; the prose is the page's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent
RESULTS = DOCS.parent / "benchmarks" / "results"
PAGE = "performance.md"
PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = "| what | wallnut | peer | factor | asked | met |\n|---|---|---|---|---|---|\n"


def pages() -> Iterator[tuple[str, str]]:
    text = (DOCS / PAGE).read_text("utf-8")
    yield PAGE, PLACE.sub(lambda place: place[1] + table(place[2]) + place[3], text)


def table(name: str) -> str:
    """One benchmark's rows, and under what conditions they were found."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return f"\nNot measured yet: `./dev bench {name}`.\n\n"
    result = json.loads(path.read_text("utf-8"))
    rows = "".join(line(row) for row in result["rows"])
    return f"\n{HEAD}{rows}\n`{result['command']}`, {result['day']}: {result['machine']}.\n\n"


def line(row: dict[str, Any]) -> str:
    peer = f"{row['against']}: {median(row['peer'], row['unit'])}" if row["peer"] else ""
    factor = ""
    if row["factor"]:
        low, middle, high = (number(value) for value in row["factor"])
        factor = f"**{middle}x** ({low} to {high}){' of its' if row['share'] else ''}"
    ours = median(row["ours"], row["unit"])
    if not row["factor"]:
        ours += f" ({number(row['ours'][0])} to {number(row['ours'][2])})"
    met = ("yes" if row["met"] else "**no**") if row["asked"] else ""
    return f"| {row['work']} | {ours} | {peer} | {factor} | {row['asked']} | {met} |\n"


def median(spread: list[float], unit: str) -> str:
    return f"{number(spread[1])} {unit}"


def number(value: float) -> str:
    """Three digits are all that these figures are good for."""
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"
