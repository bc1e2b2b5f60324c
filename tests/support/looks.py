"""One look at a device through a driver: its variables and commands, by C's driver and by ours."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from tests.support.hosts import Hosted, section
from tests.support.peers import need
from wallnut.drivers.base import Driver

OF_NO_INTEREST = re.compile(r"driver\.(version.*|state|debug|flag\.allow_killpower|name|parameter\..*|flag\..*)$")
"""What depends on the version, and what is the same for all drivers."""


def by_c(driver: str, package: str, settings: dict[str, str | None], limit: float = 20) -> dict[str, str]:
    """The variables that C's driver shows after one poll; {} where it has none. A flag's value is None."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        argv = [need(driver, package), "-u", "root", "-s", "u", "-d", "1"]
        for key, value in settings.items():
            argv += ["-x", key if value is None else f"{key}={value}"]
        places = ("NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_CONFPATH", "NUT_PIDPATH")
        ended = subprocess.run(
            argv, env=dict.fromkeys(places, folder), capture_output=True, text=True, timeout=limit, check=False
        )
    assert ended.returncode >= 0, f"{driver} died of signal {-ended.returncode}"
    shown = dict(re.findall(r"^([\w-]+(?:\.[\w-]+)+):(?: (.*))?$", ended.stdout, re.MULTILINE))
    return {name: value for name, value in shown.items() if not OF_NO_INTEREST.match(name)}


def by_us(driver: type[Driver], settings: dict[str, str | None]) -> dict[str, str]:
    """The variables that our driver shows after one poll; {} where it does not come so far."""
    with Hosted(driver, section(**settings)) as host:
        host.start()
        return {} if host.host.state.stale else variables(host)


def variables(host: Hosted) -> dict[str, str]:
    """The variables of a hosted driver, but for those of no interest."""
    found = host.host.state.in_order()
    return {variable.name: variable.value for variable in found if not OF_NO_INTEREST.match(variable.name)}
