"""What the client's tests share: a loop, and one C server with its drivers for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cnut import CNut
from wallnut.io.loop import Loop

VARIABLES = {
    "battery.charge": "100",
    "battery.charge.low": "20",
    "battery.runtime": "1800",
    "device.type": "ups",
    "input.voltage": "230.1",
    "ups.id": "rack 3",
    "ups.mfr": 'Acme \\\\ \\# \\"Co\\"',
    "ups.model": "Model = 9",
    "ups.status": "OL CHRG",
}


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def nut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    """C upsd with `dummy` (VARIABLES), `bare` (nothing of its own) and `nodrv`, whose driver is missing.

    Users: admin/adm may do everything but log in, mon/mon is a primary, guest/"pass word #1" may nothing.
    """
    nut = CNut(tmp_path_factory.mktemp("client"))
    nut.ups("dummy", "".join(f"{name}: {value}\n" for name, value in VARIABLES.items()), 'desc = "Test \\"UPS\\""')
    nut.ups("bare", "ups.status: OB LB\n")
    nut.section("nodrv", "driver = dummy-ups", "port = nodrv.dev")
    nut.user("admin", "adm", "actions = SET FSD", "instcmds = ALL")
    nut.user("mon", "mon", "upsmon primary")
    nut.user("guest", "pass word \\#1")
    with nut:
        yield nut
