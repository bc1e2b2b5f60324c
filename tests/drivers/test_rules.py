"""ups.status as the host composes it."""

from __future__ import annotations

import pytest

from wallnut.drivers.rules import StatusRules, battery_low, leading_number


def compose(rules: StatusRules, words: str, now: float = 0.0, *, alarm: bool = False, **values: str) -> str:
    known = {name.replace("__", "."): value for name, value in values.items()}
    return rules.compose(tuple(words.split()), alarm=alarm, value=lambda name: known.get(name, ""), now=now)


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
        ({"battery__charge": "9", "battery__charge__low": "10"}, True),
        ({"battery__charge": "10.9", "battery__charge__low": "10"}, False),
        ({"battery__charge": "9.9", "battery__charge__low": "10"}, True),
        ({"battery__runtime": "59", "battery__runtime__low": "60"}, True),
        (
            {
                "battery__charge": "50",
                "battery__charge__low": "10",
                "battery__runtime": "1",
                "battery__runtime__low": "9",
            },
            True,
        ),
        ({"battery__charge": "x", "battery__charge__low": "10"}, False),
        ({}, False),
    ],
)
def test_ignorelb(values: dict[str, str], low: bool) -> None:
    assert compose(StatusRules(ignorelb=True), "OB LB", **values) == ("OB LB" if low else "OB")
    assert compose(StatusRules(ignorelb=False), "OB LB", **values) == "OB LB"
    assert battery_low(lambda name: values.get(name.replace(".", "__"), "")) is low


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" -3.5", -3), ("+7x", 7), ("", None), ("x1", None), ("-", None), ("٣", None)]
)
def test_leading_number(text: str, number: int | None) -> None:
    assert leading_number(text) == number


def test_charge_tells_the_direction() -> None:
    rules = StatusRules(ignorelb=False)
    assert compose(rules, "OB", 0, battery__charge="90") == "OB"
    assert compose(rules, "OB", 2, battery__charge="89") == "OB DISCHRG"
    assert compose(rules, "OB", 4, battery__charge="89") == "OB DISCHRG", "it does not flicker"
    assert compose(rules, "OL", 6, battery__charge="88") == "OL", "it fell while on battery"
    assert compose(rules, "OL", 8, battery__charge="89") == "OL CHRG"
    assert compose(rules, "OL", 8 + 599, battery__charge="89") == "OL CHRG"
    assert compose(rules, "OL", 8 + 600, battery__charge="89") == "OL", "it floats"
    assert compose(rules, "OL", 900, battery__charge="99") == "OL CHRG"
    assert compose(rules, "OL", 901, battery__charge="100") == "OL"


def test_a_driver_that_says_it_is_believed() -> None:
    rules = StatusRules(ignorelb=False)
    compose(rules, "OL CHRG", 0, battery__charge="90")
    assert compose(rules, "OL CHRG", 1, battery__charge="89") == "OL CHRG"
