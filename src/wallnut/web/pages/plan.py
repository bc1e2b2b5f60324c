"""The shutdown plan: what upsmon on this machine would do and why, now; and what a drill plays of it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web.answers import Refused, as_json
from wallnut.web.context import Console, console
from wallnut.web.fleet import Listener, TooMany
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.plan import Drill, same
from wallnut.web.routes import route
from wallnut.web.streams import Stream, event
from wallnut.web.upsmon import NoPlan, Standing

AT_ONCE = 2.5
"""Seconds that a page waits for a drill; what takes longer comes by the stream."""
LOOK = 2.0
"""Seconds between two looks at upsmon for the stream."""
AGAIN = 300.0
"""Seconds after which a page that is open has the drill played again, though nothing has changed."""
SHOWN = 12
"""Decisions and notifications on the page."""
PLAYING = NoPlan("playing", N_("The drill is being played."))
KINDS = {
    "change": N_("UPS"),
    "notify": N_("message"),
    "fsd": N_("FSD"),
    "wall": N_("message"),
    "say": N_("message"),
    "why": N_("reason"),
    "steps": N_("steps"),
    "down": N_("shutdown"),
    "empty": N_("power"),
    "end": N_("end"),
}
"""What a line of the timeline is about."""
LEVEL = re.compile(r"\((\d+(?:\.\d+)?) %")
WIDTH, HEIGHT = 1000, 100
"""Of the timeline's drawing, which is stretched."""


def moments(drill: Drill) -> list[tuple[float, list[dict[str, str]]]]:
    """The timeline by moments: seconds, and what happens then."""
    return [
        (at, [{"kind": one.kind, "word": KINDS.get(one.kind, one.kind), "text": one.text} for one in entries])
        for at, entries in groupby(drill.entries, key=lambda one: float(int(one.at)))
    ]


def drawing(drill: Drill) -> dict[str, Any]:
    """The timeline in numbers for an SVG: where things happen, and a line for each battery."""

    def x(at: float | None) -> float | None:
        return None if at is None else round(min(at / drill.end, 1.0) * WIDTH, 1)

    lines: dict[str, list[str]] = {}
    for one in drill.entries:
        found = LEVEL.search(one.text)
        if one.kind == "empty":
            lines.setdefault(one.about, []).append(f"{x(one.at)},{HEIGHT}")
        elif one.kind == "change" and one.about and found:
            lines.setdefault(one.about, []).append(f"{x(one.at)},{HEIGHT - float(found[1]):g}")
    for name, left in drill.left.items():
        if drill.down is not None and (found := re.match(r"(\d+(?:\.\d+)?) %", left)):
            lines.setdefault(name, []).append(f"{x(drill.down)},{HEIGHT - float(found[1]):g}")
    return {
        "lines": [" ".join(points) for points in lines.values() if len(points) > 1],
        "begun": x(drill.begun),
        "down": x(drill.down),
        "dark": x(drill.dark),
    }


async def _asked(parts: Console, wait: float) -> dict[str, Any]:
    """What the templates need, the drill included if it is played within `wait` seconds."""
    standing: Standing | None = None
    drill: Drill | None = None
    trouble: NoPlan | None = None
    no_drill: NoPlan | None = None
    try:
        standing = await parts.plan.standing()
    except NoPlan as error:
        trouble = error
    try:
        async with asyncio.timeout(wait):
            drill = await parts.plan.drill()
    except NoPlan as error:
        no_drill = error
    except TimeoutError:
        no_drill = PLAYING
    return _values(parts, standing, trouble, drill, no_drill)


def _values(
    parts: Console, standing: Standing | None, trouble: NoPlan | None, drill: Drill | None, no_drill: NoPlan | None
) -> dict[str, Any]:
    upses = standing.upses if standing else ()
    feeding = [ups for ups in upses if ups.power > 0]
    return {
        "standing": standing,
        "trouble": trouble,
        "drill": drill,
        "no_drill": no_drill,
        "moments": moments(drill) if drill else [],
        "drawing": drawing(drill) if drill else None,
        "outage": bool(feeding) and all("OB" in ups.status.split() for ups in feeding),
        "said": standing.said[:SHOWN] if standing else (),
        "known": {
            ups.name: device.id for ups in upses for device in parts.fleet.devices.values() if same(ups.name, device)
        },
    }


async def plan(request: Request) -> Response:
    """The page."""
    parts = console(request)
    return parts.drawing.page(request, "plan.html", title=N_("Shutdown plan"), **await _asked(parts, AT_ONCE))


async def live(request: Request) -> Response:
    """The stream of that page."""
    parts = console(request)
    try:
        listener = parts.fleet.listen(f"plan:{id(request)}")  # no device: it only waits
    except TooMany:
        raise Refused(503, "Too many pages are open.") from None
    return Stream(parts.fleet, listener, _changes(parts, language_of(request), listener))


async def _changes(parts: Console, language: Language, listener: Listener) -> AsyncIterator[str]:
    shown, before, played = "", None, 0.0
    drill = parts.plan.latest_drill
    while not listener.closed:
        yield event("beat", {"now": time.time()})
        standing = trouble = no_drill = None
        try:
            standing = await parts.plan.standing()
        except NoPlan as error:
            trouble = error
        upses = standing.upses if standing else None
        if upses != before or time.monotonic() - played > AGAIN or drill is None:
            changed = before is not None
            before, played = upses, time.monotonic()
            try:
                drill = await parts.plan.drill(old=changed)
            except NoPlan as error:
                drill, no_drill = None, error
        html = _drawn(parts, language, standing, trouble, drill, no_drill)
        if html != shown:
            shown = html
            yield event("part", {"id": "plan", "html": html})
        await listener.wait(LOOK)


def _drawn(
    parts: Console,
    language: Language,
    standing: Standing | None,
    trouble: NoPlan | None,
    drill: Drill | None,
    no_drill: NoPlan | None,
) -> str:
    """The page's part that changes; the same for all who look at it."""

    def draw() -> str:
        values = _values(parts, standing, trouble, drill, no_drill)
        return parts.drawing.draw(language, "plan-parts.html", **values)

    known = standing.at if standing else trouble, drill.at if drill else no_drill, parts.fleet.version
    return parts.shared.get(("plan", language.code, *known), draw)


async def api(request: Request) -> Response:
    """The same for programs; a part that is not known is null, and `troubles` says why."""
    values = await _asked(console(request), 20.0)
    standing: Standing | None = values["standing"]
    drill: Drill | None = values["drill"]
    troubles = [one for one in (values["trouble"], values["no_drill"]) if one]
    return as_json(
        {
            "upsmon": asdict(standing) if standing else None,
            "drill": {"at": drill.at, **drill.whole} if drill else None,
            "troubles": [{"code": one.code, "detail": f"{one.detail} {one.reason}".strip()} for one in troubles],
        }
    )


NAV = (N_("Shutdown plan"), "/plan", "p")
ROUTES = [
    route("/plan", plan),
    route("/live/plan", live),
    route("/api/v1/plan", api),
]
