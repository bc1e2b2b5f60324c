"""apcupsd's own daemon, run privately, as ./dev setup unpacks it: Debian's package conflicts with nut-client.

with apcupsd(folder) as port: ... its information server is on 127.0.0.1:port ...
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.peers import missing
from tests.support.ports import accepts, free_port
from tests.support.procs import running

UNPACKED = Path(sys.prefix) / "peers"


@contextmanager
def apcupsd(folder: Path, line: str = "") -> Iterator[int]:
    """Watching its own test UPS, or a Smart-UPS on a serial line. It shuts nothing down."""
    program = UNPACKED / "sbin" / "apcupsd"
    if not program.exists():
        missing(str(program), "apcupsd (./dev setup unpacks it)")
    port = free_port()
    configuration = folder / "apcupsd.conf"
    settings = {
        "UPSNAME": "testups",
        "UPSCABLE": "smart",
        "UPSTYPE": "apcsmart" if line else "test",
        "DEVICE": line,
        "POLLTIME": "1",
        "ONBATTERYDELAY": "0",
        **dict.fromkeys(("LOCKFILE", "SCRIPTDIR", "PWRFAILDIR", "NOLOGINDIR"), str(folder)),
        "NETSERVER": "on",
        "NISIP": "127.0.0.1",
        "NISPORT": str(port),
        "EVENTSFILE": str(folder / "events"),
        "UPSCLASS": "standalone",
        "UPSMODE": "disable",
        "STATTIME": "0",
        "STATFILE": str(folder / "status"),
    }
    lines = [f"{key} {value}".rstrip() for key, value in settings.items()]
    configuration.write_text("\n".join(("## apcupsd.conf v1.1 ##", *lines, "")))
    script = folder / "apccontrol"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    libraries = ":".join(str(path) for path in (UNPACKED / "lib").glob("*-linux-*"))
    with running(
        program,
        *("-b", "-f", str(configuration), "-P", str(folder / "apcupsd.pid")),
        ready=lambda process: accepts(port),
        limit=20,
        env={"LD_LIBRARY_PATH": libraries},
    ):
        yield port
