"""Apprise itself, in its own process, delivering over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.notify.fakes import event
from tests.support.ports import free_port
from tests.support.wait import until
from wallnut.config.wallnut_toml import Notify, Target
from wallnut.io.log import Memory
from wallnut.notify.courier import Courier
from wallnut.notify.event import Severity
from wallnut.notify.message import Message
from wallnut.notify.notifier import Notifier

HELLO = Message("nas: title", "one <b>\ntwo & three", Severity.CRITICAL)


class Sink:
    """An HTTP server that keeps what is posted to it; `status` is what it answers, `gate` holds answers back."""

    def __init__(self, port: int = 0) -> None:
        self.posts: list[dict] = []
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                sink.gate.wait(30)
                self.send_response(sink.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/ups"

    def close(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


@pytest.fixture
def sink() -> Iterator[Sink]:
    one = Sink()
    yield one
    one.close()


@pytest.fixture
def courier() -> Iterator[Courier]:
    one = Courier(30.0)
    yield one
    one.close()
    process = one._process
    if process is not None:
        until(lambda: process._child.poll() is not None, 15, "the process to end")


def pid(courier: Courier) -> int:
    assert courier._process is not None
    return courier._process._child.pid


def test_delivered(courier: Courier, sink: Sink) -> None:
    assert courier.check(sink.url) == ""
    assert sink.posts == []
    assert courier.send(sink.url, HELLO) == ""
    (post,) = sink.posts
    assert (post["title"], post["message"], post["type"]) == (HELLO.title, HELLO.body, "failure")
    assert courier.send(sink.url, Message("t", "b", Severity.WARNING, good=True)) == ""
    assert [post["type"] for post in sink.posts] == ["failure", "success"]


def test_not_delivered(courier: Courier, sink: Sink) -> None:
    """The reason is what Apprise says, and holds no password."""
    sink.status = 500
    assert courier.send(sink.url, HELLO).startswith("Failed to send JSON")
    reason = courier.send(f"json://user:hunter2@127.0.0.1:{free_port()}/", HELLO)
    assert "onnection error" in reason
    assert "hunter2" not in reason


def test_a_bad_address(courier: Courier) -> None:
    reason = courier.check("nosuchservice://user:hunter2@host")
    assert reason
    assert "hunter2" not in reason
    assert courier.check("slack://x")


def test_a_slow_service_does_not_hold_up_another(courier: Courier, sink: Sink) -> None:
    slow = Sink()
    slow.gate.clear()
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(courier.send(f"{slow.url}?rto=20", HELLO)))
    thread.start()
    until(lambda: slow.posts, 20, "the slow service to be asked")
    assert courier.send(sink.url, HELLO) == ""
    assert answers == []
    slow.gate.set()
    thread.join(20)
    assert answers == [""]
    slow.close()


def test_no_answer_in_time(courier: Courier, sink: Sink) -> None:
    """What hangs is ended with its process; the next message gets a new one."""
    assert courier.send(sink.url, HELLO) == ""
    first = pid(courier)
    os.kill(first, signal.SIGSTOP)
    courier.time_limit = 0.2
    assert courier.send(sink.url, HELLO) == "no answer within 0.2 s"
    courier.time_limit = 30.0
    assert courier.send(sink.url, HELLO) == ""
    assert pid(courier) != first


def test_a_process_that_dies_is_started_again(courier: Courier, sink: Sink) -> None:
    assert courier.check(sink.url) == ""
    first = pid(courier)
    os.kill(first, signal.SIGKILL)
    assert courier.send(sink.url, HELLO) == ""
    assert pid(courier) != first
    assert len(sink.posts) == 1


def test_a_process_that_always_dies() -> None:
    courier = Courier(5.0, program=(sys.executable, "-c", "pass"))
    assert courier.send("json://h", HELLO) == "the process that delivers ended"
    courier = Courier(5.0, program=("/no/such/program",))
    assert courier.send("json://h", HELLO) == "/no/such/program cannot be started: No such file or directory"


def test_it_leaves_when_idle(sink: Sink) -> None:
    courier = Courier(30.0, idle=0.1)
    assert courier.send(sink.url, HELLO) == ""
    process = courier._process
    assert process is not None
    until(lambda: process._child.poll() == 0, 10, "the idle process to end")
    assert courier.send(sink.url, HELLO) == ""
    courier.close()


MISSING = """
import sys
sys.path.insert(0, sys.argv[1])
from wallnut.config.wallnut_toml import Notify, Target
from wallnut.io.log import Memory
from wallnut.model.errors import ConfigError
from wallnut.notify.notifier import Notifier
Notifier(Notify(), Memory()).close()
try:
    Notifier(Notify(targets=(Target("ops", ("json://h",)),)), Memory())
except ConfigError as error:
    print(error)
"""


def test_the_extra_is_missing() -> None:
    """In a Python without site packages; without targets nobody misses it."""
    argv = [sys.executable, "-S", "-E", "-c", MISSING, str(Path(__file__).resolve().parents[2] / "src")]
    answer = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    assert answer.stdout == (
        "notifications need Apprise, which is not installed; this brings it:"
        f" {sys.executable} -m pip install 'wallnut[notify]'\n"
    )


def test_from_an_event_to_the_service_and_over_an_outage(tmp_path: Path) -> None:
    """Nobody listens at first; then somebody does, and gets all in one message."""
    port = free_port()
    target = Target("ops", (f"json://127.0.0.1:{port}/",), severity="warning")
    settings = Notify(outbox=str(tmp_path / "outbox"), targets=(target,), burst=0, retry_first=1)
    log = Memory()
    notifier = Notifier(settings, log, host="nas")
    notifier.tell(event("ONBATT", at=time.time()))
    until(lambda: any("trying again in 1 s" in text for text in log.texts), 30, "the first try to fail")
    sink = Sink(port)
    notifier.tell(event("TRIM", at=time.time()))
    notifier.tell(event("FSD", at=time.time()))
    until(lambda: sink.posts, 30, "the message")
    (post,) = sink.posts
    assert post["title"] == "nas: FSD rack@localhost (and 1 more)"
    assert [line.split()[-2] for line in post["message"].splitlines()] == ["ONBATT", "FSD"]
    assert post["type"] == "failure"
    until(lambda: notifier.waiting == 0, 10, "the outbox to be empty")
    assert log.texts[-1] == "notify ops: delivered again"
    assert list((tmp_path / "outbox" / "ops").iterdir()) == []
    notifier.close(10)
    sink.close()
