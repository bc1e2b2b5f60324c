"""Signing in and out, and looking after users: as a browser does it."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.consoles import FAR, NAMES, PASSWORDS, Place
from wallnut.web.access import people
from wallnut.web.access.gate import CALLER
from wallnut.web.access.networks import Caller, address_of
from wallnut.web.access.signin import HASHING, WAITING, NotSignedIn
from wallnut.web.access.who import Role, Who

ADA, OTTO, VERA = NAMES[Role.ADMINISTER], NAMES[Role.OPERATE], NAMES[Role.VIEW]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    asyncio.run(found.access.close())


def test_sign_in_and_out(place: Place) -> None:
    vera = place.visitor()
    refused = vera.get("/device/rack/variables?x=1")
    assert (refused.status, refused.header("location")) == (303, "/login?next=/device/rack/variables%3Fx%3D1")
    page = vera.get("/login?next=/device/rack/variables%3Fx%3D1")
    assert 'value="/device/rack/variables?x=1"' in page.text
    assert "not encrypted" in page.text
    wrong = vera.post("/login", user=VERA, password="something else")
    assert (wrong.status, "do not belong together" in wrong.text, vera.cookies) == (403, True, {})
    answer = vera.sign_in(VERA, PASSWORDS[Role.VIEW], "/device/rack/variables?x=1")
    assert (answer.status, answer.header("location")) == (303, "/device/rack/variables?x=1")
    cookie = answer.header("set-cookie")
    assert re.fullmatch(r"wallnut=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=strict", cookie)
    assert VERA in vera.get("/").text
    token = dict(vera.cookies)
    answer = vera.post("/logout")
    assert (answer.status, vera.cookies) == (303, {})
    vera.cookies = token
    assert vera.get("/").status == 303  # the token itself is of no more use


def test_under_tls_the_cookie_is_bound_to_this_host(tmp_path: Path) -> None:
    place = Place(tmp_path)
    ada = place.visitor(scheme="https")
    assert "not encrypted" not in ada.get("/login").text
    cookie = ada.sign_in(ADA, PASSWORDS[Role.ADMINISTER]).header("set-cookie")
    assert re.fullmatch(r"__Host-wallnut=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=strict; Secure", cookie)
    assert ada.get("/").status == 200
    ada.scheme, ada.cookies = "http", {"wallnut": ada.cookies["__Host-wallnut"]}
    assert ada.get("/").status == 200
    asyncio.run(place.access.close())


def test_under_a_prefix(tmp_path: Path) -> None:
    place = Place(tmp_path, prefix="/ups")
    ada = place.visitor(scheme="https")
    assert ada.get("/ups/").header("location") == "/ups/login?next=/"
    answer = ada.post("/ups/login", user=ADA, password=PASSWORDS[Role.ADMINISTER], next="/settings")
    assert answer.header("location") == "/ups/settings"
    assert "__Secure-wallnut=" in answer.header("set-cookie")
    assert "Path=/ups/;" in answer.header("set-cookie")
    assert ada.get("/ups/settings/").header("location") == "/ups/settings"
    assert ada.get("/ups//evil.example/").status == 404
    asyncio.run(place.access.close())


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\n", "/a\\b", "/" + "x" * 3000]
)
def test_nobody_is_sent_elsewhere(path: str, place: Place) -> None:
    answer = place.visitor().sign_in(VERA, PASSWORDS[Role.VIEW], path)
    assert answer.header("location") == "/"
    assert place.visitor().get(f"/language/fr?back={quote(path)}").header("location") == "/"


def test_a_session_that_somebody_else_has_chosen_is_not_taken_over(place: Place) -> None:
    victim = place.visitor()
    victim.cookies["wallnut"] = chosen = "A" * 43
    victim.sign_in(VERA, PASSWORDS[Role.VIEW])
    assert victim.cookies["wallnut"] != chosen
    other = place.visitor()
    other.cookies["wallnut"] = chosen
    assert other.get("/").status == 303
    # one that is good is not carried on either: it ends when its browser signs in anew
    first = victim.cookies["wallnut"]
    victim.sign_in(ADA, PASSWORDS[Role.ADMINISTER])
    other.cookies["wallnut"] = first
    assert other.get("/").status == 303
    assert victim.get("/settings/users").status == 200


def test_who_follows_a_link_from_elsewhere_is_still_signed_in(place: Place) -> None:
    """The browser keeps a Strict cookie back then: the page asks for itself again, which is no foreign request."""
    answer = place.visitor().get("/device/rack?x=1", sec_fetch_site="cross-site")
    assert answer.status == 200
    assert '<meta http-equiv="refresh" content="0; url=/device/rack?x=1">' in answer.text
    assert place.visitor().get("/device/rack", sec_fetch_site="same-origin").status == 303


def test_a_session_ends_by_time(place: Place) -> None:
    vera = place.signed_in(Role.VIEW)
    place.now += place.settings.session_idle - 1
    assert vera.get("/").status == 200
    place.now += place.settings.session_idle
    assert vera.get("/").status == 303
    vera = place.signed_in(Role.VIEW)
    begin = place.now
    while place.now < begin + place.settings.session_most - 40_000:
        place.now += 40_000
        assert vera.get("/").status == 200
    place.now += 40_000
    assert vera.get("/").status == 303


def test_a_new_password_signs_out_everywhere(place: Place) -> None:
    here, there, ada = (
        place.signed_in(Role.VIEW),
        place.session(Role.VIEW, "192.0.2.77"),
        place.session(Role.ADMINISTER),
    )
    wrong = here.post("/settings/account/password", before="not mine", password="a new password")
    assert (wrong.status, there.get("/").status) == (403, 200)
    short = here.post("/settings/account/password", before=PASSWORDS[Role.VIEW], password="short")
    assert (short.status, "at least 8" in short.text) == (400, True)
    answer = here.post("/settings/account/password", before=PASSWORDS[Role.VIEW], password="a new password")
    assert answer.status == 303
    assert {visitor.get("/").status for visitor in (here, there)} == {303}
    assert place.visitor().sign_in(VERA, "a new password").status == 303
    number = place.users[Role.VIEW]
    again = place.visitor()
    again.sign_in(VERA, "a new password")
    assert ada.post(f"/settings/users/{number}/password", password="yet another").status == 303
    assert again.get("/").status == 303


def test_guessing_is_slow_and_does_not_tell_who_there_is(place: Place) -> None:
    def tries(name: str, peer: str) -> list[tuple[int, str]]:
        visitor = place.visitor(peer)
        found = []
        for _ in range(7):
            answer = visitor.post("/login", user=name, password="wrong password")
            text = re.sub(rf'value="{name}"', "", answer.text)
            found.append((answer.status, re.sub(r"data-now=\S+|<time.*?</time>", "", text)))
        return found

    known, unknown = tries(VERA, "192.0.2.10"), tries("nobody", "192.0.2.11")
    assert known == unknown
    assert [status for status, _ in known] == [403] * 5 + [429] * 2
    answer = place.visitor("192.0.2.10").post("/login", user=VERA, password=PASSWORDS[Role.VIEW])
    assert (answer.status, answer.header("retry-after")) == (429, "3")
    assert place.visitor("192.0.2.12").sign_in(VERA, PASSWORDS[Role.VIEW]).status == 303
    place.now += 3
    assert place.visitor("192.0.2.10").sign_in(VERA, PASSWORDS[Role.VIEW]).status == 303


def test_a_crowd_holds_up_nobody(place: Place) -> None:
    """Forty guess at once: what has no room is told so, and who signs in from their usual place gets in."""

    def come(number: int) -> Caller:
        return Caller(address_of(f"198.51.100.{number}"), "", False, False)

    async def guess(number: int) -> int:
        try:
            await place.access.sign_in.by_password(f"nobody{number}", "a password", come(number))
        except NotSignedIn as error:
            return error.status
        raise AssertionError

    async def part() -> None:
        sign_in = place.access.sign_in
        await sign_in.by_password(VERA, PASSWORDS[Role.VIEW], come(0))
        crowd = [asyncio.ensure_future(guess(number)) for number in range(1, 41)]
        await asyncio.sleep(0)
        assert (await sign_in.by_password(VERA, PASSWORDS[Role.VIEW], come(0))).name == VERA
        assert not all(one.done() for one in crowd)  # it did not wait for them
        statuses = await asyncio.gather(*crowd)
        assert sorted(statuses) == [403] * (HASHING + WAITING) + [503] * (40 - HASHING - WAITING)

    asyncio.run(part())


def test_looking_after_users(place: Place) -> None:
    ada = place.signed_in(Role.ADMINISTER)
    bad = ada.post("/settings/users", user="new one", password="a password", role="view")
    assert (bad.status, "begins with one of the first" in bad.text) == (400, True)
    assert ada.post("/settings/users", user="nora", password="short", role="view").status == 400
    assert ada.post("/settings/users", user="Vera", password="a password", role="view").status == 400
    assert ada.post("/settings/users", user="nora", password="a password", role="root").status == 400
    made = ada.post("/settings/users", user="nora", password="a password", role="view").header("location")
    one = made.partition("?")[0]
    assert "The user has been added" in ada.get(made).text
    nora = place.visitor()
    nora.sign_in("nora", "a password")
    assert ada.post(f"{one}/role", role="operate").status == 303
    assert "may switch and set" in nora.get("/settings/account").text
    assert ada.post(f"{one}/nut", nut_user="upsadmin", nut_password="geheim").status == 303
    page = ada.get(one).text
    assert 'value="upsadmin"' in page
    assert "geheim" not in page
    assert ada.post(f"{one}/nut", nut_user="other").status == 400  # another's password is none of this account's
    assert ada.post(f"{one}/nut", nut_user="upsadmin").status == 303
    number = int(one.rpartition("/")[2])
    assert place.access.store.ask_now(lambda db: people.nut_account(db, number)) == ("upsadmin", "geheim")
    assert ada.post(f"{one}/sign-out").status == 303
    assert nora.get("/").status == 303
    assert ada.post(f"{one}/remove").status == 303
    assert ada.get(one).status == 404
    assert place.visitor().sign_in("nora", "a password").status == 403


def test_a_number_that_is_too_large_is_nobodys(place: Place) -> None:
    ada = place.session(Role.ADMINISTER)
    for number in ("0", "9" * 15, "9" * 30):
        assert ada.get(f"/settings/users/{number}").status == 404
        assert ada.post(f"/settings/users/{number}/role", role="view").status == 404
        assert ada.post(f"/settings/tests/{number}/remove").status == 404


def test_a_wrong_method_is_told_the_right_ones(place: Place) -> None:
    answer = place.session(Role.ADMINISTER).post("/plan")
    assert (answer.status, set(answer.header("allow").split(", "))) == (405, {"GET", "HEAD"})
    assert "/plan takes no POST." in answer.text


def test_nobody_takes_the_last_rights_from_themselves(place: Place) -> None:
    ada, one = place.signed_in(Role.ADMINISTER), f"/settings/users/{place.users[Role.ADMINISTER]}"
    for answer in (ada.post(f"{one}/role", role="view"), ada.post(f"{one}/remove")):
        assert (answer.status, "another administrator can" in answer.text) == (400, True)
    assert "Remove ada" not in ada.get(one).text


def test_keys(place: Place) -> None:
    ada, one = place.signed_in(Role.ADMINISTER), f"/settings/users/{place.users[Role.OPERATE]}"
    made = ada.post(f"{one}/keys", key="scripts", role="operate").text
    key = re.search(r"wn_[\w-]{43}", made)
    assert key is not None
    assert key[0] not in ada.get(one).text
    script = place.visitor(headers={"authorization": f"bearer {key[0]}"})
    assert script.get("/api/v1/me").json() == {"name": OTTO, "role": "operate", "via": "key", "address": FAR}
    assert script.get("/api/v1/audit").status == 403
    basic = place.visitor(headers={"authorization": "Basic " + base64.b64encode(f"x:{key[0]}".encode()).decode()})
    assert basic.get("/api/v1/me").json()["name"] == OTTO
    other = place.visitor(headers={"authorization": "Bearer " + people.KEY_PREFIX + "A" * 43})
    assert other.get("/api/v1/ups").status == 401
    basic = place.visitor("127.0.0.1", headers={"authorization": "Basic b3R0bzp4"})
    assert basic.get("/api/v1/me").json()["role"] == "view"  # of a proxy before us, perhaps: it says nothing here
    number = re.search(r"/keys/(\d+)/remove", ada.get(one).text)
    assert number is not None
    assert ada.post(f"{one}/keys/{number[1]}/remove").status == 303
    assert script.get("/api/v1/ups").status == 401


def test_what_was_done_is_on_record(place: Place) -> None:
    mallory, ada = place.visitor("192.0.2.66"), place.signed_in(Role.ADMINISTER)
    mallory.post("/login", user="ADA", password="a wrong password")
    mallory.post("/login", user=PASSWORDS[Role.ADMINISTER], password="")  # in the wrong field
    ada.post("/settings/users", user="nora", password="the password of nora", role="view")
    ada.post(f"/settings/users/{place.users[Role.OPERATE]}/keys", key="<script>", role="view")
    deeds = ada.get("/api/v1/audit").json()
    assert [(one["who"], one["what"], one["target"], one["result"]) for one in deeds] == [
        ("ada", "key add", "otto: <script> (view)", "ok"),
        ("ada", "user add", "nora: view", "ok"),
        ("", "sign-in", "a name that nobody has", "wrong name or password"),
        ("ADA", "sign-in", "", "wrong name or password"),
        ("ada", "sign-in", "", "ok"),
    ]
    assert [deeds[3]["address"], deeds[4]["via"]] == ["192.0.2.66", "password"]
    page = ada.get("/settings/audit").text
    assert "otto: &lt;script&gt; (view)" in page
    assert "<script>" not in page
    for password in (PASSWORDS[Role.ADMINISTER], "the password of nora", "a wrong password"):
        assert password not in page + str(deeds)
    assert ada.get("/api/v1/audit?limit=1&before=2").json()[0]["id"] == 1
    assert ada.get("/api/v1/audit?before=x").status == 400
    assert [one["what"] for one in ada.get("/api/v1/audit?who=ada&limit=2").json()] == ["key add", "user add"]


def test_nothing_secret_is_said(place: Place) -> None:
    ada = place.signed_in(Role.ADMINISTER)
    number = place.users[Role.OPERATE]
    ada.post(f"/settings/users/{number}/nut", nut_user="upsadmin", nut_password="geheim-nut")
    ada.post(f"/settings/users/{number}/keys", key="scripts", role="view")
    hashes = place.access.store.ask_now(lambda db: [row[0] for row in db.rows("SELECT hash FROM user")])
    secrets = [*PASSWORDS.values(), *hashes, "geheim-nut", ada.cookies["wallnut"]]
    paths = (
        "/",
        "/settings/account",
        "/settings/users",
        f"/settings/users/{number}",
        "/settings/audit",
        "/api/v1/audit",
    )
    texts = [ada.get(path).text for path in paths] + place.log.texts
    texts += [place.visitor().post("/login", user=VERA, password=PASSWORDS[Role.OPERATE]).text]
    for secret in secrets:
        assert not any(secret in text for text in texts)


def test_streams_end_with_their_session_or_key(place: Place) -> None:
    gate, number = place.access.gate, place.users[Role.VIEW]
    vera = place.session(Role.VIEW)
    who = who_of(place, cookie=f"wallnut={vera.cookies['wallnut']}")
    assert asyncio.run(gate.still(who))
    vera.post("/logout")
    assert not asyncio.run(gate.still(who))
    key = place.access.store.ask_now(lambda db: people.add_key(db, number, "scripts", Role.VIEW, 0))
    who = who_of(place, authorization=f"Bearer {key}")
    assert (who.name, asyncio.run(gate.still(who))) == (VERA, True)
    place.access.store.ask_now(lambda db: people.remove_key(db, number, 1))
    assert not asyncio.run(gate.still(who))


def who_of(place: Place, **headers: str) -> Who:
    """Who the gate takes somebody for."""
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (FAR, 1),
        "scheme": "http",
    }
    return asyncio.run(place.access.gate.who({**scope, CALLER: place.access.gate.caller(scope)}))


def test_without_users_this_machine_looks_and_nobody_else(tmp_path: Path) -> None:
    place = Place(tmp_path, with_users=False)
    here, far = place.visitor("127.0.0.1"), place.visitor()
    assert here.get("/").status == 200
    assert "wallnut user add" in here.get("/login").text
    for answer in (far.get("/"), far.get("/api/v1/ups"), here.get("/settings/users")):
        assert (answer.status, "wallnut user add" in answer.text) == (403, True)
    assert far.post("/login", user="ada", password="a password").status == 503
    assert not place.path.exists()
    asyncio.run(place.access.close())


def test_a_broken_file_leaves_this_machine_its_view(place: Place) -> None:
    asyncio.run(place.access.close())  # its thread has ended: nothing answers
    vera = place.visitor("127.0.0.1")
    vera.cookies["wallnut"] = "A" * 43
    assert vera.get("/").status == 200
    assert "nothing can be changed: the console ends" in vera.get("/settings/users").text
    assert "nothing can be changed: the console ends" in vera.get("/login").text
    far = place.visitor().get("/settings/users")
    assert (far.status, "the console ends" in far.text) == (403, False)
    key = place.visitor("127.0.0.1", headers={"authorization": "Bearer " + people.KEY_PREFIX + "A" * 43})
    answer = key.get("/api/v1/ups")
    assert (answer.status, answer.header("content-type")) == (503, "application/problem+json")


NAMES_OF_HEADERS = [
    "cookie",
    "authorization",
    "x-forwarded-for",
    "remote-user",
    "origin",
    "host",
    "accept",
    "x-csrf-token",
]


@pytest.fixture(scope="module")
def one_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(
        tmp_path_factory.mktemp("fuzz"), proxies=("192.0.2.2",), proxy_user_header="Remote-User", proxy_role="none"
    )
    yield found
    asyncio.run(found.access.close())


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["127.0.0.1", "192.0.2.2", FAR]),
    st.dictionaries(st.sampled_from(NAMES_OF_HEADERS), st.text(st.characters(max_codepoint=255), max_size=80)),
    st.sampled_from(["wallnut=", "__Host-wallnut=", "Bearer wn_", "Bearer ", "Basic ", ""]),
    st.sampled_from(["GET", "POST", "DELETE"]),
)
def test_no_cookie_or_header_opens_the_door(
    one_place: Place, peer: str, headers: dict[str, str], begin: str, method: str
) -> None:
    headers = {name: begin + text if name in ("cookie", "authorization") else text for name, text in headers.items()}
    answer = one_place.visitor(peer, headers=headers).ask(method, "/settings/users")
    assert answer.status in (303, 401, 403, 405, 413, 421)
    answer = one_place.visitor(peer, headers=headers).ask("GET", "/api/v1/me")
    assert answer.status in (200, 421)
    if answer.status == 200:
        assert answer.json()["role"] in (("view", "nobody") if peer == "127.0.0.1" else ("nobody",))


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["/login", "/settings/users", "/settings/account/password", "/login/oidc/back", "/logout"]),
    st.one_of(
        st.binary(max_size=200),
        st.dictionaries(st.sampled_from(["user", "password", "next", "role"]), st.text(max_size=80)).map(
            lambda fields: urlencode(fields, errors="surrogatepass").encode()
        ),
    ),
)
def test_no_form_is_too_odd(one_place: Place, path: str, body: bytes) -> None:
    ada = one_place.session(Role.ADMINISTER)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-csrf-token": ada.csrf}
    answer = ada.ask("POST", path, body, headers)
    assert answer.status in (303, 400, 403, 405, 429)
    assert not answer.header("location").startswith(("//", "http"))


def test_no_way_to_be_the_proxy(place: Place) -> None:
    assert place.visitor("127.0.0.1", headers={"remote-user": ADA}).get("/settings/users").status == 303
