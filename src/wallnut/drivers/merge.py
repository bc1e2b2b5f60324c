"""merge: one UPS out of several links to it, each value from the best link that has it. See docs/merge.md; the rules
are in combining.py."""

from __future__ import annotations

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.drivers.combining import Preferences, Together
from wallnut.drivers.common import COMMANDS
from wallnut.drivers.showcase import PLAIN, Showcase
from wallnut.drivers.sources import OPTIONS, Patience, Source, Sources, read_names
from wallnut.model.errors import DeviceError
from wallnut.proto.driver import InstCmd, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wallnut.drivers.showcase import Item

PREFER = "prefer."
SOURCE = "driver.source."
LINK = "driver.link."
COUNTED = ("alive", "online", "total")


class Merge(Driver):
    """One UPS that several drivers talk to."""

    name = "merge"
    version = "1.0"
    title = "UPS of several links"
    relays = True
    patience = 30.0  # a poll waits for nothing but a request to another driver that goes on
    options = (
        Option("prefer.*", "The links to ask first for a name, or for those that begin like it and end with *"),
        Option("holdtime", "Seconds for which OB, LB and FSD of a link that is lost go on counting (30)"),
        *OPTIONS,
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._names = read_names(settings, self.name)
        self._patience = Patience.read(settings)
        self._holdtime = settings.number("holdtime", 30, low=0)
        self._preferences = Preferences(len(self._names), _rules(settings, self._names))
        self._showcase = Showcase(ups)
        self._sources: Sources | None = None
        self._together = Together(len(self._names), self._holdtime)
        self._old = ""

    def open(self) -> None:
        """Connect to those drivers that are there."""
        sources = Sources(self._names, self._patience, self.ups.log, self._look, self.settings.ups)
        self._together = Together(len(self._names), self._holdtime)
        self._sources = sources
        self.ups.status("WAIT")
        sources.open()

    def poll(self) -> None:
        """Everything is published when it comes; only how fresh it is must be said again."""
        self.ups.stale(self._old)

    # --- in the loop's thread

    def _look(self) -> None:
        """Choose, and publish what comes of it."""
        sources = self._sources
        if sources is None:
            return
        links = sources.all
        status = self._together.step(
            [source.status if source.fresh else None for source in links],
            self._preferences.order("ups.status"),
            sources.loop.clock(),
        )
        if any(source.fresh for source in links):
            self._old = ""
            self._showcase.show(self._items(links), self._commands(links))
            if status is None:
                self.ups.unset("ups.status")
            else:
                self.ups.status(*status.words)
            self.ups.alarm(*dict.fromkeys(source.state.value("ups.alarm") for source in links if source.fresh))
        else:
            self._old = "no link has fresh data"
        self._publish_numbers(links)
        self.ups.stale(self._old)
        self.ups.commit()

    def _items(self, links: Sequence[Source]) -> Iterator[Item]:
        """What to show: each variable of a fresh link, and from which one it is."""
        keys = dict.fromkeys(key for source in links if source.fresh for key in source.state.variables)
        for key in keys:
            if key.startswith("driver.") or key in ("ups.status", "ups.alarm"):
                continue
            having = [links[link] for link in self._preferences.order(key) if links[link].fresh]
            found = [(source, variable) for source in having if (variable := source.state.variables.get(key))]
            source, variable = found[0]
            # It may be set wherever one of the links can: the device is the same.
            type = next((one for _, one in found if one.writable), variable)
            yield variable.name, variable.value, type
            yield SOURCE + variable.name, source.name, PLAIN
        saying = [source.name for source in links if source.fresh and source.status.words]
        if saying:
            yield f"{SOURCE}ups.status", ", ".join(saying), PLAIN

    def _commands(self, links: Sequence[Source]) -> Iterator[str]:
        for source in links:
            if source.fresh:
                yield from (name for name in source.state.commands.values() if _may_forward(name))

    def _publish_numbers(self, links: Sequence[Source]) -> None:
        alive = sum(source.complete for source in links)
        online = sum(source.fresh and source.status.online for source in links)
        for what, number in zip(COUNTED, (alive, online, len(links)), strict=True):
            self.ups.set(f"driver.stats.{what}_drivers", number)
        for source in links:
            state = "fresh" if source.fresh else "stale" if source.complete else "lost"
            self.ups.set(LINK + source.name, state)
            self.ups.set(f"{LINK}{source.name}.status", source.state.value("ups.status"))

    # --- in the driver's thread

    def command(self, name: str, value: str) -> Result:
        """Run it through the first link that announces it and does not say that it does not know it."""
        if not _may_forward(name):
            return Result.UNKNOWN
        return self._forward(name, lambda source: source.state.has_command(name), lambda: InstCmd(name, value))

    def set(self, name: str, value: str) -> Result:
        """Set it through the first link where it can be set and that does not say that it does not know it."""

        def can(source: Source) -> bool:
            variable = source.state.get(name)
            return variable is not None and variable.writable

        if name.lower().startswith("driver."):
            return Result.UNKNOWN
        return self._forward(name, can, lambda: Set(name, value))

    def _forward(self, name: str, can: Callable[[Source], bool], message: Callable[[], Set | InstCmd]) -> Result:
        sources = self._sources
        if sources is None:
            raise DeviceError("not connected")
        for link in self._preferences.order(name.lower()):
            source = sources.all[link]
            if not (source.fresh and can(source)):
                continue
            result = sources.request(source, message())
            if result is None:
                continue
            self.ups.log.notice(f"[{source.name}] {name}: {result.name.lower()}")
            if result != Result.UNKNOWN:
                return result
        return Result.UNKNOWN

    def shutdown(self) -> None:
        """Which link's way would be the right one, nobody can tell."""
        raise DeviceError("shutdown is left to the other drivers: each has its own section of ups.conf")

    def close(self) -> None:
        """Leave the other drivers."""
        if self._sources is not None:
            self._sources.close()
            self._sources = None
        self._showcase.show((), ())
        for what in COUNTED:
            self.ups.unset(f"driver.stats.{what}_drivers")
        for name in self._names:
            self.ups.unset(LINK + name)
            self.ups.unset(f"{LINK}{name}.status")


def _may_forward(command: str) -> bool:
    """Whether a command is about the device, not about one of the drivers."""
    return not command.lower().startswith("driver.") and command not in COMMANDS


def _rules(settings: Settings, names: tuple[str, ...]) -> dict[str, list[int]]:
    """The settings prefer.<pattern>, with links by their sockets' names or by those of their UPSes."""
    rules: dict[str, list[int]] = {}
    for key in settings.values:
        if not key.startswith(PREFER):
            continue
        pattern = key.removeprefix(PREFER)
        if not pattern or "*" in pattern[:-1]:
            raise settings.error(key, "a name is needed behind prefer., or the beginning of one and *")
        wanted = settings.text(key).replace(",", " ").split()
        if not wanted:
            raise settings.error(key, "the name of a link is needed")
        rules[pattern] = [_link(settings, key, name, names) for name in wanted]
    return rules


def _link(settings: Settings, key: str, name: str, names: tuple[str, ...]) -> int:
    found = [number for number, one in enumerate(names) if name == one] or [
        number for number, one in enumerate(names) if one.endswith(f"-{name}")
    ]
    if len(found) != 1:
        several = "is more than one link" if found else "is no link"
        raise settings.error(key, f"{name} {several}; those of port are {', '.join(names)}")
    return found[0]
