"""The notifications that upsmon sends: type, stock text, and in which NUT it came.

Types, texts and their order are those of NUT's upsmon.conf(5), NOTIFYMSG. `%s` in a text is the UPS as its MONITOR line
names it; a second one is what the notification is about (the alarm, the unknown words, the size of a clock jump).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSLOG, WALL, EXEC, IGNORE = "SYSLOG", "WALL", "EXEC", "IGNORE"
WAYS = (SYSLOG, WALL, EXEC, IGNORE)
"""How one may be delivered; the words of a NOTIFYFLAG line."""
DEFAULT_WAYS = (SYSLOG, WALL)
MAX_MESSAGE = 511


class NotifyType:
    """One kind of notification. `host` means that it is about this host and not about a UPS."""

    __slots__ = ("host", "name", "since", "text")

    def __init__(self, name: str, text: str, since: str = "", host: bool = False) -> None:
        self.name, self.text, self.since, self.host = name, text, since, host


_ALL = (
    NotifyType("ONLINE", "UPS %s on line power"),
    NotifyType("ONBATT", "UPS %s on battery"),
    NotifyType("LOWBATT", "UPS %s battery is low"),
    NotifyType("FSD", "UPS %s: forced shutdown in progress"),
    NotifyType("COMMOK", "Communications with UPS %s established"),
    NotifyType("COMMBAD", "Communications with UPS %s lost"),
    NotifyType("SHUTDOWN", "Auto logout and shutdown proceeding", host=True),
    NotifyType(
        "SHUTDOWN_HOSTSYNC",
        "Shutdown initiated; primary system is waiting for secondaries to log out or time out",
        "2.8.5",
        host=True,
    ),
    NotifyType("REPLBATT", "UPS %s battery needs to be replaced"),
    NotifyType("NOCOMM", "UPS %s is unavailable"),
    NotifyType("NOPARENT", "upsmon parent process died - shutdown impossible", host=True),
    NotifyType("CAL", "UPS %s: calibration in progress", "2.8.0"),
    NotifyType("NOTCAL", "UPS %s: calibration finished", "2.8.2"),
    NotifyType("OFF", "UPS %s: administratively OFF or asleep", "2.8.1"),
    NotifyType("NOTOFF", "UPS %s: no longer administratively OFF or asleep", "2.8.1"),
    NotifyType("BYPASS", "UPS %s: on bypass (powered, not protecting)", "2.8.1"),
    NotifyType("NOTBYPASS", "UPS %s: no longer on bypass", "2.8.1"),
    NotifyType("ECO", "UPS %s: in ECO mode (as defined by vendor)", "2.8.3"),
    NotifyType("NOTECO", "UPS %s: no longer in ECO mode", "2.8.3"),
    NotifyType("ALARM", "UPS %s: one or more active alarms: [%s]", "2.8.3"),
    NotifyType("NOTALARM", "UPS %s is no longer in an alarm state (no active alarms)", "2.8.3"),
    NotifyType("OVER", "UPS %s: overloaded", "2.8.3"),
    NotifyType("NOTOVER", "UPS %s: no longer overloaded", "2.8.3"),
    NotifyType("TRIM", "UPS %s: trimming incoming voltage", "2.8.3"),
    NotifyType("NOTTRIM", "UPS %s: no longer trimming incoming voltage", "2.8.3"),
    NotifyType("BOOST", "UPS %s: boosting incoming voltage", "2.8.3"),
    NotifyType("NOTBOOST", "UPS %s: no longer boosting incoming voltage", "2.8.3"),
    NotifyType("OTHER", "UPS %s: has at least one unclassified status token: [%s]", "2.8.3"),
    NotifyType("NOTOTHER", "UPS %s has no unclassified status tokens anymore", "2.8.3"),
    NotifyType("SUSPEND_STARTING", "OS is entering sleep/suspend/hibernate mode", "2.8.3", host=True),
    NotifyType(
        "SUSPEND_FINISHED",
        "OS just finished sleep/suspend/hibernate mode, de-activating obsolete UPS readings "
        "to avoid an unfortunate shutdown",
        "2.8.3",
        host=True,
    ),
    NotifyType(
        "SUSPEND_TIMEJUMP_UNEXPECTED",
        "Unexpected clock change by %s, treating as wake up from sleep",
        "2.8.6",
        host=True,
    ),
)
TYPES: Mapping[str, NotifyType] = {kind.name: kind for kind in _ALL}


def message(kind: str, texts: Mapping[str, str], ups: str, detail: str = "") -> str:
    """A notification's text: `texts` holds those that a NOTIFYMSG replaced. At most 511 characters.

    Each `%s` takes the next of what there is to say and `%%` is a percent sign; any other `%` stands for itself.
    """
    fills = iter((detail, "") if TYPES[kind].host else (ups, detail))
    pieces = texts.get(kind, TYPES[kind].text).split("%%")
    return "%".join(_fill(piece, fills) for piece in pieces)[:MAX_MESSAGE]


def _fill(piece: str, fills: Iterator[str]) -> str:
    head, *rest = piece.split("%s")
    return head + "".join(next(fills, "") + part for part in rest)
