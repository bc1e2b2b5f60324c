"""Signing in at an OpenID Connect provider: the authorization code flow with PKCE (OpenID Connect Core 3.1, RFC 7636).

httpx and joserfc are loaded when needed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from wallnut.model.errors import ConfigError
from wallnut.web.access.networks import is_loopback
from wallnut.web.access.who import Role

if TYPE_CHECKING:
    import httpx

    from wallnut.config.wallnut_toml import Oidc

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a key that only the provider has."""
TIME_LIMIT = 10.0
MOST_ANSWER = 512 * 1024
KEPT = 3600.0
"""Seconds for which what the provider says of itself is believed."""
RENEW = 60.0
"""Seconds before keys are asked for again because one was not among them."""
SKEW = 60
"""Seconds by which clocks may differ."""
UNDER_WAY = 600
"""Seconds in which somebody must come back from the provider."""


class Failed(Exception):
    """Nobody has signed in: the text says why, in a line, without a secret. `known`: the provider knows them, but they
    have no role here."""

    def __init__(self, text: str, *, known: bool = False) -> None:
        self.known = known
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Claims:
    """Somebody who has signed in there: `subject` is the provider's own word for them."""

    subject: str
    name: str
    role: Role


def check(conf: Oidc) -> None:
    """Whether the settings can work. Raises ConfigError."""
    if not conf.issuer:
        return
    if not conf.client_id:
        raise ConfigError("[web.oidc] needs a client_id, by which the provider knows the console")
    where = urlsplit(conf.issuer)
    if where.scheme != "https" and not (where.scheme == "http" and is_loopback(where.hostname or "")):
        raise ConfigError("[web.oidc] issuer begins with https://")
    if not (conf.view or conf.operate or conf.administer):
        raise ConfigError(
            "[web.oidc] needs a value of role_claim with which one may sign in: view, operate, administer"
        )
    for name in ("httpx", "joserfc"):
        try:
            __import__(name)
        except ModuleNotFoundError:
            raise ConfigError(f"[web.oidc] needs {name}: pip install 'wallnut[oidc]'") from None


class Provider:
    """The provider. `transport` is how httpx reaches it (None: over the network)."""

    def __init__(
        self, conf: Oidc, *, clock: Callable[[], float] = time.time, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._conf, self._clock, self._transport = conf, clock, transport
        self._secret = secrets.token_bytes(32)
        self._about: dict[str, Any] = {}
        self._about_at = self._keys_at = 0.0
        self._keys: Any = None

    async def begin(self, back: str, after: str) -> tuple[str, str]:
        """Where to send a browser, and what it must keep in a cookie until it comes to `back`. `after` is where it goes
        when somebody has signed in. Raises Failed."""
        about = await self._discover()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        wanted = {
            "response_type": "code",
            "client_id": self._conf.client_id,
            "redirect_uri": back,
            "scope": " ".join(dict.fromkeys(("openid", *self._conf.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        where = _text(about, "authorization_endpoint")
        kept = json.dumps([state, nonce, verifier, back, after, int(self._clock())]).encode()
        return f"{where}{'&' if '?' in where else '?'}{urlencode(wanted)}", self._sealed(kept)

    async def end(self, cookie: str, query: Mapping[str, str]) -> tuple[Claims, str]:
        """Who has come back, and where they wanted to go. Raises Failed."""
        state, nonce, verifier, back, after, at = self._unsealed(cookie)
        if not hmac.compare_digest(query.get("state", "").encode("utf-8", "replace"), state.encode()):
            raise Failed("the answer does not belong to what this browser asked")
        if not 0 <= self._clock() - at <= UNDER_WAY:
            raise Failed("it took too long")
        if query.get("iss", self._conf.issuer) != self._conf.issuer:
            raise Failed("another provider answers (RFC 9207)")
        if "error" in query:
            raise Failed(f"the provider says {query['error'][:64]!r}")
        if not query.get("code"):
            raise Failed("the provider's answer has no code")
        tokens = await self._tokens(query["code"], verifier, back)
        claims = await self._verified(_text(tokens, "id_token"), nonce)
        if _at(claims, self._conf.role_claim) is None and tokens.get("access_token"):
            claims = {**await self._user_info(str(tokens["access_token"]), claims["sub"]), **claims}
        return self._found(claims), after

    def _found(self, claims: Mapping[str, Any]) -> Claims:
        said = _at(claims, self._conf.role_claim)
        listed = said if isinstance(said, list) else [said]
        values = {one for one in listed if isinstance(one, str)}
        conf = self._conf
        table = ((Role.ADMINISTER, conf.administer), (Role.OPERATE, conf.operate), (Role.VIEW, conf.view))
        role = next((role for role, wanted in table if values & set(wanted)), Role.NOBODY)
        if not role:
            raise Failed(f"{conf.role_claim} gives them no role here", known=True)
        name = _at(claims, conf.name_claim)
        return Claims(claims["sub"], name if isinstance(name, str) and name else claims["sub"], role)

    # What the browser keeps: sealed, so that nobody else makes one

    def _sealed(self, kept: bytes) -> str:
        text = base64.urlsafe_b64encode(kept).decode()
        return f"{text}.{hmac.new(self._secret, text.encode(), 'sha256').hexdigest()}"

    def _unsealed(self, cookie: str) -> tuple[str, str, str, str, str, int]:
        text, _, seal = cookie.rpartition(".")
        wanted = hmac.new(self._secret, text.encode("utf-8", "replace"), "sha256").hexdigest()
        if not text or not hmac.compare_digest(seal.encode("utf-8", "replace"), wanted.encode()):
            raise Failed("this browser has not asked, or too long ago")
        state, nonce, verifier, back, after, at = json.loads(base64.urlsafe_b64decode(text))
        return state, nonce, verifier, back, after, at

    # The provider's answers

    async def _discover(self) -> dict[str, Any]:
        if not self._about or not 0 <= self._clock() - self._about_at < KEPT:
            about = await self._ask("GET", f"{self._conf.issuer.rstrip('/')}/.well-known/openid-configuration")
            if about.get("issuer") != self._conf.issuer:
                raise Failed(f"the provider calls itself {str(about.get('issuer'))[:128]!r}, not {self._conf.issuer}")
            self._about, self._about_at, self._keys = about, self._clock(), None
        return self._about

    async def _tokens(self, code: str, verifier: str, back: str) -> dict[str, Any]:
        about, conf = await self._discover(), self._conf
        data = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        basic = None
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if conf.client_secret and "client_secret_basic" in ways:
            basic = (conf.client_id, conf.client_secret)
        else:
            data["client_id"] = conf.client_id
            if conf.client_secret:
                data["client_secret"] = conf.client_secret
        return await self._ask("POST", _text(about, "token_endpoint"), data=data, auth=basic)

    async def _user_info(self, token: str, subject: str) -> dict[str, Any]:
        where = (await self._discover()).get("userinfo_endpoint")
        if not isinstance(where, str):
            return {}
        found = await self._ask("GET", where, headers={"Authorization": f"Bearer {token}"})
        if found.get("sub") != subject:
            raise Failed("the provider tells of somebody else (OpenID Connect Core 5.3.2)")
        return found

    async def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token (OpenID Connect Core 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        about = await self._discover()
        offered = about.get("id_token_signing_alg_values_supported") or ["RS256"]
        allowed = [name for name in ALGORITHMS if name in offered]
        claims: dict[str, Any] = {}
        for again in (False, True):
            try:
                claims = jwt.decode(token, await self._key_set(again), algorithms=allowed).claims
                break
            except (JoseError, ValueError) as error:
                if again or self._clock() - self._keys_at < RENEW:
                    raise Failed(f"its ID token cannot be believed: {type(error).__name__}") from None
        now, audience = self._clock(), claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        faults = {
            "iss": claims.get("iss") != self._conf.issuer,
            "aud": self._conf.client_id not in audiences,
            "azp": len(audiences) > 1 and claims.get("azp") != self._conf.client_id,
            "exp": not isinstance(expires, int | float) or expires < now - SKEW,
            "iat": not isinstance(issued, int | float) or issued > now + SKEW,
            "nonce": claims.get("nonce") != nonce,
            "sub": not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255,
        }
        if wrong := [name for name, fault in faults.items() if fault]:
            raise Failed(f"its ID token cannot be believed: {', '.join(wrong)}")
        return claims

    async def _key_set(self, again: bool) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if self._keys is None or again:
            found = await self._ask("GET", _text(await self._discover(), "jwks_uri"))
            try:
                self._keys, self._keys_at = KeySet.import_key_set(found), self._clock()  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError):
                raise Failed("the provider's keys cannot be read") from None
        return self._keys

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        data: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """An object that the provider answers with; it goes where it was sent, and no further."""
        import httpx

        where = urlsplit(url)
        if where.scheme != "https" and not (where.scheme == "http" and is_loopback(where.hostname or "")):
            raise Failed("the provider names an address that is not https://")
        try:
            async with (
                httpx.AsyncClient(timeout=TIME_LIMIT, follow_redirects=False, transport=self._transport) as client,
                client.stream(
                    method, url, data=data, auth=auth, headers={"Accept": "application/json", **(headers or {})}
                ) as answer,
            ):
                body = b""
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > MOST_ANSWER:
                        raise Failed(f"{where.netloc} answers too much")
                status = answer.status_code
            found = json.loads(body) if body else {}
        except httpx.HTTPError as error:
            raise Failed(f"{where.netloc} cannot be asked: {str(error)[:200] or type(error).__name__}") from None
        except ValueError:
            raise Failed(f"{where.netloc} answers with what is no JSON") from None
        if status != 200 or not isinstance(found, dict):
            said = found.get("error") if isinstance(found, dict) else None
            raise Failed(f"{where.netloc} refuses: {status}{f' {said[:64]!r}' if isinstance(said, str) else ''}")
        return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise Failed(f"the provider's answer has no {name}")
    return value


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with points."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
