"""The pages for people, a file each; those with a NAV are in every page's navigation, in this order."""

from __future__ import annotations

from wallnut.web.pages import device, history, language, overview, plan

PAGES = (overview, device, history, plan, language)
ROUTES = [route for page in PAGES for route in page.ROUTES]
NAV = [page.NAV for page in PAGES if hasattr(page, "NAV")]
