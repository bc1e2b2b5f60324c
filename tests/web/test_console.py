"""The console as it runs, on C upsd and on ours: pages, streams, API, metrics, a browser."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.peers import need
from tests.support.ports import free_port
from tests.support.procs import Process, running
from tests.support.wait import until
from wallnut.history.store import open_history

RACK = (
    "ups.status: OL\nups.load: 31\nbattery.charge: 87\nbattery.runtime: 1380\ndevice.mfr: ACME\nups.model: <b>X</b>\n"
)
LOGIN = ("USERNAME admin", "PASSWORD adm")


class Console:
    """A running console."""

    def __init__(self, nut: CNut, port: int, process: Process) -> None:
        self.nut, self.port, self.process = nut, port, process
        self.id = f"rack@127.0.0.1:{nut.port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> str:
        """A page's text."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def refusal(self, path: str) -> tuple[int, str, str]:
        """Status, media type and text of a request that is refused."""
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.get(path)
        with caught.value as error:
            return error.code, error.headers["Content-Type"], error.read().decode()

    def state(self) -> str:
        found = self.json("/api/v1/ups")["ups"]
        return str(found[0]["state"]) if found else ""

    def set_status(self, text: str) -> None:
        self.nut.ask(*LOGIN, f'SET VAR rack ups.status "{text}"')


@pytest.fixture(scope="module", params=["C upsd", "our upsd"])
def console(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    upsd = "" if request.param == "C upsd" else program("upsd")
    folder = tmp_path_factory.mktemp("console")
    (folder / "wallnut.toml").write_text(f'[history]\nurl = "sqlite://{folder}/history.db"\n')
    nut = CNut(folder, upsd=upsd).ups("rack", RACK).user("admin", "adm", "actions = SET")
    port = free_port()
    with (
        nut,
        running(*web(nut, port, folder), ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}) as process,
    ):
        found = Console(nut, port, process)
        until(lambda: found.state() == "mains", 20, "the first data")
        yield found


def web(nut: CNut, port: int, folder: Path) -> tuple[str, ...]:
    """The command line of a console with a history in which there is nothing yet."""
    history = f"sqlite://{folder}/history.db"
    open_history(history).close()
    where = ("-l", f"127.0.0.1:{port}", "--history", history)
    return (program("wallnut"), "web", f"127.0.0.1:{nut.port}", *where, "-A", "none")


def serves(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except OSError:
        return False


def test_pages(console: Console) -> None:
    overview = console.get("/")
    assert "All well: 1 device" in overview
    assert "On mains" in overview
    assert "87\u202f%" in console.get(f"/device/{console.id}")
    page = console.get(f"/device/{console.id}/variables")
    assert "&lt;b&gt;X&lt;/b&gt;" in page  # what a device says is text
    assert "<b>X" not in page
    assert "Time left on battery" in page  # the catalogue's words
    assert "EventSource" in console.get("/static/console.js")
    status, _, text = console.refusal("/device/cellar")
    assert (status, "There is no device cellar." in text) == (404, True)
    for text in (overview, page):
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert " style=" not in text


def test_a_change_is_streamed_at_once(console: Console) -> None:
    request = "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\nGET /x"
    with socket.create_connection(("127.0.0.1", console.port), 10) as link:
        link.sendall(request.encode())
        with link.makefile("r", encoding="utf-8", newline="\n") as lines:
            assert "200" in lines.readline()
            assert any("On mains" in line for line in lines if line.startswith("data: "))
            try:
                console.set_status("OB DISCHRG")
                assert any('"place":"trouble"' in line for line in lines if "On battery" in line)
            finally:
                console.set_status("OL")
                until(lambda: console.state() == "mains", 20, "mains again")


def test_our_api_is_what_its_document_says(console: Console) -> None:
    document = console.json("/api/v1/openapi.json")
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        reads = operations.get("get")
        if reads is None or any(one["required"] and one["in"] == "query" for one in reads["parameters"]):
            continue
        if "security" in reads:
            continue  # not for those who have not signed in
        content = reads["responses"]["200"]["content"]
        if "application/json" in content:
            real = path.format(device=console.id, variable="ups.load", command="load.off")
            check(console.json(real), content["application/json"]["schema"], schemas)
    status, kind, text = console.refusal("/api/v1/ups/cellar")
    assert (status, kind) == (404, "application/problem+json")
    check(json.loads(text), schemas["Problem"], schemas)
    load = console.json(f"/api/v1/ups/{console.id}/variables/ups.load")
    assert (load["value"], load["unit"]) == (31, "%")


KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def check(value: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Hold a value against the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        check(value, schemas[schema["$ref"].rpartition("/")[2]], schemas)
        return
    for choice in schema.get("oneOf", []):
        if (value is None) == (choice["type"] == "null"):
            if value is not None:
                check(value, choice, schemas)
            return
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(isinstance(value, KINDS[each]) for each in types), (value, schema)
    if isinstance(value, list):
        for each in value:
            check(each, schema["items"], schemas)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value)
        for key, part in schema.get("properties", {}).items():
            check(value[key], part, schemas)


def test_names_that_dashboards_know(console: Console) -> None:
    flat = console.json("/api/v1/devices")
    assert flat[0]["ups.load"] == 31
    assert console.json("/api/v1/devices/rack")["battery.charge"] == 87
    assert console.json("/api/v1/devices/rack/var/ups.status") == "OL"
    both = console.json("/upsstats.cgi?json")["devices"]
    one = console.json(f"/upsstats.cgi?host={console.id}&json")
    assert both == [one]
    assert (one["host"], one["status_raw"], one["vars"]["ups.load"]) == (console.id, "OL", "31")
    server = f"localhost:{console.nut.port}"
    text = console.get(f"/ups_metrics?ups=rack&server={server}&variables=ups.load&statuses=OB")
    names = {family.name for family in text_string_to_metric_families(text)}
    assert names == {"network_ups_tools_ups_load", "network_ups_tools_device_info"}
    assert 'wallnut_device_up{server="127.0.0.1' in console.get("/metrics")
    assert console.refusal("/ups_metrics?ups=cellar")[0] == 404
    assert console.refusal("/ups_metrics?server=192.0.2.1")[0] == 404  # it connects to no server that it is told
    status, _, refusal = console.refusal("/ups_metrics?username=admin&password=geheim")
    assert (status, "geheim" in refusal) == (400, False)
    assert "geheim" not in console.process.stderr() + console.process.stdout()


def test_a_hostile_head_ends_the_connection_only(console: Console) -> None:
    for head in (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, b"\x16\x03\x01\x00 not http\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", console.port), 10) as link:
            link.settimeout(10)
            try:
                link.sendall(head)
                while link.recv(65536):
                    pass
            except ConnectionError:
                pass  # closed while we were still writing
    assert console.get("/healthz") == "ok\n"


FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def test_a_browser_shows_it_live(console: Console) -> None:
    """The script runs under the policy, and what the stream brings is put in place: the tab's title says it."""
    chromium, port = need("chromium", package="chromium"), free_port()

    def title() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                pages = json.loads(answer.read())
        except OSError:
            return ""
        return next((str(page["title"]) for page in pages if page["type"] == "page"), "")

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        own = (f"--user-data-dir={profile}", f"--remote-debugging-port={port}")
        with running(chromium, *FLAGS, *own, f"{console.url}/device/{console.id}"):
            until(lambda: title().startswith("31\u202f% \u00b7 rack@"), 30, "the page")
            try:
                console.set_status("OB DISCHRG")
                until(lambda: title().startswith("\u26a1 23\u202fmin \u00b7 rack@"), 20, "the outage on the page")
            finally:
                console.set_status("OL")
                until(lambda: console.state() == "mains", 20, "mains again")


def test_a_lost_server_is_said_and_it_comes_back(tmp_path: Path) -> None:
    nut = CNut(tmp_path).ups("rack", RACK)
    port = free_port()
    with nut:
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none", "-p", "x")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(tmp_path)}) as process:
            found = Console(nut, port, process)
            until(lambda: found.state() == "mains", 20, "the first data")
            assert nut.upsd is not None
            nut.upsd.stop()
            until(lambda: found.state() == "lost", 20, "the loss")
            page = found.get("/x/")
            assert "Server gone" in page
            assert 'href="/x/device/rack' in page
            assert "cannot be reached" in page
            assert found.refusal("/ups_metrics")[0] == 503
            assert "network_ups_tools" not in found.get("/metrics")
            nut.start_server()
            until(lambda: found.state() == "mains", 30, "the return")
            process.popen.terminate()
            assert process.wait() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-l", "0.0.0.0:8493"], "no users yet"),
        (["@"], "invalid UPS"),
        (["-l", "127.0.0.1:99999"], "listen"),
    ],
)
def test_what_cannot_be_served_is_one_line(words: list[str], said: str, tmp_path: Path) -> None:
    argv = [program("wallnut"), "web", "-A", "none", *words]
    ended = subprocess.run(
        argv, capture_output=True, text=True, timeout=20, check=False, env={"NUT_CONFPATH": str(tmp_path)}
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_head_of_a_stream_is_no_stream(console: Console) -> None:
    request = urllib.request.Request(f"{console.url}/api/v1/events", method="HEAD")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.read() == b""
    with socket.create_connection(("127.0.0.1", console.port), 10) as link:
        link.sendall(b"HEAD /live HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with link.makefile("r", encoding="utf-8", newline="\n") as lines:
            assert any(line == "ok\n" for line in lines)  # the connection serves what comes after it
