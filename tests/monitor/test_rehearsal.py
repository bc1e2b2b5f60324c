"""Drills of a whole configuration: what is played, what is left, and which faults come out. Nothing but values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wallnut.config.wallnut_toml import Trigger
from wallnut.monitor import outage
from wallnut.monitor.battery import Battery, Level, Turn
from wallnut.monitor.drill import ScenarioError, parse
from wallnut.monitor.outage import Reading
from wallnut.monitor.rehearsal import Rehearsal, expecting, rehearse
from wallnut.monitor.values import Settings, Supply

UPS = "ups@localhost"
ONE = Settings(supplies=(Supply(UPS),))
FULL = Reading(charge=100.0, runtime=600.0)


def kinds(result: Rehearsal) -> list[str]:
    return [entry.kind for entry in result.entries]


def lost(settings: Settings, readings: dict[str, Reading], back: float | None = None) -> Rehearsal:
    return rehearse(settings, readings, outage.mains_lost(readings, back))


def test_a_battery_drains_while_it_carries() -> None:
    life = Battery(Level(0, 80, 400), [Turn(10, True), Turn(110, False)])
    assert str(life.at(5)) == "80 %, 400 s"
    assert str(life.at(60)) == "70 %, 350 s"
    assert str(life.at(500)) == "60 %, 300 s"
    assert life.empty is None
    assert Battery(Level(0, 80, 400), [Turn(10, True)]).empty == 410
    assert Battery(None, [Turn(10, True)]).at(20) is None


def test_a_battery_is_what_the_ups_says() -> None:
    life = Battery(None, [Turn(0, True), Turn(5, charge=90), Turn(5, runtime=100), Turn(50, runtime=20)])
    assert str(life.at(10)) == "86 %, 95 s"
    assert life.empty == 70


def test_mains_lost_and_the_plan_holds() -> None:
    result = lost(ONE, {UPS: FULL})
    assert (result.begun, result.down, result.dark) == (480, 485, 600)
    assert result.faults == ()
    assert result.left == {UPS: "19 %, 115 s"}
    at = kinds(result)
    assert at.index("fsd") < at.index("wall") < at.index("down") < at.index("end")


def test_what_the_ups_takes_for_low_counts() -> None:
    low = Reading(charge=100.0, runtime=600.0, charge_low=50.0, runtime_low=10.0)
    assert lost(ONE, {UPS: low}).begun == 300
    already = Reading(charge=5.0, runtime=600.0)
    assert lost(ONE, {UPS: already}).begun == 0


def test_mains_back_in_time() -> None:
    result = lost(ONE, {UPS: FULL}, 60)
    assert (result.down, result.faults) == (None, ())
    assert result.left == {UPS: "90 %, 540 s"}


@pytest.mark.parametrize(
    ("finaldelay", "others", "faults"),
    [(115, (), 0), (125, (), 1), (100, ("192.0.2.7",), 0), (110, ("192.0.2.7",), 1)],
)
def test_final_delay_longer_than_the_runtime_left(finaldelay: int, others: tuple[str, ...], faults: int) -> None:
    """Of 120 s that are left at LB; with a secondary HOSTSYNC (15 s) goes off first."""
    settings = Settings(supplies=(Supply(UPS),), finaldelay=finaldelay)
    result = lost(settings, {UPS: Reading(charge=100.0, runtime=600.0, others=others)})
    assert [fault.about for fault in result.faults] == ["FINALDELAY"] * faults
    assert any("192.0.2.7 go down" in entry.text for entry in result.entries) == bool(others)


def test_power_values_that_can_never_be_met() -> None:
    (fault,) = lost(Settings(supplies=(Supply(UPS),), minsupplies=2), {UPS: FULL}, 1).faults
    assert fault.about == "MINSUPPLIES"
    assert "2 can never be met" in fault.text


def test_minsupplies_0_never_goes_down() -> None:
    result = lost(Settings(supplies=(Supply(UPS),), minsupplies=0), {UPS: FULL})
    assert [fault.about for fault in result.faults] == ["MINSUPPLIES", "power"]
    assert "empty" in kinds(result)


def test_two_supplies_of_which_one_is_enough() -> None:
    settings = Settings(supplies=(Supply("a"), Supply("b")))
    result = lost(settings, {"a": Reading(runtime=200.0), "b": Reading(runtime=1000.0)})
    assert result.dark == 1000
    assert (result.begun, result.faults) == (880, ())


def test_a_secondary_whose_primary_does_not_act() -> None:
    settings = Settings(supplies=(Supply(UPS, 1, False),), hostsync=30)
    result = lost(settings, {UPS: FULL})
    assert result.down == pytest.approx(480 + 30 + 5, abs=0.1)
    late = Settings(supplies=(Supply(UPS, 1, False),), hostsync=300)
    assert [fault.about for fault in lost(late, {UPS: FULL}).faults] == ["power"]


def test_a_ups_out_of_reach_is_not_lost_with_the_mains() -> None:
    result = lost(ONE, {UPS: Reading(trouble="Connection refused")})
    assert result.down is None
    assert any("no answer: Connection refused" in entry.text for entry in result.entries)


SCENARIO = "monitor ups 1 primary\nset FINALDELAY 99\nat 0 ups OL\nat 60 ups OB\nat 90 ups OB LB\n"


def test_a_scenario_is_played_on_our_settings() -> None:
    result = rehearse(ONE, {UPS: Reading()}, outage.from_scenario(parse(SCENARIO), ONE, "x"))
    assert result.down == 95
    assert kinds(result).count("change") == 3


def test_a_scenario_of_one_ups_stands_for_all() -> None:
    two = Settings(supplies=(Supply("a@h"), Supply("b@h")))
    made = outage.from_scenario(parse(SCENARIO), two, "x")
    assert [change.words for change in made.changes[:2]] == [("a@h", "OL"), ("b@h", "OL")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("monitor a 1 primary\nmonitor b 1 primary\nat 0 a OL\n", "monitors no UPS 'a', but: ups@localhost"),
        ("monitor ups 1 primary\nat 0 monitor b 1 primary\n", "plays upsmon.conf as it is"),
    ],
)
def test_a_scenario_that_is_not_for_us(text: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        outage.from_scenario(parse(text), ONE, "x")


SCRIPT = b"""
ups.status: OL
battery.charge: 100
battery.runtime: 100
TIMER 10
ups.status: OB
TIMER 30
ups.status: OB LB
"""


def test_a_recording_of_dummy_ups() -> None:
    result = rehearse(ONE, {UPS: Reading()}, outage.from_script(SCRIPT, ONE, "x"))
    assert (result.begun, result.down, result.dark) == (40, 45, 110)
    assert result.left == {UPS: "65 %, 65 s"}


def test_a_recording_that_says_nothing() -> None:
    with pytest.raises(ScenarioError, match=r"nothing in it sets ups\.status"):
        outage.from_script(b"battery.charge: 1\n", ONE, "x")


def test_secondaries_that_nobody_was_asked_about() -> None:
    assert expecting(ONE, {UPS: FULL}, ["b"])[UPS].others == ("b",)
    secondary = Settings(supplies=(Supply(UPS, 1, False),))
    assert expecting(secondary, {UPS: FULL}, ["b"])[UPS].others == ()


@pytest.mark.parametrize(
    ("trigger", "begun"),
    [
        (Trigger(ups=("*",), on_battery_for=100), 100),
        (Trigger(ups=("*",), charge_below=60.0, sustained=10), 255),
        (Trigger(ups=("*",), runtime_below=500, sustained=0), 105),
    ],
)
def test_triggers_are_played(trigger: Trigger, begun: float) -> None:
    """A UPS that gives no readings in the outage itself is read every 5 seconds."""
    assert lost(replace(ONE, triggers=(trigger,)), {UPS: FULL}).begun == pytest.approx(begun, abs=0.1)


def test_readings_of_a_scenario_count() -> None:
    text = "monitor ups 1 primary\nat 0 ups OB\nat 0 ups charge 80\nat 30 ups charge 20\n"
    settings = replace(ONE, triggers=(Trigger(ups=("*",), charge_below=50.0, sustained=0),))
    result = rehearse(settings, {UPS: Reading()}, outage.from_scenario(parse(text), settings, "x"))
    assert result.begun == 30


def test_steps_take_their_time() -> None:
    result = lost(replace(ONE, steps_time=30), {UPS: FULL})
    assert (result.begun, result.down, result.faults) == (480, 510, ())
    assert "steps" in kinds(result)
    (fault,) = lost(replace(ONE, steps_time=200), {UPS: FULL}).faults
    assert fault.text.startswith("steps of 200 s, FINALDELAY 5 s")
