"""failover: several drivers, of which the most suitable one is shown as if it were the only one. See failover(8) of NUT
2.8.5, and docs/failover.md; the rules are in election.py."""

from __future__ import annotations

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.drivers.election import Candidate, CheckRuntime, Election, Filters, Outcome, Show, Vacancy
from wallnut.drivers.rules import leading_number
from wallnut.drivers.showcase import Showcase
from wallnut.drivers.sources import OPTIONS, Patience, Source, Sources, read_names
from wallnut.model.errors import DeviceError
from wallnut.model.status import Status
from wallnut.proto.driver import InstCmd, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallnut.drivers.election import Orders
    from wallnut.drivers.showcase import Item

UPSTREAM = "upstream."
"""What stands before the names of the primary's driver.* variables and of all its commands."""
ALARM = "No suitable primaries for failover"
OF_PRIMARY = ("socketname", "priority", "stats.cmds", "stats.vars")
FILTERS = ("have_any", "have_all", "nothave_any", "nothave_all")
COUNTED = ("alive", "online", "primary", "total")


class Failover(Driver):
    """The most suitable of several drivers."""

    name = "failover"
    version = "1.0"
    title = "UPS Failover Driver"
    relays = True
    patience = 30.0  # a poll waits for nothing but a request to another driver that goes on
    options = (
        Option("inittime", "Seconds after the start for which no primary need be there (30)"),
        Option("noprimarytime", "Seconds without a primary until fsdmode counts (15)"),
        Option("fsdmode", "Without a primary: 0 last data, stale; 1 alarm, then stale; 2 alarm and FSD (0)"),
        Option(
            "checkruntime", "Between those not online decides 0 order, 1 runtime, 2 battery.runtime.low, 3 both (1)"
        ),
        Option("strictfiltering", "1: only drivers that pass the status filters may be primary (0)"),
        Option("status_have_any", "Preferred are those whose ups.status has one of these words"),
        Option("status_have_all", "Preferred are those whose ups.status has all of these words"),
        Option("status_nothave_any", "Preferred are those whose ups.status has none of these words"),
        Option("status_nothave_all", "Preferred are those whose ups.status lacks one of these words"),
        *OPTIONS,
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        names = read_names(settings, self.name)
        self._patience = Patience.read(settings)
        self._election = Election(
            Filters(*(_words(settings, f"status_{which}") for which in FILTERS)),
            strict=settings.integer("strictfiltering", 0, 0, 1) == 1,
            check_runtime=CheckRuntime(settings.integer("checkruntime", 1, 0, 3)),
        )
        self._inittime = settings.number("inittime", 30, low=0)
        self._noprimarytime = settings.number("noprimarytime", 15, low=0)
        self._fsdmode = settings.integer("fsdmode", 0, 0, 2)
        self._orders: dict[str, tuple[str, Orders]] = {}
        for name in names:
            self._orders[f"{name}.force.ignore"] = (name, self._election.ignored)
            self._orders[f"{name}.force.primary"] = (name, self._election.forced)
        self._names = names
        self._showcase = Showcase(ups)
        self._sources: Sources | None = None
        self._vacancy = Vacancy(0, 0, 0, 0)
        self._primary: Source | None = None
        self._show: Show | None = None
        self._old = ""

    def open(self) -> None:
        """Connect to those drivers that are there."""
        self.ups.add_command(*self._orders)
        sources = Sources(self._names, self._patience, self.ups.log, self._look, self.settings.ups)
        self._vacancy = Vacancy(self._inittime, self._noprimarytime, self._fsdmode, sources.loop.clock())
        self._primary = self._show = None
        self._sources = sources
        sources.open()
        if not any(source.connected for source in sources.all):
            self.ups.log.warning("none of the tracked UPS drivers can be connected yet")

    def poll(self) -> None:
        """Everything is published when it comes; only how fresh it is must be said again."""
        self.ups.stale(self._old)

    # --- in the loop's thread

    def _look(self) -> None:
        """Elect, and publish what comes of it."""
        sources = self._sources
        if sources is None:
            return
        now = sources.loop.clock()
        candidates = [_candidate(source) for source in sources.all]
        outcome = self._election.elect(candidates, now)
        show = self._vacancy.judge(elected=outcome.winner is not None, now=now)
        self._promote(next((one for one in sources.all if one.name == outcome.winner), None), show, outcome)
        self._old = self._publish(show)
        self._publish_numbers(candidates, outcome)
        self.ups.stale(self._old)
        self.ups.commit()

    def _promote(self, winner: Source | None, show: Show, outcome: Outcome) -> None:
        """Let the winner, if there is one, be primary, and nobody where that is over; say so."""
        log, before = self.ups.log, self._primary
        if winner is not None:
            self._primary = winner
        elif show in (Show.ALARM, Show.STALE_ALARM, Show.FSD):
            self._primary = None
        if before is not None and before is not self._primary:
            log.notice(f"[{before.name}] is no longer primary")
        if winner is not None and (winner is not before or self._show != Show.PRIMARY):
            said = f"status [{winner.status}] and priority [{outcome.priorities[winner.name]:d}]"
            log.notice(f"[{winner.name}] was promoted to primary with {said}")
        if show not in (self._show, Show.PRIMARY):
            (log.notice if show == Show.WAIT else log.warning)(f"no suitable primary: {show.value}")
        self._show = show

    def _publish(self, show: Show) -> str:
        """Publish variables, commands and status; returns why they are stale, "" where they are fresh."""
        primary = self._primary
        if show == Show.WAIT or (primary is None and show in (Show.LAST, Show.STALE)):
            self.ups.status("WAIT")
        elif primary is None:
            self._showcase.show((), ())
            self.ups.status("FSD" if show == Show.FSD else "")
            self.ups.alarm(ALARM)
        elif primary.complete:
            self._publish_primary(primary)
        if show in (Show.STALE, Show.STALE_ALARM):
            return "none of the tracked UPS drivers is a suitable primary"
        if primary is not None and primary.complete and not primary.fresh:
            return f"[{primary.name}] its data is stale"
        return ""

    def _publish_primary(self, primary: Source) -> None:
        state = primary.state
        self._showcase.show(_items(primary), [UPSTREAM + name for name in state.commands.values()])
        self.ups.alarm(state.value("ups.alarm"))
        if state.get("ups.status") is None:
            self.ups.unset("ups.status")
        else:
            self.ups.status(state.value("ups.status"))

    def _publish_numbers(self, candidates: list[Candidate], outcome: Outcome) -> None:
        alive = sum(one.complete for one in candidates)
        online = sum(one.complete and one.status.online for one in candidates)
        for what, number in zip(COUNTED, (alive, online, len(outcome.priorities), len(candidates)), strict=True):
            self.ups.set(f"driver.stats.{what}_drivers", number)
        primary = self._primary
        if primary is None:
            self._forget_primary()
            return
        state = primary.state
        numbers = (outcome.priorities.get(primary.name, -1), len(state.commands), len(state.variables))
        values = (primary.name, *(str(int(number)) for number in numbers))
        for what, value in zip(OF_PRIMARY, values, strict=True):
            self.ups.set(f"driver.primary.{what}", value)

    def _forget_primary(self) -> None:
        for what in OF_PRIMARY:
            self.ups.unset(f"driver.primary.{what}")

    # --- in the driver's thread

    def command(self, name: str, value: str) -> Result:
        """An order of the administrator's, or a command for the primary."""
        order = self._orders.get(name)
        if order is not None:
            return self._order(*order, value)
        if not name.startswith(UPSTREAM):
            return Result.UNKNOWN
        return self._forward(InstCmd(name.removeprefix(UPSTREAM), value))

    def _order(self, name: str, orders: Orders, value: str) -> Result:
        seconds = _whole(value or "0")
        sources = self._sources
        if seconds is None or sources is None:
            return Result.INVALID
        which = "ignored" if orders is self._election.ignored else "primary"
        how = "as the rules say" if not seconds else "for good" if seconds < 0 else f"for {seconds} s"
        self.ups.log.notice(f"[{name}] is {which} {how}, by order")
        sources.call(lambda: orders.give(name, seconds, sources.loop.clock()))
        return Result.HANDLED

    def set(self, name: str, value: str) -> Result:
        """Set a variable of the primary."""
        if name.lower().startswith(UPSTREAM):
            name = name[len(UPSTREAM) :]
        elif name.lower().startswith("driver."):
            return Result.UNKNOWN
        return self._forward(Set(name, value))

    def _forward(self, message: Set | InstCmd) -> Result:
        primary, sources = self._primary, self._sources
        if primary is None or sources is None:
            raise DeviceError("there is no primary")
        result = sources.request(primary, message)
        if result is None:
            raise DeviceError(f"[{primary.name}] is not connected")
        self.ups.log.notice(f"[{primary.name}] {message.name}: {result.name.lower()}")
        return result

    def shutdown(self) -> None:
        """The loads are those of the other drivers."""
        raise DeviceError("shutdown is left to the other drivers: each has its own section of ups.conf")

    def close(self) -> None:
        """Leave the other drivers."""
        if self._sources is not None:
            self._sources.close()
            self._sources = None
        self._showcase.show((), ())
        for what in COUNTED:
            self.ups.unset(f"driver.stats.{what}_drivers")
        self._forget_primary()


def _candidate(source: Source) -> Candidate:
    if not source.complete:  # half a dump says nothing
        return Candidate(source.name, False, False, Status(()))
    runtimes = (leading_number(source.state.value(name)) for name in ("battery.runtime", "battery.runtime.low"))
    runtime, low = (-1 if number is None else number for number in runtimes)
    return Candidate(source.name, source.complete, source.fresh, source.status, runtime, low)


def _items(primary: Source) -> Iterator[Item]:
    """The variables of the primary, under the names that they are shown with."""
    for key, variable in primary.state.variables.items():
        if key not in ("ups.status", "ups.alarm"):
            name = variable.name
            yield UPSTREAM + name if key.startswith("driver.") else name, variable.value, variable


def _words(settings: Settings, key: str) -> frozenset[str]:
    return frozenset(settings.text(key).replace(",", " ").upper().split())


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
