"""Signing in with a real browser, whose own rules for cookies and sites are half of it. The console is at 127.0.0.1 and
the OpenID Connect provider at localhost: for a browser these are two sites."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Tab, tab
from tests.support.ours import program
from tests.support.ports import accepts, free_port
from tests.support.procs import running
from tests.web.test_console import serves
from wallnut.config.passwords import hash_password
from wallnut.web.access import people
from wallnut.web.access.who import Role
from wallnut.web.store import open_store

PASSWORD = "correct horse"
ADA = {"sub": "1234", "preferred_username": "ada.at.example", "groups": ["ups-admins"]}
FOCUS = "document.activeElement.name"
TOML = """\
[web]
store = "{folder}/console.db"
servers = "127.0.0.1:1"
anonymous = "none"
[web.oidc]
issuer = "{issuer}"
client_id = "console"
client_secret = "geheim"
label = "Example"
administer = "ups-admins"
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    argv = (sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", json.dumps(ADA))
    with running(*argv, ready=lambda _: accepts(port, "localhost"), limit=30):
        yield f"http://localhost:{port}"


@pytest.fixture(scope="module")
def origin(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("signing in"), free_port()
    users(folder)
    (folder / "wallnut.toml").write_text(TOML.format(folder=folder, issuer=issuer))
    argv = (program("wallnut"), "web", "-l", f"127.0.0.1:{port}", "-A", "none")
    with running(*argv, ready=lambda _: serves(port), limit=30, env={"NUT_CONFPATH": str(folder)}):
        yield f"http://127.0.0.1:{port}"


def users(folder: Path) -> None:
    db = open_store(str(folder / "console.db"))
    people.add(db, "otto", Role.OPERATE, hash_password(PASSWORD), int(time.time()))
    db.close()


@pytest.fixture
def visitor(browser: Browser, origin: str) -> Iterator[Tab]:
    with tab(browser, origin, width=360, height=740) as found:
        yield found


def signs_in(visitor: Tab, path: str) -> None:
    """By keyboard, from a page that needs it."""
    visitor.go(path)
    visitor.wait(f"{FOCUS} === 'user'")
    visitor.page.keyboard.type("otto")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"{visitor.origin}{path}")


def test_by_password(visitor: Tab) -> None:
    visitor.forgiven = ("403 (Forbidden)",)
    visitor.go("/settings/account")
    assert visitor.page.url == f"{visitor.origin}/login?next=/settings/account"
    visitor.page.get_by_label("Name").fill("otto")
    visitor.page.get_by_label("Password").fill("wrong horse")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.sees("do not belong together")
    visitor.wait(f"{FOCUS} === 'password'")
    visitor.page.keyboard.type(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/settings/account")
    visitor.sees("may switch and set")
    assert visitor.page.context.cookies()[0]["httpOnly"]
    assert visitor.ask("document.cookie") == ""
    visitor.go("/settings/users")
    visitor.sees("otto may not do this")
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.wait_for_url("**/login")
    visitor.go("/")
    assert visitor.page.url.endswith("/login?next=/")


def test_at_a_provider_of_another_site(visitor: Tab, issuer: str) -> None:
    visitor.go("/settings/account")
    visitor.page.get_by_role("link", name="Sign in with Example").click()
    visitor.page.wait_for_url(f"{issuer}/**")
    visitor.page.locator("[name=sub]").first.fill("1234")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"{visitor.origin}/settings/account")
    visitor.sees("ada.at.example")
    visitor.sees("administers")
    visitor.faults.clear()  # the provider's page is none of ours


def test_a_link_from_another_site(visitor: Tab, issuer: str) -> None:
    """The Strict cookie does not come with it, and yet whoever follows it is signed in."""
    signs_in(visitor, "/settings/account")
    visitor.page.goto(issuer)
    visitor.page.evaluate("url => { location.href = url }", f"{visitor.origin}/settings/account?x=1")
    visitor.page.wait_for_url(f"{visitor.origin}/settings/account?x=1")
    visitor.sees("may switch and set")
    visitor.faults.clear()


def test_a_form_of_another_site(visitor: Tab, issuer: str) -> None:
    signs_in(visitor, "/settings/account")
    visitor.page.goto(issuer)
    visitor.page.evaluate(
        "url => { const f = document.createElement('form'); f.method = 'post'; f.action = url;"
        " document.body.append(f); f.submit(); }",
        f"{visitor.origin}/logout",
    )
    visitor.page.wait_for_url("**/logout")
    visitor.sees("Another site's page asks.")
    visitor.go("/settings/account")
    visitor.sees("may switch and set")
    visitor.faults.clear()
