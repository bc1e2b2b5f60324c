"""PeaNUT's API: its addresses and forms, as Homepage's widget and Home Assistant's REST sensors ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.test_console import Console, serves

RACK = (
    "ups.status: OL\nups.load: 31\nbattery.charge: 87.5\nbattery.runtime: 1380\nups.model: Smart 1500\n"
    "input.transfer.low: 196\nups.id: rack four\ninput.sensitivity: high\n"
)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("peanut")
    nut = CNut(folder, dummy=program("dummy-ups"), upsd=program("upsd")).ups("rack", RACK, 'desc = "Rack 4"')
    nut.ups("attic", "ups.status: OB\nbattery.charge: 50\n").user("admin", "adm", "actions = SET", "instcmds = ALL")
    port = free_port()
    with nut:
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}) as process:
            found = Console(nut, port, process)
            until(lambda: len(found.json("/api/v1/devices")) == 2, 20, "the data")
            yield found


def test_devices(console: Console) -> None:
    by_status = {one["ups.status"]: one for one in console.json("/api/v1/devices")}
    assert by_status["OB"]["battery.charge"] == 50
    rack = console.json("/api/v1/devices/rack")
    assert rack == by_status["OL"] == console.json("/api/v1/devices/rack/vars")
    assert "peanut.device_id" not in rack
    meta = console.json("/api/v1/devices/rack?meta=true")
    assert meta["peanut.server"] == f"127.0.0.1:{console.nut.port}"
    assert console.json(f"/api/v1/devices/{meta['peanut.device_id']}") == rack
    assert all("peanut.device_id" in one for one in console.json("/api/v1/devices?meta=true"))
    assert console.json("/api/v1/devices/rack/description") == "Rack 4"
    assert console.json("/api/v1/devices/attic/description") == "Unavailable"
    assert console.refusal("/api/v1/devices/cellar")[0] == 404


def test_variables(console: Console) -> None:
    at = "/api/v1/devices/rack/var"
    assert console.json(f"{at}/battery.charge") == 87.5
    assert console.json(f"{at}/ups.model") == "Smart 1500"
    assert "charge" in console.json(f"{at}/battery.charge/description")
    assert console.json(f"{at}/battery.charge/type") in ("NUMBER", "RW NUMBER")
    assert console.json(f"{at}/battery.charge/enum") == []
    assert console.json(f"{at}/battery.charge/range") == []
    for what in ("", "/description", "/type", "/enum", "/range"):
        assert console.refusal(f"{at}/nope{what}")[0] == 404
    assert isinstance(console.json("/api/v1/devices/rack/rwvars"), list)


def test_the_program(console: Console) -> None:
    assert console.json("/api/ping") == "pong"
    info = console.json("/api/v1/info")
    assert (info["name"], bool(info["version"]), info["uptime"] > 0) == ("wallnut", True, True)
    assert f'ups_battery_charge{{server="127.0.0.1:{console.nut.port}",ups="rack"}} 87.5\n' in console.get(
        "/api/v1/metrics"
    )


def test_homepages_widget(console: Console) -> None:
    """`type: peanut, key: rack` asks for {url}/api/v1/devices/{key} and shows three of its fields."""
    found = console.json("/api/v1/devices/rack")
    assert (found["battery.charge"], found["ups.load"], found["ups.status"]) == (87.5, 31, "OL")


def test_home_assistants_sensors(console: Console) -> None:
    """value_template: "{{ value_json['battery.charge'] }}" of a device, or "{{ value }}" of one variable."""
    assert console.json("/api/v1/devices/rack")["battery.runtime"] == 1380
    assert console.get("/api/v1/devices/rack/var/battery.runtime") == "1380"
