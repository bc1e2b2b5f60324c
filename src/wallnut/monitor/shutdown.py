"""How a shutdown goes, once it has begun; nothing calls it off, as in upsmon.

    FSD       every UPS that this host is primary for gets its FSD flag: the secondaries see it and leave
    HOSTSYNC  wait until nobody but us is logged in to these, at most HOSTSYNC seconds
    FINAL     tell everybody, begin the steps of wallnut.toml; wait FINALDELAY seconds, and for the steps while they may
    DOWN      POWERDOWNFLAG is written, SHUTDOWNCMD runs
    STAYING   SHUTDOWNEXIT: stay logged in for a while, so that a primary waits for us
    OVER      end

A host that is primary for nothing begins at FINAL. A Stop while this goes on (the service manager's, as a rule) cuts
the waits short and leaves nothing out but steps that have not begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from wallnut.monitor.values import (
    CRITICAL,
    ERROR,
    INFO,
    NEVER,
    NOTICE,
    WARNING,
    Action,
    AskLogins,
    Commanded,
    Event,
    Exit,
    Explain,
    FsdAnswer,
    Logins,
    PowerDown,
    RunSteps,
    Say,
    SetFsd,
    Settings,
    StepsDone,
    Stop,
    Wall,
)

FSD_LIMIT = 5.0
"""Seconds that servers may take to answer FSD."""
ASK_EVERY = 0.25
"""Seconds between questions for the logins while we wait for secondaries."""
STAY_EVERY = 1.0
"""Seconds between questions that keep us logged in after SHUTDOWNCMD."""
PROCEEDING = "Executing automatic power-fail shutdown"


class Phase(Enum):
    """Where a shutdown stands."""

    FSD = "setting FSD"
    HOSTSYNC = "waiting for secondaries"
    FINAL = "final delay"
    DOWN = "shutdown command"
    STAYING = "staying logged in"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Shutdown:
    """A shutdown that goes on.

    `since` is when its phase began, `unanswered` are the UPSes whose servers owe an answer, `refused` those whose
    servers would not set FSD.
    """

    reason: str
    primaries: tuple[str, ...]
    phase: Phase
    since: float
    unanswered: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    logins: Mapping[str, int] = field(default_factory=dict)
    asked: float = NEVER
    told_hostsync: bool = False
    stepping: bool = False
    """Steps go on."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A notification that the rules shall send: they know texts and ways."""

    kind: str
    ups: str = ""


Outcome = tuple[Shutdown, list["Action | Telling"]]


def begin(settings: Settings, reason: str, now: float) -> Outcome:
    """Start a shutdown."""
    primaries = tuple(supply.name for supply in settings.supplies if supply.primary)
    shutdown = Shutdown(reason, primaries, Phase.FSD, now, frozenset(primaries))
    if not primaries:
        return _final(shutdown, settings, now)
    return shutdown, [SetFsd(name) for name in primaries]


def advance(shutdown: Shutdown, settings: Settings, event: Event, now: float) -> Outcome:
    """Take in an event; only answers, the end of waits and Stop matter."""
    if isinstance(event, Stop):
        return _stop(shutdown, now)
    out: list[Action | Telling] = []
    if isinstance(event, FsdAnswer) and event.ups in shutdown.unanswered and shutdown.phase is Phase.FSD:
        shutdown = replace(shutdown, unanswered=shutdown.unanswered - {event.ups})
        if event.error:
            shutdown = replace(shutdown, refused=shutdown.refused | {event.ups})
            out.append(Say(ERROR, f"FSD set on UPS {event.ups} failed: {event.error}"))
    elif isinstance(event, Logins) and event.ups in shutdown.unanswered and shutdown.phase is not Phase.FSD:
        shutdown = replace(
            shutdown,
            unanswered=shutdown.unanswered - {event.ups},
            logins={**shutdown.logins, event.ups: event.count},
        )
    elif isinstance(event, StepsDone):
        shutdown = replace(shutdown, stepping=False)
    elif isinstance(event, Commanded) and shutdown.phase is Phase.DOWN:
        shutdown = replace(shutdown, phase=Phase.STAYING, since=now)
    shutdown, more = _PHASES[shutdown.phase](shutdown, settings, now)
    return shutdown, out + more


def _fsd(shutdown: Shutdown, settings: Settings, now: float) -> Outcome:
    late = shutdown.unanswered
    if late and now - shutdown.since < FSD_LIMIT:
        return shutdown, []
    out: list[Action | Telling] = [Say(ERROR, f"FSD set on UPS {name} failed: no answer") for name in sorted(late)]
    out += [Telling("FSD", name) for name in shutdown.primaries if name not in late | shutdown.refused]
    shutdown, more = _ask(replace(shutdown, phase=Phase.HOSTSYNC, since=now), shutdown.primaries, now)
    return shutdown, out + more


def _ask(shutdown: Shutdown, upses: tuple[str, ...], now: float) -> Outcome:
    return replace(shutdown, unanswered=frozenset(upses), asked=now), [AskLogins(upses)]


def _hostsync(shutdown: Shutdown, settings: Settings, now: float) -> Outcome:
    """C asks first and looks at the time afterwards, so the first answers always count."""
    answered = not shutdown.unanswered
    most = max(shutdown.logins.values(), default=0)
    if answered and most <= 1:
        return _final(shutdown, settings, now, Explain("all secondaries have logged out"))
    if now - shutdown.since > settings.hostsync:
        return _final(shutdown, settings, now, Say(NOTICE, "Host sync timer expired, forcing shutdown"))
    out: list[Action | Telling] = []
    if answered and not shutdown.told_hostsync:
        shutdown = replace(shutdown, told_hostsync=True)
        out.append(Telling("SHUTDOWN_HOSTSYNC"))
        out.append(Explain(f"{most - 1} secondaries are still logged in: waiting for at most {settings.hostsync:g} s"))
    if answered and now - shutdown.asked >= ASK_EVERY:
        shutdown, more = _ask(shutdown, shutdown.primaries, now)
        out += more
    return shutdown, out


def _final(shutdown: Shutdown, settings: Settings, now: float, *before: Action) -> Outcome:
    out: list[Action | Telling] = [*before, Say(CRITICAL, PROCEEDING), Wall(PROCEEDING), Telling("SHUTDOWN")]
    shutdown = replace(shutdown, phase=Phase.FINAL, since=now, unanswered=frozenset())
    if settings.steps_time > 0:
        shutdown = replace(shutdown, stepping=True)
        out.append(RunSteps())
    shutdown, more = _wait(shutdown, settings, now)
    return shutdown, out + more


def _wait(shutdown: Shutdown, settings: Settings, now: float) -> Outcome:
    if now - shutdown.since < _patience(shutdown, settings):
        return shutdown, []
    out: list[Action | Telling] = []
    if shutdown.stepping:
        out.append(Say(WARNING, f"Steps before SHUTDOWNCMD are not over after {settings.steps_time:g} s: going on"))
    return replace(shutdown, phase=Phase.DOWN, since=now), [*out, PowerDown()]


def _patience(shutdown: Shutdown, settings: Settings) -> float:
    """How long the last phase before SHUTDOWNCMD lasts, as things stand."""
    return max(settings.finaldelay, settings.steps_time) if shutdown.stepping else settings.finaldelay


def _down(shutdown: Shutdown, settings: Settings, now: float) -> Outcome:
    return shutdown, []


def _stay(shutdown: Shutdown, settings: Settings, now: float) -> Outcome:
    if 0 <= settings.shutdownexit <= now - shutdown.since:
        return replace(shutdown, phase=Phase.OVER, since=now), [Exit(0)]
    if now - shutdown.asked < STAY_EVERY:
        return shutdown, []
    return _ask(shutdown, tuple(supply.name for supply in settings.supplies), now)


_PHASES = {
    Phase.FSD: _fsd,
    Phase.HOSTSYNC: _hostsync,
    Phase.FINAL: _wait,
    Phase.DOWN: _down,
    Phase.STAYING: _stay,
    Phase.OVER: _down,
}


def _stop(shutdown: Shutdown, now: float) -> Outcome:
    if shutdown.phase in (Phase.STAYING, Phase.OVER):
        return replace(shutdown, phase=Phase.OVER, since=now), [Exit(0)]
    if shutdown.phase is Phase.DOWN:
        return shutdown, []
    out: list[Action | Telling] = [Say(INFO, "Told to end while a shutdown goes on: doing the rest of it at once")]
    if shutdown.phase is not Phase.FINAL:
        out += [Say(CRITICAL, PROCEEDING), Wall(PROCEEDING), Telling("SHUTDOWN")]
    return replace(shutdown, phase=Phase.DOWN, since=now, unanswered=frozenset()), [*out, PowerDown()]


def wake_at(shutdown: Shutdown, settings: Settings) -> float | None:
    """When the next Tick is due."""
    since = shutdown.since
    match shutdown.phase:
        case Phase.FSD:
            return since + FSD_LIMIT
        case Phase.HOSTSYNC:
            end = since + settings.hostsync
            return end if shutdown.unanswered else min(end, shutdown.asked + ASK_EVERY)
        case Phase.FINAL:
            return since + _patience(shutdown, settings)
        case Phase.STAYING if settings.shutdownexit >= 0:
            return min(since + settings.shutdownexit, shutdown.asked + STAY_EVERY)
        case Phase.STAYING:
            return shutdown.asked + STAY_EVERY
        case _:
            return None
