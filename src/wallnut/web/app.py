"""The application: routes, errors, and the watcher's life."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from wallnut.web import api, known, pages, peanut, websocket
from wallnut.web.access.pool import Busy
from wallnut.web.answers import Refused, refused
from wallnut.web.context import Console, console
from wallnut.web.drawing import FOLDER
from wallnut.web.guard import Guard
from wallnut.web.i18n import N_, language_of
from wallnut.web.routes import SAFE, local_path, wants_page
from wallnut.web.squeeze import Squeeze
from wallnut.web.store import NoStore
from wallnut.web.watcher import Watcher


class Static(StaticFiles):
    """The files of the pages: a browser keeps them, and asks whether they are still the same."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


TITLES = {400: N_("Not understood"), 403: N_("Not allowed"), 503: N_("Not now")}
"""What pages say above why a request is not answered, by its status."""


def build(watcher: Watcher, parts: Console, *, died: Callable[[], object] = lambda: None) -> Guard:
    """The application, guarded. `died` is called when the servers are not watched any more."""
    fleet = parts.fleet

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def dead() -> None:
            fleet.alive = False
            died()

        def from_thread(call: Callable[[], object]) -> Callable[[], None]:
            def hand_over() -> None:
                try:
                    loop.call_soon_threadsafe(call)
                except RuntimeError:
                    pass  # the loop has ended; so will the thread

            return hand_over

        def on_battery() -> list[str]:
            return [device.id for device in fleet.devices.values() if device.status.on_battery]

        parts.plan.changed = lambda: fleet.again(on_battery())
        parts.plan.on_battery = lambda: bool(on_battery())
        if parts.browser is not None:
            parts.browser.changed = from_thread(lambda: fleet.again([""]))
            await loop.run_in_executor(None, parts.browser.start)
        watcher.start(from_thread(lambda: fleet.update(watcher.take())), from_thread(dead))
        parts.tester.start()
        yield
        await parts.tester.close()
        await loop.run_in_executor(None, watcher.stop)
        if parts.browser is not None:
            await loop.run_in_executor(None, parts.browser.stop)
        await parts.past.close()
        await parts.access.close()
        await parts.plan.close()

    static = Mount("/static", Static(directory=os.path.join(FOLDER, "static")))
    app = Starlette(
        routes=[*pages.ROUTES, *api.ROUTES, *known.ROUTES, *peanut.ROUTES, *websocket.ROUTES, static],
        exception_handlers={Refused: _refused, HTTPException: _not_there, NoStore: _no_store, Busy: _busy},
        middleware=[Middleware(Squeeze)],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.console = parts
    return Guard(app, parts.prefix, parts.settings.hosts, parts.access.gate)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if not wants_page(request):
        return refused(request, error)
    detail = language_of(request).text(error.text, **error.values)
    title = TITLES.get(error.status, N_("Not here"))
    return console(request).drawing.page(request, "error.html", error.status, title=title, detail=detail)


def _no_store(request: Request, error: Exception) -> Response:
    assert isinstance(error, NoStore)
    return _refused(request, Refused(503, N_("Users cannot be looked up: %(why)s"), why=error.detail))


def _busy(request: Request, error: Exception) -> Response:
    return _refused(request, Refused(503, N_("Too many ask at the moment. Try again in a minute.")))


def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    bare = request.scope["path"].rstrip("/")
    if error.status_code == 404 and request.method in SAFE and request.scope["path"] != bare == local_path(bare):
        return RedirectResponse(f"{console(request).prefix}{quote(bare)}", 308)  # Starlette's own forgets the prefix
    if error.status_code == 405:
        wrong = Refused(405, N_("%(path)s takes no %(method)s."), path=request.url.path, method=request.method)
        answer = _refused(request, wrong)
        answer.headers.update(error.headers or {})  # which methods it takes
        return answer
    return _refused(request, Refused(error.status_code, N_("There is nothing at %(path)s."), path=request.url.path))
