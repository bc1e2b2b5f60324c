"""Every page in French, which is longer, at 360 px: nothing too wide, nothing left in English, nothing cut."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.support.browser import tab
from tests.web.browser.stand import Stand
from tests.web.browser.test_pages import paths
from wallnut.web.access.who import Role
from wallnut.web.i18n import languages

SEEN = """() => {
  const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("[lang=en], code, script, .value, .edit select")) {
      found.add(walker.currentNode.textContent.replace(/\\s+/g, " ").trim());
    }
  }
  for (const name of ["title", "aria-label", "placeholder"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) found.add(one.getAttribute(name));
  }
  return [document.title, ...found];
}"""
"""All texts of a page that are not said to be English, or somebody's own."""
CUT = """() => [...document.querySelectorAll("svg text")].filter((one) => {
  const text = one.getBoundingClientRect(), picture = one.closest("figure, svg.path, .one, .charts");
  const whole = picture && picture.getBoundingClientRect();
  return whole && text.width && (text.left < whole.left - 1 || text.right > whole.right + 1);
}).map((one) => one.textContent)"""


def test_every_page_in_french(browser: Browser, stand: Stand) -> None:
    stand.calm()
    french = languages()["fr"]
    wrong: dict[str, object] = {}
    with tab(browser, stand.origin, width=360, height=740, locale="fr-CH") as visitor:
        visitor.forgiven = ("404 (Not Found)",)
        visitor.page.context.add_cookies([stand.cookie(Role.ADMINISTER)])
        for name, path in paths(stand).items():
            visitor.go(path)
            if visitor.ask("document.getElementById('main').dataset.view || ''"):
                visitor.wait("document.getElementById('link').textContent.startsWith('En direct')")
            assert visitor.ask("document.documentElement.lang") == "fr"
            visitor.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found: list[object] = [text for text in visitor.ask(SEEN) if french.gettext(text) != text]
            if visitor.overflow > 0:
                found.append(f"{visitor.overflow} px too wide")
            found += visitor.ask(CUT)
            if found:
                wrong[name] = found
    assert not wrong
