"""Whatever a UPS says, the driver goes on: any bytes to any question of any dialect, at the start and later."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallnut.drivers.base import Changes, Publisher, Settings
from wallnut.drivers.qx import blazer
from wallnut.drivers.qx.battery import Guess, calibration
from wallnut.drivers.qx.dialects import DIALECTS
from wallnut.drivers.qx.engine import Engine
from wallnut.drivers.qx.rows import Dialect
from wallnut.drivers.qx.unit import Unit
from wallnut.drivers.qx.voltronic_axpert import checksum
from wallnut.io.log import Memory
from wallnut.model.errors import DeviceError
from wallnut.model.state import SetInfo

ALL = (*DIALECTS, *(replace(one, name=f"blazer-{one.name}") for one in blazer.DIALECTS))

RAW = {
    b"#6901 6c 6802 6c 00 5fd7 12c000 e4 1e 00001001 00000010\r": (
        b"#\x69\x01 \x6c \x68\x02 \x6c \x00 \x5f\xd7 \x12\xc0\x00 \xe4 \x1e \x09 \x02\r"
    ),
    b"FOR, 750,120,120,20.0, 27.6\r": b"FOR,750,120,120,20.0,27.6\r",
}
"""What devices say where a dialect's samples are what its rows see."""


class Script:
    """A line on which a test decides what is answered; then it is right, as the samples are."""

    def __init__(self, dialect: Dialect, answers: list[bytes]) -> None:
        self._samples = {
            query.ask.replace(b",XX", b",00"): RAW.get(query.sample, query.sample) for query in dialect.queries
        }
        self._answers = answers

    def ask(self, request: bytes) -> bytes:
        if self._answers:
            return self._answers.pop(0)
        if request in self._samples or request[-3:-1] != checksum(request[:-3]):
            return self._samples.get(request, b"")
        sample = self._samples.get(request[:-3] + b"\r", b"")
        return sample and sample[:-1] + checksum(sample[:-1]) + b"\r"

    def close(self) -> None:
        pass


def spoilt(sample: bytes) -> st.SearchStrategy[bytes]:
    """A reply with a few bytes of it changed, cut off or added."""
    edit = st.tuples(st.integers(0, len(sample) - 1), st.binary(max_size=2))

    def apply(edits: list[tuple[int, bytes]]) -> bytes:
        data = bytearray(sample)
        for at, piece in edits:
            data[at : at + 1] = piece
        return bytes(data)

    return st.lists(edit, max_size=4).map(apply)


def replies(dialect: Dialect) -> st.SearchStrategy[bytes]:
    """Bytes without sense, and with little."""
    return st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda data: b"(" + data + b"\r"),
        *(spoilt(query.sample) for query in dialect.queries),
    )


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_any_reply(dialect: Dialect, data: st.DataObject) -> None:
    said: list[Changes] = []
    ups = Publisher(said.append, Memory())
    values: dict[str, str | None] = {"port": "x", "runtimecal": "240,100,720,50"}
    own = Settings("u", values)
    line = Script(dialect, data.draw(st.lists(replies(dialect), max_size=12)))
    unit = Unit(line, own, ups.log)
    unit.choose((dialect,))
    engine = Engine(dialect, unit, ups)
    clock = iter(range(1, 100000))
    with contextlib.suppress(DeviceError):
        engine.begin()
        guess = Guess(unit, calibration(own), lambda: float(next(clock)), blazer="blazer" in dialect.name)
        for name, value in guess.begin():
            engine.put(name, value)
        for _ in range(3):
            line._answers = data.draw(st.lists(replies(dialect), max_size=3))
            with contextlib.suppress(DeviceError):
                engine.poll(full=True)
            for name, value in guess.poll(online=data.draw(st.booleans())):
                engine.put(name, value)
        for command in dialect.commands:
            line._answers = data.draw(st.lists(replies(dialect), min_size=1, max_size=1))
            engine.command(command.name, data.draw(st.sampled_from(["", "60", "x", "9" * 400, "-1", "1.5"])))
        for setting in dialect.settings:
            engine.set(setting.name, data.draw(st.text(max_size=8)))
    ups.commit()
    for changes in said:
        for message in changes.messages:
            if isinstance(message, SetInfo):
                assert message.value.isprintable(), message
