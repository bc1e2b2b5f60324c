"""ups.status as the host composes it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from wallnut.drivers.rules import StatusRules, battery_low, leading_number


def compose(
    rules: StatusRules, words: str, values: Mapping[str, str] | None = None, now: float = 0.0, *, alarm: bool = False
) -> str:
    known = values or {}
    return rules.compose(tuple(words.split()), alarm=alarm, value=lambda name: known.get(name, ""), now=now)


def charged(rules: StatusRules, words: str, charge: int, now: float) -> str:
    return compose(rules, words, {"battery.charge": str(charge)}, now)


@pytest.mark.parametrize(
    ("words", "alarm", "status"),
    [
        ("OL CHRG", False, "OL CHRG"),
        ("OL OL CHRG", False, "OL CHRG"),
        ("OL RB", True, "ALARM OL RB"),
        ("OB FSD", True, "FSD ALARM OB"),
        ("", False, ""),
    ],
)
def test_words(words: str, alarm: bool, status: str) -> None:
    assert compose(StatusRules(ignorelb=False), words, alarm=alarm) == status


# ups.conf(5): LB is when the charge is below its threshold, else when the runtime is; integers as strtol reads them.
@pytest.mark.parametrize(
    ("values", "low"),
    [
        ({"battery.charge": "9", "battery.charge.low": "10"}, True),
        ({"battery.charge": "10.9", "battery.charge.low": "10"}, False),
        ({"battery.charge": "9.9", "battery.charge.low": "10"}, True),
        ({"battery.runtime": "59", "battery.runtime.low": "60"}, True),
        (
            {
                "battery.charge": "50",
                "battery.charge.low": "10",
                "battery.runtime": "1",
                "battery.runtime.low": "9",
            },
            True,
        ),
        ({"battery.charge": "x", "battery.charge.low": "10"}, False),
        ({}, False),
    ],
)
def test_ignorelb(values: dict[str, str], low: bool) -> None:
    assert compose(StatusRules(ignorelb=True), "OB LB", values) == ("OB LB" if low else "OB")
    assert compose(StatusRules(ignorelb=False), "OB LB", values) == "OB LB"
    assert battery_low(lambda name: values.get(name, "")) is low


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" -3.5", -3), ("+7x", 7), ("", None), ("x1", None), ("-", None), ("٣", None)]
)
def test_leading_number(text: str, number: int | None) -> None:
    assert leading_number(text) == number


def test_charge_tells_the_direction() -> None:
    rules = StatusRules(ignorelb=False)
    assert charged(rules, "OB", 90, 0) == "OB"
    assert charged(rules, "OB", 89, 2) == "OB DISCHRG"
    assert charged(rules, "OB", 89, 4) == "OB DISCHRG", "it does not flicker"
    assert charged(rules, "OL", 88, 6) == "OL", "it fell while on battery"
    assert charged(rules, "OL", 89, 8) == "OL CHRG"
    assert charged(rules, "OL", 89, 8 + 599) == "OL CHRG"
    assert charged(rules, "OL", 89, 8 + 600) == "OL", "it floats"
    assert charged(rules, "OL", 99, 900) == "OL CHRG"
    assert charged(rules, "OL", 100, 901) == "OL"


def test_a_driver_that_says_it_is_believed() -> None:
    rules = StatusRules(ignorelb=False)
    charged(rules, "OL CHRG", 90, 0)
    assert charged(rules, "OL CHRG", 89, 1) == "OL CHRG"
