"""All rows of all dialects: each fits the sample that it stands under and makes sense of it, and its name is NUT's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drivers.qx.test_any_reply import ALL, Script
from wallnut.drivers.base import Settings
from wallnut.drivers.qx.rows import ALARM, STATUS, Columns, Dialect, Never, Query, Row
from wallnut.drivers.qx.unit import Unit
from wallnut.io.log import Memory
from wallnut.model import names

NOT_IN_NUT = {"load.high", *(f"{of}.L1-L3.voltage" for of in ("input", "output", "output.bypass"))}
"""Variables that C's nutdrv_qx shows and NUT's list has not (it has L3-L1)."""
SILENT = {("megatec", "ups.serial"), ("megatec", "battery.runtime")}
"""Rows that say nothing of the sample: it is of a UPS without the chip that says this."""


def _rows(dialect: Dialect) -> Iterator[tuple[Query, Row]]:
    for query in dialect.queries:
        for row in query.rows:
            yield query, row


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_rows(dialect: Dialect) -> None:
    unit = Unit(Script(dialect, []), Settings("u", {"port": "x"}), Memory())
    unit.values["ups.firmware.aux"] = "P01"
    silent = set()
    for query, row in _rows(dialect):
        where = f"{row.name} in the reply to {query.ask!r}"
        reply = query.sample.decode("latin-1")
        query.check(query.sample)
        if isinstance(row.at, Columns):
            assert row.at.first < len(reply) - 1, where
            assert row.at.last is None or row.at.first <= row.at.last < len(reply) - 1, where
            separators = reply[: row.at.first][-1:] + (reply[row.at.last + 1] if row.at.last is not None else "")
            if row.format != "%s" and row.convert is None and query.decode is None:
                assert not any(one.isdigit() for one in separators.replace("\r", "")), f"{where} cuts a number"
        try:
            value = row.read(reply, unit)
        except Never:
            value = ""
        if not value and row.name not in (STATUS, ALARM):
            silent.add((dialect.name, row.name))
        if value and row.name not in unit.values:
            unit.values[row.name] = value
        if "." in row.name and row.name not in NOT_IN_NUT:
            assert names.variable_text(row.name) or row.name.startswith("experimental."), where
            if value:
                names.value(row.name, value)
    assert silent <= SILENT


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_vital(dialect: Dialect) -> None:
    """The mains flag belongs to every poll."""
    vital = [row for query, row in _rows(dialect) if row.vital]
    assert any(row.name == STATUS for row in vital)
    assert all(query.only is None for query in dialect.queries if query.vital), "what is vital is always there"


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_commands_and_settings(dialect: Dialect) -> None:
    readable = {row.name: row for _, row in _rows(dialect)}
    options = {option.name for option in dialect.options}
    for command in dialect.commands:
        assert names.command_text(command.name), command.name
        assert (b"%s" in command.ask) is (command.fill is not None), command.name
    for setting in dialect.settings:
        if setting.once:
            assert setting.name in options, setting.name
        else:
            assert names.variable_text(setting.name), setting.name
            assert setting.limits is not None or readable[setting.name].limits is not None, setting.name
    for name, row in readable.items():
        if row.limits is not None:
            assert any(one.name == name for one in dialect.settings), f"{name} cannot be set"
