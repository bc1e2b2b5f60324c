"""upssched's timers: which AT lines an event concerns, and what becomes of timers. Pure; times are seconds.

upssched(8) keeps them in a process of its own, which the calls by NOTIFYCMD talk to in lines (`encode`, `decode`);
upsmon can also keep them itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wallnut.config.upssched import CANCEL, CANCEL_MATCHED, START, START_SHARED, At
from wallnut.proto.words import quote

IDLE_END = 15.0
"""Seconds without a timer after which the process ends."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A notification: what upsmon gives as NOTIFYTYPE, UPSNAME and the message."""

    kind: str
    ups: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start a timer. `shared`: if one of that name runs, join it instead."""

    name: str
    seconds: int
    shared: bool = False


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Cancel every timer of that name; where there is none, run `otherwise` (if it is not empty).

    `matched`: only those that were started for the UPS of the event; from a shared timer only that UPS is taken.
    """

    name: str
    otherwise: str = ""
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Execute:
    """Run at once."""

    argument: str


Command = StartTimer | CancelTimer | Execute


@dataclass(frozen=True, slots=True)
class Run:
    """Run CMDSCRIPT with an argument; `causes` say why."""

    argument: str
    causes: tuple[Cause, ...]

    def environment(self) -> dict[str, str]:
        """NOTIFYTYPE, UPSNAME and NOTIFYMSG; those of several causes joined as upssched 2.8.5 does."""
        return {
            "NOTIFYTYPE": ",".join(cause.kind for cause in self.causes),
            "UPSNAME": ",".join(cause.ups for cause in self.causes),
            "NOTIFYMSG": ".\t".join(cause.text for cause in self.causes),
        }


@dataclass(frozen=True, slots=True)
class Timer:
    """A running timer."""

    name: str
    due: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Timers:
    """All running timers, oldest first; `idle_since` is when the last one ended."""

    running: tuple[Timer, ...] = ()
    idle_since: float = 0.0


def concerned(lines: Iterable[At], cause: Cause) -> list[Command]:
    """The commands of the AT lines that match, in file order: the type without case, the UPS exactly."""
    kind = cause.kind.upper()
    return [_command(line) for line in lines if line.kind == kind and line.ups in ("*", cause.ups)]


def _command(line: At) -> Command:
    if line.command in (START, START_SHARED):
        return StartTimer(line.name, line.seconds, line.command == START_SHARED)
    if line.command in (CANCEL, CANCEL_MATCHED):
        return CancelTimer(line.name, line.otherwise, line.command == CANCEL_MATCHED)
    return Execute(line.name)


def apply(timers: Timers, command: Command, cause: Cause, now: float) -> tuple[Timers, list[Run]]:
    """Carry out a command."""
    match command:
        case Execute():
            return timers, [Run(command.argument, (cause,))]
        case StartTimer():
            return _start(timers, command, cause, now), []
        case CancelTimer():
            return _cancel(timers, command, cause, now)


def _start(timers: Timers, command: StartTimer, cause: Cause, now: float) -> Timers:
    running = list(timers.running)
    if command.shared:
        for at, timer in enumerate(running):
            if timer.name == command.name:
                running[at] = replace(timer, causes=(*timer.causes, cause))
                return replace(timers, running=tuple(running))
    running.append(Timer(command.name, now + command.seconds, (cause,)))
    return replace(timers, running=tuple(running))


def _cancel(timers: Timers, command: CancelTimer, cause: Cause, now: float) -> tuple[Timers, list[Run]]:
    kept: list[Timer] = []
    found = False
    for timer in timers.running:
        left = timer.causes
        if timer.name == command.name:
            left = tuple(other for other in left if other.ups != cause.ups) if command.matched else ()
        found |= left != timer.causes
        if left:
            kept.append(replace(timer, causes=left))
    runs = [Run(command.otherwise, (cause,))] if command.otherwise and not found else []
    return _with(timers, kept, now), runs


def expire(timers: Timers, now: float) -> tuple[Timers, list[Run]]:
    """End the timers that are due."""
    due = [timer for timer in timers.running if now >= timer.due]
    if not due:
        return timers, []
    left = [timer for timer in timers.running if now < timer.due]
    return _with(timers, left, now), [Run(timer.name, timer.causes) for timer in due]


def _with(timers: Timers, running: Sequence[Timer], now: float) -> Timers:
    ended = timers.running and not running
    return Timers(tuple(running), now if ended else timers.idle_since)


def next_due(timers: Timers) -> float | None:
    """When the next timer ends."""
    return min((timer.due for timer in timers.running), default=None)


def idle(timers: Timers, now: float) -> bool:
    """Whether there has been no timer for so long that the process may end."""
    return not timers.running and now - timers.idle_since >= IDLE_END


def listing(timers: Timers, now: float, epoch: float) -> list[str]:
    """What `upssched -l` prints; `epoch` is the time of day at `now`."""
    lines = []
    for timer in timers.running:
        said = Run(timer.name, timer.causes).environment()
        left = timer.due - now
        fields = (timer.name, f"{epoch + left:.0f}", f"{left:.0f}", said["NOTIFYTYPE"], said["UPSNAME"])
        lines.append("\t".join((*fields, said["NOTIFYMSG"])))
    return lines


LIST = "LIST-TIMERS"
_VERBS = {START: "START", START_SHARED: "START-SHARED", CANCEL: "CANCEL", CANCEL_MATCHED: "CANCEL-MATCHED"}


def encode(command: StartTimer | CancelTimer, cause: Cause) -> bytes:
    """A command as the line that goes to the process which keeps the timers (as in upssched 2.8.5)."""
    if isinstance(command, StartTimer):
        verb, third = START_SHARED if command.shared else START, f"{command.seconds:d}"
    else:
        verb, third = CANCEL_MATCHED if command.matched else CANCEL, command.otherwise
    line = " ".join((_VERBS[verb], *map(quote, (command.name, third, cause.kind, cause.ups, cause.text))))
    return f"{line}\n".encode("ascii", "ignore")


def decode(words: Sequence[str]) -> tuple[StartTimer | CancelTimer, Cause] | None:
    """The command in a line's words; None for what is no command. Lines of older versions name no cause."""
    verb, name, third, kind, ups, text, *_ = (*words, "", "", "", "", "", "")
    cause = Cause(kind, ups, text)
    if verb in (_VERBS[START], _VERBS[START_SHARED]) and name and third.isascii() and third.isdigit():
        return StartTimer(name, int(third[:9]), verb == _VERBS[START_SHARED]), cause
    if verb in (_VERBS[CANCEL], _VERBS[CANCEL_MATCHED]) and name:
        return CancelTimer(name, third, verb == _VERBS[CANCEL_MATCHED]), cause
    return None
