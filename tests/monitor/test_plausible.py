"""Which readings are believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.monitor import rules
from wallnut.monitor.plausible import doubts
from wallnut.monitor.values import Explain, Look, Readings, Say, Settings, Supply, readings

ANY = st.one_of(st.none(), st.floats(-1e6, 1e6))


@pytest.mark.parametrize(
    ("given_readings", "low", "doubted"),
    [
        (Readings(), False, set()),
        (Readings(64, 1450, 24.5, 24), False, set()),
        (Readings(255), False, {"charge"}),
        (Readings(-1, 1450), False, {"charge"}),
        (Readings(100, -1), False, {"runtime"}),
        (Readings(100, 0), False, {"runtime"}),
        (Readings(100, 0), True, set()),
        (Readings(3, 0), False, set()),
        (Readings(-5, 0), False, {"charge", "runtime"}),
        (Readings(0, -5), False, {"charge", "runtime"}),
        (Readings(None, 0), False, set()),
        (Readings(0, 1450), False, {"charge"}),
        (Readings(0, 20), False, set()),
        (Readings(10, 100, 255, 24), False, {"charge", "runtime", "voltage"}),
        (Readings(10, None, 0, 24), False, {"charge", "voltage"}),
        (Readings(10, 100, 2.27, 24), False, set()),  # of one cell
        (Readings(10, 100, 55.2, 12), False, set()),  # of four blocks
    ],
)
def test_what_cannot_be(given_readings: Readings, low: bool, doubted: set[str]) -> None:
    assert set(doubts(given_readings, low)) == doubted


@given(st.builds(Readings, ANY, ANY, ANY, ANY), st.booleans())
def test_only_what_was_read_is_doubted(given_readings: Readings, low: bool) -> None:
    for field, why in doubts(given_readings, low).items():
        assert getattr(given_readings, field) is not None
        assert why


def test_what_is_no_number_was_not_read() -> None:
    values = {"battery.charge": "nan", "battery.runtime": "inf", "battery.voltage": "n/a"}
    assert readings(lambda name: values.get(name, "")) == Readings()
    assert readings(lambda name: "12.5") == Readings(12.5, 12.5, 12.5, 12.5)


def test_said_once_in_an_outage() -> None:
    state = rules.start(Settings((Supply("ups"),)), 0)
    said: list[str] = []
    explained: list[str] = []
    for now, (status, charge) in enumerate(
        [("OB", 64), ("OB", 255), ("OB", 63), ("OB", 255), ("OL", 255), ("OB", 255)]
    ):
        state, actions = rules.step(state, Look("ups", status, "", "", Readings(charge)), now)
        said += [f"{now} {action.text}" for action in actions if isinstance(action, Say)]
        explained += [action.text for action in actions if isinstance(action, Explain)]
        assert ("not plausible" in rules.explain(state)[0]) == (charge == 255 and status == "OB")
    text = "UPS [ups]: charge 255 % is not within 0 and 100: such a value decides nothing"
    assert said == [f"1 {text}", f"5 {text}"]
    assert "UPS ups: charge 255 % is not within 0 and 100: such a value decides nothing" in explained
