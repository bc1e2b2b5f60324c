"""snmp-ups as a driver: what it asks when, what it says when the device changes, falls silent, or is nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.drivers.snmp import devices
from tests.support import snmpsim
from tests.support.hosts import Hosted, section
from wallnut.drivers import recording
from wallnut.drivers.base import Publisher, Settings
from wallnut.drivers.snmp.engine import SnmpUps
from wallnut.io import record
from wallnut.io.log import Memory
from wallnut.model.errors import ConfigError, DeviceError
from wallnut.proto import snmp
from wallnut.proto.snmp import Pdu, Value

UPS, APC = devices.UPS, devices.APC
ON = Value(snmp.INTEGER, 2)


@pytest.fixture
def agent() -> Iterator[snmpsim.Agent]:
    with snmpsim.Agent(devices.IETF) as agent:
        yield agent


def hosted(agent: snmpsim.Agent, **settings: str | int | None) -> Hosted:
    given = {"snmp_version": "v2c", "snmp_timeout": "10", "pollinterval": 2, **settings}
    return Hosted(SnmpUps, section(driver="snmp-ups", port=f"127.0.0.1:{agent.port}", **given), keep_trying=True)


def stale(one: Hosted) -> bool:
    return one.host.state.stale


def say(agent: snmpsim.Agent, **objects: Value | int) -> None:
    """Change what a UPS of RFC 1628 says; a name's `_` stands for a dot."""
    for name, value in objects.items():
        number = value if isinstance(value, Value) else Value(snmp.INTEGER, value)
        agent.objects[snmp.name_bytes(f"{UPS}.{name.strip('_').replace('_', '.')}")] = number


def test_status_is_quick_and_the_rest_comes_with_a_full_reading(agent: snmpsim.Agent) -> None:
    with hosted(agent, pollfreq=10).start() as one:
        state = one.host.state
        assert state.value("ups.status") == "OL"
        assert state.value("input.voltage") == "231"
        say(agent, _4_1_0=5, _2_1_0=3, _2_4_0=60, _3_3_1_3_1=0)
        agent.requests.clear()
        one.pass_time(4)
        assert state.value("ups.status") == "LB OB"
        assert state.value("battery.charge") == "60"
        assert state.value("input.voltage") == "231"
        assert {len(request.binds) for request in agent.requests} == {5}
        one.pass_time(8)
        assert state.value("input.voltage") == "0"


def test_what_never_changes_is_read_once_and_what_is_not_there_never_again(agent: snmpsim.Agent) -> None:
    with hosted(agent, pollfreq=0).start() as one:
        agent.requests.clear()
        one.pass_time(2)
        asked = {name for request in agent.requests for name, _ in request.binds}
        assert snmp.name_bytes(f"{UPS}.1.2.0") not in asked  # ups.model
        assert asked <= set(agent.objects)


def test_a_variable_that_goes_and_comes_back(agent: snmpsim.Agent) -> None:
    with hosted(agent, pollfreq=0).start() as one:
        kept = agent.objects.pop(snmp.name_bytes(f"{UPS}.2.5.0"))
        one.pass_time(2)
        assert one.host.state.value("battery.voltage") == ""
        assert not one.host.state.stale
        assert one.log.texts[-1].endswith("battery.voltage: the device does not tell it any more")
        agent.objects[snmp.name_bytes(f"{UPS}.2.5.0")] = kept
        one.pass_time(2)
        assert one.host.state.value("battery.voltage") == "54.70"


def test_a_card_that_lost_its_ups_is_stale(agent: snmpsim.Agent) -> None:
    with hosted(agent, pollfreq=0).start() as one:
        kept = dict(agent.objects)
        for name in kept:
            if name.startswith(snmp.name_bytes(UPS)):
                del agent.objects[name]
        one.pass_time(2)
        assert stale(one)
        agent.objects.update(kept)
        one.pass_time(2)
        assert not stale(one)
        assert one.host.state.value("ups.status") == "OL"


def test_silence_and_return(agent: snmpsim.Agent) -> None:
    with hosted(agent, snmp_timeout="0.02", snmp_retries=1).start() as one:
        one.until(lambda: one.host.state.value("ups.status") == "OL", "data", tick=0.05)
        answer, agent.answer = agent.answer, lambda request, reply: []
        one.until(lambda: one.host.state.stale, "silence to be noticed", tick=0.05)
        assert any(text.endswith("it does not answer; data is stale") for text in one.log.texts)
        agent.answer = answer
        one.until(lambda: not one.host.state.stale, "the device to be back", tick=0.05)
        assert one.host.state.value("ups.status") == "OL"


def test_slow_answers_are_waited_for(agent: snmpsim.Agent) -> None:
    held: list[bytes] = []

    def late(request: Pdu, reply: bytes) -> list[bytes]:
        """The answer to a request comes when the request is repeated."""
        held.append(reply)
        return [held[-2]] if len(held) % 2 == 0 else []

    agent.answer = late
    with hosted(agent, snmp_timeout="0.05", snmp_retries=3).start() as one:
        assert one.host.state.value("ups.status") == "OL"
        assert not one.host.state.stale


def test_nonsense_is_a_device_error(agent: snmpsim.Agent) -> None:
    agent.answer = lambda request, reply: [b"\x30\x84\xff\xff\xff\xff", reply[:-1], reply[::-1]]
    with hosted(agent, snmp_timeout="0.02", snmp_retries=0).start() as one:
        one.until(lambda: any("it answers nonsense" in text for text in one.log.texts), "a word about it", tick=0.05)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(sorted(devices.IETF)),
        st.one_of(
            st.builds(Value, st.sampled_from((snmp.OCTETS, snmp.OPAQUE, snmp.ADDRESS)), st.binary(max_size=20)),
            st.builds(Value, st.sampled_from(sorted(snmp.NUMBERS)), st.integers(0, (1 << 31) - 1)),
            st.builds(Value, st.just(snmp.OID), st.sampled_from(("0.0", "1.3.6.1.2.1.33.1.7.7.1", "2.999.4294967295"))),
        ),
        max_size=8,
    )
)
def test_any_value_anywhere(agent: snmpsim.Agent, values: dict[str, Value]) -> None:
    """A device that tells odd things is served as far as it makes sense; otherwise a DeviceError says why."""
    agent.objects = {snmp.name_bytes(name): value for name, value in (devices.IETF | values).items()}
    given = {"port": f"127.0.0.1:{agent.port}", "snmp_version": "v2c", "snmp_timeout": "10", "pollfreq": "0"}
    driver = SnmpUps(Settings("u", given), Publisher(lambda changes: None, Memory()))
    try:
        driver.open()
        driver.poll()
    except DeviceError:
        pass
    finally:
        driver.close()


def test_a_pdu_that_falls_silent_is_noticed_between_full_readings() -> None:
    with snmpsim.Agent(devices.RACK) as rack, hosted(rack, snmp_timeout="0.05", snmp_retries=1).start() as one:
        one.until(lambda: one.host.state.value("device.model"), "data", tick=0.05)
        rack.requests.clear()
        one.pass_time(4)
        assert [len(request.binds) for request in rack.requests] in ([1], [1, 1], [1, 1, 1])
        rack.answer = lambda request, reply: []
        one.pass_time(4)
        assert stale(one)


def test_what_the_driver_keeps_outlives_the_connection(agent: snmpsim.Agent) -> None:
    mge = {**devices.SYSTEM, "1.3.6.1.4.1.705.1.1.1.0": Value(snmp.OCTETS, b"Pulsar"), "1.3.6.1.4.1.705.1.5.11.0": ON}
    with snmpsim.Agent(mge) as pulsar, hosted(pulsar, mibs="mge", snmp_timeout="0.05", snmp_retries=1).start() as one:
        one.until(lambda: one.host.state.value("ups.delay.shutdown") == "20", "data", tick=0.05)
        assert "TRACKING 1 0" in one.say(one.peer(), "SET ups.delay.shutdown 77 TRACKING 1")
        answer, pulsar.answer = pulsar.answer, lambda request, reply: []
        one.until(lambda: stale(one), "silence to be noticed", tick=0.05)
        pulsar.answer = answer
        one.until(lambda: not stale(one), "the device to be back", tick=0.05)
        assert one.host.state.value("ups.delay.shutdown") == "77"


# --- settings

V3 = {"snmp_version": "v3", "secName": "me"}


def test_transfer_points(agent: snmpsim.Agent) -> None:
    with hosted(agent).start() as one:
        assert one.host.state.value("input.transfer.low") == "180"
    with hosted(agent, notransferoids=None).start() as one:
        assert one.host.state.value("input.transfer.low") == ""
        assert one.host.state.value("input.voltage") == "231"
    with snmpsim.Agent(devices.SMART) as smart, hosted(smart, symmetrathreephase=None).start() as one:
        assert one.host.state.value("input.transfer.low") == "147.06"
        assert one.host.state.value("input.transfer.high") == "178.87"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"snmp_version": "v4"}, "[u] snmp_version = v4: one of v1, v2c, v3 is needed"),
        ({"snmp_version": "v3"}, "[u] secName: snmp_version = v3 needs it"),
        (
            {"snmp_version": "v3", "secName": "me", "secLevel": "authPriv"},
            "[u] authPassword: secLevel = authPriv needs it",
        ),
        (
            {**V3, "secLevel": "authNoPriv", "authPassword": "secret"},
            "[u] authPassword: at least 8 characters are needed",
        ),
        (
            {
                "snmp_version": "v3",
                "secName": "me",
                "secLevel": "authNoPriv",
                "authPassword": "1" * 8,
                "authProtocol": "X",
            },
            "[u] authProtocol = X: one of MD5, SHA, SHA224, SHA256, SHA384, SHA512 is needed",
        ),
        ({"port": "ups:99999"}, "[u] port = ups:99999: HOST or HOST:PORT is needed"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SnmpUps(Settings("u", {"port": "ups", **settings}), Publisher(lambda changes: None, Memory()))
    assert str(caught.value) == why


def test_mibs(agent: snmpsim.Agent) -> None:
    with hosted(agent, mibs="ietf").start() as one:
        assert one.host.state.value("driver.version.data") == "ietf MIB 1.54"
    with hosted(agent, mibs="apcc").start() as one:
        assert one.log.texts[-1].endswith("mibs = apcc does not fit this device: sysObjectID is 1.3.6.1.2.1.33")
    with pytest.raises(ConfigError, match="one of auto, apc_ats, "):
        hosted(agent, mibs="--list")


def test_a_device_that_does_not_tell_its_model(agent: snmpsim.Agent) -> None:
    del agent.objects[snmp.name_bytes(f"{UPS}.1.2.0")]
    with hosted(agent).start() as one:
        assert one.host.state.value("driver.version.data") == "ietf MIB 1.54"
        assert one.host.state.value("ups.status") == "OL"


# --- commands


def test_shutdown_sets_the_delays_first() -> None:
    with snmpsim.Agent(devices.SMART) as agent, hosted(agent, ondelay=60, offdelay=90).start() as one:
        agent.requests.clear()
        peer = one.peer()
        said = one.say(peer, "INSTCMD shutdown.default TRACKING 1")
        assert "TRACKING 1 0" in said
        sets = [request.binds[0] for request in agent.requests if request.kind == snmp.SET]
        assert [(snmp.name_text(name), value) for name, value in sets] == [
            (f"{APC}.1.5.2.9.0", Value(snmp.TICKS, 6000)),
            (f"{APC}.1.5.2.10.0", Value(snmp.TICKS, 9000)),
            (f"{APC}.1.6.1.1.0", Value(snmp.INTEGER, 2)),
        ]


def test_a_refusal_is_told(agent: snmpsim.Agent) -> None:
    def answer(request: Pdu, reply: bytes) -> list[bytes]:
        if request.kind != snmp.SET:
            return [reply]
        return [snmp.message(snmp.V2C, b"public", request._replace(kind=snmp.RESPONSE, error=17, place=1))]

    with hosted(agent).start() as one:
        agent.answer = answer
        assert "TRACKING 1 3" in one.say(one.peer(), "INSTCMD beeper.mute TRACKING 1")
        assert one.log.texts[-1].endswith("beeper.mute: the device refuses: notWritable")


def test_what_is_announced(agent: snmpsim.Agent) -> None:
    with hosted(agent).start() as one:
        state = one.host.state
        assert {"load.off", "load.on", "beeper.mute", "test.battery.start"} <= set(state.commands)
        location = state.variables["device.location"]
        assert (location.writable, location.length) == (True, 128)
    with snmpsim.Agent(devices.SMART) as smart, hosted(smart).start() as one:
        sensitivity = one.host.state.variables["input.sensitivity"]
        assert sensitivity.enum == ("auto", "low", "medium", "high")


@pytest.mark.parametrize(
    ("objects", "control"), [(devices.RACK, "4.4.2.1.3"), (devices.RACK_2, "26.9.2.4.1.5")], ids=["rPDU", "rPDU2"]
)
def test_outlets_are_switched(objects: dict[str, Value], control: str) -> None:
    with snmpsim.Agent(objects) as rack, hosted(rack, pollfreq=0).start() as one:
        peer = one.peer()
        for number, verb in enumerate(("on", "off", "cycle"), 1):
            assert "TRACKING 1 0" in one.say(peer, f"INSTCMD outlet.2.load.{verb} TRACKING 1")
            assert rack.objects[snmp.name_bytes(f"{APC}.{control}.2")] == Value(snmp.INTEGER, number)
        assert "TRACKING 1 1" in one.say(peer, "INSTCMD outlet.9.load.on TRACKING 1")


def test_the_newer_rack_pdu() -> None:
    with snmpsim.Agent(devices.RACK_2) as rack, hosted(rack).start() as one:
        state = one.host.state
        said = {name: state.value(name) for name in state.variables if name.startswith(("input.", "outlet.2"))}
        assert said == {
            "input.phases": "3",
            "input.power": "1250",
            "input.powerfactor": "0.93",
            "input.realpower": "1170",
            **{f"input.l{line}-n.voltage": str(230 + line) for line in (1, 2, 3)},
            **{f"input.l{line}.current": str(line) for line in (1, 2, 3)},
            **{f"input.l{line}.realpower": str(200 + 10 * line) for line in (1, 2, 3)},
            "outlet.2.current": "0.90",
            "outlet.2.desc": "Outlet 2",
            "outlet.2.id": "2",
            "outlet.2.realpower": "163",
            "outlet.2.status": "on",
            "outlet.2.switchable": "yes",
        }
        assert (state.value("device.model"), state.value("outlet.count")) == ("AP8641", "2")


# --- recordings


def test_a_recording_plays(agent: snmpsim.Agent, tmp_path: Path) -> None:
    given = {"snmp_version": "v2c", "snmp_timeout": "10", "pollfreq": "0", "pollinterval": "1"}
    made, acts = recording.make(
        SnmpUps,
        section(driver="snmp-ups", port=f"127.0.0.1:{agent.port}", **given),
        2,
        Memory(),
        [recording.Act("beeper.mute")],
    )
    assert acts == ["HANDLED"]
    path = tmp_path / "ietf.rec"
    path.write_text(record.write(made))
    _, outcome = recording.play(str(path), Memory())
    assert outcome.variables == made.variables
    assert outcome.variables["ups.status"] == "OL"
    assert outcome.commands == made.commands
