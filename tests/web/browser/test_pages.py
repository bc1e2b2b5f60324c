"""Every page in a real browser: WCAG 2 A and AA in light and dark, 360 px, its weight, and what a page must not do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from starlette.routing import Route

from tests.support.browser import Tab, tab
from tests.web.browser.stand import Stand
from wallnut.web import pages
from wallnut.web.access.who import Role

HEAVIEST = 150_000
"""Bytes of a page with all that it needs, packed."""
NOT_PAGES = {
    "/live",
    "/live/plan",
    "/live/events",
    "/healthz",
    "/device/{device}/history.svg",
    "/events.csv",
    "/events.json",
    "/outages.csv",
    "/outages.json",
    "/settings",  # leads to the first of them
    "/login/oidc",
    "/login/oidc/back",
    "/language/{code}",
}
"""Addresses that are read and are no pages for people; nor are those of the API."""


def paths(stand: Stand) -> dict[str, str]:
    """Every page: the route's path, and one address of it."""
    known = {
        "{device}": stand.rack,
        "{command}": "load.off",
        "{start:int}": str(stand.begun["rack"][0] // 1000),
        "{number:int}": str(stand.users[Role.VIEW]),
    }
    found = {}
    for route in pages.ROUTES:
        assert isinstance(route, Route)
        path = route.path
        if "GET" not in (route.methods or ()) or path in NOT_PAGES or path.startswith("/api/"):
            continue
        for name, value in known.items():
            path = path.replace(name, value)
        assert "{" not in path, f"give {route.path} its parts here"
        found[route.path] = path
    found["an error"] = "/device/attic"
    found["a PDU"] = f"/device/pdu1@{stand.server}"
    found["the wall"] = "/?wall"
    return found


@pytest.fixture(scope="module")
def visitor(browser: Browser, stand: Stand) -> Iterator[Tab]:
    """An administrator, whom every page is for, with a narrow screen."""
    with tab(browser, stand.origin, width=360, height=740, color_scheme="light") as found:
        found.forgiven = ("404 (Not Found)",)  # the page of an error is one
        found.page.context.add_cookies([stand.cookie(Role.ADMINISTER)])
        yield found


def test_every_page(visitor: Tab, stand: Stand) -> None:
    wrong: dict[str, object] = {}
    for name, path in paths(stand).items():
        visitor.go(path)
        if visitor.ask("document.getElementById('main').dataset.view || ''"):
            visitor.wait("document.getElementById('link').textContent.startsWith('Live')")
        found: list[object] = list(visitor.violations())
        if visitor.overflow > 0:
            found.append(f"{visitor.overflow} px too wide")
        if visitor.weight > HEAVIEST:
            found.append(f"{visitor.weight} bytes")
        visitor.page.emulate_media(color_scheme="dark")
        found += visitor.violations(["color-contrast"])
        visitor.page.emulate_media(color_scheme="light")
        found += visitor.faults
        visitor.faults.clear()
        if found:
            wrong[name] = found
    assert not wrong
