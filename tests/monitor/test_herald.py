"""Notifications to people's services out of upsmon: sent when wallnut.toml names some, and never in the way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, Observer, logins, say
from tests.notify.fakes import event
from tests.notify.test_apprise import Sink
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until
from wallnut.config.wallnut_toml import Notify as Settings
from wallnut.config.wallnut_toml import Target
from wallnut.io.log import Memory
from wallnut.monitor.herald import Herald
from wallnut.monitor.values import Notify

ONBATT = Notify("ONBATT", "rack@h", "UPS rack@h on battery", ("SYSLOG",))


@pytest.fixture
def sink() -> Iterator[Sink]:
    one = Sink()
    yield one
    one.close()


@pytest.fixture
def nut(tmp_path: Path) -> Iterator[CNut]:
    server = CNut(tmp_path, upsd=program("upsd"), dummy=program("dummy-ups")).ups("rack", "ups.status: OL\n")
    with server.user(*ADMIN).user("mon", "pw", "upsmon primary") as running:
        yield running


def observer(tmp_path: Path, nut: CNut, *targets: str) -> Observer:
    one = Observer(tmp_path / "ours", nut, [("rack", 1, "primary")])
    lines = [f'[notify]\noutbox = "{tmp_path / "outbox"}"\nburst = 0\n', *targets]
    (one.conf / "wallnut.toml").write_text("\n".join(lines))
    return one


def target(name: str, url: str) -> str:
    return f'[[notify.target]]\nname = "{name}"\nurl = "{url}"\n'


def titles(sink: Sink) -> str:
    return json.dumps(sink.posts)


def test_an_outage_is_told(tmp_path: Path, nut: CNut, sink: Sink) -> None:
    one = observer(tmp_path, nut, target("ops", sink.url))
    with one.running() as process:
        until(lambda: logins(nut, "rack") == 1, 10, "the login")
        say(nut, "rack", "OB DISCHRG")
        until(lambda: "on battery" in titles(sink), 10, "the message")
        say(nut, "rack", "OB DISCHRG LB")
        one.wait_down()
        assert process.wait() == 0
    assert "Auto logout and shutdown proceeding" in titles(sink)


@pytest.mark.parametrize("options", [(), ("-p",)], ids=["split", "one process"])
def test_a_service_that_hangs_holds_up_nothing(tmp_path: Path, nut: CNut, sink: Sink, options: tuple[str, ...]) -> None:
    """SHUTDOWNCMD starts as ever; we log out as ever; the end waits two seconds and no more; all is kept."""
    sink.gate.clear()
    one = observer(tmp_path, nut, target("ops", sink.url))
    with one.running(*options) as process:
        until(lambda: logins(nut, "rack") == 1, 10, "the login")
        say(nut, "rack", "OB DISCHRG")
        until(lambda: sink.posts, 10, "the message on its way")
        at = say(nut, "rack", "OB DISCHRG LB")
        assert one.wait_down() - at < 1
        until(lambda: logins(nut, "rack") == 0, 1.5, "the logout")
        assert process.wait() == 0
        assert time.time() - at < 5
    kept = "".join(path.read_text() for path in (tmp_path / "outbox" / "ops").iterdir())
    assert "Auto logout and shutdown proceeding" in kept


def test_targets_come_and_go_with_a_reload(tmp_path: Path, nut: CNut, sink: Sink) -> None:
    one = observer(tmp_path, nut)
    file = one.conf / "wallnut.toml"
    before = file.read_text()
    with one.running() as process:
        until(lambda: logins(nut, "rack") == 1, 10, "the login")
        assert not _loaded(one.monitor_pid(), "notifier")
        for number, text in enumerate((before + target("ops", sink.url), before), 1):
            file.write_text(text)
            subprocess.run(["kill", "-HUP", str(one.monitor_pid())], check=True)
            until(lambda number=number: process.stderr().count("Reloading") == number, 10, "the reload")  # type: ignore[misc]
            say(nut, "rack", "OB" if number == 1 else "OL")
            if number == 1:
                until(lambda: sink.posts, 10, "the message")
        one.wait_note("ONLINE")
    assert len(sink.posts) == 1


def _loaded(pid: int, name: str) -> bool:
    """Whether a thread of that kind runs: threads are what notifications bring."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())) > 1


def test_what_cannot_be_used_is_said_and_costs_nothing(tmp_path: Path) -> None:
    log = Memory()
    herald = Herald(log)
    herald.follow(Settings(outbox=str(tmp_path / "outbox"), targets=(Target("ops", ("nonsense://x",)),)))
    herald.tell(ONBATT)
    until(lambda: any("its url cannot be used" in text for text in log.texts), 10, "the complaint")
    herald.follow(Settings())
    herald.tell(ONBATT)
    herald.close()


def test_the_event_is_what_was_told(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    herald = Herald(Memory())
    herald.follow(Settings(outbox=str(outbox), targets=(Target("ops", ("json://127.0.0.1:1/",)),), retry_first=60))
    herald.tell(ONBATT)
    until(lambda: outbox.is_dir() and list((outbox / "ops").iterdir()), 10, "it to be kept")
    herald.close()
    (kept,) = (outbox / "ops").iterdir()
    assert ONBATT.text in kept.read_text()
    assert event().kind in kept.read_text()


def test_without_targets_nothing_is_loaded() -> None:
    text = (
        "import sys\n"
        "from wallnut.io.log import Memory\n"
        "from wallnut.monitor.herald import Herald\n"
        "from wallnut.monitor.values import Notify\n"
        "class None_: targets = ()\n"
        "herald = Herald(Memory())\n"
        "herald.follow(None_)\n"
        "herald.tell(Notify('ONBATT', '', '', ()))\n"
        "herald.close()\n"
        "print([name for name in sys.modules if name.startswith(('wallnut.notify', 'subprocess', 'json', 'tomllib'))])"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
