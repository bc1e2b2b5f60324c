"""What every page and every address of the API has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection, Request

from wallnut.config.wallnut_toml import History, Web
from wallnut.web.about import About
from wallnut.web.access.access import Access
from wallnut.web.actions import Actions
from wallnut.web.answers import Refused
from wallnut.web.arrange import Arranger, Shared
from wallnut.web.fleet import Fleet
from wallnut.web.i18n import N_
from wallnut.web.meter import Metered
from wallnut.web.past import Past
from wallnut.web.plan import Plan
from wallnut.web.snapshot import Device
from wallnut.web.store import Store
from wallnut.web.tester import Starter

if TYPE_CHECKING:
    from wallnut.scan.mdns import Announcement, Browser
    from wallnut.web.drawing import Drawing


@dataclass(slots=True)
class Console:
    """The parts of one console. `prefix` is the path that a proxy serves it under."""

    fleet: Fleet
    drawing: Drawing
    prefix: str = ""
    settings: Web = field(default_factory=Web)
    past: Past = field(default_factory=lambda: Past(""))
    plan: Plan = field(default_factory=Plan)
    access: Access = field(default_factory=lambda: Access(Web(store="")))
    actions: Actions = field(default_factory=Actions)
    recording: History = field(default_factory=History)

    about: About = field(default_factory=About)
    browser: Browser | None = None
    """Who listens for servers that announce themselves."""
    arranger: Arranger = field(init=False)
    metered: Metered = field(default_factory=Metered)
    tester: Starter = field(init=False)
    shared: Shared = field(default_factory=Shared)

    def __post_init__(self) -> None:
        self.arranger = Arranger(self.fleet)
        self.tester = Starter(self)

    @property
    def announced(self) -> tuple[Announcement, ...]:
        """The servers that announce themselves and are not watched."""
        return self.browser.found if self.browser is not None else ()

    @property
    def store(self) -> Store:
        """The console's own file."""
        return self.access.store


def console(request: HTTPConnection) -> Console:
    """The console that a request is for."""
    found: Console = request.app.state.console
    return found


def fleet_of(request: HTTPConnection) -> Fleet:
    """The devices that are watched."""
    return console(request).fleet


def device_of(request: Request) -> Device:
    """The device that a path names. Raises Refused."""
    name = request.path_params["device"]
    found = fleet_of(request).find(name)
    if not found:
        raise Refused(404, N_("There is no device %(name)s."), name=name)
    if len(found) > 1:
        ids = ", ".join(sorted(one.id for one in found))
        raise Refused(409, N_("Several devices are called %(name)s: %(ids)s."), name=name, ids=ids)
    return found[0]
