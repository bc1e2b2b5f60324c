"""Outages and events, from what was recorded."""

from __future__ import annotations

import pytest

from wallnut.history.outages import Spell, outages_of
from wallnut.history.store import History
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Device, Event, Keep, Sample

T0 = 1_700_000_000 * SECOND // HOUR * HOUR
RACK, ATTIC = Device("localhost", "rack"), Device("localhost", "attic")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ([], []),
        ([(0, "OL"), (5, "OL CHRG")], []),
        ([(0, "OL"), (5, "OB DISCHRG"), (9, "OL CHRG")], [Spell(5, 9, True, False)]),
        ([(5, "OB"), (6, "OB LB"), (7, "FSD OB LB"), (9, "OL")], [Spell(5, 9, True, False)]),
        ([(5, "OB"), (6, None), (9, "OL")], [Spell(5, 9, False, False)]),
        ([(5, "OB"), (6, None), (7, "WAIT"), (8, "OB"), (9, "OL")], [Spell(5, 9, True, False)]),
        ([(5, "OB")], [Spell(5, None, False, False)]),
        ([(5, "OB"), (6, None)], [Spell(5, None, False, False)]),
        ([(0, "OL"), (5, "CAL OB"), (9, "OL")], [Spell(5, 9, True, True)]),
        ([(0, "OL"), (5, "OB TEST"), (7, "OB"), (9, "OL")], [Spell(5, 9, True, False)]),
        ([(0, "OB"), (5, "OFF"), (9, "OB"), (10, "OL")], [Spell(0, 5, True, False), Spell(9, 10, True, False)]),
    ],
)
def test_times_on_battery(changes: list[tuple[int, str | None]], wanted: list[Spell]) -> None:
    assert outages_of(changes) == wanted


def sample(at: int, variable: str, value: float | str | None, device: Device = RACK) -> Sample:
    return Sample(device, variable, at, value)


def an_outage() -> list[Sample]:
    """Ten minutes in which the battery goes from 100 to 50 percent."""
    start = T0 + HOUR
    return [
        sample(T0, "ups.status", "OL"),
        sample(T0, "battery.charge", 100.0),
        sample(T0, "battery.runtime", 1200.0),
        sample(start, "ups.status", "OB DISCHRG"),
        *(sample(start + minute * MINUTE, "battery.charge", 100.0 - 5 * minute) for minute in range(11)),
        *(sample(start + minute * MINUTE + 1, "battery.runtime", 1200.0 - 60 * minute) for minute in range(11)),
        sample(start + 10 * MINUTE + 2, "ups.status", "OL CHRG"),
        sample(start + HOUR, "battery.charge", 99.0),
        sample(start + HOUR, "battery.runtime", 1100.0),
        sample(T0, "ups.status", "OL", ATTIC),
    ]


@pytest.mark.parametrize("keep", [None, Keep(raw=0), Keep(raw=0, minutes=0)], ids=["raw", "minutes", "hours"])
def test_an_outage_keeps_its_figures(history: History, keep: Keep | None) -> None:
    history.write(an_outage(), {RACK: T0 + DAY})
    if keep is not None:
        history.prune(keep, T0 + 3 * DAY)
    (outage,) = history.read.outages(0, T0 + DAY)
    assert (outage.device, outage.start, outage.end) == (RACK, T0 + HOUR, T0 + HOUR + 10 * MINUTE + 2)
    assert (outage.seen, outage.planned) == (True, False)
    assert (outage.lowest_charge, outage.lowest_runtime) == (50.0, 600.0)
    assert (outage.charge, outage.depth) == (100.0, 50.0)


def test_outages_of_a_time_and_of_devices(history: History) -> None:
    history.write(an_outage(), {RACK: T0 + DAY})
    assert history.read.outages(T0, T0 + HOUR) == []
    assert len(history.read.outages(T0, T0 + HOUR + 1)) == 1
    assert len(history.read.outages(T0 + HOUR + 10 * MINUTE + 1, T0 + DAY)) == 1
    assert history.read.outages(T0 + HOUR + 10 * MINUTE + 2, T0 + DAY) == []
    assert history.read.outages(T0, T0 + DAY, [ATTIC]) == []
    assert len(history.read.outages(T0, T0 + DAY, [ATTIC, RACK])) == 1


def test_an_outage_that_goes_on(history: History) -> None:
    history.write([sample(T0, "ups.status", "OB"), sample(T0, "battery.charge", 80.0)], {RACK: T0 + MINUTE})
    history.write([sample(T0 + 30 * SECOND, "battery.charge", 70.0)])
    (outage,) = history.read.outages(T0, T0 + HOUR)
    assert (outage.end, outage.seen, outage.charge, outage.lowest_charge) == (None, False, 80.0, 70.0)
    assert (outage.depth, outage.lowest_runtime) == (10.0, None)


def test_events_and_how_long_they_lasted(history: History) -> None:
    history.write(an_outage())
    start = T0 + HOUR
    assert history.read.events(T0 + MINUTE, T0 + DAY) == [
        Event(ATTIC, T0, None, "OL"),
        Event(RACK, T0, start, "OL"),
        Event(RACK, start, start + 10 * MINUTE + 2, "OB DISCHRG"),
        Event(RACK, start + 10 * MINUTE + 2, None, "OL CHRG"),
    ]
    assert history.read.events(start + 1, start + 2, [RACK]) == [
        Event(RACK, start, start + 10 * MINUTE + 2, "OB DISCHRG")
    ]
