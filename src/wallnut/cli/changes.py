"""What became different between two looks at a UPS, in words for people and as values for programs."""

from __future__ import annotations

from wallnut.model.status import Status

FINE, WARNING, SEVERE = range(3)


class Look:
    """What is known of a UPS at one moment. `there`: its server has it; `driver`: it has a driver."""

    __slots__ = ("alarm", "driver", "stale", "status", "there")

    def __init__(
        self, status: str = "", alarm: str = "", *, there: bool = True, driver: bool = True, stale: bool = False
    ) -> None:
        self.status, self.alarm = status, alarm
        self.there, self.driver, self.stale = there, driver, stale

    def __repr__(self) -> str:
        return f"Look({self.status!r}, {self.alarm!r}, {self.there}, {self.driver}, {self.stale})"


class Change:
    """One difference: `event` names its kind, `text` says it, `more` holds its values."""

    __slots__ = ("event", "more", "severity", "text")

    def __init__(self, event: str, text: str, severity: int, **more: object) -> None:
        self.event, self.text, self.severity, self.more = event, text, severity, more

    def __repr__(self) -> str:
        return f"Change({self.event!r}, {self.text!r})"


def changes(before: Look | None, after: Look) -> list[Change]:
    """The differences; before the first look (None) how it is now. Of data that are not fresh nothing is compared."""
    if not after.there:
        gone = before is None or before.there
        return [Change("removed", "The server has no such UPS", SEVERE)] if gone else []
    found = []
    if before is not None and not before.there:
        found.append(Change("added", "The server has this UPS now", FINE))
        before = None
    if not after.driver:
        if before is None or before.driver:
            found.append(Change("driver-lost", "No driver", SEVERE))
        return found
    if before is not None and not before.driver:
        found.append(Change("driver-back", "The driver is back", FINE))
    was_fresh = before is not None and before.driver and not before.stale
    if after.stale:
        if before is None or was_fresh or not before.driver:
            found.append(Change("stale", "No fresh data", SEVERE))
        return found
    if before is not None and before.driver and before.stale:
        found.append(Change("fresh", "Data is fresh again", FINE))
    return found + _differences(before, after)


def _differences(before: Look | None, after: Look) -> list[Change]:
    """Those of status and alarm."""
    found = []
    was = "" if before is None else before.status
    if after.status != was or before is None:
        status = Status.parse(after.status)
        words = f"{status.text} ({after.status})" if after.status else status.text
        found.append(Change("status", words, status.severity, **{"from": was, "to": after.status}))
    alarm = "" if before is None else before.alarm
    if after.alarm != alarm:
        if after.alarm:
            found.append(Change("alarm", f"Alarm: {after.alarm}", SEVERE, alarm=after.alarm))
        else:
            found.append(Change("alarm-over", "No alarm any more", FINE, alarm=""))
    return found
