"""Signing in at an OpenID Connect provider: a whole one beside us, and one that lies."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.support.ports import accepts, free_port
from tests.support.procs import running
from tests.web.consoles import Place
from tests.web.visitor import Answer, Visitor
from wallnut.config.wallnut_toml import Oidc
from wallnut.model.errors import ConfigError
from wallnut.web.access import provider
from wallnut.web.access.provider import Claims, Failed, Provider
from wallnut.web.access.who import Role

USERS = (
    {"sub": "1234", "preferred_username": "ada", "groups": ["staff", "ups-admins"]},
    {"sub": "5678", "preferred_username": "vera", "groups": ["ups-viewers"]},
    {"sub": "9999", "preferred_username": "nils", "groups": ["staff"]},
)
ROLES: dict[str, Any] = {"view": ("ups-viewers",), "administer": ("ups-admins",)}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    argv = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    for user in USERS:
        argv += ["--user-claims", json.dumps(user)]
    with running(*argv, ready=lambda _: accepts(port, "localhost"), limit=30):
        yield f"http://localhost:{port}"


@pytest.fixture
def place(issuer: str, tmp_path: Path) -> Iterator[Place]:
    conf = Oidc(issuer=issuer, client_id="console", client_secret="geheim", label="Example", **ROLES)
    found = Place(tmp_path, with_users=False, oidc=conf)
    found.now = time.time()  # the provider's is the real one
    yield found
    asyncio.run(found.access.close())


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def consents(url: str, **fields: str) -> str:
    """Say yes, as somebody, on the provider's page; where it sends the browser back to."""
    opener = urllib.request.build_opener(_Stay)
    try:
        opener.open(urllib.request.Request(url, urllib.parse.urlencode(fields).encode()), timeout=20)
    except urllib.error.HTTPError as error:
        with error:
            where = urlsplit(error.headers["Location"])
            assert where.path == "/login/oidc/back"
            return f"{where.path}?{where.query}"
    raise AssertionError("it did not send the browser back")


def comes_back(visitor: Visitor, sub: str) -> Answer:
    answer = visitor.get("/login/oidc?next=/settings/account")
    assert answer.status == 303, answer.text
    return visitor.get(consents(answer.header("location"), sub=sub))


def test_signing_in(place: Place) -> None:
    ada = place.visitor()
    assert "Sign in with Example" in ada.get("/login").text
    answer = ada.get("/login/oidc?next=/settings/account")
    wanted = parse_qs(urlsplit(answer.header("location")).query)
    assert wanted["code_challenge_method"] == ["S256"]
    assert wanted["redirect_uri"] == ["http://localhost:8493/login/oidc/back"]
    assert "SameSite=lax" in answer.header("set-cookie")
    assert "HttpOnly" in answer.header("set-cookie")
    answer = ada.get(consents(answer.header("location"), sub="1234"))
    assert answer.status == 200
    assert '<meta http-equiv="refresh" content="0; url=/settings/account">' in answer.text
    assert re.search(r"wallnut=[\w-]{43};.*SameSite=strict", answer.header("set-cookie"))
    assert list(ada.cookies) == ["wallnut"]
    page = ada.get("/settings/account").text
    assert "<dd>ada" in page
    assert "administers" in page
    assert ada.get("/settings/users").status == 200


def test_a_role_is_required(place: Place) -> None:
    nils, vera = place.visitor(), place.visitor()
    answer = comes_back(nils, "9999")
    assert (answer.status, "You are known, but may not use this console" in answer.text) == (403, True)
    assert "wallnut" not in nils.cookies
    assert comes_back(vera, "5678").status == 200
    assert vera.get("/settings/users").status == 403
    assert place.log.texts == ["OpenID Connect: groups gives them no role here"]


def test_what_came_back_once_does_not_come_back_again(place: Place) -> None:
    vera, other = place.visitor(), place.visitor()
    answer = vera.get("/login/oidc")
    kept = dict(vera.cookies)
    back = consents(answer.header("location"), sub="5678")
    assert other.get(back).status == 502  # another browser: somebody else's account is not pushed on it
    other.get("/login/oidc")
    assert other.get(back).status == 502
    assert vera.get(back).status == 200
    vera.cookies = kept
    assert vera.get(back).status == 502  # the provider takes a code once
    assert "geheim" not in " ".join(place.log.texts)
    codes = parse_qs(urlsplit(back).query)["code"]
    assert not any(code in text for code in codes for text in place.log.texts)


def test_the_provider_says_no_or_is_away(place: Place, tmp_path: Path) -> None:
    vera = place.visitor()
    answer = vera.get("/login/oidc")
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    answer = vera.get(f"/login/oidc/back?error=access_denied&state={state}")
    assert (answer.status, "Try again" in answer.text) == (502, True)
    assert place.log.texts[-1] == "OpenID Connect: the provider says 'access_denied'"
    (tmp_path / "away").mkdir()
    away = Place(tmp_path / "away", oidc=Oidc(issuer="http://127.0.0.1:1", client_id="x", **ROLES))
    assert away.visitor().get("/login/oidc").status == 502
    assert "127.0.0.1:1 cannot be asked" in away.log.texts[-1]
    asyncio.run(away.access.close())


# One that lies


KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
ISSUER, NOW = "https://id.example", 1_000_000.0


class Liar:
    """A provider that signs whatever it is told, over httpx's own seam."""

    def __init__(self, **about: Any) -> None:
        self.about = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **about,
        }
        self.claims: dict[str, Any] = {}
        self.key: Any = KEY
        self.me: dict[str, Any] = {}
        self.token: str | None = None
        self.challenge = self.sent = ""
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path.endswith("openid-configuration"):
            return httpx.Response(200, json=self.about)
        if path == "/keys":
            return httpx.Response(200, json=KeySet([KEY]).as_dict(private=False))
        if path == "/me":
            return httpx.Response(200, json=self.me)
        self.sent = request.content.decode()
        verifier = parse_qs(self.sent)["code_verifier"][0]
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if digest != self.challenge:
            return httpx.Response(400, json={"error": "invalid_grant"})
        token = self.token
        if token is None and isinstance(self.key, bytes):  # the public key taken for a shared secret
            parts = (json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "one"}, self.claims))
            token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
            seal = hmac.new(self.key, token.encode(), "sha256").digest()
            token = f"{token}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"
        elif token is None:
            token = jwt.encode({"alg": "RS256", "kid": "one"}, self.claims, self.key)
        return httpx.Response(200, json={"access_token": "a", "token_type": "Bearer", "id_token": token})

    async def answer(self, conf: Oidc | None = None, now: float = NOW, **changes: Any) -> Claims:
        """What a browser's whole way there and back gives; `changes` are made to what the token says."""
        moment = NOW
        wanted = Provider(
            conf or Oidc(issuer=ISSUER, client_id="console", client_secret="x", **ROLES),
            clock=lambda: moment,
            transport=httpx.MockTransport(self),
        )
        where, cookie = await wanted.begin("https://ups.example/login/oidc/back", "/")
        query = {key: values[0] for key, values in parse_qs(urlsplit(where).query).items()}
        self.challenge = query["code_challenge"]
        self.claims = {
            "iss": ISSUER,
            "aud": "console",
            "sub": "1",
            "exp": NOW + 60,
            "iat": NOW,
            "nonce": query["nonce"],
            "groups": "ups-viewers",
            **changes,
        }
        self.claims = {key: value for key, value in self.claims.items() if value is not None}
        moment = now
        back = {"state": query["state"], "code": "c"}
        return (await wanted.end(cookie, back))[0]


def test_a_good_token() -> None:
    assert asyncio.run(Liar().answer()) == Claims("1", "1", Role.VIEW)
    found = asyncio.run(Liar().answer(preferred_username="ann", groups=["x", "ups-admins", "ups-viewers"]))
    assert found == Claims("1", "ann", Role.ADMINISTER)
    nested = Oidc(issuer=ISSUER, client_id="console", role_claim="realm_access.roles", **ROLES)
    found = asyncio.run(Liar().answer(nested, realm_access={"roles": ["ups-viewers"]}))
    assert found.role == Role.VIEW
    liar = Liar()
    liar.me = {"sub": "1", "groups": ["ups-viewers"]}
    assert asyncio.run(liar.answer(groups=None)).role == Role.VIEW  # it tells groups in another place


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["console", "another"]}, "azp"),
        ({"aud": ["console", "another"], "azp": "another"}, "azp"),
        ({"aud": None}, "aud"),
        ({"exp": NOW - 61}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "never"}, "exp"),
        ({"iat": NOW + 61}, "iat"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"groups": ["ups-admins-not"]}, "no role"),
        ({"groups": {"ups-admins": True}}, "no role"),
        ({"groups": 7}, "no role"),
    ],
)
def test_a_token_that_is_not_for_us(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Failed, match=said):
        asyncio.run(Liar().answer(**changes))


def test_a_token_that_somebody_else_has_signed() -> None:
    for key in (OTHER, KEY.as_pem(private=False)):
        liar = Liar()
        liar.key = key
        with pytest.raises(Failed, match="cannot be believed"):
            asyncio.run(liar.answer())
    for token in ("", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "\udcff", "." * 10_000):
        liar = Liar()
        liar.token = token
        with pytest.raises(Failed):
            asyncio.run(liar.answer())


def test_a_provider_that_is_another() -> None:
    for about in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": 7},
    ):
        with pytest.raises(Failed):
            asyncio.run(Liar(**about).answer())
    liar = Liar()
    liar.me = {"sub": "2", "groups": ["ups-admins"]}
    with pytest.raises(Failed, match="somebody else"):
        asyncio.run(liar.answer(groups=None))
    with pytest.raises(Failed, match="too long"):
        asyncio.run(Liar().answer(now=NOW + provider.UNDER_WAY + 1))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(302, headers={"location": "http://127.0.0.1/"}), "refuses: 302"),
        (httpx.Response(200, content=b"[1]"), "refuses"),
        (httpx.Response(200, content=b"{"), "no JSON"),
        (httpx.Response(200, content=b" " * 600_000), "too much"),
        (httpx.Response(500, content=b""), "refuses: 500"),
    ],
)
def test_answers_that_are_none(answer: httpx.Response, said: str) -> None:
    wanted = Provider(Oidc(issuer=ISSUER, client_id="x"), transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(Failed, match=said):
        asyncio.run(wanted.begin("https://ups.example/login/oidc/back", "/"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"client_id": ""}, "client_id"),
        ({"issuer": "http://id.example"}, "https://"),
        ({"view": (), "administer": ()}, "role_claim"),
    ],
)
def test_settings_that_cannot_work(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        provider.check(Oidc(**{"issuer": ISSUER, "client_id": "x", **ROLES, **values}))
