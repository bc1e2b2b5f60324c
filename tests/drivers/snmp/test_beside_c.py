"""snmp-ups beside C's, on the same simulated devices: the same variables, values, commands and settings."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

import pytest

from tests.drivers.snmp import devices
from tests.support import snmpsim
from tests.support.peers import need

DEVICES = {
    "ietf": devices.IETF,
    "ietf3": devices.IETF_3,
    "smart": devices.SMART,
    "rack": devices.RACK,
    "ats": devices.ATS,
}

DIFFERENT = (
    # C 2.8.0 takes the length of a text for the scale of these two
    ("smart", "v1|v2c", r"ups\.delay\.(shutdown|start)"),
    # C takes them for those of a single phase, whatever input.bypass.phases says
    ("ietf3", "v1|v2c", r"input\.bypass\.(current|realpower|voltage)"),
    # after v2c's answer that there is no outlet 0, C counts from 0 and misses the last one
    ("rack", "v2c", r"outlet\.8\..*"),
    ("ats", "v2c", r"outlet\.group\.1\..*"),
)
"""Device, version, variables whose values differ; docs/snmp-ups.md has them too."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with snmpsim.simulated({name: snmpsim.record(objects) for name, objects in DEVICES.items()}) as ports:
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


@pytest.mark.parametrize("version", ["v1", "v2c"])
@pytest.mark.parametrize("name", DEVICES)
def test_the_same_variables(port: int, name: str, version: str, tmp_path: Path) -> None:
    settings = (f"port=127.0.0.1:{port}", f"community={name}", f"snmp_version={version}")
    c = variables(theirs(), tmp_path, *settings)
    ours = variables(OURS, tmp_path, *settings)
    known = [re.compile(names) for which, versions, names in DIFFERENT if which == name and version in versions]
    different = {n for n in {*c, *ours} if c.get(n) != ours.get(n) and not any(one.fullmatch(n) for one in known)}
    assert {n: (c.get(n), ours.get(n)) for n in different} == {}
