"""Energy of all devices, by days of a month or months of a year: reckoned device by device, kept, and summed up."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from wallnut.history.energy import Energy, EnergyRow, Per, energy
from wallnut.history.reader import Reader
from wallnut.history.settings import ratings
from wallnut.history.values import Device
from wallnut.web.answers import Refused
from wallnut.web.asked import named
from wallnut.web.axes import local
from wallnut.web.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.web.context import Console

FIRST, LAST = 1990, 2200
AT_ONCE = 20
"""Devices of a question to the history, so that others' questions come in between."""
MOST = 1000
"""Devices of an answer."""
FRESH, FRESH_YEAR, OVER = 60.0, 900.0, 3600.0
"""Seconds for which what is reckoned is kept: of a month or year that goes on, of a time that is over."""
MOST_KEPT = 4000


@dataclass(frozen=True, slots=True)
class Period:
    """A month by its days, or a year (`month` 0) by its months; of local time."""

    year: int
    month: int = 0

    @classmethod
    def of(cls, asked: Mapping[str, str], now: int) -> Period:
        """What an address asks for: `month=2026-11`, `year=2026`, or the present month. Raises Refused."""
        today = local(now)
        month, year = asked.get("month", ""), asked.get("year", "")
        if not month and not year:
            return cls(today.year, today.month)
        found = re.fullmatch(r"(\d{4})-(\d{2})", month, re.ASCII) if month else re.fullmatch(r"(\d{4})", year, re.ASCII)
        numbers = [int(one) for one in found.groups()] if found else [0]
        if not FIRST <= numbers[0] <= LAST or (month and not 1 <= numbers[1] <= 12):
            raise Refused(400, N_("Write month=2026-11 or year=2026."))
        return cls(*numbers)

    @property
    def per(self) -> Per:
        """What its rows are about."""
        return Per.DAY if self.month else Per.MONTH

    @property
    def start(self) -> int:
        """Its beginning."""
        return _midnight(self.year, self.month or 1)

    @property
    def end(self) -> int:
        """The beginning of the next one."""
        return self.moved(1).start

    @property
    def word(self) -> str:
        """As an address writes it."""
        return f"month={self.year:04}-{self.month:02}" if self.month else f"year={self.year:04}"

    def moved(self, by: int) -> Period:
        """One so much later."""
        if not self.month:
            return Period(self.year + by)
        months = self.year * 12 + self.month - 1 + by
        return Period(months // 12, months % 12 + 1)

    def edges(self) -> list[int]:
        """Where its rows begin, and its end."""
        if not self.month:
            return [_midnight(self.year, month) for month in range(1, 13)] + [self.end]
        days = (date(*_next(self.year, self.month), 1) - date(self.year, self.month, 1)).days
        return [_midnight(self.year, self.month, day) for day in range(1, days + 1)] + [self.end]


def _next(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < 12 else (year + 1, 1)


def _midnight(year: int, month: int, day: int = 1) -> int:
    return round(time.mktime((year, month, day, 0, 0, 0, 0, 0, -1)) * 1000)


class Metered:
    """Reckons, and keeps for a while what it has reckoned."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Device, Period], tuple[float, Energy]] = OrderedDict()

    async def all(self, parts: Console, period: Period, name: str, now: int) -> tuple[list[Energy], int]:
        """The energy of the devices of an id or name ("": all), and how many of them were too many. Raises
        NoHistory."""
        devices = await parts.past.ask(lambda reader: named(reader, name) if name else list(reader.devices()))
        wanted = devices[:MOST]
        for place in range(0, len(wanted), AT_ONCE):
            due = [one for one in wanted[place : place + AT_ONCE] if not self._is_good(one, period)]
            if due:
                for found in await parts.past.ask(_question(parts, due, period, now)):
                    self._keep(found, period, now)
        return [self._kept[one, period][1] for one in wanted], len(devices) - len(wanted)

    def _is_good(self, device: Device, period: Period) -> bool:
        kept = self._kept.get((device, period))
        return kept is not None and time.monotonic() < kept[0]

    def _keep(self, found: Energy, period: Period, now: int) -> None:
        until = time.monotonic() + (OVER if period.end < now else FRESH if period.month else FRESH_YEAR)
        self._kept[found.device, period] = until, found
        self._kept.move_to_end((found.device, period))
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _question(parts: Console, devices: Sequence[Device], period: Period, now: int) -> Callable[[Reader], list[Energy]]:
    conf, end = parts.recording, min(period.end, max(now, period.start))

    def ask(reader: Reader) -> list[Energy]:
        return [
            energy(
                reader,
                device,
                period.start,
                end,
                period.per,
                ratings=ratings(conf),
                price=conf.price_per_kwh,
                currency=conf.currency,
            )
            for device in devices
        ]

    return ask


@dataclass(frozen=True, slots=True)
class Sum:
    """Some devices' energy in a time: kWh that were measured, and estimated; `share`: of how much of their time it is
    known."""

    start: int
    end: int
    measured: float
    estimated: float
    share: float

    @property
    def kwh(self) -> float:
        """Both."""
        return self.measured + self.estimated


def summed(rows: Sequence[EnergyRow]) -> Sum | None:
    """Rows of one time as one; None: nothing is known."""
    known = [row for row in rows if row.parts]
    if not known:
        return None
    parts = [part for row in known for part in row.parts]
    return Sum(
        known[0].start,
        known[0].end,
        sum(part.wh for part in parts if part.measured) / 1000,
        sum(part.wh for part in parts if not part.measured) / 1000,
        sum(row.share for row in known) / len(known),
    )


def by_row(found: Sequence[Energy]) -> list[Sum]:
    """All devices together, day by day or month by month, as far as anything is known."""
    at: dict[int, list[EnergyRow]] = {}
    for one in found:
        for row in one.rows:
            at.setdefault(row.start, []).append(row)
    return [made for start in sorted(at) if (made := summed(at[start])) is not None]
