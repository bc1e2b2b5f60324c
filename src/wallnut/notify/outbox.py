"""The folder in which one target's notifications wait: a file for what came together, whole or not there at all.

What cannot be written is kept in memory, and that is said once. Nothing here raises.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from wallnut.io.service import write_file
from wallnut.notify.event import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

END = ".json"
FORMAT = 1
MOST_BYTES = 1 << 20
"""Of a file; a larger one is not ours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Events that came together, oldest first, and the path of their file."""

    path: str
    events: tuple[Event, ...]


class Outbox:
    """One target's folder; it is made when the first file is."""

    def __init__(self, folder: str, log: Logger) -> None:
        self.folder, self._log = folder, log
        self._next = 1
        self._broken = False

    def load(self) -> list[Entry]:
        """What waits from before, oldest first; halves of files that a crash left are removed."""
        try:
            names = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            self._trouble("read", error)
            return []
        entries = []
        for name in names:
            path = os.path.join(self.folder, name)
            if name.endswith(".new"):
                self._unlink(path)
            elif name.endswith(END) and name[:10].isdecimal():
                self._next = max(self._next, int(name[:10]) + 1)
                events = self._read(path)
                if events:
                    entries.append(Entry(path, events))
        return entries

    def _read(self, path: str) -> tuple[Event, ...]:
        try:
            with open(path, "rb") as file:
                events = decode(file.read(MOST_BYTES))
        except OSError as error:
            self._trouble("read", error)
            return ()
        if not events:
            self._log.error(f"{path} is no notification; delete it")
        return events

    def add(self, events: Sequence[Event]) -> Entry:
        """Keep events that came together."""
        path = os.path.join(self.folder, f"{self._next:010d}-{os.getpid()}{END}")
        self._next += 1
        try:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            write_file(path, encode(events), 0o600)
        except OSError as error:
            self._trouble("write", error)
        else:
            if self._broken:
                self._broken = False
                self._log.notice(f"The outbox {self.folder} can be written again")
        return Entry(path, tuple(events))

    def remove(self, entry: Entry) -> None:
        """They need not be kept any more."""
        self._unlink(entry.path)

    def _unlink(self, path: str) -> None:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._trouble("clear", error)

    def _trouble(self, what: str, error: OSError) -> None:
        if not self._broken:
            self._broken = True
            self._log.error(
                f"Can't {what} the outbox {self.folder}: {error.strerror}; until that is mended, a restart may lose"
                " notifications that are not delivered yet, or deliver some again"
            )


def encode(events: Sequence[Event]) -> bytes:
    """A file's bytes."""
    listed = [{"kind": event.kind, "ups": event.ups, "text": event.text, "at": event.at} for event in events]
    return json.dumps({"wallnut": FORMAT, "events": listed}).encode() + b"\n"


def decode(data: bytes) -> tuple[Event, ...]:
    """The events of a file's bytes; none when they are not ours."""
    try:
        found = json.loads(data)
        if found["wallnut"] != FORMAT:
            return ()
        return tuple(
            Event(str(one["kind"]), str(one["ups"]), str(one["text"]), float(one["at"])) for one in found["events"]
        )
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return ()
