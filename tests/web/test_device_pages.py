"""A device's pages and what programs do to it: who sees what, what is asked before power is cut, charts, a browser."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.peers import need
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.consoles import Place
from tests.web.devices import device
from tests.web.test_console import Console, serves
from tests.web.visitor import Answer, Visitor
from wallnut.history.store import open_history
from wallnut.history.values import DAY, HOUR, MINUTE, Sample
from wallnut.history.values import Device as Recorded
from wallnut.model import names
from wallnut.proto.address import Address
from wallnut.web.access import people
from wallnut.web.access.who import Role
from wallnut.web.actions import Actions, accounts_of
from wallnut.web.i18n import languages
from wallnut.web.pages.device import control, source
from wallnut.web.past import Past
from wallnut.web.snapshot import Setting
from wallnut.web.verbs import EFFECTS, GROUPS, VERBS, deed, grouped, setting

if TYPE_CHECKING:
    from playwright.sync_api import Page

EN = languages()["en"]
T0 = 1_790_000_000_000 // HOUR * HOUR
PDU = {
    f"outlet__{n}__{part}": text
    for n in (1, 2)
    for part, text in (("status", "on"), ("current", "0.4"), ("name", "nas"))
}
RACK = "ups.status: OL\nups.load: 31\nups.id: old\nbattery.charge: 87\nbattery.runtime: 1380\n"


@pytest.fixture(scope="module")
def nut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    found = CNut(tmp_path_factory.mktemp("pages")).ups("rack", RACK)
    found.user("admin", "geheim", "actions = SET", "instcmds = ALL").user("looker", "geheim")
    with found.user("monitor", "mon", "upsmon secondary"):
        yield found


@pytest.fixture(scope="module")
def place(nut: CNut, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A console with one device, which has a server, two outlets and a history."""
    folder = tmp_path_factory.mktemp("place")
    found = Place(folder)
    one = replace(
        device("rack", "OL", ups__load="31", ups__id="old", outlet__1__switch="on", **PDU),
        address=Address("rack", "127.0.0.1", nut.port),
        settings={
            "ups.id": Setting(16, (), ()),
            "ups.load": Setting(0, (), ((0, 100),)),
            "outlet.1.switch": Setting(0, ("on", "off"), ()),
        },
        commands=("beeper.mute", "load.off", "outlet.1.load.off", "outlet.1.load.on", "test.battery.start", "vendor.x"),
    )
    found.parts.fleet.update({found.device: None, one.id: one})
    found.device = one.id
    access = found.access
    found.parts.actions = Actions(account_of=accounts_of(access.store), note=access.audit.note)
    found.parts.past = Past(f"sqlite://{fill(folder, Recorded(one.server, 'rack'))}")
    yield found
    asyncio.run(found.parts.past.close())
    asyncio.run(access.close())


def fill(folder: Path, rack: Recorded) -> Path:
    """Two days with an outage of ten minutes."""
    path, end = folder / "history.db", T0 + 2 * DAY
    samples = [Sample(rack, "ups.load", at, 20.0 + at // HOUR % 7) for at in range(T0, end, 10 * MINUTE)]
    for at, status in ((T0, "OL"), (T0 + DAY, "OB DISCHRG"), (T0 + DAY + 10 * MINUTE, "OL")):
        samples.append(Sample(rack, "ups.status", at, status))
    with open_history(f"sqlite://{path}") as history:
        history.write(samples, {rack: end})
        history.roll_up(end)
    return path


def path(place: Place, *parts: str) -> str:
    return "/".join(("/device", *(quote(part, safe="@:?=&") for part in (place.device, *parts))))


def shown(answer: Answer) -> str:
    """A page's words."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("&#39;", "'").split())


@pytest.fixture(scope="module")
def otto(place: Place) -> Visitor:
    """Somebody who may operate, with a NUT account in the console's file."""
    number = place.users[Role.OPERATE]
    place.access.store.ask_now(lambda db: people.set_nut_account(db, number, "admin", "geheim"))
    found = place.session(Role.OPERATE)
    found.get("/")
    return found


def test_whoever_may_look_only_is_told_so(place: Place) -> None:
    vera = place.session(Role.VIEW)
    page = vera.get(path(place, "variables"))
    assert 'action="/device' not in page.text
    assert "You may look only" in shown(page)
    assert "can be set: 0 to 100" in shown(page)
    assert vera.post(path(place, "variables", "ups.id"), value="x").status == 403
    page = vera.get(path(place, "commands"))
    assert "Mute the beeper" in shown(page)
    assert "data-confirm" not in page.text
    assert vera.get(path(place, "commands", "load.off")).status == 403
    anybody = place.visitor("127.0.0.1").get(path(place, "variables"))
    assert '<a href="/login?next=' in anybody.text


def test_an_account_is_asked_for_and_forgotten_when_one_signs_out(place: Place) -> None:
    ada = place.session(Role.ADMINISTER)
    page = ada.get(path(place, "variables"))
    assert "Sign in to NUT on 127.0.0.1 to set them" in shown(page)
    answer = ada.post(path(place, "account"), user="looker", password="geheim", next="variables")
    assert (answer.status, answer.header("location")) == (
        303,
        path(place, "variables").replace("@", "%40").replace(":", "%3A"),
    )
    page = ada.get(path(place, "variables"))
    assert "You set them as looker." in shown(page)
    assert "geheim" not in page.text
    page = ada.post(path(place, "variables", "ups.id"), value="x")
    assert page.status == 422
    assert "The NUT user looker may not set variables" in shown(page)
    assert "[looker] needs: actions = SET" in shown(page)
    again = place.session(Role.ADMINISTER)
    again.cookies, again.csrf = dict(ada.cookies), ada.csrf
    again.post("/logout")
    assert not place.parts.actions._kept


def test_a_variable_is_set_by_a_form_and_by_a_script(place: Place, otto: Visitor, nut: CNut) -> None:
    page = otto.get(path(place, "variables"))
    assert re.search(r'<input class="field" type="text" name="value" value="old" maxlength="16"', page.text)
    assert re.search(r'type="number" name="value" value="31" required step="1" min="0" max="100"', page.text)
    page = otto.post(path(place, "variables", "ups.id"), value="by form")
    assert page.status == 200
    assert "Done: the driver confirms it." in shown(page)
    nut.wait_for("rack", "ups.id", "by form")
    otto.headers = {"accept": "application/json"}
    answer = otto.post(path(place, "variables", "ups.id"), value="much too long for it")
    otto.headers = {}
    assert answer.status == 422
    assert answer.json()["code"] == "TOO-LONG"
    for name in ("ups.id%0AINSTCMD%20rack%20load.off", "nothing.like.it"):
        assert otto.post(path(place, "variables", name), value="1").status == 404
    deeds = asyncio.run(place.access.audit.deeds(limit=2))
    assert [(one.who, one.what, one.result) for one in deeds] == [
        ("otto", "set", "refused TOO-LONG"),
        ("otto", "set", "done"),
    ]


def test_what_cuts_power_is_asked_once_more(place: Place, otto: Visitor, nut: CNut) -> None:
    page = otto.post(path(place, "commands", "load.off"))
    assert "Switch the load off?" in shown(page)
    assert "whatever hangs on it goes down without a warning" in shown(page)
    assert 'name="name"' not in page.text
    with socket.create_connection(("127.0.0.1", nut.port), 5) as link:
        link.sendall(b"USERNAME monitor\nPASSWORD mon\nLOGIN rack\n")
        until(lambda: link.recv(4096), 5, "the login")
        until(lambda: len(nut.ask("LIST CLIENT rack")) == 3, 5, "the client")
        place.parts.actions._clients.clear()
        page = otto.get(path(place, "commands", "load.off"))
        assert "This machine goes down: 127.0.0.1 itself (127.0.0.1)" in shown(page)
    place.parts.actions._clients.clear()


def test_several_machines_go_down_for_the_name_alone(place: Place, otto: Visitor) -> None:
    async def several(_: object) -> list[str]:
        return ["192.0.2.1", "192.0.2.2"]

    actions = place.parts.actions
    place.parts.actions = Busy(actions, several)  # type: ignore[assignment]
    try:
        page = otto.get(path(place, "commands", "outlet.1.load.off"))
        assert "Switch outlet 1 off?" in shown(page)
        assert "outlet 1 nas" in shown(page)
        assert "some of them may hang on this outlet: 192.0.2.1 192.0.2.2" in shown(page)
        assert 'data-must="rack"' in page.text
        page = otto.post(path(place, "commands", "outlet.1.load.off"), sure="yes", name="rock")
        assert (page.status, "Type the device's name, rack" in shown(page)) == (422, True)
        page = otto.post(path(place, "commands", "outlet.1.load.off"), sure="yes", name="Rack")
        assert "The device has no outlet.1.load.off." in shown(page)  # it got as far as the server
    finally:
        place.parts.actions = actions


def test_setting_what_switches_power_is_asked_once_more_too(place: Place, otto: Visitor) -> None:
    async def several(_: object) -> list[str]:
        return ["192.0.2.1", "192.0.2.2"]

    actions = place.parts.actions
    place.parts.actions = Busy(actions, several)  # type: ignore[assignment]
    switch = path(place, "variables", "outlet.1.switch")
    try:
        page = otto.post(switch, value="off")
        assert "Set outlet.1.switch to off?" in shown(page)
        assert "The load loses power." in shown(page)
        assert "some of them may hang on this outlet: 192.0.2.1 192.0.2.2" in shown(page)
        assert ('/variables/outlet.1.switch" class="sure"' in page.text, 'name="value" value="off"' in page.text) == (
            True,
            True,
        )
        page = otto.post(switch, value="off", sure="yes", name="rock")
        assert (page.status, "Type the device's name, rack" in shown(page)) == (422, True)
        page = otto.post(switch, value="off", sure="yes", name="rack")
        assert "The device has no outlet.1.switch." in shown(page)  # it got as far as the server
    finally:
        place.parts.actions = actions


@pytest.mark.parametrize(
    ("name", "value", "effect", "outlet"),
    [
        ("outlet.switch", "off", "cuts power", ""),
        ("Outlet.12.Switch", "OFF", "cuts power", "12"),
        ("outlet.12.switch", "maybe", "cuts power", "12"),
        ("outlet.3.switch", "on", "restores power", "3"),
        ("outlet.group.2.switch", "no", "cuts power", ""),
        ("device.2.outlet.1.switch", "off", "cuts power", ""),
        ("ups.timer.shutdown", "0", "cuts power", ""),
        ("outlet.1.timer.reboot", "on", "cuts power", "1"),
        ("ups.timer.shutdown", "-1", None, None),
        ("ups.delay.shutdown", "20", None, None),
        ("outlet.1.switchable", "no", None, None),
    ],
)
def test_variables_that_switch_power(name: str, value: str, effect: str | None, outlet: str | None) -> None:
    found = setting(name, value, EN)
    assert (found.effect, found.outlet, found.asks) == (effect, outlet, True) if found else effect is None


class Busy:
    """Actions of a device with other clients."""

    def __init__(self, actions: Actions, clients: Any) -> None:
        self._actions, self.clients = actions, clients

    def __getattr__(self, name: str) -> Any:
        return getattr(self._actions, name)


def test_what_is_harmless_is_done_at_once(place: Place, otto: Visitor) -> None:
    page = otto.post(path(place, "commands", "beeper.mute"))
    assert "Mute the beeper beeper.mute : The device has no beeper.mute." in shown(page)
    assert otto.get(path(place, "commands", "make.coffee")).status == 404


def test_outlets_are_a_table_with_switches(place: Place, otto: Visitor) -> None:
    page = otto.get(path(place))
    assert "1 nas" in shown(page)
    assert "0.4 A" in shown(page).replace("\u202f", " ")
    assert 'aria-label="Switch outlet 1 off"' in page.text
    assert "None has logged in to it" in shown(page)
    assert "data-confirm" not in place.session(Role.VIEW).get(path(place)).text


def test_history_has_charts_and_an_address_for_each_view(place: Place) -> None:
    vera = place.session(Role.VIEW)
    at = f"to={(T0 + 2 * DAY) // 1000}"
    page = vera.get(path(place, f"history?range=week&{at}"))
    assert page.text.count('<svg xmlns="http://www.w3.org/2000/svg" class="chart"') == 1
    assert "On battery" in shown(vera.get(path(place)))
    assert "range=outage" in page.text
    page = vera.get(path(place, f"history?range=outage&{at}"))
    assert "on battery 10\u202fmin" in page.text
    page = vera.get(path(place, f"history?range=day&{at}&compare=day"))
    assert 'class="before"' in page.text
    assert len(re.findall(r"<tr><th scope=\"row\">", page.text)) == 24
    for wrong in (
        "range=decade",
        "from=soon",
        "from=10&to=5",
        "compare=luck",
        "from=5&to=99999999999",
        "to=9999-12-31",
    ):
        assert vera.get(path(place, f"history?{wrong}")).status == 400
    page = vera.get(path(place, "history?range=hour&to=2020-01-01"))
    assert "Nothing is known of this time." in shown(page)


def test_a_chart_for_other_pages(place: Place) -> None:
    vera = place.session(Role.VIEW)
    answer = vera.get(path(place, f"history.svg?variable=ups.load&range=day&to={(T0 + 2 * DAY) // 1000}"))
    assert answer.header("content-type").startswith("image/svg+xml")
    assert "script" not in answer.header("content-security-policy")
    assert "prefers-color-scheme" in answer.text
    assert vera.get(path(place, "history.svg?variable=ups.nothing")).status == 404
    assert vera.get(path(place, "history.svg")).status == 400


def test_without_a_history_the_page_says_what_to_do(place: Place, tmp_path: Path) -> None:
    vera, past = place.session(Role.VIEW), place.parts.past
    open_history(f"sqlite://{tmp_path}/new.db").close()
    for url, said in (
        ("", "cannot be read"),
        (f"sqlite://{tmp_path}/none.db", "No history is recorded here."),
        (f"sqlite://{tmp_path}/new.db", "Nothing is recorded of this device yet."),
    ):
        place.parts.past = Past(url)
        try:
            page = shown(vera.get(path(place, "history")))
            assert said in page
            assert "wallnut history record" in page
            assert "On mains" in shown(vera.get(path(place)))
        finally:
            asyncio.run(place.parts.past.close())
            place.parts.past = past
    assert not (tmp_path / "none.db").exists()  # who only looks makes no file


# The API


def api(place: Place, who: Visitor, method: str, rest: str, value: Any = None) -> Answer:
    body = b"" if value is None else json.dumps(value).encode()
    headers = {"content-type": "application/json", "x-csrf-token": who.csrf}
    return who.ask(method, f"/api/v1/ups/{place.device}/{rest}", body, headers)


def test_programs_set_and_run(place: Place, otto: Visitor, nut: CNut) -> None:
    answer = api(place, otto, "PUT", "variables/ups.id", {"value": "by api"})
    assert (answer.status, answer.json()["outcome"]) == (200, "done")
    nut.wait_for("rack", "ups.id", "by api")
    answer = api(place, otto, "PUT", "variables/ups.id", {"value": "much too long for it"})
    assert (answer.status, answer.json()["code"], answer.header("content-type")) == (
        422,
        "TOO-LONG",
        "application/problem+json",
    )
    answer = api(place, otto, "POST", "commands/beeper.mute")
    assert (answer.status, answer.json()["code"]) == (422, "CMD-NOT-SUPPORTED")
    assert api(place, otto, "POST", "commands/make.coffee").status == 404
    assert api(place, otto, "PUT", "variables/ups.id", ["x"]).status == 400
    assert api(place, otto, "PUT", "variables/ups.id", {"value": None}).status == 400
    vera = place.session(Role.VIEW)
    assert api(place, vera, "PUT", "variables/ups.id", {"value": "x"}).status == 403


def test_a_user_without_a_nut_account_is_told(place: Place) -> None:
    ada = place.session(Role.ADMINISTER)
    answer = api(place, ada, "PUT", "variables/ups.id", {"value": "x"})
    assert answer.status == 409
    assert "wallnut user nut ada" in answer.json()["detail"]


def test_history_and_clients_for_programs(place: Place) -> None:
    vera = place.session(Role.VIEW)
    span = f"from={T0 // 1000}&to={(T0 + 2 * DAY) // 1000}"
    found = api(place, vera, "GET", f"history?variable=ups.load&{span}&points=50").json()
    assert (found["unit"], found["from"], len(found["points"]) <= 50) == ("%", T0 / 1000, True)
    assert {"at", "low", "mean", "high"} == set(found["points"][0])
    for wrong, status in (("", 400), ("variable=ups.x", 404), ("variable=ups.load&points=1", 400)):
        assert api(place, vera, "GET", f"history?{wrong}").status == status
    assert api(place, vera, "GET", "clients").json() == {"clients": []}


# Words and controls


def test_every_command_of_the_catalogue_has_a_verb_and_a_place() -> None:
    known = [row[0] for row in names.COMMANDS]
    assert [name for name in known if not name.startswith("outlet.") and name not in VERBS] == []
    assert {row[1] for row in names.COMMANDS} <= set(GROUPS) == set(EFFECTS)
    assert deed("outlet.3.load.cycle", EN).verb == "Restart outlet 3"
    assert deed("vendor.thing", EN).cuts
    found = grouped(("load.off", "outlet.10.load.off", "outlet.9.load.off", "vendor.x", "beeper.mute", "load.on"), EN)
    assert [group.effect for group in found] == ["none", "restores power", "", "cuts power"]
    assert [one.outlet for one in found[-1].outlets] == ["9", "10"]


def test_controls_fit_what_may_be_set() -> None:
    assert control("input.sensitivity", "low", Setting(0, ("low", "high"), ()))["choices"] == ["low", "high"]
    assert control("input.sensitivity", "odd", Setting(0, ("low", "high"), ()))["choices"] == ["odd", "low", "high"]
    bounds = control("input.transfer.low", "170", Setting(0, (), ((160, 180), (190, 200))))
    assert (bounds["kind"], bounds["min"], bounds["max"]) == ("number", 160, 200)
    assert control("ups.id", "x", Setting(8, (), ())) == {"kind": "text", "length": 8}
    assert control("ups.start.auto", "yes", Setting(3, (), ()))["choices"] == ["yes", "no"]
    assert control("ups.delay.shutdown", "20", Setting(5, (), ()))["kind"] == "number"


def test_where_a_value_is_from() -> None:
    values = {"driver.parameter.override.battery.charge.low": "30", "driver.parameter.default.ups.id": "x"}
    one = replace(device(), values=values)
    assert source(one, "battery.charge.low") == "override in ups.conf"
    assert source(one, "ups.id") == "default in ups.conf"
    assert source(one, "driver.name") == "from the driver"
    assert source(one, "ups.load") == ""


# A browser


@pytest.fixture(scope="module")
def page(nut: CNut, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, Console]]:
    """A browser whose user has signed in to a console that runs."""
    from playwright.sync_api import sync_playwright

    chromium, folder, port = need("chromium", package="chromium"), tmp_path_factory.mktemp("browser"), free_port()
    store = folder / "console.db"
    for words, given in ((("add", "ann", "-r", "operate"), "password 1\n"), (("nut", "ann", "admin"), "geheim\n")):
        argv = (program("wallnut"), "user", *words, "--store", str(store))
        subprocess.run(argv, input=given, text=True, check=True, timeout=30, capture_output=True)
    now = time.time_ns() // 1_000_000
    history = folder / "history.db"
    with open_history(f"sqlite://{history}") as made:
        rack = Recorded(f"127.0.0.1:{nut.port}", "rack")
        made.write([Sample(rack, "ups.load", now - n * MINUTE, float(n % 30)) for n in range(600, 0, -1)])
    argv = ("web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none", "--store", str(store))
    argv += ("--history", f"sqlite://{history}")
    with running(program("wallnut"), *argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}) as process:
        found = Console(nut, port, process)
        until(lambda: found.state() == "mains", 20, "the first data")
        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            shown = browser.new_page()
            shown.goto(f"{found.url}/login?next=/device/{found.id}/variables")
            shown.fill("input[name=user]", "ann")
            shown.fill("input[name=password]", "password 1")
            shown.click("main button")
            shown.wait_for_selector("[data-name='ups.id']")
            yield shown, found
            browser.close()


def test_a_variable_is_edited_in_place(page: tuple[Page, Console], nut: CNut) -> None:
    shown, console = page
    shown.goto(f"{console.url}/device/{console.id}/variables")
    row = shown.locator("[data-name='ups.id']")
    row.locator("summary").click()
    row.locator("input[name=value]").fill("in place")
    row.locator("button").click()
    row.locator("output", has_text="Done").wait_for()
    assert not row.locator("input[name=value]").is_visible()
    nut.wait_for("rack", "ups.id", "in place")
    row.locator(".value", has_text="in place").wait_for()  # the stream brings it
    assert shown.url.endswith("/variables")


def test_a_command_that_cuts_power_is_confirmed(page: tuple[Page, Console]) -> None:
    shown, console = page
    shown.goto(f"{console.url}/device/{console.id}/commands")
    shown.click("[data-confirm]")
    dialog = shown.locator("dialog")
    dialog.get_by_text("The load loses power.").wait_for()
    dialog.get_by_text("Leave it").click()
    dialog.wait_for(state="detached")
    shown.click("[data-confirm]")
    shown.locator("dialog button").click()
    shown.locator("dialog output", has_text=re.compile("driver")).wait_for()


def test_a_chart_tells_values_and_is_zoomed(page: tuple[Page, Console]) -> None:
    shown, console = page
    shown.goto(f"{console.url}/device/{console.id}/history")
    shown.focus("#charts")
    shown.keyboard.press("ArrowLeft")
    assert shown.locator("#cursor").inner_text() != ""
    shown.keyboard.press("Enter")
    shown.wait_for_url(re.compile("from=.*to="))
    shown.wait_for_selector("#past:not([aria-busy])")
    box = shown.locator("#charts svg.chart").first.bounding_box()
    assert box is not None
    before = shown.url
    shown.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 80)
    shown.mouse.down()
    shown.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 80)
    shown.mouse.up()
    shown.wait_for_function("before => location.href !== before", arg=before)
    shown.go_back()
    shown.wait_for_function("before => location.href === before", arg=before)
