"""merge's rules: the order in which links are asked, and one status out of several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.combining import Preferences, Together
from wallnut.model.status import Status, compose

# --- preferences


def test_the_longest_pattern_counts() -> None:
    order = Preferences(3, {"battery.*": [2], "battery.charge": [1], "*": [1, 2], "Battery.Charge.*": [2, 0]}).order
    assert order("ups.load") == (1, 2, 0)
    assert order("battery.runtime") == (2, 0, 1)
    assert order("battery.charge") == (1, 0, 2)
    assert order("battery.charge.low") == (2, 0, 1)


def test_without_preferences_the_order_of_port_counts() -> None:
    assert Preferences(2, {}).order("ups.load") == (0, 1)


# --- status: links 0 and 1, a preferred; holdtime 30


class Pair:
    """Two links; `say` gives the status that is shown, "-" for none."""

    def __init__(self, order: tuple[int, int] = (0, 1)) -> None:
        self.together = Together(2, holdtime=30)
        self.order = order
        self.now = 0.0

    def say(self, a: str | None, b: str | None, after: float = 1.0) -> str:
        self.now += after
        statuses = [None if text is None else Status.parse(text) for text in (a, b)]
        status = self.together.step(statuses, self.order, self.now)
        return "-" if status is None else compose(status.words)


@pytest.mark.parametrize(
    ("a", "b", "shown"),
    [
        ("OL", "OL", "OL"),
        ("OL CHRG", "OL", "OL CHRG"),
        ("OL", "OL CHRG", "OL"),  # words that neither warn nor tell of mains: the preferred link's
        ("OL", "OB DISCHRG", "OB DISCHRG"),  # and among those, of links that agree
        ("OB DISCHRG", "OL CHRG", "OB DISCHRG"),
        ("OL LB", "OB DISCHRG", "OB DISCHRG LB"),
        ("OL", "OB LB", "OB LB"),
        ("OL CHRG", "OL RB OVER BYPASS", "OL CHRG RB OVER BYPASS"),
        ("OL", "FSD OL", "FSD OL"),
        ("OL", "ALARM OL", "ALARM OL"),
        ("OL CAL", "OL", "OL CAL"),
        ("OB CAL LB", "OB LB CAL", "OB LB CAL"),
        ("OB CAL LB", "OL", "OB LB CAL"),
        ("OB CAL LB", "OB LB", "OB LB"),  # somebody sees an outage
        ("OB CAL", "OL LB", "OB LB CAL"),
        ("", "OL", "OL"),
        ("RB", "OL TRIM", "OL TRIM RB"),
        ("OFF", "BYPASS", "OFF BYPASS"),
        ("OL", None, "OL"),
        (None, "OB", "OB"),
        (None, None, "-"),
        ("", None, "-"),
        ("ol", "Ob", "OB"),
    ],
)
def test_status(a: str | None, b: str | None, shown: str) -> None:
    assert Pair().say(a, b) == shown


def test_the_other_order() -> None:
    assert Pair((1, 0)).say("OL CHRG", "OL TRIM") == "OL TRIM"


def test_mains_is_back_when_all_say_so() -> None:
    pair = Pair()
    assert [pair.say("OB", "OL"), pair.say("OB", "OB"), pair.say("OL", "OB"), pair.say("OL", "OL")] == [
        *("OB", "OB", "OB", "OL")
    ]


def test_a_link_that_is_lost_goes_on_warning() -> None:
    """The network dies with the mains: the other link may not have looked yet."""
    pair = Pair()
    assert pair.say("OB LB", "OL") == "OB LB"
    assert pair.say(None, "OL") == "OB LB"
    assert pair.say(None, "OL", after=30) == "OB LB"
    assert pair.say(None, "OL") == "OL", "by now it would have seen it"
    assert pair.say(None, "OB") == "OB", "that LB is over"


def test_low_on_battery_stays_low() -> None:
    pair = Pair()
    pair.say("OB LB", "OB")
    assert pair.say(None, "OB") == "OB LB"
    assert pair.say(None, "OB", after=1000) == "OB LB", "on battery nothing gets better"
    assert pair.say("OB", "OB") == "OB", "it says so itself"
    pair.say("OB LB", "OB")
    assert pair.say(None, "OB") == "OB LB"
    assert pair.say(None, "OB", after=100) == "OB LB"
    assert pair.say(None, "OL") == "OL"
    assert pair.say(None, "OB") == "OB"


def test_a_forced_shutdown_stays() -> None:
    pair = Pair()
    pair.say("FSD OB", "OB")
    assert pair.say(None, "OL") == "FSD OB"
    assert pair.say(None, "OL", after=1000) == "FSD OL"
    assert pair.say("OL", "OL") == "OL"


def test_a_lost_link_calms_nobody() -> None:
    pair = Pair()
    pair.say("OL", "OB")
    assert pair.say(None, "OB") == "OB"
    assert pair.say("OL", None) == "OB", "the other one has just said so"
    assert pair.say("OL", None, after=31) == "OL"


def test_calibration_and_then_the_loss_of_a_link() -> None:
    pair = Pair()
    assert pair.say("OB LB CAL", "OB CAL") == "OB LB CAL"
    assert pair.say(None, "OB CAL") == "OB CAL"
    assert pair.say(None, "OB") == "OB"


def test_what_other_words_a_lost_link_said_is_void() -> None:
    pair = Pair()
    pair.say("OL RB OVER", "OL")
    assert pair.say(None, "OL") == "OL"


def test_all_lost_and_back() -> None:
    pair = Pair()
    pair.say("OB LB", "OB LB")
    assert pair.say(None, None) == "-"
    assert pair.say("OL", None, after=100) == "OL", "the other one's LB does not outlive mains"


# --- whatever comes

SAID = st.none() | st.lists(
    st.sampled_from(["OL", "OB", "LB", "FSD", "CAL", "RB", "CHRG", "ALARM", "OFF", "X"]), max_size=5
).map(" ".join)
STEPS = st.lists(st.tuples(st.lists(SAID, min_size=3, max_size=3), st.sampled_from([0.5, 10, 31])), max_size=8)


@given(STEPS, st.permutations(range(3)))
def test_nothing_that_warns_is_lost(steps: list[tuple[list[str | None], float]], order: list[int]) -> None:
    together, now = Together(3, 30), 0.0
    for said, after in steps:
        now += after
        statuses = [None if text is None else Status.parse(text) for text in said]
        fresh = [status for status in statuses if status is not None and status.words]
        shown = together.step(statuses, order, now)
        assert (shown is None) == (not fresh)
        if shown is None:
            continue
        for word in ("FSD", "LB", "RB", "ALARM", "OFF"):
            if any(word in status.words for status in fresh):
                assert word in shown.words
        if any(status.on_battery for status in fresh):
            assert shown.on_battery
        if shown.online:
            assert not shown.on_battery
            assert any(status.online for status in fresh)
        if any(status.critical_words for status in fresh):
            assert shown.critical_words, "what is critical for one link is critical"
        assert len(set(shown.words)) == len(shown.words)
