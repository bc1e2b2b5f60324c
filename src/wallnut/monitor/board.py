"""What the monitor has told and decided and where things stand, for whoever asks on a local socket: docs/why.md.

Nothing here can hold up the rules: lines go out at the end of a pass of the loop, a peer that does not read them is cut
off, one that says anything too, and a socket that cannot be made costs a warning.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from heapq import merge
from typing import Any

from wallnut.io.loop import Loop
from wallnut.io.stream import Listener, Stream, listen_unix
from wallnut.model.errors import ConnectError
from wallnut.monitor import rules
from wallnut.monitor.values import Explain, Notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

    from wallnut.io.log import Logger

SOCKET = "upsmon.sock"
"""The socket's name, in the folder of the pid file."""
VERSION = 1
KEPT = 200
"""Decisions that are kept; so many notifications, too."""
NOTHING: Mapping[str, Any] = {}
MOST_PEERS = 16


class Board:
    """Keeps the last decisions and notifications, and serves them. `state` gives the state of the rules as of now."""

    def __init__(self, loop: Loop, log: Logger, state: Callable[[], rules.State]) -> None:
        self._loop, self._log, self._state = loop, log, state
        self.decisions: deque[Mapping[str, Any]] = deque(maxlen=KEPT)
        self.notifications: deque[Mapping[str, Any]] = deque(maxlen=KEPT)
        self._news: list[Mapping[str, Any]] = []
        self._peers: set[Stream] = set()
        self._listener: Listener | None = None

    def open(self, path: str) -> None:
        """Serve on a Unix socket."""
        try:
            self._listener = listen_unix(self._loop, path, self._accept)
        except ConnectError as error:
            self._log.warning(f"{error}: `wallnut why` will not work")

    def decided(self, why: Explain, inputs: Mapping[str, Any] = NOTHING) -> None:
        """A decision was taken, on these inputs."""
        self._keep(self.decisions, {"type": "decision", "ups": why.ups, "text": why.text, **inputs})

    def told(self, notice: Notify, inputs: Mapping[str, Any] = NOTHING) -> None:
        """A notification was sent on its ways."""
        kind, ups, text = notice.kind, notice.ups, notice.text
        self._keep(self.notifications, {"type": "notification", "kind": kind, "ups": ups, "text": text, **inputs})

    def _keep(self, where: deque[Mapping[str, Any]], said: Mapping[str, Any]) -> None:
        event = {**said, "time": round(time.time(), 3)}
        where.append(event)
        if self._peers:
            if not self._news:
                self._loop.at_end_of_pass(self._tell)
            self._news.append(event)

    def close(self) -> None:
        """Serve no more."""
        for peer in list(self._peers):
            peer.close()
        if self._listener is not None:
            try:
                self._listener.close()
            except OSError:
                pass  # the folder is closed to us by now: the next start replaces the socket

    def _accept(self, sock: _socket.socket, path: str) -> None:
        if len(self._peers) >= MOST_PEERS:
            sock.close()
            return
        peer = Stream(self._loop, sock, path)
        self._peers.add(peer)
        peer.on_data = lambda data: peer.close("nothing is to be said here")
        peer.on_close = lambda reason: self._peers.discard(peer)
        first = {"type": "monitor", "version": VERSION, "pid": os.getpid()}
        events = merge(self.decisions, self.notifications, key=lambda event: event["time"])
        peer.write(lines(first, *events, standing(self._state())))

    def _tell(self) -> None:
        news, self._news = self._news, []
        data = lines(*news)
        for peer in list(self._peers):
            peer.write(data)


def lines(*objects: Mapping[str, Any]) -> bytes:
    """Objects as JSON, each on a line of its own."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def standing(state: rules.State) -> dict[str, Any]:
    """Where things stand, as the line `state`."""
    texts = rules.explain(state)
    upses = [
        {
            "ups": ups.name,
            "status": str(ups.status),
            "connected": ups.alive,
            "power": ups.supply.power,
            "critical": state.verdicts[ups.name].name if ups.name in state.verdicts else None,
            "text": text,
        }
        for ups, text in zip(state.upses.values(), texts, strict=False)
    ]
    going = state.shutdown
    return {
        "type": "state",
        "time": round(time.time(), 3),
        "upses": upses,
        "power": {"healthy": rules.power(state), "of": state.settings.power, "needed": state.settings.minsupplies},
        "shutdown": None if going is None else {"phase": going.phase.value, "reason": going.reason},
        "text": texts[-1],
    }
