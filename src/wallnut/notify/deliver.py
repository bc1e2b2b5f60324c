"""The process behind `wallnut.notify.courier`: reads requests, delivers each in a thread, says how that went.

It ends when nobody can ask any more, a few seconds after that at the latest.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
import time
from contextvars import ContextVar
from typing import Any

LAST = 10.0
"""Seconds that deliveries under way get when nobody can ask any more."""
LONGEST = 300
"""Characters of a reason."""

complaints: ContextVar[list[str]] = ContextVar("complaints")
"""What Apprise has logged for the request of this context. It hands contexts on to the threads that it starts."""


class Keeper(logging.Handler):
    """Keeps what Apprise complains about."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's text."""
        complaints.get([]).append(record.getMessage())


def deliver(request: dict[str, Any]) -> str:
    """Carry out a request; why it failed, "" when it did not."""
    import apprise

    asset = apprise.AppriseAsset(app_id="wallnut", app_desc="Network UPS Tools", app_url="")
    service = apprise.Apprise(asset=asset)
    if not service.add(request["url"]):
        return "Apprise does not know such an address"
    if "title" in request and not service.notify(
        body=request["body"], title=request["title"], notify_type=request["type"], body_format="text"
    ):
        return "the service did not take it"
    return ""


def answer(request: dict[str, Any]) -> str:
    """`deliver` in one line; of a failure, what Apprise says about it."""
    said: list[str] = []
    complaints.set(said)
    try:
        reason = deliver(request)
    except Exception as error:  # noqa: BLE001 - Apprise's plugins are many people's code
        said, reason = [], f"{type(error).__name__}: {error}"
    if reason and said:
        reason = "; ".join(dict.fromkeys(said))
    return " ".join(reason.split())[:LONGEST]


class Deliverer:
    """Answers requests on a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        self._busy: set[threading.Thread] = set()

    def run(self) -> None:
        """Serve until the other end is closed, then give what is under way a little time."""
        with self._sock.makefile("rb") as lines:
            for line in lines:
                thread = threading.Thread(target=self._serve, args=(json.loads(line),), daemon=True)
                self._busy = {one for one in self._busy if one.is_alive()} | {thread}
                thread.start()
        deadline = time.monotonic() + LAST
        for thread in self._busy:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self, request: dict[str, Any]) -> None:
        said = json.dumps({"id": request["id"], "reason": answer(request)}).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):  # perhaps nobody waits for it any more
            self._sock.sendall(said)


def main() -> None:
    """Serve on standard input, which is a socket; others' work comes first."""
    os.nice(10)
    log = logging.getLogger("apprise")
    log.addHandler(Keeper(logging.WARNING))
    log.propagate = False
    Deliverer(socket.socket(fileno=0)).run()
    os._exit(0)  # a delivery that hangs must not keep it


if __name__ == "__main__":
    main()
