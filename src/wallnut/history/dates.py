"""Days as vendors write them: battery.date, battery.mfr.date, ups.test.date. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
OLDEST = date(1985, 1, 1)
"""What is older is no day of a UPS: clocks that were never set, and years of one digit too many."""


class Day(NamedTuple):
    """A day; not `sure`: day and month could be the other way round, or the day is not said."""

    day: date
    sure: bool


_YEAR_FIRST = re.compile(r"(\d{4})\D(\d{1,2})(?:\D(\d{1,2}))?(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4}|\d{2})(?!\d)")
_MONTH_YEAR = re.compile(r"(\d{1,2})\D(\d{4})(?!\d)")
_DIGITS = re.compile(r"\d{8}(?!\d)")
_NAMED = re.compile(r"(?:(\d{1,2})\W+)?([a-z]{3})[a-z]*\W+(?:(\d{1,2})\W+)?(\d{4})(?!\d)")


def parse_day(text: str, today: date) -> Day | None:
    """Read a day; None for what is none, or none that can be: of the future, or from before there were such UPSes.

    Year first, as NUT wishes; month, day, year as APC writes it, unless that cannot be; without separators; with the
    month's name; without the day.
    """
    text = text.strip().lower()
    found = _read(text)
    return found if found and OLDEST <= found.day <= today + timedelta(days=1) else None


def _read(text: str) -> Day | None:
    if match := _YEAR_FIRST.match(text):
        year, month, day = match.groups()
        return _day(int(year), int(month), int(day or 1), sure=day is not None)
    if match := _YEAR_LAST.match(text):
        first, second, year = map(int, match.groups())
        return _either(first, second, year + (0 if year > 99 else 1900 if year >= 70 else 2000))
    if match := _MONTH_YEAR.match(text):
        return _day(int(match[2]), int(match[1]), 1, sure=False)
    if _DIGITS.match(text):
        first, second, third, fourth = (int(text[at : at + 2]) for at in (0, 2, 4, 6))
        if first in (19, 20):
            return _day(first * 100 + second, third, fourth)
        return _either(first, second, third * 100 + fourth)
    if (match := _NAMED.match(text)) and match[2] in MONTHS:
        day = match[1] or match[3]
        return _day(int(match[4]), MONTHS.index(match[2]) + 1, int(day or 1), sure=day is not None)
    return None


def _either(month: int, day: int, year: int) -> Day | None:
    """Month and day, or the other way round where that alone can be."""
    if month > 12:
        return _day(year, day, month)
    return _day(year, month, day, sure=day > 12 or day == month)


def _day(year: int, month: int, day: int, sure: bool = True) -> Day | None:
    try:
        return Day(date(year, month, day), sure)
    except ValueError:
        return None
