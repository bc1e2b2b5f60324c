"""What can be asked of a history: charts, values, status changes, outages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from wallnut.history import rollup
from wallnut.history.catalogue import NUMBER, TEXT, Catalogue, Known
from wallnut.history.database import Database
from wallnut.history.outages import outages_of
from wallnut.history.rollup import Number, Piece
from wallnut.history.values import HOUR, MINUTE, Bucket, Device, Event, Outage, Series

WIDTHS = {"raw": 1, "minute": MINUTE, "hour": HOUR}
STATUS, CHARGE, RUNTIME = "ups.status", "battery.charge", "battery.runtime"
POINTS = 100_000
"""The most points of a chart."""


@dataclass(frozen=True, slots=True)
class Level:
    """What there is of raw, minute, hour or text: rows, and the times of the first and the last."""

    name: str
    rows: int
    first: int | None
    last: int | None


class Reader:
    """Answers questions. Each answer is of one moment."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._db = database
        self._catalogue = catalogue

    def devices(self) -> dict[Device, int]:
        """The devices, and up to when each was heard."""
        with self._db.reading():
            return {device: known.heard for device, known in sorted(self._catalogue.devices().items())}

    def variables(self, device: Device) -> dict[str, str]:
        """A device's variables, and whether they are numbers or texts ("number", "text"; "both")."""
        found: dict[str, str] = {}
        with self._db.reading():
            known = self._catalogue.device(device)
            for variable, kind, _ in self._catalogue.of(known.id) if known else ():
                found[variable] = "both" if variable in found else kind
        return found

    def levels(self) -> list[Level]:
        """What there is; it looks at everything, which takes a while."""
        tables = ("raw", self._db.raw_at), ("minute", "at"), ("hour", "at"), ("texts", "at")
        found = []
        with self._db.reading():
            for table, at in tables:
                row = self._db.rows(f"SELECT count(*), min({at}), max({at}) FROM {table}")[0]
                found.append(Level(table.removesuffix("s"), *row))
        return found

    # Charts

    def series(self, device: Device, variable: str, start: int, end: int, points: int = 1000) -> Series:
        """A number's course, start <= time < end, in at most so many points (2 to 100,000): the samples where they are
        few enough, else what they were in steps; minutes or hours where these are wide enough, or samples are pruned.
        """
        points = min(max(points, 2), POINTS)
        with self._db.reading():
            known = self._catalogue.device(device)
            number = self._catalogue.series(known.id, variable, NUMBER) if known else 0
            if known is None or not number or end <= start:
                return Series("raw", 0, start, ())
            stop = min(end, known.heard + 1)
            width = -(-(end - start) // (points - 1))
            level = self._level(start, width)
            if level == "raw":
                carry = self._before(known, number, start)
                rows = list(self._db.raw(number, start, stop))
                if len(rows) < points:
                    return Series(level, 0, stop, rollup.as_they_are(rows, carry, start))
                return Series(level, width, stop, rollup.points(rollup.of_samples(rows, carry, start, stop), width))
            narrow = WIDTHS[level]
            width = -(-width // narrow) * narrow
            pieces = self._pieces(known, number, level, start // narrow * narrow, stop)
            return Series(level, width, stop, rollup.points(pieces, width))

    def _level(self, start: int, width: int) -> str:
        """The finest level that is not finer than wanted, and reaches back far enough; or the coarsest."""
        horizons = self.horizons()
        for level, coarser in (("raw", MINUTE), ("minute", HOUR)):
            if width < coarser and start >= horizons[level]:
                return level
        return "hour"

    def horizons(self) -> dict[str, int]:
        """From when on each level is kept."""
        return dict(self._db.rows("SELECT level, at FROM horizon"))

    def _pieces(self, known: Known, series: int, level: str, start: int, stop: int) -> Iterator[Piece]:
        """A series' pieces of a level, and of finer ones where it is not made yet."""
        parts: list[Iterator[Piece]] = []
        if level == "hour":
            end = min(known.hour_to, stop)
            if start < end:
                carry = self._before(known, series, start)
                parts.append(rollup.of_buckets(self._buckets("hour", series, start, end), carry, start, end, HOUR))
                start = end
        if level != "raw":
            end = min(known.minute_to, stop)
            if start < end:
                carry = self._before(known, series, start)
                parts.append(rollup.of_buckets(self._buckets("minute", series, start, end), carry, start, end, MINUTE))
                start = end
        if start < stop:
            carry = self._before(known, series, start)
            parts.append(rollup.of_samples(self._db.raw(series, start, stop), carry, start, stop))
        return chain.from_iterable(parts)

    def _buckets(self, level: str, series: int, start: int, end: int) -> list[Bucket]:
        found = self._db.rows(
            f"SELECT at, low, mean, high, held, last FROM {level} WHERE series = ? AND at >= ? AND at < ? ORDER BY at",
            (series, start, end),
        )
        return list(map(Bucket._make, found))

    def _before(self, known: Known, series: int, at: int) -> Number:
        """A number's value just before a time; where samples are pruned, at the end of that minute or hour."""
        minute = min(at // MINUTE * MINUTE, known.minute_to)
        if at % HOUR:
            horizons = self.horizons()
            if at <= horizons["minute"]:  # only what it was at the end of that hour
                return self.carried(series, -(-at // HOUR) * HOUR)
            if at <= horizons["raw"]:
                return self.carried(series, -(-at // MINUTE) * MINUTE)
        if minute < at and (found := self._db.last_raw(series, minute, at)):
            return found[1]
        return self.carried(series, minute)

    def carried(self, series: int, minute: int) -> Number:
        """A number's value at the beginning of a minute up to which minutes are made."""
        found = self._last("minute", series, minute) or self._last("hour", series, minute // HOUR * HOUR)
        return found[0] if found else None

    def carried_hour(self, series: int, hour: int) -> Number:
        """The same of an hour up to which hours are made."""
        found = self._last("hour", series, hour)
        return found[0] if found else None

    def _last(self, level: str, series: int, before: int) -> tuple[Number] | None:
        """How the last bucket before a time ends."""
        found = self._db.rows(
            f"SELECT last FROM {level} WHERE series = ? AND at < ? ORDER BY at DESC LIMIT 1", (series, before)
        )
        return (found[0][0],) if found else None

    def value(self, device: Device, variable: str, at: int) -> float | str | None:
        """What a variable was at a time; None: not known."""
        with self._db.reading():
            known = self._catalogue.device(device)
            if known is None or at > known.heard:
                return None
            number = self._catalogue.series(known.id, variable, NUMBER)
            found: float | str | None = self._before(known, number, at + 1) if number else None
            return self.text_before(known, variable, at + 1) if found is None else found

    def number_before(self, known: Known, variable: str, at: int) -> Number:
        """What a number was just before a time."""
        number = self._catalogue.series(known.id, variable, NUMBER)
        return self._before(known, number, at) if number else None

    def text_before(self, known: Known, variable: str, at: int) -> str | None:
        """What a text was just before a time."""
        found = self._texts(known, variable, "at < ? ORDER BY at DESC LIMIT 1", at)
        return found[0][1] if found else None

    def _texts(self, known: Known, variable: str, where: str, *args: int) -> list[tuple[int, str | None]]:
        series = self._catalogue.series(known.id, variable, TEXT)
        if not series:
            return []
        return [
            (at, text)
            for at, text in self._db.rows(f"SELECT at, value FROM texts WHERE series = ? AND {where}", (series, *args))
        ]

    # Texts

    def texts(self, device: Device, variable: str, start: int, end: int) -> list[tuple[int, str | None]]:
        """A text's changes, start <= time < end, with the one before that holds at the start."""
        with self._db.reading():
            known = self._catalogue.device(device)
            return self._changes(known, variable, start, end) if known else []

    def _changes(self, known: Known, variable: str, start: int, end: int) -> list[tuple[int, str | None]]:
        before = self._texts(known, variable, "at <= ? ORDER BY at DESC LIMIT 1", start)
        inside = self._texts(known, variable, "at > ? AND at < ? ORDER BY at", start, end)
        found: list[tuple[int, str | None]] = []
        for at, text in before + inside:
            if not found or found[-1][1] != text:
                found.append((at, text))
        return found

    def events(self, start: int, end: int, devices: Sequence[Device] = ()) -> list[Event]:
        """The states of ups.status that held in a time, of some devices or all, by their beginning."""
        found = []
        with self._db.reading():
            for known in self._chosen(devices):
                changes = self._changes(known, STATUS, start, end)
                after = self._texts(known, STATUS, "at >= ? ORDER BY at LIMIT 1", end)
                ends = [*(at for at, _ in changes[1:]), after[0][0] if after else None]
                found += [
                    Event(known.device, at, until, text) for (at, text), until in zip(changes, ends, strict=False)
                ]
        return sorted(found, key=lambda event: (event.at, event.device))

    def outages(self, start: int, end: int, devices: Sequence[Device] = ()) -> list[Outage]:
        """The times on battery that touch a time, of some devices or all, by their beginning."""
        found = []
        with self._db.reading():
            for known in self._chosen(devices):
                # one may have begun before and end later
                all_changes = self._changes(known, STATUS, 0, 1 << 62)
                spells = [one for one in outages_of(all_changes) if one.start < end and (one.end or end) > start]
                found += [self._outage(known, *spell) for spell in spells]
        return sorted(found, key=lambda outage: (outage.start, outage.device))

    def _outage(self, known: Known, start: int, end: int | None, seen: bool, planned: bool) -> Outage:
        width = WIDTHS[self._level(start, 0)]
        charge = self.number_before(known, CHARGE, start // width * width + (width == 1))
        until = known.heard + 1 if end is None else end
        lowest = [self._lowest(known, name, start, until) for name in (CHARGE, RUNTIME)]
        return Outage(known.device, start, end, seen, planned, charge, *lowest)

    def _lowest(self, known: Known, variable: str, start: int, end: int) -> Number:
        """The lowest value in a time; of the whole minutes or hours where samples are pruned."""
        series = self._catalogue.series(known.id, variable, NUMBER)
        if not series:
            return None
        level = self._level(start, 0)
        start = start // WIDTHS[level] * WIDTHS[level]
        return min(
            (piece[2] for piece in self._pieces(known, series, level, start, min(end, known.heard + 1))), default=None
        )

    def _chosen(self, devices: Sequence[Device]) -> list[Known]:
        known = self._catalogue.devices()
        return [known[device] for device in (devices or sorted(known)) if device in known]
