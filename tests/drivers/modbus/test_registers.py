"""Maps of registers: numbers, texts, bits, and any registers at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.modbus import apc
from wallnut.drivers.modbus.registers import (
    WHOLE,
    Alarm,
    Bit,
    Command,
    Image,
    Kind,
    Map,
    Row,
    Word,
    alarms,
    encoded,
    scaled,
    shown,
    status,
    written,
)

WORD = st.integers(0, 0xFFFF)


def image(address: int, *values: int) -> Image:
    made = Image()
    made.take(address, values)
    return made


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.UNSIGNED, (0xFFFF,), 65535),
        (Kind.SIGNED, (0xFFFF,), -1),
        (Kind.SIGNED, (0x7FFF,), 32767),
        (Kind.UNSIGNED, (1, 2), 65538),
        (Kind.SIGNED, (0xFFFF, 0xFFFE), -2),
        (Kind.SIGNED, (0, 0xFFFF), 65535),
    ],
)
def test_numbers(kind: Kind, values: tuple[int, ...], expected: int) -> None:
    assert image(10, *values).number(10, len(values), kind) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0x4150, 0x4343, 0x2020), "APCC"),
        ((0, 0x0041, 0x4200), "AB"),
        ((0, 0, 0), ""),
        ((0x2020, 0x2020, 0x2020), ""),
        ((0x4107, 0xFF42, 0), "A  B"),
        ((0x2041, 0, 0), " A"),
    ],
)
def test_texts(values: tuple[int, ...], expected: str) -> None:
    assert image(0, *values).text(0, 3) == expected


def test_a_row_that_was_not_read_is_not_there() -> None:
    row = Row("x", 5, 2)
    assert shown(row, image(5, 1)) is None
    assert shown(row, image(5, 1, 0)) == "65536"


def test_a_row_needs_its_bit() -> None:
    row = Row("x", 5, needs=Bit(9, 3))
    assert shown(row, image(5, 1)) is None
    assert shown(row, image(5, 1, 0, 0, 0, 8)) == "1"


def test_a_percentage_of_another_row() -> None:
    whole = Row("whole", 1)
    row = Row("part", 0, codec=scaled(100, 1), percent_of=whole)
    assert shown(row, image(0, 50, 750)) == "375.0"
    assert shown(row, image(0, 50)) is None


@pytest.mark.parametrize(
    ("row", "text", "expected"),
    [
        (Row("x", 0, 1, Kind.SIGNED), "-1", (0xFFFF,)),
        (Row("x", 0, 2, Kind.SIGNED), "-2", (0xFFFF, 0xFFFE)),
        (Row("x", 0, 2), "65538", (1, 2)),
        (Row("x", 0, 2, Kind.TEXT), "UPS", (0x5550, 0x5320)),
        (Row("x", 0, 2, Kind.TEXT), "", (0x2020, 0x2020)),
        (Row("x", 0, 1, codec=apc.SETTABLE_DATE), "2000-02-01", (31,)),
    ],
)
def test_settings(row: Row, text: str, expected: tuple[int, ...]) -> None:
    assert encoded(row, text) == expected


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Row("x", 0), "-1"),
        (Row("x", 0), "65536"),
        (Row("x", 0), "ten"),
        (Row("x", 0, 1, Kind.SIGNED), "40000"),
        (Row("x", 0, 1, Kind.TEXT), "abc"),
        (Row("x", 0, 2, Kind.TEXT), "\N{EURO SIGN}"),
        (Row("x", 0, 2, Kind.TEXT), "a\n"),
        (Row("x", 0, codec=scaled(10, 1)), "1"),
        (Row("x", 0, codec=apc.SETTABLE_DATE), "1999-12-31"),
        (Row("x", 0, codec=apc.SETTABLE_DATE), "soon"),
    ],
)
def test_settings_that_cannot_be(row: Row, text: str) -> None:
    with pytest.raises(ValueError):
        encoded(row, text)


def test_words_and_alarms_come_once() -> None:
    table = Map(
        (), (), (Word(Bit(0, 1), "OVER"), Word(Bit(1, 16, 2), "OVER")), (Alarm(Bit(0, 0), "a"), Alarm(Bit(0, 1), "a"))
    )
    assert status(table, image(0, 3, 1, 0)) == ["OVER"]
    assert alarms(table, image(0, 3)) == ["a"]
    assert not status(table, image(0, 1))


def test_commands() -> None:
    assert written(Command("x", 0, 0x10002, 2)) == (1, 2)
    assert written(Command("x", 0, 2)) == (2,)


@given(st.integers(-(2**31), 2**31 - 1))
def test_what_is_set_is_shown(value: int) -> None:
    row = Row("x", 7, 2, Kind.SIGNED, WHOLE)
    assert shown(row, image(7, *encoded(row, str(value)))) == str(value)


@given(st.dictionaries(st.integers(0, 1100), WORD, max_size=60), st.lists(WORD, min_size=120, max_size=120))
def test_any_registers(some: dict[int, int], inventory: list[int]) -> None:
    """Whatever an APC says, each row has a text, or is not there."""
    made = image(516, *inventory)
    made.registers.update(some)
    for row in apc.ROWS:
        text = shown(row, made)
        assert text is None or text.isprintable()
    assert all(word.isupper() for word in status(apc.APC, made))
    assert all(alarms(apc.APC, made))
