"""wallnut events and show --watch: what changes is told, pushed by our server and asked for at C's."""

from __future__ import annotations

import json
import signal
from contextlib import AbstractContextManager
from pathlib import Path

from tests.cli.conftest import Site, Tool
from tests.cli.here import Here
from tests.cli.terminal import converse
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.procs import Process, running
from tests.support.wait import until
from wallnut.cli.sheet import Sheet
from wallnut.cli.watch import Live
from wallnut.client.mirror import Mirror
from wallnut.io.loop import Loop
from wallnut.proto.address import Address

ADMIN = ("-u", "admin", "-p", "adm")
OUTAGE = ("USERNAME demo", "PASSWORD demo", "INSTCMD demo test.failure.start")


def wallnut(*argv: str, env: dict[str, str]) -> AbstractContextManager[Process]:
    return running(program("wallnut"), *argv, ready=lambda process: process.stdout(), env=env)


def texts(process: Process) -> list[str]:
    """The lines without their times."""
    return [line[21:] for line in process.stdout().splitlines()]


def test_events_are_pushed(here: Here, site: Site) -> None:
    with here.up("--demo") as up, wallnut("events", f"@localhost:{here.port}", env=site.env) as events:
        until(lambda: texts(events) == ["demo  On line power (OL)"], 10, "the state now")
        here.ask(*OUTAGE)
        until(lambda: len(texts(events)) == 2, 10, "the outage")
        assert texts(events)[1].startswith("demo  On battery, discharging (OB DISCHRG")
        up.send(signal.SIGTERM)
        up.wait()
        until(lambda: len(texts(events)) == 3, 10, "the end of the server")
        assert texts(events)[2] == f"localhost:{here.port} cannot be reached: Server disconnected. It is tried again."
        with here.up("--demo"):
            until(lambda: "The server is back" in texts(events), 10, "the server")
            until(lambda: texts(events)[-1] == "demo  On line power (OL)", 10, "the mains")
        events.send(signal.SIGINT)
        assert events.wait() == 0
        assert events.stderr() == ""


def test_events_nobody_reads_on(here: Here, site: Site) -> None:
    events = f"{program('wallnut')} events @localhost:{here.port}"
    with here.up("--demo"), running("/bin/bash", "-c", f"{events} | head -n 1", env=site.env) as shell:
        until(shell.stdout, 10, "the state now")
        here.ask(*OUTAGE)
        assert shell.wait() == 0
        assert shell.stderr() == ""


def test_a_driver_that_dies_and_comes_back(tmp_path: Path, site: Site) -> None:
    """Our server pushes it: to `events`, and to the page on a terminal."""
    nut = CNut(tmp_path, upsd=program("upsd")).ups("u", "ups.status: OL\n")
    with nut, wallnut("events", f"u@127.0.0.1:{nut.port}", env=site.env) as events:
        ups = Address("u", "127.0.0.1", nut.port)
        loop, sheet = Loop(), Sheet(ups, "", {}, set(), [])
        live = Live(loop, sheet)
        live.mirror = Mirror(loop, ups.host, ups.port, on_change=live.told, ups=["u"])
        live.mirror.start()

        def values() -> bool:
            loop.run_once(0.02)
            return bool(sheet.values)

        def trouble() -> str:
            loop.run_once(0.02)
            return sheet.trouble

        try:
            until(values, 10, "the page")
            nut.drivers["u"].popen.kill()
            until(trouble, 10, "the page to say so")
            assert sheet.trouble == "The driver of u does not run. On 127.0.0.1: upsdrvctl start u"
            until(lambda: len(texts(events)) == 2, 10, "the loss")
            nut.stop_driver("u")
            nut.start_driver("u")
            until(lambda: not trouble(), 10, "the page to be well again")
            until(lambda: f"u@{ups.host}:{ups.port}  On line power (OL)" in texts(events)[2:], 10, "its return")
        finally:
            live.mirror.stop()
            loop.close()
        assert [line.split("  ")[1] for line in texts(events)[1:3]] == ["No driver", "The driver is back"]


def test_events_as_json(here: Here, site: Site) -> None:
    with here.up("--demo"), wallnut("events", "-j", f"demo@127.0.0.1:{here.port}", env=site.env) as events:
        here.ask(*OUTAGE)
        until(lambda: len(events.stdout().splitlines()) == 2, 10, "two lines")
        first, second = map(json.loads, events.stdout().splitlines())
    assert first["event"] == second["event"] == "status"
    assert (first["ups"], first["server"], first["from"], first["to"]) == ("demo", f"127.0.0.1:{here.port}", "", "OL")
    assert (second["from"], second["to"][:2]) == ("OL", "OB")
    assert second["time"].endswith("Z")


def test_events_of_c_upsd(site: Site, theirs: Tool) -> None:
    with wallnut("events", f"@{site.server}", env=site.env) as events:
        until(lambda: len(texts(events)) == 3, 10, "all three")
        assert sorted(texts(events)) == [
            f"dummy@{site.server}  On line power, charging (OL CHRG)",
            f"nodrv@{site.server}  No driver",
            f"rich@{site.server}  On line power (OL)",
        ]
        try:
            theirs("upsrw", *ADMIN, "-s", "ups.status=OB LB", f"dummy@{site.server}")
            until(lambda: len(texts(events)) == 4, 10, "the change")
            assert texts(events)[3] == f"dummy@{site.server}  On battery, battery low (OB LB)"
        finally:
            theirs("upsrw", *ADMIN, "-w", "-s", "ups.status=OL CHRG", f"dummy@{site.server}")


def test_events_of_a_ups_that_is_not_there(here: Here, site: Site) -> None:
    with here.up("--demo"), wallnut("events", f"zz@localhost:{here.port}", env=site.env) as events:
        assert texts(events) == ["zz  The server has no such UPS"]


def test_events_wait_for_a_server(here: Here, site: Site) -> None:
    with wallnut("events", f"@localhost:{here.port}", env=site.env) as events:
        assert texts(events) == [f"localhost:{here.port} cannot be reached: Connection refused. It is tried again."]
        with here.up("--demo"):
            until(lambda: texts(events)[1:] == ["The server is back", "demo  On line power (OL)"], 10, "the server")


def test_watch_as_lines(here: Here, site: Site) -> None:
    with (
        here.up("--demo"),
        wallnut("show", "-w", f"demo@localhost:{here.port}", env=site.env) as show,  # the mains are never still
    ):
        here.ask(*OUTAGE)
        until(lambda: "  ups.status  OB DISCHRG" in show.stdout(), 10, "the outage")
        assert "ups.model" not in show.stdout(), "what did not change is not said"
        show.send(signal.SIGINT)
        assert show.wait() == 0


def test_watch_as_json(here: Here, site: Site) -> None:
    with (
        here.up("--demo"),
        running(program("wallnut"), "show", "-wj", f"demo@localhost:{here.port}", env=site.env) as show,
    ):
        here.ask(*OUTAGE)
        until(lambda: '"OB DISCHRG' in show.stdout(), 10, "the outage")
        found = [json.loads(line) for line in show.stdout().splitlines()]
        charge = next(one for one in found if one.get("name") == "battery.charge")
        assert (charge["ups"], charge["value"], charge["unit"], charge["raw"]) == ("demo", 100.0, "%", "100")


def test_watch_on_a_terminal(here: Here, site: Site) -> None:
    line = ("wallnut", "show", "--watch", f"demo@localhost:{here.port}")
    env = {**site.env, "TERM": "xterm"}
    with here.up("--demo"):
        shown = converse(env, program("wallnut"), *line, says=[("\x1b[0m\x1b[K", "q")])
    assert "\x1b[?1049h" in shown
    assert "On line power" in shown
    assert "arrows scroll" in shown
    assert shown.endswith("\x1b[?1049lended: 0 echo True\n")


def test_interrupt_of_the_watch(here: Here, site: Site) -> None:
    line = ("wallnut", "show", "--watch", f"demo@localhost:{here.port}")
    env = {**site.env, "TERM": "xterm"}
    with here.up("--demo"):
        shown = converse(env, program("wallnut"), *line, says=[("\x1b[0m\x1b[K", "\x03")])
    assert shown.endswith("\x1b[?1049lended: 0 echo True\n")
    assert "Traceback" not in shown
