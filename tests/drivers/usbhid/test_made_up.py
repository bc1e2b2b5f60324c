"""Every vendor file with a made-up device that has all its rows: through the engine, and beside C's driver.

C's is 2.8.0; what our rows have from later releases of NUT is listed, and must be all that differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.driver_socket import DriverSocket
from tests.support.fake_hidapi import FakeHidapi
from tests.support.hid_made_up import VOLT, Item, build, everything
from tests.support.hosts import Hosted, section
from tests.support.peers import need
from tests.support.procs import Process, running
from tests.support.programs import place
from tests.support.umock import Device, Model, UsbUps
from wallnut.drivers.usbhid import (
    apc,
    arduino,
    belkin,
    cyberpower,
    delta,
    eaton,
    ecoflow,
    ever,
    idowell,
    legrand,
    liebert,
    openups,
    powercom,
    powervar,
    salicru,
    tripplite,
)
from wallnut.drivers.usbhid.driver import UsbHid
from wallnut.drivers.usbhid.rows import Command, Own, Var, Vendor
from wallnut.drivers.usbhid.vendors import VENDORS

CPS_BATTERY = {
    "UPS.PowerSummary.Voltage": Item("", 204, unit=VOLT, exponent=6),
    "UPS.PowerSummary.ConfigVoltage": Item("", 12, unit=VOLT, exponent=7),
    "UPS.Input.Frequency": Item("", 499),
    "UPS.Output.Frequency": Item("", 499),
}
TINY = {"Voltage": Item("", 12034, unit=VOLT, exponent=0), "Frequency": Item("", 5990), "Current": Item("", 135)}
OWN_FLAGS = {"TLACPresent": Item("", 1, 1, both=True)}
DEVICES = {
    "eaton": everything(
        eaton.VENDOR,
        {"iModel": "850", "ChargerType": Item("", 4, 8), "Mode": Item("", 1, 8), "Status": Item("", 1, 8)},
        product="Eaton 5P",
    ),
    "eaton-dell": everything(eaton.VENDOR, {"ABMEnable": Item("", 0, 8)}, product="Dell UPS Tower 1000W LV", match=2),
    "apc": everything(apc.VENDOR, {"APCStatusFlag": Item("", 8, 8)}),
    "arduino": everything(arduino.VENDOR),
    "belkin": everything(belkin.VENDOR, {"BELKINVoltage": Item("", 1203), "BELKINUPSType": Item("", 0x52, 8)}),
    "cyberpower": everything(cyberpower.VENDOR, CPS_BATTERY, match=1),
    "delta": everything(delta.VENDOR, {"UPS.PowerConverter.PresentStatus.Used": Item("", 1, 1)}),
    "ecoflow": everything(ecoflow.VENDOR),
    "ever": everything(
        ever.VENDOR,
        {"EverMode0": Item("", 0, 1), "EverMode2": Item("", 1, 1), "iDeviceChemistry": "PbAc"},
        besides=("UPS.Ever.EverWorkmode.EverMode2",),
    ),
    "idowell": everything(idowell.VENDOR),
    "legrand": everything(legrand.VENDOR),
    "liebert": everything(liebert.VENDOR),
    "openups": everything(
        openups.VENDOR, {"BatteryPresent": Item("", 0, 1), "Temperature": Item("", 512, exponent=-2)}
    ),
    "powercom": everything(powercom.VENDOR, without=("PowercomUPS",)),
    "powervar": everything(powervar.VENDOR),
    "salicru": everything(salicru.VENDOR, match=4),
    "tripplite": everything(tripplite.VENDOR, OWN_FLAGS, match=9),
    "tripplite-tiny": everything(tripplite.VENDOR, TINY | OWN_FLAGS, match=23),
}
MAINS = ("OL", "OL CHRG", "CHRG OL")


def test_all_files_have_a_device() -> None:
    assert {model.vendor_id for model in DEVICES.values()} >= {vendor.matches[0].vendor for vendor in VENDORS}


def hosted(monkeypatch: pytest.MonkeyPatch, device: Device) -> Hosted:
    monkeypatch.setitem(sys.modules, "hid", FakeHidapi(device))
    old = {powercom.FALLBACK: "yes"}  # as C 2.8.0 knows it
    return Hosted(UsbHid, section(driver="usbhid-ups", port="auto", pollonly=None, pollfreq=1, **old)).start()


Described = dict[str, tuple[object, ...]]


def described(one: Hosted | DriverSocket) -> Described:
    state = one.host.state if isinstance(one, Hosted) else one.state
    return {
        variable.name: (variable.value, variable.writable, variable.string, variable.length, variable.enum)
        for variable in state.in_order()
        if not variable.name.startswith("driver.")
    }


def served(name: str) -> tuple[set[str], set[str]]:
    """Names of variables and commands that the rows of a device's file could bring."""
    vendor: Vendor = globals()[name.partition("-")[0]].VENDOR
    names = {row.name for row in vendor.rows if isinstance(row, Var | Own)}
    return names, {row.name for row in vendor.rows if isinstance(row, Command)}


# What a device would have to be another model for.
OF_OTHERS = {
    "eaton": {"battery.charger.abm.status", "device.country"},
    "eaton-dell": {"battery.charger.abm.status", "battery.charger.status", "device.country"},
    "powercom": {"ups.mfr.date"},
}


@pytest.mark.parametrize("name", DEVICES)
def test_every_row_is_served(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosted(monkeypatch, Device(DEVICES[name])) as one:
        assert one.verdict == "", one.log.texts
        assert one.host.state.value("ups.status") in MAINS, described(one)
        names, commands = served(name)
        missing = (names - set(described(one))) | (commands - set(one.host.state.commands))
        assert missing == OF_OTHERS.get(name, set())


@pytest.mark.parametrize("name", DEVICES)
def test_all_commands_and_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is done, and what is set is what it already was."""
    device = Device(DEVICES[name])
    with hosted(monkeypatch, device) as one:
        peer = one.peer()
        before = described(one)
        for variable, (value, writable, *_) in before.items():
            if writable:
                assert f"TRACKING {variable} 0" in one.say(peer, f'SET {variable} "{value}" TRACKING {variable}')
        assert described(one) == before
        for command in one.host.state.commands:
            if not command.startswith(("driver.", "shutdown.default")):
                assert f"TRACKING {command} 0" in one.say(peer, f"INSTCMD {command} TRACKING {command}"), command


VALUES = {
    "eaton": {
        "ups.model": "5P 850",
        "battery.voltage": "230.1",
        "battery.charger.status": "charging",
        "battery.charger.type": "ABM",
        "battery.capacity": "9.00",
        "outlet.desc": "Main Outlet",
        "outlet.2.desc": "PowerShare Outlet 2",
        "output.powerfactor": "0.86",
    },
    "eaton-dell": {"ups.model": "Dell UPS Tower 1000W LV", "battery.voltage": "230.1"},
    "cyberpower": {"battery.voltage": "13.6", "input.frequency": "49.9", "ups.delay.start": "120"},
    "belkin": {"input.voltage": "120.3", "ups.type": "line-interactive", "ups.firmware": "5", "ups.serial": "SN0001"},
    "ecoflow": {"battery.runtime": "74040"},
    "ever": {"experimental.status.workmode": "ONLINE", "battery.type": "PbAc"},
    "openups": {"battery.temperature": "25", "ups.serial": "SN0001"},
    "tripplite-tiny": {"input.voltage": "120.3", "input.frequency": "59.9", "output.current": "1.4"},
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosted(monkeypatch, Device(DEVICES[name])) as one:
        assert {key: one.host.state.value(key) for key in VALUES[name]} == VALUES[name]


# --- beside C

ECO_AND_BYPASS = {
    *("battery.charger.type", "device.usb.version", "input.bypass.switch.off", "input.bypass.switch.on"),
    *("input.bypass.switchable", "input.eco.switchable", "input.transfer.hysteresis"),
    *(f"input.transfer.{what}" for what in ("bypass.forced", "bypass.high", "bypass.low", "bypass.outlimits")),
    *(f"input.transfer.{what}" for what in ("bypass.overload", "eco.high", "eco.low")),
    *(f"input.transfer.frequency.{what}.range" for what in ("bypass", "eco")),
    *(f"outlet.{n}.{what}" for n in (1, 2) for what in ("designator", "ecocontrol", "protect.status")),
}
# Variables that C's table has since a later release than 2.8.0, or has otherwise.
LATER: dict[str, set[str]] = {
    "eaton": ECO_AND_BYPASS,
    "eaton-dell": ECO_AND_BYPASS,
    "apc": set(),
    "belkin": {"battery.capacity", "output.voltage.nominal"},
    "cyberpower": {
        *("battery.mfr.date", "battery.status", "input.frequency", "input.sensitivity", "output.frequency"),
        *("ups.delay.shutdown", "ups.delay.start", "ups.firmware", "ups.power", "ups.power.nominal", "ups.realpower"),
        "ups.temperature",
    },
    # ours can be set to a text, C's to a number
    "delta": {"input.sensitivity", "input.transfer.high", "input.transfer.low", "ups.delay.start", "ups.start.auto"},
    "idowell": set(),
    "legrand": set(),
    "liebert": {
        *("experimental.battery.capacity", "experimental.battery.capacity.nominal", "output.frequency.nominal"),
        *("output.voltage.nominal", "ups.beeper.status", "ups.delay.shutdown", "ups.delay.start"),
        *("ups.power.nominal", "ups.test.result"),
    },
    "openups": set(),
    "powercom": {"battery.date", "battery.mfr.date"},
    "salicru": set(),
    "tripplite": set(),
    "tripplite-tiny": set(),
}
# Commands that write something else since then.
WRITES_OTHERWISE = {
    "belkin": {"input.sensitivity"},  # C writes 255: it knows no number for a text
    "cyberpower": {"load.off.delay", "load.on.delay"},  # the delays
}
LATER_COMMANDS: dict[str, set[str]] = {
    "eaton": {
        *("bypass.start", "bypass.stop"),
        *(f"experimental.{mode}.{what}" for mode in ("ecomode", "essmode") for what in ("start", "stop")),
    },
    "liebert": {
        *("beeper.toggle", "load.off", "load.off.delay", "load.on", "load.on.delay", "shutdown.return"),
        *("shutdown.stayoff", "shutdown.stop", "test.battery.start"),
    },
}
LATER_COMMANDS["eaton-dell"] = LATER_COMMANDS["eaton"]
OF_ALL = {f"driver.{what}" for what in ("killpower", "reload", "reload-or-error", "reload-or-exit")} | {
    "shutdown.default"
}


SECTION = "maxretry = 3\npollinterval = 1\n[u]\n  driver = usbhid-ups\n  port = auto\n  pollonly\n"


class Beside:
    """C's driver with a device of its own, started in advance."""

    def __init__(self, stack: ExitStack, folder: Path, model: Model) -> None:
        folder.mkdir()
        here = stack.enter_context(place(folder))
        self.usb = stack.enter_context(UsbUps(model))
        here.write(
            "ups.conf", "maxretry = 3\npollinterval = 1\n[u]\n  driver = usbhid-ups\n  port = auto\n  pollonly\n"
        )
        env = {**here.env, **self.usb.env}
        argv = (need("usbhid-ups", package="nut-server"), "-F", "-u", "root", "-a", "u")
        self.process: Process = stack.enter_context(running(*argv, env=env))
        self._path, self._stack = here.socket("usbhid-ups", "u"), stack

    def connect(self) -> DriverSocket:
        """Wait for its data."""
        try:
            return self._stack.enter_context(DriverSocket(self._path))
        except AssertionError as error:
            error.add_note(self.process.report())
            raise


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Beside]]:
    """All of C's, starting side by side."""
    folder = tmp_path_factory.mktemp("usb")
    with ExitStack() as stack:
        yield {name: Beside(stack, folder / name, DEVICES[name]) for name in LATER}


@pytest.mark.parametrize("name", LATER)
def test_beside_c(name: str, beside: dict[str, Beside], monkeypatch: pytest.MonkeyPatch) -> None:
    c = beside[name].connect()
    device = Device(DEVICES[name])
    with hosted(monkeypatch, device) as ours:
        theirs, known = described(c), described(ours)
        differ = {key for key in theirs.keys() | known.keys() if theirs.get(key) != known.get(key)}
        assert differ == LATER[name], {key: (known.get(key), theirs.get(key)) for key in differ}
        assert set(ours.host.state.commands) ^ set(c.state.commands) == OF_ALL | LATER_COMMANDS.get(name, set())
        same_writes(ours, c, device, beside[name].usb.device, LATER[name] | WRITES_OTHERWISE.get(name, set()))


def same_writes(ours: Hosted, c: DriverSocket, device: Device, other: Device, later: set[str]) -> None:
    """Every setting and every command that both have writes the same reports."""
    peer = ours.peer()
    settings = [
        f'SET {name} "{value}"'
        for name, (value, writable, *_) in described(c).items()
        if writable and name not in later and name not in ("ups.date", "ups.time")
    ]
    delayed = ("shutdown.return", "shutdown.stayoff")  # they take their time
    commands = [f"INSTCMD {name}" for name in sorted(set(c.state.commands) - later) if name not in delayed]
    for request in (*settings, *commands):
        device.settings.clear()
        other.settings.clear()
        assert c.do(request) == [0]
        ours.say(peer, f"{request} TRACKING {request.split()[1]}")
        assert device.settings == other.settings, request


def test_one_that_only_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """PowerCOM's 0001: nothing is asked for; what comes by the pipe is all there is."""
    line, state = "PowercomPrimaryBatterySupport", "PowercomInternalChargeController"
    others = {line: Item("", 0x28, 8), state: Item("", 0x02, 8), "PowercomVoltage": Item("", 58, 8)}
    model = everything(powercom.VENDOR, others, match=6, without=("UPS.",), told=True)
    device = Device(model)
    monkeypatch.setitem(sys.modules, "hid", FakeHidapi(device))
    with Hosted(UsbHid, section(driver="usbhid-ups", port="auto")).start() as ours:
        with device.changed:
            device.news += map(bytes.fromhex, model.reports.split())
            device.changed.notify_all()
        ours.until(lambda: ours.host.state.value("ups.load"), "what it says", tick=0.1)
        ours.until(lambda: ours.host.state.value("output.voltage") == "232", "the voltage", tick=0.1)
        ours.until(lambda: "RB" in ours.host.state.value("ups.status"), "the status", tick=0.1)
        assert set(ours.host.state.value("ups.status").split()) - {"ALARM"} == {"OL", "OVER", "TRIM", "RB"}
        assert not device.asked


def test_eatons_whole_descriptor_is_at_index_1(tmp_path: Path) -> None:
    """As C finds it; the system, and hidapi, know the short one at index 0."""
    short, _ = build([("UPS.PowerSummary", [Item("RemainingCapacity", bits=8)])])
    model = replace(DEVICES["eaton"], release=0x0202, short=short)
    with ExitStack() as stack:
        (tmp_path / "w").mkdir()
        here = stack.enter_context(place(tmp_path / "w"))
        usb = stack.enter_context(UsbUps(model))
        here.write("ups.conf", SECTION)
        argv = (sys.executable, "-m", "wallnut.cli.driver", "usbhid-ups", "-F", "-u", "root", "-a", "u")
        process = stack.enter_context(running(*argv, env={**here.env, **usb.env}))
        other = Beside(stack, tmp_path / "c", model)
        with DriverSocket(here.socket("usbhid-ups", "u")) as ours:
            assert ours.value("outlet.2.desc") == "PowerShare Outlet 2", process.report()
            assert ours.value("battery.charge") == "87"
        assert other.connect().value("outlet.2.desc") == "PowerShare Outlet 2"
