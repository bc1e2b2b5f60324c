"""snmp-ups beside C's, on the same simulated devices: the same variables, values, commands and settings."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from getpass import getuser
from pathlib import Path

import pytest

from tests.drivers.snmp import devices
from tests.support import snmpsim
from tests.support.peers import need
from tests.support.ports import free_udp_port
from tests.support.procs import running
from wallnut.client.driver import Visit
from wallnut.drivers.base import Result
from wallnut.proto import snmp
from wallnut.proto.snmp import Value

DEVICES = {
    "ietf": devices.IETF,
    "ietf3": devices.IETF_3,
    "smart": devices.SMART,
    "rack": devices.RACK,
    "ats": devices.ATS,
    "unit": devices.UNIT,
    "chain": devices.CHAIN,
}

DIFFERENT = (
    # C 2.8.0 takes the length of a text for the scale of these two
    ("smart", "v1|v2c|v3", r"ups\.delay\.(shutdown|start)"),
    # C takes them for those of a single phase, whatever input.bypass.phases says
    ("ietf3", "v1|v2c", r"input\.bypass\.(current|realpower|voltage)"),
    # ours reads the group rPDU2 too, whose phases are told or one
    ("rack", "v1|v2c", r"input\.phases"),
    # C tells an alarm of a chain's second device in device.2.ups.alarm alone, without the word ALARM; and it leaves out
    # there what the card says of itself, and a row that the first device took
    ("chain", "v1", r"ups\.(alarm|status)|device\.2\.(contact|description|location|input\.L1\.current)"),
    # after v2c's answer that there is no outlet 0, C counts from 0 and misses the last one
    ("rack", "v2c", r"outlet\.8\..*"),
    ("ats", "v2c", r"outlet\.group\.1\..*"),
)
"""Device, version, variables whose values differ; docs/snmp-ups.md has them too."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    recordings = {name: snmpsim.record(objects) for name, objects in DEVICES.items()}
    with snmpsim.simulated({**recordings, "": recordings["smart"]}, ("SHA", "AES")) as ports:
        yield ports[0]


OURS = [sys.executable, "-m", "wallnut.cli.driver", "snmp-ups"]


def theirs() -> list[str]:
    """C's driver."""
    return [need("snmp-ups", "nut-snmp")]


def variables(driver: list[str], folder: Path, *settings: str) -> dict[str, str]:
    """What a driver says of a device, without what concerns the driver itself."""
    argv = [*driver, "-u", getuser(), "-s", "u", "-d", "1", *(word for setting in settings for word in ("-x", setting))]
    env = {"NUT_STATEPATH": str(folder), "NUT_ALTPIDPATH": str(folder), "NUT_CONFPATH": str(folder)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    pairs = (line.partition(": ") for line in done.stdout.splitlines() if ": " in line)
    return {name: value for name, _, value in pairs if not name.startswith("driver.") or name == "driver.version.data"}


ENDLESS = ("unit", "chain")
"""Devices that C does not end to count the parts of, with v2c."""
CASES = [(name, version) for name in DEVICES for version in ("v1", "v2c") if version == "v1" or name not in ENDLESS]


@pytest.mark.parametrize(("name", "version"), CASES)
def test_the_same_variables(port: int, name: str, version: str, tmp_path: Path) -> None:
    settings = (f"port=127.0.0.1:{port}", f"community={name}", f"snmp_version={version}")
    compare(name, version, tmp_path, *settings)


def test_the_same_variables_by_version_3(port: int, tmp_path: Path) -> None:
    name, auth, priv = snmpsim.USER
    words = ("secLevel=authPriv", "authProtocol=SHA", "privProtocol=AES")
    secrets = (f"secName={name}", f"authPassword={auth}", f"privPassword={priv}")
    compare("smart", "v3", tmp_path, f"port=127.0.0.1:{port}", "snmp_version=v3", *words, *secrets)


def compare(name: str, version: str, folder: Path, *settings: str) -> None:
    """See that both drivers say the same."""
    c = variables(theirs(), folder, *settings)
    ours = variables(OURS, folder, *settings)
    known = [re.compile(names) for which, versions, names in DIFFERENT if which == name and version in versions]
    different = {n for n in {*c, *ours} if c.get(n) != ours.get(n) and not any(one.fullmatch(n) for one in known)}
    assert {n: (c.get(n), ours.get(n)) for n in different} == {}


@pytest.mark.parametrize("program", ["c", "ours"])
def test_nobody_there(program: str, tmp_path: Path) -> None:
    """Neither starts where nobody answers."""
    argv = [*(theirs() if program == "c" else OURS), "-u", getuser(), "-s", "u", "-d", "1", "-x", "snmp_retries=0"]
    env = {"NUT_STATEPATH": str(tmp_path), "NUT_ALTPIDPATH": str(tmp_path), "NUT_CONFPATH": str(tmp_path)}
    port = f"port=127.0.0.1:{free_udp_port()}"
    done = subprocess.run(
        [*argv, "-x", port, "-x", "mibs=ietf"], env=env, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1, done.stderr


# --- commands and settings: what the device hears

ASKED = {
    "smart": (
        *("load.off", "load.on", "shutdown.return", "shutdown.stayoff", "test.battery.start", "test.panel.start"),
        *("bypass.start", "calibrate.stop", "beeper.mute", "load.off 7", "test.battery.start x"),
        *("ups.id=rack-9", "input.sensitivity=low", "input.sensitivity=odd", "battery.charge.restart=20"),
        *("ups.delay.shutdown=60", "battery.runtime.low=300", "ups.serial=1", "no.such=1"),
    ),
    "ietf": (
        *("load.off", "load.on", "beeper.disable", "beeper.mute", "test.battery.start.quick"),
        *("device.location=attic", "ups.timer.shutdown=77"),
    ),
    "chain": (
        *("device.1.outlet.1.load.off", "device.2.outlet.2.load.cycle", "device.2.outlet.group.1.load.on"),
        *("device.2.outlet.1.load.off.delay 30", "device.2.outlet.1.load.off.delay", "outlet.1.load.off"),
        "device.2.outlet.1.desc=router",
    ),
    "rack": ("outlet.3.status=on", "outlet.3.status=odd", "outlet.2.desc=router"),
}
# C sends every setting of a text row as octets; a card refuses them for an object that is a number
APC, UPS = devices.APC, devices.UPS
OTHERWISE = {
    ("smart", "input.sensitivity=low"): (Result.HANDLED, [(f"{APC}.1.5.2.7.0", Value(snmp.INTEGER, 2))]),
    ("smart", "input.sensitivity=odd"): (Result.INVALID, []),
    ("smart", "battery.charge.restart=20"): (Result.HANDLED, [(f"{APC}.1.5.2.6.0", Value(snmp.INTEGER, 20))]),
    ("smart", "battery.runtime.low=300"): (Result.HANDLED, [(f"{APC}.1.5.2.8.0", Value(snmp.TICKS, 30000))]),
    ("smart", "ups.delay.shutdown=60"): (Result.HANDLED, [(f"{APC}.1.5.2.10.0", Value(snmp.TICKS, 6000))]),
    ("smart", "ups.serial=1"): (Result.UNKNOWN, []),  # C would set what it does not call writable
    ("ietf", "ups.timer.shutdown=77"): (Result.HANDLED, [(f"{UPS}.8.2.0", Value(snmp.INTEGER, 77))]),
    ("ietf", "test.battery.start.quick"): (
        Result.HANDLED,
        [(f"{UPS}.7.1.0", Value(snmp.OID, f"{UPS}.7.7.4"))],  # C sends a number, which RFC 1628 does not know
    ),
    ("chain", "outlet.1.load.off"): (Result.UNKNOWN, []),  # C: INVALID
    ("rack", "outlet.3.status=on"): (Result.HANDLED, [(f"{APC}.4.4.2.1.3.3", Value(snmp.INTEGER, 1))]),
    ("rack", "outlet.3.status=odd"): (Result.INVALID, []),
}
"""What ours does where C does otherwise; docs/snmp-ups.md has it too."""


def heard(driver: list[str], objects: Mapping[str, Value], questions: Iterable[str], folder: Path) -> dict[str, object]:
    """For each command and setting its result, and what a device was told to set."""
    env = dict.fromkeys(("NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_CONFPATH"), str(folder))
    found: dict[str, object] = {}
    with snmpsim.Agent(objects) as agent:
        words = ("-F", "-u", getuser(), "-s", "u", "-x", f"port=127.0.0.1:{agent.port}", "-x", "snmp_timeout=10")
        path = folder / "snmp-ups-u"
        with running(*driver, *words, env=env, ready=lambda process: path.exists()), Visit(str(path), 20) as visit:
            for asked in questions:
                before = len(agent.requests)
                if "=" in asked:
                    result = visit.set(*asked.split("=", 1))
                else:
                    command, _, value = asked.partition(" ")
                    result = visit.command(command, value)
                sets = [request.binds for request in agent.requests[before:] if request.kind == snmp.SET]
                found[asked] = (result, [(snmp.name_text(oid), value) for binds in sets for oid, value in binds])
    return found


@pytest.mark.parametrize("name", ASKED)
def test_commands_and_settings(name: str, tmp_path: Path) -> None:
    folders = [tmp_path / "c", tmp_path / "ours"]
    for folder in folders:
        folder.mkdir()
    c, ours = (heard(who, DEVICES[name], ASKED[name], at) for who, at in zip((theirs(), OURS), folders, strict=True))
    expected = {asked: OTHERWISE.get((name, asked), what) for asked, what in c.items()}
    assert ours == expected
    assert all(c[asked] != ours[asked] for which, asked in OTHERWISE if which == name)
