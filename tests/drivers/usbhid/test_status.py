"""Signs -> words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.usbhid.rows import Sign
from wallnut.drivers.usbhid.status import Habits, Judge, alarms, transfer_reason

ON, OUT, LOW, CAL = Sign.ONLINE, Sign.DISCHARGING, Sign.LOW_BATTERY, Sign.CALIBRATING


def words(*signs: Sign, habits: Habits | None = None, now: float = 0.0) -> str:
    return " ".join(Judge(habits or Habits()).words(set(signs), now))


@pytest.mark.parametrize(
    ("signs", "said"),
    [
        ((), "OB"),
        ((ON,), "OL"),
        ((ON, Sign.CHARGING), "OL CHRG"),
        ((ON, Sign.CHARGING, Sign.FULLY_CHARGED), "OL"),
        ((OUT,), "OB DISCHRG"),
        ((OUT, Sign.DEPLETED), "OB"),
        ((OUT, LOW), "OB DISCHRG LB"),
        ((OUT, Sign.TIME_LIMIT_EXPIRED), "OB DISCHRG LB"),
        ((OUT, Sign.SHUTDOWN_IMMINENT), "OB DISCHRG LB"),
        ((ON, OUT), "OL DISCHRG"),
        ((ON, CAL, OUT), "CAL OL DISCHRG"),
        ((ON, Sign.REPLACE_BATTERY), "OL RB"),
        ((ON, Sign.NO_BATTERY), "OL RB"),
        ((ON, Sign.BYPASS_AUTO, Sign.BYPASS_MANUAL), "OL BYPASS"),
        ((ON, Sign.OVERLOAD, Sign.TRIM, Sign.BOOST, Sign.ECO, Sign.OFF), "OL OVER TRIM BOOST ECO OFF"),
    ],
)
def test_words(signs: tuple[Sign, ...], said: str) -> None:
    assert words(*signs) == said


def test_a_device_without_a_flag_for_the_mains() -> None:
    judge = Judge(knows_online=False)
    assert judge.words(set(), 0.0) == ["OL"]
    assert judge.words({OUT}, 0.0) == ["OB", "DISCHRG"]


def test_online_and_discharging_as_the_user_knows_it() -> None:
    assert words(ON, OUT, habits=Habits(on_battery=True)) == "OB DISCHRG"
    assert words(ON, OUT, habits=Habits(calibrating=True)) == "CAL DISCHRG"
    assert words(OUT, habits=Habits(calibrating=True)) == "OB DISCHRG"


def test_low_battery_must_last_while_it_calibrates() -> None:
    judge = Judge(Habits(delay=3.0))
    assert "LB" not in judge.words({ON, CAL, LOW}, 10.0)
    assert "LB" in judge.words({ON, CAL, LOW}, 13.0)
    judge.words({ON, CAL}, 14.0)
    assert "LB" not in judge.words({ON, CAL, LOW}, 15.0)
    assert "LB" in judge.words({CAL, LOW}, 15.1)  # the mains are gone: that is no whim
    assert "LB" in Judge(Habits(delay=3.0)).words({ON, LOW}, 0.0)
    always = Judge(Habits(delay=3.0, always=True))
    assert "RB" not in always.words({ON, LOW, Sign.REPLACE_BATTERY}, 0.0)
    assert "RB" in always.words({ON, LOW, Sign.REPLACE_BATTERY}, 3.0)
    assert "RB" in Judge(Habits(delay=3.0, always=True)).words({ON, Sign.REPLACE_BATTERY}, 0.0)


def test_remarks() -> None:
    judge = Judge()
    odd = {ON, OUT}
    assert judge.remark(odd, 100, 0.0) == ""  # full: it only hovers there
    assert "onlinedischarge_onbattery" in judge.remark(odd, 90, 1.0)
    assert judge.remark(odd, 90, 100.0) == ""
    assert judge.remark(odd, 89, 101.0)
    assert judge.remark({ON}, 89, 102.0) == ""
    assert judge.remark(odd, 89, 103.0)
    without_charge = Judge()
    assert without_charge.remark(odd, None, 0.0)
    assert not without_charge.remark(odd, None, 29.0)
    assert without_charge.remark(odd, None, 30.0)
    quiet = Judge(Habits(throttle=-1))
    assert quiet.remark(odd, 90, 0.0)
    assert not quiet.remark(odd, 80, 1000.0)
    timed = Judge(Habits(throttle=5))
    assert timed.remark(odd, None, 0.0)
    assert not timed.remark(odd, None, 4.0)
    assert timed.remark(odd, None, 5.0)
    assert not Judge(Habits(on_battery=True)).remark(odd, 90, 0.0)
    assert not Judge().remark({ON, OUT, CAL}, 90, 0.0)


def test_alarms_and_reasons() -> None:
    assert alarms({ON}) == []
    assert alarms({Sign.REPLACE_BATTERY, Sign.OVERHEAT}) == ["Replace battery!", "Temperature too high!"]
    assert transfer_reason({ON}) == ""
    assert transfer_reason({Sign.VOLTAGE_RANGE, Sign.FREQUENCY_RANGE}) == "input voltage out of range"
    assert transfer_reason({Sign.FREQUENCY_RANGE}) == "input frequency out of range"


@given(st.sets(st.sampled_from(Sign)))
def test_on_line_or_on_battery_and_each_word_once(signs: set[Sign]) -> None:
    said = Judge().words(signs, 0.0)
    assert ("OL" in said) != ("OB" in said)
    assert len(said) == len(set(said))
