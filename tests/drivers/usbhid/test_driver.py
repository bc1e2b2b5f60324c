"""The driver on its host, over a made-up hidapi: what C's has no counterpart for, faults, options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fake_hidapi import FakeHidapi
from tests.support.hid_devices import ES850G2
from tests.support.hosts import Hosted, section
from tests.support.umock import Device
from wallnut.drivers.usbhid.driver import UsbHid
from wallnut.io import hid as usb
from wallnut.io.hid import Identity
from wallnut.model.errors import ConfigError


@pytest.fixture
def device() -> Device:
    return Device(ES850G2)


@pytest.fixture(autouse=True)
def module(device: Device, monkeypatch: pytest.MonkeyPatch) -> FakeHidapi:
    made = FakeHidapi(device)
    monkeypatch.setitem(sys.modules, "hid", made)
    return made


def hosted(**options: str | int | None) -> Hosted:
    return Hosted(UsbHid, section(driver="usbhid-ups", **{"port": "auto", **options}))


@pytest.fixture
def ups(device: Device) -> Iterator[Hosted]:
    with hosted() as one:
        yield one.start()


def value(one: Hosted, name: str) -> str:
    return one.host.state.value(name)


def stale(one: Hosted) -> bool:
    return one.host.state.stale


def status(one: Hosted) -> str:
    return value(one, "ups.status")


def report(device: Device, *reports: str) -> None:
    """The device changes, and says so."""
    with device.changed:
        for data in map(bytes.fromhex, reports):
            device.feature[data[0]] = device.input[data[0]] = data
            device.news.append(data)
        device.changed.notify_all()


def distinct(one: Hosted, device: Device) -> None:
    """Every report was asked for once."""
    assert set(device.asked.values()) == {1}
    device.asked.clear()


def test_each_report_is_read_once_a_poll(ups: Hosted, device: Device) -> None:
    assert status(ups) == "OL"
    assert len(device.asked) == 29
    distinct(ups, device)
    ups.pass_time(2.5)
    assert sorted(f"{id:02x}" for id in device.asked) == ["06", "13", "14", "15", "16", "40"]
    distinct(ups, device)
    ups.pass_time(25)
    device.asked.clear()
    ups.pass_time(4.5)
    assert device.asked[0x26] == 1  # the full update
    assert device.asked[0x11] == 0  # what a setting alone changes


def test_a_notification_counts_at_once(ups: Hosted, device: Device) -> None:
    device.asked.clear()
    report(device, "160a000000")
    ups.until(lambda: status(ups) == "OB DISCHRG", "OB")  # no time passes
    assert not device.asked
    report(device, "161a000000")
    ups.until(lambda: status(ups) == "OB DISCHRG LB", "LB")
    report(device, "160d000000", "0c323200")
    ups.until(lambda: (status(ups), value(ups, "battery.charge")) == ("OL CHRG", "50"), "OL")


def test_notifications_that_make_no_sense(ups: Hosted, device: Device) -> None:
    with device.changed:
        device.news += [b"\x16", b"\xff\x01", b"\x16\x0a", b"\x00"]
        device.changed.notify_all()
    report(device, "160a000000")
    ups.until(lambda: status(ups) == "OB DISCHRG", "OB")
    assert not any("fault" in text for text in ups.log.texts)


def test_unplugged(ups: Hosted, device: Device, module: FakeHidapi) -> None:
    with device.changed:
        device.gone = True
        device.changed.notify_all()
    ups.until(lambda: stale(ups), "stale data", tick=0.001)
    ups.settle()
    assert module.opened == 0
    ups.pass_time(40)
    assert stale(ups)
    before = len(ups.log.texts)
    device.gone = False
    ups.pass_time(31)
    assert not stale(ups)
    assert status(ups) == "OL"
    assert value(ups, "driver.watchdog.reopened") == "1"
    assert module.opened == 1
    assert len(ups.log.texts) == before + 1  # it answers again
    report(device, "160a000000")
    ups.until(lambda: status(ups) == "OB DISCHRG", "OB")


def test_only_the_same_device_comes_back(ups: Hosted, device: Device, module: FakeHidapi) -> None:
    other = Device(replace(ES850G2, strings={**ES850G2.strings, 3: "5B0000T99999"}))
    module.devices[b"1-9:1.0"] = other
    device.gone = True
    ups.pass_time(20)
    assert stale(ups)
    assert not other.asked


def test_a_device_that_hangs_is_reset_and_then_enumerated_anew(
    ups: Hosted, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def note(what: str) -> Callable[[Identity], bool]:
        def call(identity: Identity) -> bool:
            done.append(what)
            return True

        return call

    monkeypatch.setattr(usb, "reset", note("reset"))  # what the kernel does then, test_hid.py shows
    monkeypatch.setattr(usb, "enumerate_again", note("enumerated"))
    device.hung = True
    ups.pass_time(100)
    assert stale(ups)
    assert done[:2] == ["reset", "reset"]
    assert "enumerated" in done[2:]
    assert value(ups, "driver.watchdog.reset") == "2"
    said = [text for text in ups.log.texts if "data is stale" in text]
    assert len(said) == 1
    device.hung = False
    ups.pass_time(31)
    assert not stale(ups)


def test_a_part_of_the_status_that_is_lost_makes_all_of_it_old(ups: Hosted, device: Device) -> None:
    device.stalled.add(0x16)
    ups.pass_time(4)
    assert not stale(ups)
    ups.pass_time(2.5)
    assert stale(ups)
    device.stalled.clear()
    ups.pass_time(5)
    assert not stale(ups)


def test_a_report_that_comes_later_still_counts(device: Device) -> None:
    device.stalled.update((0x26, 0x09))
    with hosted(pollfreq=2) as one:
        one.start()
        assert value(one, "battery.voltage") == ""
        device.stalled.clear()
        one.pass_time(5)
        assert value(one, "battery.voltage") == "13.4"


def test_a_variable_that_is_lost_is_not_shown(device: Device) -> None:
    with hosted(pollfreq=2) as one:
        one.start()
        assert value(one, "battery.voltage") == "13.4"
        device.stalled.add(0x26)
        one.pass_time(20)
        assert not stale(one)
        assert value(one, "battery.voltage") == "13.4"  # by the path that comes second
        device.stalled.update((0x09, 0x50))
        one.pass_time(20)
        assert value(one, "battery.voltage") == value(one, "ups.load") == ""
        device.stalled.clear()
        one.pass_time(6)
        assert value(one, "battery.voltage") == "13.4"


def test_what_a_device_no_longer_says_goes(device: Device) -> None:
    device.feature[0x36] = bytes.fromhex("3601")
    with hosted() as one:
        one.start()
        assert value(one, "input.transfer.reason") == "input voltage out of range"
        device.gone = True
        one.pass_time(5)
        device.gone = False
        device.stalled.add(0x50)
        device.feature[0x36] = bytes.fromhex("3600")
        one.pass_time(31)
        assert not stale(one)
        assert value(one, "ups.load") == value(one, "input.transfer.reason") == ""
        assert value(one, "battery.charge") == "100"


def test_a_device_that_a_file_knows_is_preferred(device: Device, module: FakeHidapi) -> None:
    module.devices = {b"1-1:1.0": Device(UNKNOWN), b"1-2:1.0": device}
    with hosted() as one:
        one.start()
        assert value(one, "driver.version.data").startswith("APC HID")


def test_garbage_is_no_data(ups: Hosted, device: Device) -> None:
    for id in device.feature:
        device.feature[id] = b"\xff\xff"
    ups.pass_time(3)
    assert stale(ups)


def test_commands_and_settings(ups: Hosted, device: Device) -> None:
    peer = ups.peer()
    ups.say(peer, "DUMPALL")
    device.asked.clear()
    heard = ups.say(peer, "SET battery.charge.low 15 TRACKING a")
    assert heard == ['SETINFO battery.charge.low "15"', "TRACKING a 0"]
    assert device.settings == ["110f"]
    for request, result in (
        ("SET battery.charge.low ten", 2),
        ("SET battery.charge.low 300", 2),
        ("SET battery.charge 5", 1),
        ("SET input.sensitivity extreme", 2),
        ("SET ups.delay.shutdown soon", 2),
        ("SET nothing 1", 1),
        ("INSTCMD load.on", 1),
        ("INSTCMD nothing", 1),
        ("INSTCMD load.off.delay soon", 2),
    ):
        assert ups.say(peer, f"{request} TRACKING b")[-1:] == [f"TRACKING b {result}"], request
    assert device.settings == ["110f"]
    device.stalled.add(0x11)
    assert ups.say(peer, "SET battery.charge.low 20 TRACKING c")[-1:] == ["TRACKING c 3"]


def test_settings_of_the_user(device: Device) -> None:
    with hosted(offdelay=90, lowbatt=33, pollfreq=7, ondelay=120) as one:
        one.start()
        assert value(one, "ups.delay.shutdown") == "90"
        assert value(one, "battery.charge.low") == "33"
        assert value(one, "driver.parameter.pollfreq") == "7"
        assert value(one, "ups.delay.start") == ""  # the device has no such path


def test_shutdown(ups: Hosted, device: Device) -> None:
    peer = ups.peer()
    assert ups.say(peer, "INSTCMD shutdown.default TRACKING a")[-1:] == ["TRACKING a 0"]
    assert device.settings == ["400a"]  # this model can only restart


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"vendorid": "051d"}, True),
        ({"vendorid": "051D"}, True),
        ({"vendorid": "051"}, False),
        ({"vendorid": "051d*", "productid": "000[12]"}, True),
        ({"productid": "0003"}, False),
        ({"product": ".*(Smart|Back)-?UPS.*"}, True),
        ({"product": "Back-UPS"}, False),
        ({"vendor": "american.*"}, True),
        ({"serial": "5B[[:digit:]]+T[[:digit:]]+"}, True),
        ({"serial": "X.*"}, False),
        ({"usb_hid_rep_index": "1"}, False),
        ({"subdriver": "apc"}, True),
        ({"subdriver": "generic"}, True),
    ],
)
def test_which_device(device: Device, options: dict[str, str], found: bool) -> None:
    with hosted(**options) as one:
        one.start()
        assert (one.verdict == "") is found
        if not found:
            assert one.verdict == "no matching HID device found"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"vendorid": "["}, "invalid regular expression"),
        ({"explore": None}, "vendorid is needed"),
        ({"pollfreq": "often"}, "a whole number is needed"),
        ({"offdelay": "x"}, "a whole number is needed"),
        ({"onlinedischarge_log_throttle_hovercharge": "0"}, "1 to 100"),
        ({"subdriver": "acme"}, "one of MGE HID, APC HID"),
        ({"interruptsize": "1000"}, "0 to 64"),
    ],
)
def test_wrong_options(device: Device, options: dict[str, str | None], why: str) -> None:
    try:
        with hosted(**options) as one:
            one.start()
            text = one.verdict or ""
    except ConfigError as error:
        text = str(error)
    assert why in text


UNKNOWN = replace(ES850G2, vendor_id=0x1234, product_id=0x5678)


def test_a_device_that_no_file_knows_is_served_by_the_generic_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hid", FakeHidapi(Device(UNKNOWN)))
    with hosted() as one:
        one.start()
        assert value(one, "driver.version.data").startswith("Generic HID")
        told = {"ups.status": "OL", "battery.charge": "100", "battery.runtime": "868", "ups.load": "34"}
        assert {name: value(one, name) for name in told} == told
        assert "test.battery.start.quick" in one.host.state.commands


def test_explore(device: Device) -> None:
    with hosted(vendorid="051d", explore=None) as one:
        one.start()
        line = "Path: UPS.PowerSummary.RemainingCapacity, Type: Feature, ReportID: 0x0c, Offset: 0, Size: 8, Value: 100"
        assert line in one.log.texts


def test_pollonly(device: Device) -> None:
    with hosted(pollonly=None) as one:
        one.start()
        report(device, "160a000000", "1300", "06000110")
        one.loop.run_once(0.02)
        assert status(one) == "OL"
        one.pass_time(2.5)
        assert status(one) == "OB DISCHRG"


def test_interruptonly(device: Device) -> None:
    with hosted(interruptonly=None) as one:
        one.start()
        assert stale(one)
        report(device, "160a000000")
        one.until(lambda: status(one) == "OB DISCHRG", "OB")
        one.pass_time(2.5)
        assert not stale(one)
        assert not device.asked


def test_silence_that_is_not_tolerated(device: Device) -> None:
    with hosted(interrupt_pipe_no_events_tolerance=3) as one:
        one.start()
        one.pass_time(7)
        assert not stale(one)
        one.pass_time(1.5)
        assert stale(one)
        assert any("no notification for 4 polls" in text for text in one.log.texts)
        one.pass_time(3)
        assert not stale(one)


def test_online_and_discharging_is_remarked_on(device: Device) -> None:
    device.feature[0x16] = bytes.fromhex("160e000000")
    device.feature[0x0C] = bytes.fromhex("0c506403")
    device.feature[0x06] = bytes.fromhex("06000108")
    with hosted() as one:
        one.start()
        one.pass_time(9)
        assert status(one) == "OL DISCHRG"
        assert len([text for text in one.log.texts if "onlinedischarge_onbattery" in text]) == 1


def test_reloaded_with_other_options(device: Device, module: FakeHidapi) -> None:
    wanted = section(driver="usbhid-ups", port="auto", offdelay=45)
    with Hosted(UsbHid, section(driver="usbhid-ups", port="auto"), configuration=lambda: wanted) as one:
        one.start()
        assert value(one, "ups.delay.shutdown") == "20"
        assert one.host.reload() == ""
        one.settle()
        assert value(one, "ups.delay.shutdown") == "45"
        assert module.opened == 1


def test_nothing_is_left_open(device: Device, module: FakeHidapi) -> None:
    for _ in range(3):
        with hosted() as one:
            one.start()
    assert module.opened == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_device_at_all(monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    """Whatever descriptor and reports a device has: it is served, or refused in one line."""
    descriptor = bytearray.fromhex(ES850G2.descriptor)
    for at in data.draw(st.lists(st.integers(0, len(descriptor) - 1), max_size=4)):
        descriptor[at] = data.draw(st.integers(0, 255))
    reports = {id: data.draw(st.binary(max_size=9)) for id in data.draw(st.sets(st.sampled_from([6, 12, 22, 33, 48])))}
    strange = Device(replace(ES850G2, descriptor=descriptor.hex()))
    strange.feature.update(reports)
    monkeypatch.setitem(sys.modules, "hid", FakeHidapi(strange))
    with hosted() as one:
        one.start()
        assert one.verdict is not None
        assert "\n" not in one.verdict
        assert "fault" not in one.verdict
        strange.news += reports.values()
        one.pass_time(2.5)
        assert not any("fault" in text for text in one.log.texts)
