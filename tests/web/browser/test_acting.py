"""What people do with a device, in a real browser on C's upsd: who may look, who may set, and what is refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator

from tests.support.browser import Tab, tab
from tests.web.browser.stand import Stand
from wallnut.web.access.who import Role

NAME = "ups.delay.shutdown"


def row(visitor: Tab) -> Locator:
    return visitor.page.locator(f"[data-name='{NAME}']")


def set_delay(visitor: Tab, stand: Stand, value: str) -> str:
    """Set the variable in place; what is said beside it."""
    visitor.go(f"/device/{stand.rack}/variables")
    row(visitor).locator("summary").click()
    row(visitor).locator(".field").fill(value)
    row(visitor).get_by_role("button").click()
    said = "document.querySelector('[data-name=\"ups.delay.shutdown\"] .reply:not(.busy)').textContent"
    visitor.wait(f"{said} !== ''")
    return str(visitor.ask(said))


@pytest.mark.parametrize("role", [None, Role.VIEW])
def test_whoever_may_look_only(browser: Browser, stand: Stand, role: Role | None) -> None:
    with tab(browser, stand.origin) as visitor:
        if role:
            visitor.page.context.add_cookies([stand.cookie(role)])
        visitor.go(f"/device/{stand.rack}/variables")
        assert row(visitor).locator(".value").inner_text() == "20\u202fs"
        assert row(visitor).locator("form, summary").count() == 0
        visitor.go(f"/device/{stand.rack}/commands")
        assert visitor.page.locator("#body form, #body a.button").count() == 0


def test_what_the_server_refuses_is_said(browser: Browser, stand: Stand) -> None:
    with tab(browser, stand.origin) as visitor:
        visitor.forgiven = ("Failed to load resource",)  # the answer is a refusal
        visitor.page.context.add_cookies([stand.cookie(Role.OPERATE)])
        assert "poor" in set_delay(visitor, stand, "45")
        assert row(visitor).locator(".reply.bad").is_visible()
        assert stand.nut.ask(f"GET VAR rack {NAME}") == [f'VAR rack {NAME} "20"']


def test_a_variable_is_set_and_the_page_shows_it(browser: Browser, stand: Stand) -> None:
    with tab(browser, stand.origin) as visitor:
        visitor.page.context.add_cookies([stand.cookie(Role.ADMINISTER)])
        set_delay(visitor, stand, "30")
        assert row(visitor).locator(".reply.good").is_visible()
        visitor.wait(f"document.querySelector('[data-name=\"{NAME}\"] .value').textContent === '30\\u202fs'")
        set_delay(visitor, stand, "20")
        stand.nut.wait_for("rack", NAME, "20")


def test_a_command_that_cuts_power_is_asked_once_more(browser: Browser, stand: Stand) -> None:
    with tab(browser, stand.origin) as visitor:
        visitor.page.context.add_cookies([stand.cookie(Role.ADMINISTER)])
        visitor.go(f"/device/{stand.rack}/commands")
        visitor.page.locator("a.cuts").first.click()
        dialog = visitor.page.get_by_role("dialog")
        dialog.wait_for()
        assert "127.0.0.1" in dialog.inner_text()  # the machine that would go down
        visitor.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        assert stand.nut.ask("GET VAR rack ups.status") == ['VAR rack ups.status "OL"']
