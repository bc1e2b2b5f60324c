"""Draws pages and their parts in the reader's language: what changes is drawn here again, never in the browser."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from wallnut.version import VERSION
from wallnut.web import words
from wallnut.web.access.who import who_of
from wallnut.web.feeds import ALONE, Around, outlets
from wallnut.web.i18n import N_, Language, language_of, languages
from wallnut.web.snapshot import Device
from wallnut.web.squeeze import masked

if TYPE_CHECKING:
    from wallnut.web.fleet import Fleet

FOLDER = os.path.dirname(os.path.abspath(__file__))
SCRIPT_TEXTS = (
    N_("Live · %(time)s"),
    N_("The console does not answer. What you see is of %(time)s."),
    N_("%(count)s found"),
    N_("d"),
    N_("h"),
    N_("min"),
    N_("s"),
)
"""What console.js says."""


def clock(seconds: float) -> str:
    """A moment's local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def moment(seconds: float, language: Language) -> str:
    """A moment in local time, with its day."""
    return time.strftime(language.gettext(N_("%Y-%m-%d %H:%M:%S")), time.localtime(seconds))


def utc(seconds: float) -> str:
    """A moment for machines, and for a pointer that rests."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Drawing:
    """Draws pages and their parts. `prefix` is the path that a proxy serves us under, `nav` the pages that all others
    lead to: their names, paths and keys. `forecast` tells when this machine goes down by a device's outage, `around`
    what a device feeds and what feeds it."""

    def __init__(
        self,
        prefix: str = "",
        nav: Sequence[tuple[str, str, str]] = (),
        forecast: Callable[[Device], float | None] = lambda _: None,
        around: Callable[[Device], Around] = lambda _: ALONE,
    ) -> None:
        self._prefix, self._nav, self._forecast, self._around = prefix, tuple(nav), forecast, around
        self._pieces: dict[tuple[str, str, str], tuple[tuple[object, ...], str]] = {}
        self._environments: dict[str, Environment] = {}

    def _environment(self, language: Language) -> Environment:
        found = self._environments.get(language.code)
        if found is None:
            found = self._environments[language.code] = Environment(
                loader=FileSystemLoader(os.path.join(FOLDER, "templates")),
                autoescape=True,
                undefined=StrictUndefined,
                auto_reload=False,
                trim_blocks=True,
                lstrip_blocks=True,
                extensions=["jinja2.ext.i18n"],
            )
            found.install_gettext_translations(language, newstyle=True)  # type: ignore[attr-defined]
            found.globals.update(
                base=self._prefix,
                version=VERSION,
                clock=clock,
                moment=partial(moment, language=language),
                utc=utc,
                duration=partial(words.duration, language=language),
                reading=partial(words.reading, language=language),
                status_text=partial(words.status_text, language=language),
                outlets_of=partial(words.outlets, language=language),
                t=language.gettext,
                num=language.number,
                thin=words.THIN,
                language=language,
                languages=list(languages().values()),
                script_texts=json.dumps({text: language.gettext(text) for text in SCRIPT_TEXTS}, ensure_ascii=False),
            )
        return found

    def draw(self, language: Language, name: str, **values: Any) -> str:
        """A template with its values."""
        return self._environment(language).get_template(name).render(now=time.time(), **values)

    def page(self, request: Request, name: str, answer: int = 200, **values: Any) -> Response:
        """A whole page, with the status `answer`. Its template extends base.html; `title` is its English name."""
        who = who_of(request)
        text = self.draw(
            language_of(request),
            name,
            who=replace(who, csrf=masked(who.csrf)) if who.csrf else who,
            nav=self._nav,
            here=request.url.path,
            wall="wall" in request.query_params,
            **values,
        )
        return Response(text.encode("utf-8", "replace"), answer, media_type="text/html")

    def view(self, device: Device, language: Language) -> dict[str, Any]:
        """What the templates need of a device."""
        figures, around = words.figures(device, language), self._around(device)
        return {
            "device": device,
            "trouble": device.trouble_in(language.gettext),
            "state": words.state(device),
            "figures": figures,
            "main": words.headline(device, figures),
            "status": device.status,
            "forecast": self._forecast(device),
            "feeds": around.feeds or outlets(device),
            "fed_by": around.fed_by,
            "last": words.status_text(device.status, language) if device.code and device.status.words else "",
            "alarm": device.values.get("ups.alarm", ""),
        }

    def tile(self, device: Device, language: Language) -> str:
        """A device's tile; the same device is drawn once, but for its times."""
        return self._piece("tile.html", device, language, self._known(device), self.view)

    def head(self, device: Device, language: Language) -> str:
        """The head of a device's page, likewise."""
        return self._piece("head.html", device, language, self._known(device), self.view)

    def _known(self, device: Device) -> tuple[object, ...]:
        """What its pieces are made of."""
        return device, self._forecast(device), self._around(device), int(time.time() // 60)

    def line(self, device: Device, language: Language) -> str:
        """A device in a line, likewise."""

        def view(device: Device, language: Language) -> dict[str, Any]:
            main = words.headline(device, words.figures(device, language))
            return {"device": device, "state": words.state(device), "main": main}

        return self._piece("line.html", device, language, (device,), view)

    def _piece(
        self,
        name: str,
        device: Device,
        language: Language,
        known: tuple[object, ...],
        view: Callable[[Device, Language], dict[str, Any]],
    ) -> str:
        key = name, device.id, language.code
        kept = self._pieces.get(key)
        if kept is not None and kept[0][0] is device and kept[0][1:] == known[1:]:
            return kept[1]
        text = self.draw(language, name, **view(device, language))
        self._pieces[key] = known, text
        return text

    def forget(self, fleet: Fleet) -> None:
        """Drop the pieces of devices that are gone."""
        for key in [key for key in self._pieces if key[1] not in fleet.devices]:
            del self._pieces[key]
