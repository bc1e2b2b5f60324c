"""The pages for people, a file each; those with a NAV are in every page's navigation, in this order."""

from __future__ import annotations

from wallnut.web.pages import (
    account,
    audit,
    battery,
    calendar,
    commands,
    device,
    energy,
    events,
    history,
    language,
    login,
    outages,
    overview,
    plan,
    settings,
    system,
    users,
)

PAGES = (
    overview,
    device,
    history,
    commands,
    battery,
    events,
    outages,
    plan,
    energy,
    settings,
    system,
    calendar,
    account,
    users,
    audit,
    login,
    language,
)
ROUTES = [route for page in PAGES for route in page.ROUTES]
NAV = [page.NAV for page in PAGES if hasattr(page, "NAV")]
