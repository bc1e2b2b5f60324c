"""PeaNUT's API: its addresses and forms, as Homepage's widget and Home Assistant's REST sensors ask for them."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.test_console import Console, serves
from wallnut.web.access import people
from wallnut.web.access.who import Role
from wallnut.web.store import open_store

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


# Writing


class Sender:
    """Somebody's programs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def post(self, path: str, body: str, token: str, kind: str = "text/plain") -> tuple[int, str]:
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(self._console.url + path, body.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, Sender, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("peanut")
    nut = CNut(folder, dummy=program("dummy-ups"), upsd=program("upsd")).ups("rack", RACK)
    nut.user("admin", "adm", "actions = SET", "instcmds = ALL").user("low", "pw")
    (folder / "wallnut.toml").write_text(f'[web]\nstore = "{folder}/console.db"\n')
    port = free_port()
    with nut:
        console = Console(nut, port, None)  # type: ignore[arg-type]
        db = open_store(f"{folder}/console.db")
        tokens = {}
        for name, role, account in (
            ("ann", Role.OPERATE, ("admin", "adm")),
            ("bob", Role.OPERATE, ("low", "pw")),
            ("eve", Role.VIEW, ("admin", "adm")),
            ("ned", Role.OPERATE, None),
        ):
            number = people.add(db, name, role, "", 0)
            tokens[name] = people.add_key(db, number, "scripts", role, 0)
            if account:
                people.set_nut_account(db, number, *account)
        db.close()
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}):
            until(lambda: len(console.json("/api/v1/devices")) == 1, 20, "the data")
            yield console, Sender(console), tokens


def test_a_variable_is_set_with_the_rights_of_the_sender(keys: tuple[Console, Sender, dict[str, str]]) -> None:
    console, sender, tokens = keys
    path = "/api/v1/devices/rack/var/input.transfer.low"
    assert sender.post(path, "190", "")[0] in (401, 403)
    assert sender.post(path, "190", tokens["eve"])[0] == 403
    status, said = sender.post(path, "190", tokens["ned"])
    assert (status, "NUT account" in said) == (409, True)
    status, said = sender.post(path, "190", tokens["bob"])
    assert (status, "actions = SET" in said) == (403, True)
    assert sender.post("/api/v1/devices/rack/var/nope", "190", tokens["ann"])[0] == 404
    for body, kind, value in (("190", "text/plain", 190), ('"191"', "application/json", 191), ("192", "x/y", 192)):
        status, said = sender.post(path, body, tokens["ann"], kind)
        assert (status, "saved successfully" in said) == (200, True), said
        until(lambda wanted=value: console.json(path) == wanted, 10, "the value")  # type: ignore[misc]
    for body in ("[1]", "{}", "true"):
        assert sender.post(path, body, tokens["ann"], "application/json")[0] == 400
    assert sender.post(path, "x\ny", tokens["ann"])[0] == 500
    status, said = sender.post(path, "[" * 60_000, tokens["ann"], "application/json")
    assert (status, "at most 512" in said) == (500, True)
    assert console.json(path) == 192


def test_a_command_is_run_with_the_rights_of_the_sender(keys: tuple[Console, Sender, dict[str, str]]) -> None:
    console, sender, tokens = keys
    at = "/api/v1/devices/rack/command"
    known = console.json("/api/v1/devices/rack/commands")
    assert "load.off" in known
    assert console.json(f"{at}/load.off/description")
    assert console.refusal(f"{at}/nope/description")[0] == 404
    assert sender.post(f"{at}/load.off", "", tokens["eve"])[0] == 403
    assert sender.post(f"{at}/load.off", "", tokens["bob"])[0] == 403
    assert sender.post(f"{at}/nope", "", tokens["ann"])[0] == 404
    for path, body in ((at, "load.off"), (f"{at}/load.off", "")):
        status, said = sender.post(path, body, tokens["ann"])
        assert (status, "does not know load.off" in said) == (500, True)  # so says dummy-ups, which lists it
    assert console.json("/api/v1/devices/rack/clients") == []
