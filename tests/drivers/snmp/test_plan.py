"""Which objects of a MIB a device has: outlets, phases, sensors, chained devices; and what values become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.snmp import devices
from tests.support import snmpsim
from wallnut.drivers.snmp.mibs import mibs
from wallnut.drivers.snmp.plan import Plan, explore, scope
from wallnut.drivers.snmp.rows import (
    BYPASS_1,
    BYPASS_3,
    INPUT_1,
    INPUT_3,
    MASTER,
    NEXT,
    NOT_NA,
    NOT_NEGATIVE,
    NOT_ZERO,
    ONCE,
    SOLE,
    Alarm,
    Command,
    Conditions,
    Fixed,
    Mib,
    Number,
    Reading,
    Row,
    Status,
    Text,
)
from wallnut.drivers.snmp.values import number_of, shown, text_of
from wallnut.io.snmp import Snmp
from wallnut.proto import snmp
from wallnut.proto.snmp import Value

E = "1.3.6.1.4.1.9999"


@contextmanager
def explored(objects: dict[str, int | str], *rows: Row, version: str = "v2c") -> Iterator[tuple[Plan, snmpsim.Agent]]:
    """The plan for an agent with some objects below E."""
    known = {
        f"{E}.{name}": Value(snmp.INTEGER, value) if isinstance(value, int) else Value(snmp.OCTETS, value.encode())
        for name, value in objects.items()
    }
    with snmpsim.Agent(known) as fake:
        agent = Snmp("127.0.0.1", fake.port, version, timeout=10, retries=0).open()
        yield explore(agent, Mib("made-up", "1", rows)), fake
        agent.close()


def names(plan: Plan) -> list[str]:
    return [item.name for item in plan.items]


@pytest.mark.parametrize("version", ["v1", "v2c"])
@pytest.mark.parametrize("base", [0, 1])
def test_outlets_are_counted_from_0_or_1(version: str, base: int) -> None:
    rows = (
        Number("outlet.count", f"{E}.1.0"),
        Fixed("outlet.n.id", "{n}"),
        Text("outlet.n.desc", f"{E}.2.n"),
        Text("outlet.n.name", f"{E}.3.n"),
        Command("outlet.n.load.on", f"{E}.4.n", "1", NEXT),
    )
    objects: dict[str, int | str] = {"1.0": 3}
    for number in range(base, base + 3):
        objects |= {f"2.{number}": f"outlet {number}", f"4.{number}": 0}
    with explored(objects, *rows, version=version) as (plan, _):
        numbers = range(base, base + 3)
        assert names(plan) == ["outlet.count", *(f"outlet.{number}.desc" for number in numbers)]
        assert [(kept.name, kept.value) for kept in plan.fixed] == [(f"outlet.{n}.id", str(n)) for n in numbers]
        assert {name: order.oid for name, order in plan.commands.items()} == {
            f"outlet.{number}.load.on": f"{E}.4.{number + 1}" for number in numbers[:-1]
        }


def test_what_is_not_counted_is_found() -> None:
    rows = (Text("outlet.group.n.name", f"{E}.1.n"), Number("ambient.n.humidity", f"{E}.2.n", 0.1, NOT_ZERO))
    objects: dict[str, int | str] = {f"1.{number}": "bank" for number in range(1, 41)}
    objects |= {"2.0": 0, "2.1": 455}  # a table that answers for 0, but has no such row
    with explored(objects, *rows) as (plan, _):
        assert names(plan) == [*(f"outlet.group.{number}.name" for number in range(1, 41)), "ambient.1.humidity"]
        assert plan.devices[0].known["outlet.group.count"] == "40"


def test_none_where_the_device_says_so() -> None:
    rows = (Number("outlet.count", f"{E}.1.0"), Text("outlet.n.desc", f"{E}.2.n"), Text("ambient.n.name", f"{E}.3.n"))
    with explored({"1.0": 0, "2.1": "nonsense"}, *rows) as (plan, _):
        assert names(plan) == ["outlet.count"]


PHASED = (
    Number("input.phases", f"{E}.1.0"),
    Number("input.voltage", f"{E}.2.1", 1, INPUT_1),
    Number("input.L1.voltage", f"{E}.2.1", 1, INPUT_3),
    Number("input.bypass.voltage", f"{E}.3.1", 1, BYPASS_1),
    Number("input.bypass.L1.voltage", f"{E}.3.1", 1, BYPASS_3),
    Number("input.bypass.frequency", f"{E}.4.1", 1, BYPASS_1 | BYPASS_3),
)


@pytest.mark.parametrize(
    ("phases", "found"),
    [
        (None, ["input.voltage", "input.bypass.voltage", "input.bypass.frequency"]),
        (1, ["input.phases", "input.voltage", "input.bypass.voltage", "input.bypass.frequency"]),
        (3, ["input.phases", "input.L1.voltage", "input.bypass.L1.voltage", "input.bypass.frequency"]),
        (2, ["input.phases"]),
    ],
)
def test_phases(phases: int | None, found: list[str]) -> None:
    said: dict[str, int | str] = {} if phases is None else {"1.0": phases}
    with explored({**said, "2.1": 230, "3.1": 229, "4.1": 50}, *PHASED) as (plan, _):
        assert names(plan) == found


def test_the_first_that_is_sole_is_the_only_one() -> None:
    rows = (
        Number("input.voltage", f"{E}.1.0", 1),
        Number("input.voltage", f"{E}.2.0", 0.1, SOLE | NOT_NEGATIVE),
        Number("input.voltage", f"{E}.3.0", 0.1, SOLE),
        Number("output.voltage", f"{E}.2.0", 0.1, SOLE | NOT_NEGATIVE),
        Number("output.voltage", f"{E}.1.0", 1),
    )
    with explored({"1.0": 230, "2.0": 2301, "3.0": 2302}, *rows) as (plan, _):
        assert [item.oid for item in plan.items] == [f"{E}.2.0", f"{E}.2.0"]
    with explored({"1.0": 230, "2.0": -1}, *rows) as (plan, _):  # unknown: the coarse one serves
        assert [(item.name, item.oid) for item in plan.items] == [
            ("input.voltage", f"{E}.1.0"),
            ("output.voltage", f"{E}.1.0"),
        ]


@pytest.mark.parametrize("base", [0, 1])
def test_chained_devices(base: int) -> None:
    rows = (
        Text("device.count", f"{E}.1.0", words=lambda text, known: str(text.count(",") + 1)),
        Fixed("device.type", "pdu"),
        Text("device.model", f"{E}.2.d", ONCE),
        Number("input.phases", f"{E}.3.d"),
        Number("input.voltage", f"{E}.4.d.1", 0.1, INPUT_1),
        Number("input.L1.voltage", f"{E}.4.d.1", 0.1, INPUT_3),
        Number("outlet.count", f"{E}.5.d"),
        Text("outlet.n.desc", f"{E}.6.d.n"),
        Command("outlet.n.load.off", f"{E}.7.d.n", "0"),
        Number("ambient.humidity", f"{E}.8.0", 1, MASTER),
    )
    objects: dict[str, int | str] = {"1.0": "0,1", "8.0": 40}
    for number in range(2):
        d = base + number
        objects |= {f"2.{d}": f"model {number}", f"3.{d}": 1 + 2 * number, f"4.{d}.1": 2300, f"5.{d}": 2 - number}
        objects |= {f"6.{d}.{n}": "x" for n in range(1, 3)} | {f"7.{d}.{n}": -1 for n in range(1, 3)}
    with explored(objects, *rows) as (plan, _):
        assert names(plan) == [
            "device.1.model",
            "device.1.input.phases",
            "device.1.input.voltage",
            "device.1.outlet.count",
            "device.1.outlet.1.desc",
            "device.1.outlet.2.desc",
            "device.1.ambient.humidity",
            "device.2.model",
            "device.2.input.phases",
            "device.2.input.L1.voltage",
            "device.2.outlet.count",
            "device.2.outlet.1.desc",
        ]
        assert plan.commands["device.2.outlet.1.load.off"].oid == f"{E}.7.{base + 1}.1"
        assert [kept.name for kept in plan.fixed] == ["device.1.type", "device.2.type"]


def test_one_device_of_a_chain_has_plain_names() -> None:
    rows = (Number("device.count", f"{E}.2.d"), Text("device.model", f"{E}.2.d"), Text("ups.serial", f"{E}.3.d"))
    with explored({"2.1": "solo", "3.1": "7"}, *rows) as (plan, _):
        assert names(plan) == ["device.model", "ups.serial"]


def test_little_is_asked() -> None:
    """A device of 57 objects, 100 others that it might have: a request for every 24."""
    smart = next(mib for mib in mibs() if mib.name == "apcc")
    with snmpsim.Agent(devices.SMART) as fake:
        agent = Snmp("127.0.0.1", fake.port, "v2c", timeout=10, retries=0).open()
        explore(agent, smart)
        agent.close()
    wanted = {row.oid for row in smart.rows if not isinstance(row, Fixed)}
    assert len(fake.requests) == -(-len(wanted) // 24)


# --- values


@pytest.mark.parametrize(
    ("row", "value", "text"),
    [
        (Number("x", "", 0.1), Value(snmp.INTEGER, 2301), "230.10"),
        (Number("x", "", 0.1), Value(snmp.GAUGE32, 2300), "230"),
        (Number("x", "", 0.001), Value(snmp.INTEGER, 865), "0.87"),  # as C's single precision has it
        (Number("x", "", 60), Value(snmp.INTEGER, 7), "420"),
        (Number("ambient.temperature", "", 0.1), Value(snmp.INTEGER, 215), "21.5"),
        (Number("ambient.temperature", ""), Value(snmp.INTEGER, 21), "21.0"),
        (Number("x", ""), Value(snmp.TICKS, 4299), "42"),
        (Number("x", ""), Value(snmp.OCTETS, b" 230 V"), "230"),
        (Number("x", ""), Value(snmp.OCTETS, b"0x1F"), "31"),
        (Number("x", ""), Value(snmp.OCTETS, b"-010"), "-8"),
        (Number("x", ""), Value(snmp.OCTETS, b"none"), "0"),
        (Number("x", ""), Value(snmp.ADDRESS, b"\x7f\0\0\1"), None),
        (Number("x", "", 1, NOT_NEGATIVE), Value(snmp.INTEGER, -1), None),
        (Number("x", "", 1, NOT_ZERO), Value(snmp.INTEGER, 0), None),
        (Number("x", "", words={1: "one"}), Value(snmp.INTEGER, 1), "one"),
        (Number("x", "", words={1: "one"}), Value(snmp.INTEGER, 2), "2"),
        (Number("x", "", 0.1, words=lambda text, known: f"<{text}{known['y']}>"), Value(snmp.INTEGER, 15), "<1.50K>"),
        (Text("x", ""), Value(snmp.OCTETS, b"Smart-UPS\0\0"), "Smart-UPS"),
        (Text("x", ""), Value(snmp.OCTETS, b"\x00\xc0\xb7"), "00 C0 B7 "),
        (Text("x", ""), Value(snmp.INTEGER, -3), "-3"),
        (Text("x", "", words={1: "yes"}), Value(snmp.INTEGER, 1), "yes"),
        (Text("x", "", words={1: "yes"}), Value(snmp.INTEGER, 2), None),
        (Text("x", "", words={1: "yes"}), Value(snmp.OCTETS, b"yes!"), "yes!"),
        (Text("x", "", NOT_NA), Value(snmp.OCTETS, b"N/A"), None),
        (Text("x", "", words={7: "seven"}), Value(snmp.OID, "1.3.7"), "seven"),
        (Status("", {2: "OL"}), Value(snmp.INTEGER, 2), "OL"),
        (Status("", {2: "OL"}), Value(snmp.INTEGER, 3), ""),
        (Alarm("", {2: "hot"}), Value(snmp.GAUGE32, 2), "hot"),
        (Conditions("", "", {}), Value(snmp.GAUGE32, 2), "2"),
    ],
)
def test_values(row: Reading, value: Value, text: str | None) -> None:
    assert shown(row, value, {"y": "K"}) == text


@given(
    st.one_of(
        st.builds(Value, st.sampled_from((snmp.OCTETS, snmp.OPAQUE, snmp.ADDRESS)), st.binary(max_size=40)),
        st.builds(Value, st.sampled_from(sorted(snmp.NUMBERS)), st.integers(-(1 << 31), (1 << 64) - 1)),
        st.builds(Value, st.just(snmp.OID), st.just("1.3.6.1")),
    )
)
def test_any_value_is_a_number_or_text_or_neither(value: Value) -> None:
    number_of(value)
    text_of(value)
    for row in (Number("x", "", 0.1), Text("x", "", words={1: "a"}), Status("", {}), Alarm("", {})):
        shown(row, value, {})


# --- the MIB files


@pytest.mark.parametrize("mib", mibs(), ids=lambda mib: f"{mib.name}-{'-'.join(mib.ids)}")
def test_rows_make_sense(mib: Mib) -> None:
    assert mib.model(), "nothing proves that a device is of this MIB"
    for oid in (*mib.ids, mib.probe):
        assert not oid.startswith(".")
    for row in mib.rows:
        assert row.name.count(".n.") == (1 if scope(row.name) else 0)
        if isinstance(row, Fixed):
            continue
        parts = row.oid.split(".")
        assert all(part in ("n", "d") or part.isdecimal() for part in parts), row
        assert len(parts) > 8
        assert ("n" in parts) <= bool(scope(row.name)), f"{row.name}: n without an outlet"
        if isinstance(row, Command):
            assert row.value is None or row.value
        elif isinstance(row, Status):
            assert all(word.isupper() for text in row.words.values() for word in text.split())
