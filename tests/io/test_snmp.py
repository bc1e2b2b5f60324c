"""SNMP agents: those of snmpsim in every version, and one that misbehaves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import snmpsim
from tests.support.ports import free_udp_port
from wallnut.io.record import Tape
from wallnut.io.snmp import Snmp, address, value_of, value_text
from wallnut.model.errors import DeviceError
from wallnut.proto import snmp, usm
from wallnut.proto.snmp import Pdu, Value
from wallnut.proto.usm import Engine, Security, User

BASE = "1.3.6.1.4.1.9999"
OBJECTS = {
    f"{BASE}.1.0": Value(snmp.INTEGER, -5),
    f"{BASE}.2.0": Value(snmp.OCTETS, b"text"),
    f"{BASE}.3.0": Value(snmp.GAUGE32, 4000000000),
    f"{BASE}.4.0": Value(snmp.TICKS, 100),
    f"{BASE}.5.0": Value(snmp.OID, "1.3.6.1"),
    f"{BASE}.6.0": Value(snmp.COUNTER64, 1 << 60),
    **{f"{BASE}.10.{number}": Value(snmp.INTEGER, number) for number in range(1, 60)},
}
NAMES = [f"{BASE}.{number}.0" for number in range(1, 8)]
FOUND = [*(OBJECTS[name] for name in NAMES[:6]), None]

# ours, and snmpsim's words for the same
USERS = {
    ("MD5", ""): ("MD5", "NONE"),
    ("MD5", "DES"): ("MD5", "DES"),
    ("SHA", "AES"): ("SHA", "AES"),
    ("SHA224", "AES"): ("SHA224", "AES"),
    ("SHA256", "AES192"): ("SHA256", "AES192BLMT"),
    ("MD5", "AES256"): ("MD5", "AES256BLMT"),
    ("SHA384", "AES192C"): ("SHA384", "AES192"),
    ("SHA", "AES256C"): ("SHA", "AES256"),
    ("SHA512", "AES256"): ("SHA512", "AES256BLMT"),
}


@pytest.fixture(scope="module")
def ports() -> Iterator[list[int]]:
    text = snmpsim.record(OBJECTS)
    with snmpsim.simulated({"": text, "readable": text, "writable": snmpsim.writable(text)}, *USERS.values()) as ports:
        yield ports


def way(port: int, version: str = "v2c", community: str = "readable", user: User | None = None) -> Snmp:
    return Snmp("127.0.0.1", port, version, community, user, timeout=10, retries=0)


@pytest.mark.parametrize("version", ["v1", "v2c"])
def test_get_and_walk(ports: list[int], version: str) -> None:
    agent = way(ports[0], version).open()
    assert agent.get(NAMES) == FOUND if version == "v2c" else agent.get(NAMES[:5]) == FOUND[:5]
    table = {name: value for name, value in OBJECTS.items() if name.startswith(f"{BASE}.10.")}
    assert dict(agent.walk(f"{BASE}.10", 100)) == table
    assert agent.walk(f"{BASE}.10", 25) == list(table.items())[:25]
    assert agent.walk(f"{BASE}.11", 25) == []
    agent.close()


@pytest.mark.parametrize("number", range(len(USERS)), ids=lambda number: "-".join(list(USERS)[number]))
def test_version_3(ports: list[int], number: int) -> None:
    auth, priv = list(USERS)[number]
    name, auth_key, priv_key = snmpsim.USER
    agent = way(ports[number], "v3", user=User(name, auth, auth_key, priv, priv_key if priv else "")).open()
    assert agent.get(NAMES) == FOUND
    assert agent.get(NAMES[:1]) == FOUND[:1]
    agent.close()


@pytest.mark.parametrize(
    ("user", "why"),
    [
        (User("nobody", "SHA", "auth-phrase"), "does not know this secName"),
        (User("tester", "SHA", "wrong-phrase", "AES", "priv-phrase"), "authPassword or authProtocol"),
        (User("tester", "SHA", "auth-phrase", "AES", "wrong-phrase"), "privPassword or privProtocol|does not answer"),
    ],
)
def test_a_user_that_the_agent_refuses(ports: list[int], user: User, why: str) -> None:
    agent = Snmp("127.0.0.1", ports[2], "v3", user=user, timeout=1, retries=0).open()
    with pytest.raises(DeviceError, match=why):
        agent.get(NAMES)
    agent.close()


def test_set(ports: list[int]) -> None:
    agent = way(ports[0], community="writable").open()
    for name, value in ((NAMES[0], Value(snmp.INTEGER, 77)), (NAMES[1], Value(snmp.OCTETS, b"new"))):
        assert agent.set(name, value) == ""
        assert agent.get([name]) == [value]
    agent.close()


# --- one that misbehaves


@pytest.fixture
def agent() -> Iterator[snmpsim.Agent]:
    with snmpsim.Agent(OBJECTS) as agent:
        yield agent


def asked(agent: snmpsim.Agent, version: str = "v2c", retries: int = 2, timeout: float = 0.05) -> list[Value | None]:
    one = Snmp("127.0.0.1", agent.port, version, timeout=timeout, retries=retries).open()
    try:
        return one.get(NAMES)
    finally:
        one.close()


def test_objects_that_are_not_there_cost_version_1_a_request_each(agent: snmpsim.Agent) -> None:
    assert asked(agent, "v1", timeout=10) == FOUND
    assert [len(request.binds) for request in agent.requests] == [7, 6]


def test_too_much_at_once_is_asked_in_pieces(agent: snmpsim.Agent) -> None:
    agent.most = 2
    assert asked(agent, timeout=10) == FOUND
    assert [len(request.binds) for request in agent.requests][-3:] == [1, 1, 1]


def test_a_refusal_that_does_not_say_of_what(agent: snmpsim.Agent) -> None:
    bad = snmp.name_bytes(NAMES[2])

    def answer(request: Pdu, reply: bytes) -> list[bytes]:
        if bad not in [name for name, _ in request.binds]:
            return [reply]
        return [snmp.message(snmp.V2C, b"public", request._replace(kind=snmp.RESPONSE, error=5, place=0))]

    agent.answer = answer
    assert asked(agent, timeout=10) == [*FOUND[:2], None, *FOUND[3:]]
    assert [len(request.binds) for request in agent.requests] == [7] + 7 * [1]


def test_no_answer_to_a_large_request_is_taken_for_too_much(agent: snmpsim.Agent) -> None:
    agent.answer = lambda request, reply: [] if len(request.binds) > 4 else [reply]
    assert asked(agent, retries=0) == FOUND


def test_silence(agent: snmpsim.Agent) -> None:
    agent.answer = lambda request, reply: []
    with pytest.raises(DeviceError, match=f"127.0.0.1:{agent.port}: it does not answer"):
        asked(agent, retries=1, timeout=0.01)


def test_a_port_where_nobody_listens() -> None:
    one = Snmp("127.0.0.1", free_udp_port(), timeout=0.01, retries=1).open()
    with pytest.raises(DeviceError, match="Connection refused"):
        one.get(NAMES[:1])
    one.close()


def test_answers_that_come_twice_late_or_to_another_question(agent: snmpsim.Agent) -> None:
    before: list[bytes] = []

    def answer(request: Pdu, reply: bytes) -> list[bytes]:
        before.append(reply)
        return [] if len(before) % 2 else [*before[-3:-1], b"\x30\x03", reply, reply]

    agent.answer = answer
    one = Snmp("127.0.0.1", agent.port, "v2c", timeout=0.1, retries=9).open()
    for name, value in zip(NAMES, FOUND, strict=True):
        assert one.get([name]) == [value]
    one.close()


def test_values_of_other_objects_are_not_believed(agent: snmpsim.Agent) -> None:
    agent.answer = lambda request, reply: [reply.replace(snmp.name_bytes(NAMES[0]), snmp.name_bytes(NAMES[6]))]
    with pytest.raises(DeviceError, match="values of other objects"):
        asked(agent, timeout=10)


def test_a_walk_that_goes_in_circles(agent: snmpsim.Agent) -> None:
    name = snmp.name_bytes(f"{BASE}.10.1")

    def answer(request: Pdu, reply: bytes) -> list[bytes]:
        pdu = Pdu(snmp.RESPONSE, request.number, 0, 0, [(name, Value(snmp.INTEGER, 1))])
        return [snmp.message(snmp.V2C, b"public", pdu)]

    agent.answer = answer
    one = way(agent.port).open()
    with pytest.raises(DeviceError, match="circles"):
        one.walk(f"{BASE}.10", 100)
    one.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=60), max_size=4), st.integers(0, 200), st.integers(0, 255))
def test_any_bytes(agent: snmpsim.Agent, noise: list[bytes], at: int, byte: int) -> None:
    """Whatever comes, values or a DeviceError come out of it."""

    def answer(request: Pdu, reply: bytes) -> list[bytes]:
        bent = bytearray(reply)
        bent[at % len(bent)] = byte
        return [*noise, bytes(bent)]

    agent.answer = answer
    try:
        asked(agent, retries=0, timeout=0.01)
    except DeviceError:
        pass


# --- version 3 when the agent changes


class Secured(snmpsim.Agent):
    """An agent of version 3 whose engine the test sets; `forged` reports do not prove themselves."""

    def __init__(self, user: User) -> None:
        super().__init__(OBJECTS)
        self.user, self.engine, self.forged = user, Engine(b"engine", 3, 1000), False
        self.reports: list[str] = []

    def reply_to(self, data: bytes) -> bytes:
        frame = usm.read_frame(data)
        if frame.engine.name != self.engine.name:
            return self._report(frame.number, usm.UNKNOWN_ENGINE, User(""))
        number, request = Security(self.user, frame.engine).read(data, 0.0)
        self.requests.append(request)
        if frame.engine[:3] != self.engine[:3]:
            return self._report(number, usm.NOT_IN_TIME, User("") if self.forged else self.user._replace(priv=""))
        answer = self._reply(snmp.V2C, request)
        return Security(self.user, self.engine).write(number, answer, 0.0, bytes(8))

    def _report(self, number: int, why: str, user: User) -> bytes:
        self.reports.append(why)
        pdu = Pdu(snmp.REPORT, 0, 0, 0, [(snmp.name_bytes(why), Value(snmp.COUNTER32, 1))])
        return Security(user, self.engine).write(number, pdu, 0.0, b"")


def test_an_agent_that_was_started_again_or_replaced() -> None:
    user = User("u", "SHA256", "auth-phrase", "AES", "priv-phrase")
    with Secured(user) as agent:
        one = way(agent.port, "v3", user=user).open()
        assert one.get(NAMES) == FOUND
        agent.engine = Engine(b"engine", 4, 5)
        assert one.get(NAMES) == FOUND
        agent.engine = Engine(b"another", 1, 70000)
        assert one.get(NAMES) == FOUND
        assert agent.reports == [usm.UNKNOWN_ENGINE, usm.NOT_IN_TIME, usm.UNKNOWN_ENGINE, usm.UNKNOWN_ENGINE]
        agent.engine, agent.forged = Engine(b"another", 2, 5), True
        with pytest.raises(DeviceError, match="the agent refuses: its clock and ours differ"):
            one.get(NAMES)
        one.close()


# --- addresses and recordings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ups", ("ups", 161)),
        ("ups:1161", ("ups", 1161)),
        ("udp:10.0.0.1:1161", ("10.0.0.1", 1161)),
        ("[::1]:1161", ("::1", 1161)),
        ("udp6:[fe80::1]", ("fe80::1", 161)),
        ("::1", ("::1", 161)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert address(text) == found


@pytest.mark.parametrize("text", ["", "ups:", "ups:x", "ups:99999", ":161"])
def test_texts_that_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError):
        address(text)


def test_a_recording_plays_what_was_said(agent: snmpsim.Agent) -> None:
    tape = Tape()
    real = way(agent.port)
    one = real.record(real.open(), tape)
    one.get(NAMES)
    assert one.set(NAMES[0], Value(snmp.INTEGER, 3)) == ""
    one.close()
    played = real.replay(Tape(tape.lines))
    assert played.get(list(reversed(NAMES))) == list(reversed(FOUND))  # in whatever groups
    assert played.get([f"{BASE}.99.0"]) == [None]
    assert played.set(NAMES[0], Value(snmp.INTEGER, 3)) == ""
    assert played.walk(f"{BASE}.10", 9) == []
    with pytest.raises(DeviceError, match=re.escape("no answer to set")):
        played.set(NAMES[0], Value(snmp.INTEGER, 4))


@given(
    st.one_of(
        st.none(),
        st.builds(Value, st.sampled_from((snmp.OCTETS, snmp.OPAQUE)), st.binary(max_size=20)),
        st.builds(Value, st.sampled_from(sorted(snmp.NUMBERS)), st.integers(0, 99)),
    )
)
def test_values_as_text(value: Value | None) -> None:
    assert value_of(value_text(value)) == value
