"""What upsmon of this host says on its socket: docs/why.md."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from wallnut.web.i18n import N_

PATIENCE = 3.0
"""Seconds in which upsmon must have said where things stand."""
LONGEST = 1 << 20
"""Bytes of a line."""
KEPT = 50
"""Newest decisions and notifications that are kept."""
ABSENT, DENIED, SILENT = "absent", "denied", "silent"
TROUBLES = {
    ABSENT: N_(
        "wallnut's upsmon does not run on this machine, or it runs elsewhere: what it would do is not known here."
    ),
    DENIED: N_("The console may not ask upsmon: its user must be in upsmon's group."),
    SILENT: N_("upsmon does not answer."),
}


class NoPlan(Exception):
    """There is nothing to show: `code` says which state of the page that is, `detail` why, `reason` in the words of
    whoever refused."""

    def __init__(self, code: str, detail: str, reason: str = "") -> None:
        self.code, self.detail, self.reason = code, detail, reason
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Ups:
    """A UPS as the monitor has it. `name` is `ups@host[:port]`; `connected` None: not tried yet; `critical` names the
    rule by which it is, "" for none."""

    name: str
    status: str
    connected: bool | None
    power: int
    critical: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A decision, or a notification of the type `kind` ("": it is a decision)."""

    at: float
    ups: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where things stand. `power` is that of the UPSes that are not critical, of all, and what is needed; `phase` and
    `reason` tell of a shutdown that has begun, "" for none. `said` is newest first."""

    at: float
    upses: tuple[Ups, ...]
    power: tuple[int, int, int]
    phase: str
    reason: str
    text: str
    said: tuple[Said, ...]


async def ask(path: str) -> Standing:
    """Ask upsmon on its socket. Raises NoPlan."""
    if not path:
        raise _trouble(ABSENT)
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST)
            try:
                return await _read(reader)
            finally:
                writer.close()
    except PermissionError as error:
        raise _trouble(DENIED, error.strerror) from None
    except TimeoutError:
        raise _trouble(SILENT) from None
    except OSError as error:
        raise _trouble(ABSENT, error.strerror) from None
    except (ValueError, KeyError, TypeError, EOFError):
        raise _trouble(SILENT, "It says what nobody understands.") from None


def _trouble(code: str, reason: str | None = "") -> NoPlan:
    return NoPlan(code, TROUBLES[code], reason or "")


async def _read(reader: asyncio.StreamReader) -> Standing:
    """What is known up to the line that says where things stand."""
    said: deque[Said] = deque(maxlen=KEPT)
    while True:
        line = await reader.readline()
        if not line:
            raise EOFError
        one: dict[str, Any] = json.loads(line)
        if one["type"] in ("decision", "notification"):
            said.appendleft(Said(float(one["time"]), one["ups"], one.get("kind", ""), one["text"]))
        elif one["type"] == "state":
            return _standing(one, tuple(said))


def _standing(one: dict[str, Any], said: tuple[Said, ...]) -> Standing:
    power, shutdown = one["power"], one["shutdown"] or {"phase": "", "reason": ""}
    upses = tuple(
        Ups(ups["ups"], ups["status"], ups["connected"], int(ups["power"]), ups["critical"] or "", ups["text"])
        for ups in one["upses"]
    )
    return Standing(
        float(one["time"]),
        upses,
        (int(power["healthy"]), int(power["of"]), int(power["needed"])),
        shutdown["phase"],
        shutdown["reason"],
        one["text"],
        said,
    )
