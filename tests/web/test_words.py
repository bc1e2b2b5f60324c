"""A device in words and figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.devices import device
from wallnut.web.words import State, duration, figures, headline, number, reading, state


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("OL", State.MAINS),
        ("OL CHRG", State.MAINS),
        ("OB DISCHRG", State.BATTERY),
        ("OB LB", State.LOW),
        ("FSD OB LB", State.FORCED),
        ("OB LB CAL", State.CALIBRATING),
        ("OL RB", State.REPLACE),
        ("ALARM OL", State.ALARM),
        ("OL OVER", State.OVERLOAD),
        ("BYPASS", State.BYPASS),
        ("OFF", State.OFF),
        ("WAIT", State.WAITING),
        ("", State.OTHER),
    ],
)
def test_the_state_that_matters_most(status: str, expected: State) -> None:
    assert state(device(status=status)) is expected


def test_old_data_is_no_state() -> None:
    """What was true once is not shown as if it were."""
    assert state(device(status="OL", code="UNREACHABLE")) is State.LOST
    assert state(device(status="OB LB", code="DATA-STALE")) is State.OLD


def test_on_battery_the_time_left_matters_and_on_mains_the_load() -> None:
    values = {"ups__load": "31", "battery__charge": "87.5", "battery__runtime": "1380"}
    found = headline(device(status="OL", **values), figures(device(status="OL", **values)))
    assert found is not None
    assert (found.label, found.number, found.unit) == ("Load", "31", "%")
    found = headline(device(status="OB", **values), figures(device(status="OB", **values)))
    assert found is not None
    assert (found.label, found.number, found.unit) == ("Time left", "23", "min")
    assert headline(device(), figures(device())) is None


def test_durations_and_readings() -> None:
    assert duration(192).replace("\u202f", " ") == "3 min 12 s"
    assert duration(3600).replace("\u202f", " ") == "1 h"
    assert duration(-5).replace("\u202f", " ") == "0 s"
    assert reading("battery.runtime", "1380").replace("\u202f", " ") == "1380 s (23 min)"
    assert reading("ups.model", "Smart 1000") == "Smart 1000"


@given(st.text(max_size=40))
def test_any_text_is_a_bounded_number_or_none(text: str) -> None:
    found = number(text)
    assert found is None or abs(found) < 1e12


@given(st.dictionaries(st.sampled_from(["ups__load", "battery__charge", "battery__runtime"]), st.text(max_size=12)))
def test_figures_come_of_any_values(values: dict[str, str]) -> None:
    for figure in figures(device(**values)).values():
        assert figure.share is None or 0 <= figure.share <= 100
