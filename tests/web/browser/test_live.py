"""Pages that live, in a real browser on C's upsd: an outage, a lost server, the keyboard, French, a wall, paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Tab, tab
from tests.support.wait import until
from tests.web.browser.stand import Stand
from wallnut.web import pages
from wallnut.web.i18n import languages

SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
FOCUS = "document.activeElement.textContent.trim()"


@pytest.fixture(scope="module")
def visitor(browser: Browser, stand: Stand) -> Iterator[Tab]:
    """Somebody on this machine."""
    with tab(browser, stand.origin) as found:
        yield found


@pytest.fixture(autouse=True)
def calm(stand: Stand) -> Iterator[None]:
    """Each test leaves the devices as it found them."""
    yield
    stand.calm()


def live(visitor: Tab, path: str = "/") -> None:
    visitor.go(path)
    visitor.wait("document.getElementById('link').textContent.startsWith('Live')")


def icon(visitor: Tab) -> str:
    return str(visitor.ask("document.querySelector('link[rel=icon]').getAttribute('href')")).rpartition("/")[2]


def test_an_outage_on_the_overview(visitor: Tab, stand: Stand) -> None:
    live(visitor)
    visitor.sees("All well: 3 devices")
    assert (visitor.page.title(), icon(visitor)) == ("Overview", "icon.svg")
    stand.say("ups.status", "OB DISCHRG")
    visitor.sees("1 of 3 devices needs a look")
    visitor.title("\u26a1 23\u202fmin rack \u00b7")
    tile = visitor.page.locator("[data-place=trouble] .tile")
    assert tile.locator(".state").first.inner_text().startswith("On battery for ")
    assert tile.locator(".number").inner_text() == "23"
    assert "no mains" in str(tile.locator("svg").get_attribute("aria-label"))
    assert icon(visitor) == "icon-amber.svg"
    visitor.sees("unless mains return")
    stand.say("battery.runtime", "300")
    visitor.title("\u26a1 5\u202fmin")
    stand.say("ups.status", "OB LB", "cellar")  # of rack upsmon would set FSD, which stays
    visitor.sees("Battery low")
    until(lambda: icon(visitor) == "icon-red.svg", 5, "the red icon")
    stand.say("battery.runtime", "1380")
    stand.say("ups.status", "OL")
    stand.say("ups.status", "OL", "cellar")
    visitor.sees("All well: 3 devices")
    visitor.title("Overview")
    visitor.sees("Last event")


def test_an_outage_on_a_device_s_page(visitor: Tab, stand: Stand) -> None:
    live(visitor, f"/device/{stand.rack}/variables")
    row = visitor.page.locator("[data-name='ups.status']")
    stand.say("ups.status", "OB DISCHRG")
    visitor.title("\u26a1 23\u202fmin \u00b7 rack@")
    assert row.locator(".value").first.inner_text() == "OB DISCHRG"
    visitor.wait("document.querySelector('#head .amber') !== null")


def test_the_plan_follows_upsmon(visitor: Tab, stand: Stand) -> None:
    live(visitor, "/plan")
    visitor.sees("If the mains fail now, this machine goes down after")
    visitor.sees("The plan holds.")
    stand.say("ups.status", "OB DISCHRG")
    visitor.sees("unless mains return")
    stand.say("ups.status", "OL")
    visitor.sees("If the mains fail now, this machine goes down after")


def test_a_server_is_lost_and_comes_back(visitor: Tab, stand: Stand) -> None:
    live(visitor)
    assert stand.nut.upsd is not None
    stand.nut.upsd.stop()
    visitor.sees("does not answer since")
    visitor.wait("document.querySelectorAll('.tile.old').length === 3")
    assert contrast(visitor) == []
    assert visitor.page.locator(".tile.old .flow").first.is_visible() is False
    visitor.title("\u26a0 ")
    stand.nut.start_server()
    visitor.wait("document.querySelectorAll('.tile.old').length === 0")
    visitor.sees("All well: 3 devices")


def test_a_console_that_falls_silent_is_said(browser: Browser, stand: Stand) -> None:
    with tab(browser, stand.origin) as visitor:
        visitor.page.clock.install()
        live(visitor)
        visitor.page.route("**/live*", lambda route: route.abort())
        visitor.forgiven = ("ERR_FAILED",)
        visitor.page.clock.fast_forward(60_000)
        visitor.sees("The console does not answer.")
        assert visitor.ask("document.body.classList.contains('gone')")
        visitor.page.unroute("**/live*")
        until(lambda: _passes(visitor), 20, "the console's return")


def _passes(visitor: Tab) -> bool:
    visitor.page.clock.fast_forward(3000)
    return not visitor.ask("document.body.classList.contains('gone')")


def contrast(visitor: Tab) -> list[str]:
    """What axe finds wrong with the colours, in light and dark."""
    found = []
    for scheme in SCHEMES:
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += visitor.violations()
    visitor.page.emulate_media(reduced_motion="no-preference")
    return found


def test_every_state_can_be_read(visitor: Tab, stand: Stand) -> None:
    live(visitor)
    stand.say("ups.status", "OB DISCHRG")
    stand.say("ups.status", "OL RB ALARM BOOST", "cellar")
    visitor.sees("On battery")
    visitor.sees("Alarm")
    assert contrast(visitor) == []
    stand.say("ups.status", "OB LB OVER", "cellar")
    visitor.sees("Battery low")
    assert contrast(visitor) == []
    visitor.page.emulate_media(reduced_motion="reduce")  # nothing is caught in the middle of its fading in
    visitor.ask("document.body.classList.add('gone')")
    assert visitor.violations(["color-contrast"]) == []


def test_by_keyboard_alone(visitor: Tab, stand: Stand) -> None:
    keyboard = visitor.page.keyboard
    live(visitor)
    keyboard.press("Tab")
    assert visitor.ask(FOCUS) == "To the content"
    keyboard.press("Enter")
    assert visitor.ask("document.activeElement.id") == "main"
    keyboard.press("ArrowDown")
    assert visitor.ask(FOCUS) == "cellar"
    keyboard.press("ArrowRight")
    assert visitor.ask(FOCUS) == "pdu1"
    keyboard.press("ArrowLeft")
    keyboard.press("Enter")
    visitor.title("12\u202f% \u00b7 cellar@")
    keyboard.press("ArrowRight")
    visitor.wait("document.querySelector('h1').textContent.startsWith('pdu1')")
    keyboard.press("ArrowRight")
    visitor.wait("document.querySelector('h1').textContent.startsWith('rack')")
    visitor.go(f"/device/{stand.rack}/variables")
    keyboard.press("/")
    keyboard.type("delay")
    shown = "[...document.querySelectorAll('[data-name]')].filter(row => row.offsetParent).map(row => row.dataset.name)"
    visitor.wait(f"{shown}.join() === 'ups.delay.shutdown'")
    keyboard.press("Escape")
    visitor.wait(f"{shown}.length > 10")
    keyboard.press("?")
    visitor.sees("from device to device")
    for title, _, key in reversed(pages.NAV):
        keyboard.press("g")
        keyboard.press(key)
        visitor.wait("title => document.querySelector('.top [aria-current]')?.textContent === title", title)


def test_french(browser: Browser, stand: Stand) -> None:
    french = languages()["fr"]
    with tab(browser, stand.origin, locale="fr-FR") as visitor:
        visitor.go("/")
        assert visitor.ask("document.documentElement.lang") == "fr"
        words = french.gettext("Overview")
        assert words != "Overview"
        assert visitor.page.locator(".top a").first.inner_text() == words
        visitor.page.get_by_text("English").click()
        visitor.wait("document.documentElement.lang === 'en'")


def test_a_wall_shows_no_more_than_is_needed(visitor: Tab, stand: Stand) -> None:
    live(visitor, "/?wall")
    assert not visitor.page.locator(".top nav").is_visible()
    assert not visitor.page.locator("footer").is_visible()
    stand.say("ups.status", "OB DISCHRG")
    visitor.sees("On battery")
    visitor.page.keyboard.press("Escape")
    visitor.page.locator(".top nav").wait_for()


def test_without_scripts_everything_is_there(browser: Browser, stand: Stand) -> None:
    with tab(browser, stand.origin, java_script_enabled=False) as visitor:
        visitor.go("/")
        visitor.sees("All well: 3 devices")
        visitor.page.get_by_role("link", name="rack", exact=True).first.click()
        visitor.page.get_by_role("link", name="Variables").click()
        visitor.sees("ups.delay.shutdown")


def test_paper_and_eyes_that_want_no_motion(visitor: Tab, stand: Stand) -> None:
    visitor.page.emulate_media(reduced_motion="no-preference")
    visitor.go("/")
    moving = "getComputedStyle(document.querySelector('.flow')).animationName"
    assert visitor.ask(moving) == "flow"
    visitor.page.emulate_media(reduced_motion="reduce")
    assert visitor.ask(moving) == "none"
    visitor.page.emulate_media(media="print", reduced_motion="no-preference")
    assert not visitor.page.locator(".top").is_visible()
    assert visitor.page.locator(".tile").first.is_visible()
    visitor.page.emulate_media(media="screen")
