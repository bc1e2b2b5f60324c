"""Apprise, in a process of its own: it loads 50 MB, starts threads, and runs many people's code.

The process is started when there is something to deliver and ended when there has been nothing for a while. One line
of JSON goes each way: {"id": 1, "url": ..., "title": ..., "body": ..., "type": ...}, where a request without a title
only asks whether the address can be used, and {"id": 1, "reason": ""}.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec

from wallnut.model.errors import ConfigError
from wallnut.notify.event import Severity
from wallnut.notify.message import Message

IDLE = 30.0
"""Seconds without work after which the process is ended."""
PROGRAM = (sys.executable, "-P", "-m", "wallnut.notify.deliver")
_TYPES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


class Courier:
    """A Service by Apprise. Threads may use it at the same time."""

    def __init__(self, time_limit: float, *, idle: float = IDLE, program: tuple[str, ...] = PROGRAM) -> None:
        if find_spec("apprise") is None:
            raise ConfigError(
                "notifications need Apprise, which is not installed; this brings it:"
                f" {sys.executable} -m pip install 'wallnut[notify]'"
            )
        self.time_limit = time_limit
        self._idle, self._program = idle, program
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._closed = False

    def check(self, url: str) -> str:
        """Whether Apprise knows the address."""
        return self._ask({"url": url})

    def send(self, url: str, message: Message) -> str:
        """Deliver a message."""
        kind = "success" if message.good else _TYPES[message.severity]
        return self._ask({"url": url, "title": message.title, "body": message.body, "type": kind})

    def _ask(self, request: dict[str, object]) -> str:
        """The answer's reason; a process that ended before it answered is started once more."""
        for _ in range(2):
            try:
                process = self._running()
            except OSError as error:
                return f"{self._program[0]} cannot be started: {error.strerror}"
            if process is None:
                return "this program ends"
            reason = process.ask(request, self.time_limit)
            if reason is not None:
                return reason
        return "the process that delivers ended"

    def _running(self) -> _Process | None:
        with self._lock:
            if self._closed:
                return None
            if self._process is None or self._process.over:
                self._process = _Process(self._program, self._idle)
            return self._process

    def close(self) -> None:
        """Let the process finish what it does, and end."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.close()


class _Process:
    """A running process. A thread of its own reads the answers."""

    def __init__(self, program: tuple[str, ...], idle: float) -> None:
        self._sock, theirs = socket.socketpair()
        with theirs:
            try:
                self._child = subprocess.Popen(
                    program, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, start_new_session=True
                )
            except OSError:
                self._sock.close()
                raise
        self._sock.settimeout(idle)
        self._lock = threading.Lock()
        self._asked = 0
        self._answers: dict[int, str] = {}
        self._open: dict[int, threading.Event] = {}
        self.over = False
        threading.Thread(target=self._listen, name="notify-courier", daemon=True).start()

    def ask(self, request: dict[str, object], limit: float) -> str | None:
        """The answer to a request; None when the process ends, or is at its end, without one."""
        answered = threading.Event()
        with self._lock:
            if self.over:
                return None
            self._asked += 1
            number = self._asked
            self._open[number] = answered
            try:
                self._sock.sendall(json.dumps({"id": number, **request}).encode() + b"\n")
            except OSError:
                self._end()
                return None
        if not answered.wait(limit):
            self._kill()  # whatever it hangs in; others that wait for it ask again
            return f"no answer within {limit:g} s"
        return self._answers.pop(number, None)

    def _listen(self) -> None:
        """Read answers until the process ends, or has nothing to do."""
        data = b""
        while True:
            try:
                more = self._sock.recv(65536)
            except TimeoutError:
                with self._lock:
                    if self._open:
                        continue
                    self._end()
                break
            except OSError:
                more = b""
            if not more:
                with self._lock:
                    self._end()
                break
            *lines, data = (data + more).split(b"\n")
            for line in lines:
                self._take(line)
        self._sock.close()
        try:
            self._child.wait(60.0)
        except subprocess.TimeoutExpired:
            self._kill()
            self._child.wait()

    def _take(self, line: bytes) -> None:
        answer = json.loads(line)
        with self._lock:
            waiter = self._open.pop(answer["id"], None)
            if waiter is not None:
                self._answers[answer["id"]] = answer["reason"]
                waiter.set()

    def _end(self) -> None:
        """No more requests; those that are open have no answer. Called with the lock held."""
        self.over = True
        with suppress(OSError):  # it is down already
            self._sock.shutdown(socket.SHUT_RDWR)
        for waiter in self._open.values():
            waiter.set()
        self._open.clear()

    def _kill(self) -> None:
        self._child.kill()

    def close(self) -> None:
        """Send it home."""
        with self._lock:
            if not self.over:
                self.over = True
                with suppress(OSError):
                    self._sock.shutdown(socket.SHUT_WR)
