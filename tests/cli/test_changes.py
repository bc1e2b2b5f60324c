"""What `wallnut events` finds worth a line."""

from __future__ import annotations

import pytest

from wallnut.cli.changes import Look, changes

OL = Look("OL")
GONE = Look(there=False)
NO_DRIVER = Look(driver=False)
STALE = Look("OL", stale=True)


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (None, OL, ["On line power (OL)"]),
        (None, Look("OL", "Hot!"), ["On line power (OL)", "Alarm: Hot!"]),
        (None, Look(), ["No status"]),
        (None, NO_DRIVER, ["No driver"]),
        (None, STALE, ["No fresh data"]),
        (None, GONE, ["The server has no such UPS"]),
        (OL, OL, []),
        (OL, Look("OB DISCHRG"), ["On battery, discharging (OB DISCHRG)"]),
        (OL, Look(), ["No status"]),
        (OL, Look("OL", "Hot!"), ["Alarm: Hot!"]),
        (Look("OL", "Hot!"), OL, ["No alarm any more"]),
        (Look("OL", "Hot!"), Look("OL", "Cold!"), ["Alarm: Cold!"]),
        (OL, STALE, ["No fresh data"]),
        (STALE, STALE, []),
        (STALE, OL, ["Data is fresh again"]),
        (STALE, Look("OB"), ["Data is fresh again", "On battery (OB)"]),
        (OL, NO_DRIVER, ["No driver"]),
        (NO_DRIVER, NO_DRIVER, []),
        (Look("OL", driver=False), OL, ["The driver is back"]),
        (NO_DRIVER, OL, ["The driver is back", "On line power (OL)"]),
        (NO_DRIVER, STALE, ["The driver is back", "No fresh data"]),
        (OL, GONE, ["The server has no such UPS"]),
        (GONE, GONE, []),
        (GONE, OL, ["The server has this UPS now", "On line power (OL)"]),
        (GONE, NO_DRIVER, ["The server has this UPS now", "No driver"]),
    ],
    ids=str,
)
def test_changes(before: Look | None, after: Look, events: list[str]) -> None:
    assert [change.text for change in changes(before, after)] == events


def test_values() -> None:
    (change,) = changes(OL, Look("OB LB"))
    assert (change.event, change.severity, change.more) == ("status", 2, {"from": "OL", "to": "OB LB"})
