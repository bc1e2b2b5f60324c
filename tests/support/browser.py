"""Debian's Chromium by Playwright: tabs that note whatever a page must not do, and axe's accessibility rules."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, Response, sync_playwright

from tests.support.peers import need
from tests.support.wait import until

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 20_000
"""Milliseconds that a page has for whatever a test waits for."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = need("chromium", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page of a console at `origin`, and what it did wrong: requests elsewhere, errors, what the policy forbids."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.faults: list[str] = []
        self.pending: list[Response] = []
        self.forgiven: tuple[str, ...] = ()
        """What may stand in an error of the browser's, because the test brings it about."""
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(part in text for part in self.forgiven):
            self.faults.append(f"{kind}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self.faults.append(f"request to {request.url}")

    def _answered(self, response: Response) -> None:
        self.pending.append(response)

    def go(self, path: str) -> Tab:
        """Open a page."""
        self.pending.clear()
        self.page.goto(self.origin + path)
        return self

    def ask(self, script: str) -> Any:
        """The value of a piece of JavaScript."""
        return self.page.evaluate(script)

    def wait(self, script: str, value: Any = None) -> None:
        """Wait until a page is loaded and this true on it, of `value`.

        Playwright's own way needs eval, which the pages' policy forbids.
        """

        def holds() -> bool:
            try:
                loaded = self.page.evaluate("document.readyState === 'complete'")
                return bool(loaded and self.page.evaluate(script, value))
            except Error:  # the page was just left for another
                return False

        until(holds, PATIENCE / 1000, script)

    def sees(self, text: str) -> None:
        """Wait until a text is on the page to be seen."""
        self.page.get_by_text(text).first.wait_for()

    def title(self, text: str) -> None:
        """Wait until the tab's title begins so."""
        self.wait("text => document.title.startsWith(text)", text)

    @property
    def weight(self) -> int:
        """Bytes that came over the network for the page, as they were packed; streams do not count."""
        return sum(
            sizes["responseBodySize"] + sizes["responseHeadersSize"]
            for response in self.pending
            if "event-stream" not in response.headers.get("content-type", "")
            for sizes in (response.request.sizes(),)
        )

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def violations(self, rules: list[str] | None = None) -> list[str]:
        """What axe finds: the rule, what it is about, and the first places."""
        self.ask(axe())
        run = {"runOnly": rules or RULES, "resultTypes": ["violations"]}
        found = self.page.evaluate("run => axe.run(document, run).then(result => result.violations)", run)
        return [
            f"{one['id']}: {one['help']}: " + "; ".join(str(node["target"]) for node in one["nodes"][:4])
            for one in found
        ]


@cache
def axe() -> str:
    """axe-core, as a script."""
    text = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    return f"if (!window.axe) {{ {text} }}"


@contextlib.contextmanager
def tab(browser: Browser, origin: str, *, width: int = 1280, height: int = 800, **how: Any) -> Iterator[Tab]:
    """A page in a profile of its own, in English if nothing else is said; what it did wrong fails the test."""
    how.setdefault("locale", "en-GB")
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": height}, **how)
    try:
        found = Tab(context.new_page(), origin)
        yield found
        assert not found.faults, found.faults
    finally:
        context.close()
