"""A notification, and how much it matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from wallnut.model.notify import TYPES


class Severity(IntEnum):
    """How much a notification matters."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2


ENDS: Mapping[str, str] = {
    "ONLINE": "ONBATT",
    "COMMOK": "COMMBAD",
    **{kind: kind.removeprefix("NOT") for kind in TYPES if kind.startswith("NOT")},
}
"""The types that tell of a state's end, and what began it."""
_SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(("FSD", "LOWBATT", "NOPARENT", "SHUTDOWN", "SHUTDOWN_HOSTSYNC"), Severity.CRITICAL),
    **dict.fromkeys(
        (
            "ALARM",
            "BYPASS",
            "COMMBAD",
            "NOCOMM",
            "OFF",
            "ONBATT",
            "OVER",
            "REPLBATT",
            "SUSPEND_TIMEJUMP_UNEXPECTED",
        ),
        Severity.WARNING,
    ),
}


def severity(kind: str) -> Severity:
    """How much a type of notification matters; a state's end as much as its beginning."""
    return _SEVERITIES.get(ENDS.get(kind, kind), Severity.INFO)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: type, the UPS as its MONITOR line names it ("": this host), text, time of day (since 1970)."""

    kind: str
    ups: str
    text: str
    at: float

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return severity(self.kind)

    @property
    def good(self) -> bool:
        """Whether it tells of the end of something bad."""
        return self.kind in ENDS
