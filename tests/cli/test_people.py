"""wallnut list, show and passwd: what people see, and errors that say what to do."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Site, Tool
from tests.support.ports import free_port
from wallnut.cli.paint import Paint, length, seconds
from wallnut.cli.sheet import Sheet, reading
from wallnut.config.passwords import check_password
from wallnut.proto.address import Address
from wallnut.proto.words import split


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "0 s"),
        ("59", "59 s"),
        ("60", "1 min 00 s"),
        ("2112.7", "35 min 12 s"),
        ("11100", "3 h 05 min"),
        ("352800", "4 d 02 h"),
        ("-1", "-1 s"),
        ("-90", "-1 min 30 s"),
        ("unknown", "unknown"),
        ("inf", "inf"),
    ],
)
def test_seconds(text: str, shown: str) -> None:
    assert seconds(text) == shown


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("battery.charge", "87", "87 %"),
        ("battery.runtime", "2112", "2112 s (35 min 12 s)"),
        ("ups.delay.start", "30", "30 s"),
        ("input.voltage", "230.1", "230.1 V"),
        ("input.voltage", "unknown", "unknown"),
        ("ups.model", "1500", "1500"),
        ("ups.beeper.status", "enabled", "enabled"),
        ("vendor.own", "5", "5"),
    ],
)
def test_reading(name: str, text: str, shown: str) -> None:
    assert reading(name, text) == shown


def test_columns() -> None:
    paint = Paint(colour=True)
    text = paint.columns([["a", "empty", "b"], [paint.bold("long"), "", "x"]])
    assert text.splitlines() == ["a     b", f"{paint.bold('long')}  x"]
    assert length(paint.bold("long")) == 4


def sheet(**values: str) -> Sheet:
    found = {name.replace("_", "."): value for name, value in values.items()}
    return Sheet(Address("u", "h"), "Unavailable", found, {"ups.id"}, ["beeper.mute"])


def test_sheet() -> None:
    page = sheet(
        battery_charge="100", ups_status="OB LB", ups_alarm="Replace!", ups_id="x", vendor_own="y", device_mfr="Acme"
    )
    assert page.text(Paint(colour=False, width=60)).splitlines() == [
        "u@h  Acme",
        "On battery, battery low  (OB LB)",
        "Replace!",
        "",
        "Battery",
        "  battery.charge  100 %     Battery charge",
        "",
        "UPS",
        "* ups.id          x         Name the user gave the UPS",
        "",
        "Device",
        "  device.mfr      Acme      Maker of the device",
        "",
        "vendor",
        "  vendor.own      y",
        "",
        "* can be set: upsrw -s NAME=VALUE u@h",
        "1 command: upscmd -l u@h",
    ]
    narrow = page.text(Paint(colour=False, width=40))
    assert "Name the user" not in narrow


def test_colours_follow_the_state() -> None:
    paint = Paint(colour=True)
    assert "\x1b[32mOn line power" in sheet(ups_status="OL").text(paint)
    assert "\x1b[33mCalibrating" in sheet(ups_status="CAL").text(paint)
    assert "\x1b[1;31mOn battery" in sheet(ups_status="OB").text(paint)
    assert "\x1b" not in sheet(ups_status="OB").text(Paint(colour=False))


def test_list(site: Site, ours: Tool) -> None:
    answer = ours("wallnut", "list", site.server)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "UPS    state                    charge",
        'dummy  On line power, charging  90 %    A "quoted" # back\\slash',
        "rich   On line power",
        "nodrv  no driver",
    ]


def test_list_json(site: Site, ours: Tool) -> None:
    dummy, rich, nodrv = json.loads(ours("wallnut", "list", site.server, "--json").out)
    assert dummy == {
        "name": "dummy",
        "description": 'A "quoted" # back\\slash',
        "status": {"words": ["OL", "CHRG"], "text": "On line power, charging", "severity": 0},
        "battery.charge": 90.0,
    }
    assert rich["status"]["words"] == ["OL"]
    assert nodrv == {"name": "nodrv", "description": "", "error": "no driver"}


def test_show(site: Site, ours: Tool) -> None:
    answer = ours("wallnut", "show", f"dummy@{site.server}")
    assert (answer.status, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == f'dummy@{site.server}  Acme Model "3000" #1  A "quoted" # back\\slash'
    assert lines[1] == "On line power, charging  (OL CHRG)"
    assert "\x1b" not in answer.out
    assert "* input.voltage" in answer.out
    assert "230.1 V" in answer.out
    assert lines[-1] == f"1 command: upscmd -l dummy@{site.server}"


def test_show_json(site: Site, ours: Tool) -> None:
    shown = json.loads(ours("wallnut", "show", "--json", f"dummy@{site.server}").out)
    assert shown["variables"]["input.voltage"] == {"value": 230.1, "unit": "V", "writable": True, "raw": "230.1"}
    assert shown["variables"]["driver.version"] == {"value": "2.8.0", "raw": "2.8.0"}
    assert shown["commands"] == ["load.off"]
    assert shown["status"]["text"] == "On line power, charging"


@pytest.mark.parametrize(
    ("argv", "status", "err"),
    [
        ("lst", 2, "wallnut: there is no command 'lst'; did you mean list?\nTry: wallnut --help\n"),
        ("list --jsno", 2, "wallnut list: there is no option --jsno; did you mean --json?\nTry: wallnut list --help\n"),
        ("list -x", 2, "wallnut list: there is no option -x\nTry: wallnut list --help\n"),
        ("list --json=x", 2, "wallnut list: --json takes no value\nTry: wallnut list --help\n"),
        ("list --auth", 2, "wallnut list: --auth needs a value\nTry: wallnut list --help\n"),
        (
            "list localhost:x",
            2,
            "no port number specified after ':' separator in 'localhost:x': a server is written host or host:port\n",
        ),
        ("show a@b:c", 2, "'a@b:c' is no UPS: one is written name, name@host or name@host:port\n"),
        ("show @{s}", 2, "Which one? {s} has: dummy, rich, nodrv\n"),
        ("show zz@{s}", 1, "{s} has no UPS 'zz'. Those it has: wallnut list {s}\n"),
        ("show nodrv@{s}", 1, "The driver of nodrv does not run. On 127.0.0.1: upsdrvctl start nodrv\n"),
        (
            "list 127.0.0.1:{p}",
            1,
            "127.0.0.1:{p} cannot be reached: Connection refused. No server runs here: start one with `wallnut up`,"
            " or name another host.\n",
        ),
        ("list no-such-host.invalid", 1, "no-such-host.invalid cannot be reached: No such host. Is the name right?\n"),
        ("passwd a b", 2, "wallnut passwd: one user at a time\n"),
        ("up x", 2, "wallnut up takes no names: it runs every UPS of ups.conf\n"),
        ("up --port x", 2, "wallnut up: 'x' is no port\n"),
        ("up --config /no/such", 1, "/no/such: there is no such folder\n"),
    ],
)
def test_errors_say_what_to_do(argv: str, status: int, err: str, site: Site, ours: Tool) -> None:
    port = str(free_port())

    def fill(text: str) -> str:
        return text.replace("{s}", site.server).replace("{p}", port)

    answer = ours("wallnut", *fill(argv).split())
    assert (answer.status, answer.out, answer.err) == (status, "", fill(err))


@pytest.mark.parametrize("command", ["", "up", "list", "show", "events", "passwd"])
def test_help_fits_a_screen(command: str, ours: Tool) -> None:
    for option in ("--help", "-h"):
        answer = ours("wallnut", *filter(None, [command, option]))
        assert (answer.status, answer.err) == (0, "")
        assert answer.out.startswith("usage: wallnut")
        lines = answer.out.splitlines()
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80


def test_version(ours: Tool) -> None:
    for argv in (("--version",), ("-V",), ("list", "-V")):
        answer = ours("wallnut", *argv)
        assert (answer.status, answer.err) == (0, "")
        assert answer.out.startswith("wallnut ")
        assert "compatible with Network UPS Tools 2.8" in answer.out


def test_passwd(ours: Tool) -> None:
    answer = ours("wallnut", "passwd", "bob", stdin="a b # c\n")
    assert (answer.status, answer.err) == (0, "")
    section, line = answer.out.splitlines()
    assert section == "[bob]"
    name, equals, stored = split(line)
    assert (name, equals) == ("password", "=")
    assert check_password(stored, "a b # c")
    assert not check_password(stored, "a b")


def test_passwd_refuses(ours: Tool) -> None:
    answer = ours("wallnut", "passwd", stdin="\n")
    assert (answer.status, answer.out, answer.err) == (1, "", "Error: an empty password protects nothing\n")
