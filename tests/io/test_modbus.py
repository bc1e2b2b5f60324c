"""Modbus over TCP and serial lines, with devices that answer late, twice, in pieces, for another, or nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.modbus_ups import COILS, INPUT, INPUTS, Device, Tables, Twist, crc, on_line, serving
from tests.support.ports import free_port
from wallnut.io.modbus import Bus, Modbus, Network, Refused, Table
from wallnut.io.record import Tape
from wallnut.io.serial import Serial
from wallnut.model.errors import DeviceError

LIMIT = 0.15
KINDS = ("tcp", "rtu")


@contextmanager
def connected(kind: str, folder: Path, limit: float = LIMIT) -> Iterator[tuple[Device, Bus]]:
    """A device with some values, and a way to it that is open."""
    tables = Tables({address: 1000 + address for address in range(200)}, unit=3)
    for table in (COILS, INPUTS):
        tables.put(table, 0, *([1, 0, 1, 1] * 5))
    tables.put(INPUT, 0, 7, 8, 9)
    with serving(tables) if kind == "tcp" else on_line(tables, folder) as device:
        line = Network("127.0.0.1", device.port) if kind == "tcp" else Serial(device.path)
        bus = Modbus(line, unit=3, limit=limit).open()
        try:
            yield device, bus
        finally:
            bus.close()


@pytest.mark.parametrize("kind", KINDS)
def test_reading(kind: str, tmp_path: Path) -> None:
    with connected(kind, tmp_path) as (_, bus):
        assert bus.read(Table.HOLDING, 5) == (1005,)
        assert bus.read(Table.HOLDING, 10, 120) == tuple(range(1010, 1130))
        assert bus.read(Table.INPUT_REGISTERS, 0, 3) == (7, 8, 9)
        assert bus.read(Table.COILS, 1, 3) == (0, 1, 1)
        assert bus.read(Table.INPUT_BITS, 0, 11) == (1, 0, 1, 1) * 2 + (1, 0, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_writing(kind: str, tmp_path: Path) -> None:
    with connected(kind, tmp_path) as (device, bus):
        bus.write(Table.COILS, 2, (0,))
        bus.write(Table.COILS, 4, (1, 0, 1))
        bus.write(Table.HOLDING, 6, (500,))
        bus.write(Table.HOLDING, 8, (1, 2, 65535))
        expected = [(5, 2, (0,)), (15, 4, (1, 0, 1)), (6, 6, (500,)), (16, 8, (1, 2, 65535))]
        assert device.tables.written == expected
        with pytest.raises(DeviceError, match="only be read"):
            bus.write(Table.INPUT_REGISTERS, 0, (1,))


@pytest.mark.parametrize("kind", KINDS)
def test_refusals(kind: str, tmp_path: Path) -> None:
    with connected(kind, tmp_path) as (device, bus):
        with pytest.raises(Refused, match=r"refuses holding 900 1: illegal data address \(2\)") as found:
            bus.read(Table.HOLDING, 900)
        assert found.value.code == 2
        device.tables.refuse.add(4)
        with pytest.raises(Refused, match="device failure"):
            bus.write(Table.HOLDING, 4, (1,))
        assert bus.read(Table.HOLDING, 5) == (1005,)


def first(twist: Twist) -> Twist:
    """A twist of the first answer only."""
    answers = iter((True,))
    return lambda frame: twist(frame) if next(answers, False) else [frame]


TWISTS: dict[str, Twist] = {
    "in pieces": lambda frame: [frame[:3], 0.02, frame[3:4], 0.02, frame[4:]],
    "twice": lambda frame: [frame, frame],
    "slowly": lambda frame: [0.08, frame],
    "too late, once": first(lambda frame: [1.3 * LIMIT, frame]),
    "never, once": first(lambda frame: []),
    "cut, once": first(lambda frame: [frame[:-2]]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("twist", TWISTS)
def test_twisted_answers(kind: str, twist: str, tmp_path: Path) -> None:
    """The right values come, never those of another question."""
    with connected(kind, tmp_path) as (device, bus):
        device.twist = TWISTS[twist]
        for address in range(6):
            assert bus.read(Table.HOLDING, address, 2) == (1000 + address, 1001 + address)


def of_another_unit(frame: bytes) -> list[bytes | float]:
    """The frame as if unit 9 had sent it."""
    if frame[0] == 3:  # serial
        body = bytes((9,)) + frame[1:-2]
        return [body + crc(body)]
    return [frame[:6] + bytes((9,)) + frame[7:]]


def of_another_function(frame: bytes) -> list[bytes | float]:
    """The frame as if input registers had been asked for."""
    if frame[0] == 3:
        body = bytes((3, 4)) + frame[2:-2]
        return [body + crc(body)]
    return [frame[:7] + bytes((4,)) + frame[8:]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("twist", [of_another_unit, of_another_function, lambda frame: []])
def test_answers_that_are_none(kind: str, twist: Twist, tmp_path: Path) -> None:
    with connected(kind, tmp_path) as (device, bus):
        device.twist = twist
        with pytest.raises(DeviceError):
            bus.read(Table.HOLDING, 5)


def test_fewer_values_than_asked_for(tmp_path: Path) -> None:
    with connected("tcp", tmp_path) as (device, bus):
        device.twist = lambda frame: [frame[:4] + b"\0\5" + frame[6:8] + b"\2" + frame[9:11]]
        with pytest.raises(DeviceError, match="with 1 values"):
            bus.read(Table.HOLDING, 5, 2)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes(kind: str, tmp_path: Path, data: st.DataObject) -> None:
    """Whatever a device answers: values, or a DeviceError."""
    with connected(kind, tmp_path, 0.02) as (device, bus):
        head = data.draw(st.sampled_from([b"", b"\3", b"\3\3", b"\3\3\4", b"\3\x83\2", b"\0\1\0\0\0\5\3\3\2"]))
        noise = head + data.draw(st.binary(max_size=40))
        with_sum = data.draw(st.booleans())
        device.twist = lambda frame: [noise + crc(noise) if with_sum else noise]
        try:
            values = bus.read(Table.HOLDING, 1, 2)
        except DeviceError:
            return
        assert len(values) == 2
        assert all(0 <= value < 65536 for value in values)


def test_a_connection_that_ends_is_made_again(tmp_path: Path) -> None:
    tables = Tables({0: 5}, unit=3)
    port = free_port()
    with serving(tables, port):
        bus = Modbus(Network("127.0.0.1", port), 3, LIMIT).open()
        assert bus.read(Table.HOLDING, 0) == (5,)
    with pytest.raises(DeviceError, match="connection is lost"):
        bus.read(Table.HOLDING, 0)
    with serving(tables, port):
        assert bus.read(Table.HOLDING, 0) == (5,)
    bus.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "x" * 70])
def test_nobody_there(host: str) -> None:
    port = free_port()
    with pytest.raises(DeviceError, match=f"can't reach {host} port {port}: "):
        Modbus(Network(host, port), limit=LIMIT).open()


def test_no_such_line(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="No such file"):
        Modbus(Serial(str(tmp_path / "ttyX"))).open()


def test_recording_and_replay(tmp_path: Path) -> None:
    way = Modbus(Network("127.0.0.1"), 3)
    tape = Tape()
    with connected("tcp", tmp_path) as (device, real):
        device.tables.refuse.add(4)
        bus = way.record(real, tape)
        bus.read(Table.HOLDING, 5, 2)
        bus.read(Table.COILS, 0, 3)
        bus.write(Table.HOLDING, 6, (500,))
        for refused in (lambda: bus.read(Table.HOLDING, 900), lambda: bus.write(Table.HOLDING, 4, (1,))):
            with pytest.raises(Refused):
                refused()
        device.silent = True
        with pytest.raises(DeviceError):
            bus.read(Table.INPUT_BITS, 0)
    said = [f"{line.kind} {line.text}" for line in tape.lines]
    assert said[:6] == ["> holding 5 2", "< 03ed03ee", "> coils 0 3", "< 101", "> holding 6 = 01f4", "< done"]
    assert said[6:8] == ["> holding 900 1", "< exception 2"]

    played = way.replay(Tape(tape.lines))
    assert played.read(Table.HOLDING, 5, 2) == (1005, 1006)
    assert played.read(Table.COILS, 0, 3) == (1, 0, 1)
    played.write(Table.HOLDING, 6, (500,))
    with pytest.raises(Refused) as found:
        played.read(Table.HOLDING, 900)
    assert found.value.code == 2
    with pytest.raises(DeviceError, match="no answer to inputs 0 1"):
        played.read(Table.INPUT_BITS, 0)
    with pytest.raises(DeviceError, match="no answer to holding 77"):
        played.read(Table.HOLDING, 77)
    played.close()
