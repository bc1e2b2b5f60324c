"""Scenario files: read, refused line by line, played."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.simulator.scenario import Player, read_scenario, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("1.5m", 90),
        ("2h", 7200),
        ("1d", 86400),
        ("1:30", 90),
        ("1:00:05", 3605),
        ("", None),
        ("x", None),
        ("1:2:3:4", None),
        ("-5", None),
        ("1e3", None),
        ("m", None),
        (".", None),
        ("²", None),
    ],
)
def test_times(text: str, value: float | None) -> None:
    assert seconds(text) == value


def test_a_file() -> None:
    events, problems = read_scenario(b"# outage\n0 load 35\n0:30 mains off # now\n+2m MAINS on\n1h repeat\n")
    assert problems == []
    assert [(e.at, e.what, e.args) for e in events] == [
        (0.0, "load", ("35",)),
        (30.0, "mains", ("off",)),
        (150.0, "mains", ("on",)),
        (3600.0, "repeat", ()),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("soon mains off", "1: soon is no time such as 90, 1:30, 10m or +30"),
        ("5 mains", "1: mains needs on or off"),
        ("5 mains maybe", "1: mains needs on or off"),
        ("5 load 300", "1: load needs a number from 0 to 200"),
        ("5 load x", "1: load needs a number from 0 to 200"),
        ("5 load nan", "1: load needs a number from 0 to 200"),
        ("5 voltage", "1: voltage needs a number from 0 to 1000"),
        ("5", "1: what happens is missing: mains, voltage, frequency, load, battery, replace, device, command, repeat"),
        ("5 fly", "1: fly is not one of mains, voltage, frequency, load, battery, replace, device, command, repeat"),
        ("5 command", "1: command needs a command, and perhaps a value"),
        ("5 repeat 3", "1: repeat stands alone"),
        ('5 "mains #', "1: Unbalanced word due to unescaped # in quotes"),
        ("0.5 repeat", "a scenario that repeats must take at least 1 s"),
    ],
)
def test_a_broken_line_is_said_and_passed_over(line: str, problem: str) -> None:
    events, problems = read_scenario(f"{line}\n".encode())
    assert problems == [problem]
    assert events == []


def test_backwards() -> None:
    assert read_scenario(b"10 mains off\n5 mains on\n")[1] == ["2: 5 is before the line above"]


def test_the_player_repeats() -> None:
    player = Player(read_scenario(b"10 mains off\n20 mains on\n30 repeat\n")[0])
    assert [when for when, _ in player.until(15)] == [10]
    assert [(when, e.args[0]) for when, e in player.until(55)] == [(20, "on"), (40, "off"), (50, "on")]
    assert list(player.until(60)) == []


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    events, problems = read_scenario(data)
    assert len(list(Player(events).until(100))) <= 101 * len(events)
    assert all(isinstance(problem, str) for problem in problems)
