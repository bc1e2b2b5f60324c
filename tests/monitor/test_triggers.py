"""Edges of the triggers that no scenario shows."""

from __future__ import annotations

import pytest

from wallnut.config.upsmon import parse_upsmon_conf
from wallnut.config.wallnut_toml import Trigger
from wallnut.io.log import Memory
from wallnut.monitor import extras, rules, triggers
from wallnut.monitor.drill import ScenarioError, parse
from wallnut.monitor.values import READ_FROM, Look, Lost, Readings, Settings, Supply, Tick, Woke

UPS = (Supply("ups@host"),)


def settings(**keys: float) -> Settings:
    given: dict[str, object] = {"ups": ("ups@host",), **keys}
    return Settings(supplies=UPS, triggers=(Trigger(**given),), deadtime=1e6)  # type: ignore[arg-type]


def play(given: Settings, *looks: tuple[float, str, float | None, float | None]) -> rules.State:
    state = rules.start(given, 0)
    for now, status, charge, runtime in looks:
        state, _ = rules.step(state, Look("ups@host", status, "", "", Readings(charge, runtime)), now)
    return state


def test_variables_are_asked_only_where_a_trigger_needs_them() -> None:
    every = frozenset(READ_FROM.values())
    assert triggers.variables("ups@host", ()) == frozenset()
    assert triggers.variables("ups@host", settings(on_battery_for=5, unreachable_on_battery=9).triggers) == frozenset()
    for key in ("charge_below", "runtime_below", "depletion_above"):
        assert triggers.variables("ups@host", settings(**{key: 5}).triggers) == every
        assert triggers.variables("other@host", settings(**{key: 5}).triggers) == frozenset()


def test_one_odd_reading_is_none() -> None:
    given = settings(charge_below=30, sustained=10)
    assert (
        play(given, (0, "OB", 29, None), (5, "OB", 31, None), (10, "OB", 29, None), (15, "OB", 29, None)).shutdown
        is None
    )
    assert play(given, (0, "OB", 29, None), (5, "OB", 29, None), (10, "OB", 29, None)).shutdown is not None


def test_what_cannot_be_lets_no_trigger_hold_and_ends_none() -> None:
    given = settings(charge_below=30, runtime_below=300, sustained=10)
    odd = [(now, "OB", 100, 0) for now in range(0, 60, 5)]
    assert play(given, *odd).shutdown is None
    assert play(given, (0, "OB", 29, None), (5, "OB", -1, None), (10, "OB", -1, None)).shutdown is None
    assert play(given, (0, "OB", 29, None), (5, "OB", -1, None), (10, "OB", 28, None)).shutdown is not None
    assert play(given, (0, "OB", 29, None), (5, "OB", -1, None), (10, "OB", 64, None)).shutdown is None
    assert play(given, (0, "OB", 29, None), (5, "OB", None, None), (10, "OB", 28, None)).shutdown is None


def test_on_mains_and_in_calibration_no_trigger_holds() -> None:
    given = settings(on_battery_for=10, charge_below=30, sustained=0, unreachable_on_battery=5)
    for status in ("OL", "OB CAL", "OL CAL DISCHRG"):
        state = play(given, *((now, status, 5, None) for now in range(0, 100, 5)))
        assert state.shutdown is None, status
    state, _ = rules.step(play(given, (0, "OL", 5, None)), Lost("ups@host"), 5)
    for now in range(10, 100, 5):
        state, _ = rules.step(state, Tick(), now)
    assert state.shutdown is None
    # time on battery counts from the end of the calibration
    state = play(given, *((now, "OB CAL", 64, None) for now in range(0, 100, 5)), (100, "OB", 64, None))
    assert state.shutdown is None


def test_depletion_needs_a_minute() -> None:
    given = settings(depletion_above=3, sustained=0)
    fast = [(now, "OB", 100 - now / 10, None) for now in range(0, 70, 5)]  # 6 % a minute
    assert play(given, *fast[:12]).shutdown is None
    assert play(given, *fast).shutdown is not None
    slow = [(now, "OB", 100 - now / 30, None) for now in range(0, 1000, 5)]  # 2 % a minute
    state = play(given, *slow)
    assert state.shutdown is None
    assert len(state.upses["ups@host"].samples) <= 30
    assert play(given, *((now / 10, "OB", 64, None) for now in range(3000))).shutdown is None


def test_the_nearest_is_told() -> None:
    given = settings(charge_below=30, runtime_below=60)
    state = play(given, *((now, "OB", 64 - now / 15, None) for now in range(0, 125, 5)))
    (line, _) = rules.explain(state)
    assert line.endswith('nearest: "trigger charge_below 30" in about 390 s (charge below 30 %)'), line
    line = rules.explain(play(given, (0, "OB", None, 100)))[0]
    assert line.endswith('nearest: "trigger runtime_below 60" in about 40 s (runtime below 60 s)'), line
    line = rules.explain(play(settings(on_battery_for=600), (0, "OB", None, None), (5, "OB", None, None)))[0]
    assert line.endswith('nearest: "trigger on_battery_for 600" in 595 s (on battery)'), line


def test_mains_for_a_moment_ends_the_count() -> None:
    """Also when it came and went within one tick of the clock."""
    given = settings(charge_below=30, sustained=10)
    state = play(given, (0, "OB", 29, None), (0, "OL", 29, None), (0, "OB", 64, None), (9, "OB", 29, None))
    state, _ = rules.step(state, Look("ups@host", "OB", readings=Readings(29)), 14)
    assert state.shutdown is None
    assert play(given, (0, "OB", 29, None), (0, "OL", 29, None)).upses["ups@host"].beyond == {}


def test_after_sleep_all_counts_anew() -> None:
    state = play(settings(on_battery_for=10), (0, "OB", None, None), (5, "OB", None, None))
    state, _ = rules.step(state, Woke(), 6)
    state, _ = rules.step(state, Look("ups@host", "OB"), 10)
    state, _ = rules.step(state, Tick(), 11)
    assert state.shutdown is None


def test_a_file_that_cannot_be_read_keeps_nobody_from_watching(tmp_path) -> None:
    conf, _ = parse_upsmon_conf(b"MONITOR ups@host 1 a b primary\n", "upsmon.conf")
    log, file = Memory(), tmp_path / "wallnut.toml"
    assert extras.load(str(tmp_path), log, conf) is extras.NO_EXTRAS
    assert log.lines == []
    file.write_text('[[monitor.trigger]]\nups = ["ups", "ups@*"]\non_battery_for = 60\n')
    found = extras.load(str(tmp_path), log, conf)
    assert found.monitor.triggers[0].on_battery_for == 60
    assert [text.partition("a trigger")[2] for _, text in log.lines] == [
        " is for the UPS ups, and no MONITOR line names such a one"
    ]
    file.write_text("[[")
    assert extras.load(str(tmp_path), log, conf, found) is found
    assert log.lines[-1][1].endswith("what it said before holds on")
    assert extras.load(str(tmp_path), log, conf) is extras.NO_EXTRAS


def test_a_scenario_names_the_key_that_is_none() -> None:
    with pytest.raises(ScenarioError, match="not a trigger's key"):
        parse("trigger ups charge_under 30")
