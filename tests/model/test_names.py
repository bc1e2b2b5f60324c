"""The catalogue: every standard name is known, and every value that devices sent reads without a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import peers
from wallnut.model import names

ROOT = Path(__file__).resolve().parents[2]
DUMPS = Path(os.environ.get("WALLNUT_DDL") or ROOT.parent / "shared" / "ddl")

# Pieces that names are made of, so that generated ones come near the rules.
PIECES = [
    *(
        "upstream",
        "device",
        "outlet",
        "group",
        "ambient",
        "contacts",
        "input",
        "bypass",
        "driver",
        "parameter",
        "force",
    ),
    *("primary", "load", "off", "current", "status", "L1", "l1-n", "n", "1", "0", "²", "", "nominal"),
]
NAMES = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=8).map(".".join))


@pytest.mark.parametrize(
    ("name", "row", "unit", "kind"),
    [
        ("battery.charge", "battery.charge", "%", names.NUM),
        ("Battery.CHARGE", "battery.charge", "%", names.NUM),
        ("ups.temperature", "ups.temperature", "°C", names.NUM),
        ("device.type", "device.type", "", names.ENUM),
        ("outlet.current", "outlet.current", "A", names.NUM),
        ("outlet.3.current", "outlet.current", "A", names.NUM),
        ("outlet.0.delay.shutdown", "outlet.delay.shutdown", "s", names.INT),
        ("outlet.group.count", "outlet.group.count", "", names.INT),
        ("outlet.group.2.count", "outlet.group.n.count", "", names.INT),
        ("outlet.group.2.name", "outlet.group.n.name", "", names.TEXT),
        ("outlet.group.2.current.high.warning", "outlet.group.n.current.high.warning", "A", names.NUM),
        ("ambient.2.temperature", "ambient.temperature", "°C", names.NUM),
        ("ambient.contacts.1.status", "ambient.contacts.n.status", "", names.ENUM),
        ("ambient.2.contacts.1.status", "ambient.contacts.n.status", "", names.ENUM),
        ("device.1.ups.alarm", "ups.alarm", "", names.TEXT),
        ("device.0.model", "device.model", "", names.TEXT),
        ("device.2.outlet.4.power", "outlet.power", "VA", names.NUM),
        ("upstream.driver.name", "driver.name", "", names.TEXT),
        ("driver.parameter.override.battery.charge", "driver.parameter.x", "", names.TEXT),
        ("driver.flag.novendor", "driver.flag.x", "", names.SWITCH),
        ("driver.flag.allow_killpower", "driver.flag.allow_killpower", "", names.BIT),
        ("input.voltage", "input.voltage", "V", names.NUM),
        ("input.2.frequency", "input.frequency", "Hz", names.NUM),
        ("input.frequency.status", "input.frequency.status", "", names.ENUM),
        ("input.bypass.L1-N.voltage", "input.bypass.L1-N.voltage", "V", names.NUM),
        ("output.l2.POWER.percent", "output.L2.power.percent", "%", names.NUM),
        ("output.inverter.frequency", "output.inverter.frequency", "Hz", names.NUM),
        ("output.phases", "output.phases", "", names.INT),
    ],
)
def test_known_variables(name: str, row: str, unit: str, kind: str) -> None:
    variable = names.describe(name)
    assert variable is not None
    assert (variable.name, variable.unit, variable.kind) == (row, unit, kind)
    assert names.unit(name) == unit
    assert names.variable_text(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ups",
        "ups.",
        "ups.madeup",
        "battery.3.charge",
        "outlet.1.2.current",
        "outlet.L1.current",
        "outlet.²",
        "output.L1.frequency",
        "input.L4.voltage",
        "input.bypass",
        "input.L1",
        "device.1",
        "upstream.upstream.ups.load",
        "experimental.ups.load",
    ],
)
def test_unknown_variables(name: str) -> None:
    assert names.describe(name) is None
    assert names.variable_text(name) is None
    assert names.unit(name) == ""
    assert names.value(name, "42") == "42"


def test_texts() -> None:
    assert names.variable_text("battery.runtime") == "Time left on battery (seconds)"
    assert names.variable_text("input.bypass.L1-N.voltage.maximum") == "Bypass input L1-N voltage, highest seen (volts)"
    assert names.variable_text("outlet.group.1.delay.start") == "Outlet group wait before on (seconds)"
    assert names.variable_text("input.voltage.status") == "Input voltage, verdict by its limits"


def test_words() -> None:
    kinds = {name: names.describe(name) for name in ("device.type", "ups.start.auto", "outlet.1.switch", "ups.load")}
    words = {name: variable.words for name, variable in kinds.items() if variable}
    assert words == {
        "device.type": ("ups", "pdu", "scd", "psu", "ats"),
        "ups.start.auto": ("yes", "no"),
        "outlet.1.switch": ("on", "off"),
        "ups.load": (),
    }


@pytest.mark.parametrize(
    ("name", "row", "effect", "value"),
    [
        ("load.off", "load.off", names.CUTS, ""),
        ("LOAD.ON", "load.on", names.RESTORES, ""),
        ("load.off.delay", "load.off.delay", names.CUTS, "seconds to wait"),
        ("outlet.3.load.off", "outlet.load.off", names.CUTS, ""),
        ("outlet.load.on", "outlet.load.on", names.RESTORES, ""),
        ("outlet.group.2.load.cycle", "outlet.load.cycle", names.CUTS, ""),
        ("device.2.outlet.1.shutdown.return", "outlet.shutdown.return", names.CUTS, ""),
        ("upstream.test.battery.start.quick", "test.battery.start.quick", names.TESTS, ""),
        ("bypass.start", "bypass.start", names.UNPROTECTS, ""),
        ("beeper.toggle", "beeper.toggle", names.NONE, ""),
        ("driver.reload-or-exit", "driver.reload-or-exit", names.DRIVER, ""),
        ("dummy-ups-ups1.force.primary", "x.force.primary", names.DRIVER, "seconds it lasts"),
    ],
)
def test_known_commands(name: str, row: str, effect: str, value: str) -> None:
    command = names.command(name)
    assert command is not None
    assert (command.name, command.effect, command.value) == (row, effect, value)
    assert names.command_text(name) == command.text


@pytest.mark.parametrize("name", ["", "load", "load.off.now", "outlet.x.load.off", "force.primary", "ups.status"])
def test_unknown_commands(name: str) -> None:
    assert names.command(name) is None
    assert names.command_text(name) is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ups.load", "023.4", 23.4),
        ("ups.load", "14", 14.0),
        ("battery.current", "-0.20", -0.2),
        ("battery.current", "+1", 1.0),
        ("battery.charge", "", ""),
        ("battery.charge", "-", "-"),
        ("battery.charge", "1e3", "1e3"),
        ("battery.charge", " 50", " 50"),
        ("battery.charge", "1_0", "1_0"),
        ("battery.charge", "٣", "٣"),
        ("battery.charge", "5.", "5."),
        ("battery.charge", ".5", ".5"),
        ("battery.charge", "1.2.3", "1.2.3"),
        ("battery.charge", "nan", "nan"),
        ("battery.charge", "9" * 5000, "9" * 5000),
        ("battery.packs", "3.00", 3),
        ("battery.packs", "3.50", 3.5),
        ("battery.packs", "9" * 5000, "9" * 5000),
        ("ups.delay.shutdown", "020", 20),
        ("ups.timer.shutdown", "-1", -1),
        ("ups.start.auto", "yes", True),
        ("ups.start.auto", "128.00", "128.00"),
        ("outlet.1.status", "Off", False),
        ("outlet.1.status", "On/Closed", "On/Closed"),
        ("ups.shutdown", "enabled", True),
        ("driver.flag.allow_killpower", "0", False),
        ("ups.beeper.status", "muted", "muted"),
        ("ups.productid", "0002", "0002"),
        ("ups.status", "OL CHRG", "OL CHRG"),
        ("ups.serial", "000000000", "000000000"),
    ],
)
def test_values(name: str, text: str, value: object) -> None:
    read = names.value(name, text)
    assert read == value
    assert type(read) is type(value)


@given(NAMES, st.text())
def test_nothing_raises(name: str, text: str) -> None:
    variable = names.describe(name)
    assert (variable is None) == (names.variable_text(name) is None)
    names.unit(name)
    names.command(name)
    names.command_text(name)
    names.value(name, text)


@given(st.sampled_from(names.VARIABLES), st.one_of(st.text(), st.from_regex(r"[+-]?[0-9]{1,70}(\.[0-9]{0,70})?")))
def test_a_value_is_its_text_or_what_the_kind_says(row: names.Row, text: str) -> None:
    read = names.value(row[0], text)
    assert read == text or row[2] in (names.NUM, names.INT, names.YESNO, names.ONOFF, names.SWITCH, names.BIT)
    if isinstance(read, int | float) and not isinstance(read, bool):
        assert read == float(text)


@given(st.sampled_from(names.VARIABLES), st.integers(0, 99))
def test_a_name_keeps_its_meaning_in_a_chain_and_behind_a_proxy(row: names.Row, unit: int) -> None:
    variable = names.describe(row[0])
    for prefix in ("upstream.", f"device.{unit}.", f"upstream.device.{unit}."):
        assert repr(names.describe(prefix + row[0])) == repr(variable)


def test_rows_are_sound() -> None:
    rows = [*names.VARIABLES, *names.SPECS, *names.WHOLE_SPECS]
    assert len({row[0] for row in rows}) == len(rows)
    for name, unit, kind, text in rows:
        assert name == name.lower()
        assert kind in names.KINDS
        assert (kind == names.ENUM) == (" " in unit)
        assert unit == "" or kind in (names.NUM, names.INT, names.ENUM) or name == "battery.charge.approx"
        assert text
    assert len({row[0] for row in names.COMMANDS}) == len(names.COMMANDS)
    assert {row[1] for row in names.COMMANDS} == set(names.EFFECTS)


def test_a_row_does_not_hide_what_a_rule_composes() -> None:
    domains = tuple(f"{domain}." for domain in names.DOMAINS)
    specs = {row[0] for row in (*names.SPECS, *names.WHOLE_SPECS)}
    double = [row[0] for row in names.VARIABLES for domain in domains if row[0].removeprefix(domain) in specs]
    assert double == []


def test_texts_go_over_the_wire_as_they_are() -> None:
    texts = [names.variable_text(row[0]) for row in names.VARIABLES]
    texts += [names.variable_text(f"input.{row[0]}") for row in (*names.SPECS, *names.WHOLE_SPECS)]
    texts += [names.command_text(row[0]) for row in names.COMMANDS]
    for text in texts:
        assert text
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set('"\\#')


def test_every_name_of_cmdvartab_is_known() -> None:
    table = peers.need_file("/usr/share/nut/cmdvartab", "nut-server").read_text("utf-8")
    lines = [line.split()[:2] for line in table.splitlines()]
    variables = [line[1] for line in lines if line[:1] == ["VARDESC"]]
    commands = [line[1] for line in lines if line[:1] == ["CMDDESC"]]
    assert len(variables) > 150
    assert len(commands) > 30
    assert [name for name in variables if names.describe(name) is None] == []
    assert [name for name in commands if names.command(name) is None] == []


def dumped() -> Iterator[tuple[str, str]]:
    for path in sorted(DUMPS.glob("*.dev")):
        for line in path.read_text("utf-8", "surrogateescape").splitlines():
            name, colon, text = line.partition(":")
            if colon and not line.startswith("#"):
                yield name, text.lstrip(" ")


@pytest.mark.skipif(not DUMPS.is_dir(), reason="no device dumps: clone NUT's DDL and set WALLNUT_DDL to its .dev files")
def test_every_dump_reads() -> None:
    lines = list(dumped())
    known = [(name, names.value(name, text)) for name, text in lines if names.describe(name)]
    assert len(known) > 0.98 * len(lines)
    for name in ("battery.charge", "ups.load", "input.voltage"):
        values = [value for known_name, value in known if known_name == name]
        assert sum(isinstance(value, float) for value in values) > 0.9 * len(values)
