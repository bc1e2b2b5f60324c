"""upssched.conf as a value, and its reader. Names and meanings are those of upssched.conf(5) of NUT 2.8.6.

The order of lines counts: AT lines act in file order, and CMDSCRIPT, PIPEFN and LOCKFN must stand before them.
"""

from __future__ import annotations

from wallnut.config.directive import BadValue, Kind, Problem, Table, directive
from wallnut.config.files import Report, Values
from wallnut.config.kinds import NAME, WHOLE
from wallnut.config.record import record
from wallnut.config.upsmon import COMMAND
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

START, START_SHARED = "START-TIMER", "START-TIMER-SHARED"
CANCEL, CANCEL_MATCHED = "CANCEL-TIMER", "CANCEL-TIMER-MATCHED"
EXECUTE = "EXECUTE"
COMMANDS = (START, START_SHARED, CANCEL, CANCEL_MATCHED, EXECUTE)


@record
class At:
    """An AT line. `kind` is upper-cased; `ups` a MONITOR line's name or `*`.

    `name` is the timer's, or what EXECUTE hands to CMDSCRIPT; `seconds` belongs to START-TIMER, `otherwise` to
    CANCEL-TIMER.
    """

    kind: str
    ups: str
    command: str
    name: str
    seconds: int = 0
    otherwise: str = ""


def _read_at(args: Sequence[str]) -> tuple[At, ...]:
    if len(args) < 4 or args[2] not in COMMANDS:
        raise BadValue
    kind, ups, command, name, *rest = args
    if command in (START, START_SHARED):
        if not rest or not (rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 10):
            raise BadValue(f"AT: {command} {name} needs a whole number of seconds")
        return (At(kind.upper(), ups, command, name, int(rest[0])),)
    if command == EXECUTE:
        return (At(kind.upper(), ups, command, name),)
    return (At(kind.upper(), ups, command, name, 0, rest[0] if rest else ""),)


def _write_at(value: Sequence[At]) -> list[list[str]]:
    lines = []
    for one in value:
        seconds = [str(one.seconds)] if one.command in (START, START_SHARED) else []
        lines.append([one.kind, one.ups, one.command, one.name, *seconds, *filter(None, [one.otherwise])])
    return lines


AT = Kind(
    f"a notification type, a UPS or *, one of {', '.join(COMMANDS)}, and what that needs", _read_at, _write_at, words=5
)


@record
class UpsschedConf:
    """upssched.conf: what to do at which notification, at once or some time later."""

    cmdscript: tuple[str, ...] = directive(
        "CMDSCRIPT",
        COMMAND,
        default=(),
        help="The program that is run; its last argument is the timer's name or what EXECUTE says. Required.",
    )
    pipefn: str = directive(
        "PIPEFN", NAME, default="", help="The socket of the process that keeps the timers. Required."
    )
    lockfn: str = directive(
        "LOCKFN", NAME, default="", help="A file that exists while that process is being started. Required."
    )
    at: tuple[At, ...] = directive(
        "AT",
        AT,
        default=(),
        many=True,
        help="What to do when upsmon tells a type of notification about a UPS (`*`: any): `START-TIMER name seconds`,"
        " `START-TIMER-SHARED name seconds` (2.8.5: joins a timer of that name), `CANCEL-TIMER name [command]` (the"
        " command is run when there is no such timer), `CANCEL-TIMER-MATCHED name [command]` (only timers started for"
        " the same UPS), `EXECUTE command`.",
    )
    debug_min: int | None = directive(
        "DEBUG_MIN", WHOLE, default=None, since="2.8.5", anycase=True, help="The least debug level."
    )


UPSSCHED_CONF = Table(UpsschedConf)


def parse_upssched_conf(data: bytes, path: str = "upssched.conf") -> tuple[UpsschedConf, list[Problem]]:
    """Read upssched.conf. Raises ConfigError when an AT line stands before what it needs."""
    report = Report(path)
    values = Values(report)
    for words in report.lines(data):
        one = UPSSCHED_CONF.find(words[0])
        if one is None:
            report.warning(f"invalid directive {' '.join(words)}{UPSSCHED_CONF.hint(words[0])}")
            continue
        if one.attr == "at":
            for needed in ("CMDSCRIPT", "PIPEFN", "LOCKFN"):
                if needed.lower() not in values.given:
                    raise ConfigError(f"{needed} must be set before any ATs in the config file!", path, report.line)
        values.take(one, words[1:])
    return UpsschedConf(**values.given), report.problems  # type: ignore[arg-type]
