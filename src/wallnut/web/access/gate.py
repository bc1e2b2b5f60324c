"""Finds out who asks: by key, by what a trusted proxy says, by session, or by where they are."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from wallnut.web.access import people
from wallnut.web.access.networks import Caller, allowed, caller, within
from wallnut.web.access.who import NOBODY, ROLES, Role, Who
from wallnut.web.store import NoStore

if TYPE_CHECKING:
    from starlette.types import Scope

    from wallnut.config.wallnut_toml import Web
    from wallnut.history.sqlite import Sqlite
    from wallnut.web.access.people import User
    from wallnut.web.store import Store

CALLER = "wallnut.caller"
"""Where an ASGI scope has the Caller."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_NAME = 128
KNOWN_FOR = 5.0
"""Seconds for which it is remembered that somebody can sign in."""


class Gate:
    """Says who asks. `settings` are those of [web], times are seconds of the epoch."""

    def __init__(
        self, settings: Web, store: Store, *, prefix: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._prefix = prefix
        self._secret = secrets.token_bytes(32)
        self._networks = {
            Role.VIEW: settings.view_from,
            Role.OPERATE: settings.operate_from,
            Role.ADMINISTER: settings.administer_from,
        }
        self._user_header = settings.proxy_user_header.lower()
        self._asked, self._anybody = 0.0, False
        self.trouble = ""
        """Why users cannot be looked up, as far as it is known; "" also where there are none."""
        self.lifetime = people.Lifetime(settings.session_idle, settings.session_most)

    def caller(self, scope: Scope) -> Caller:
        """Where a request comes from."""
        peer = scope.get("client")
        secure = scope.get("scheme") in ("https", "wss")
        return caller(peer[0] if peer else "", Headers(scope=scope), self._settings.proxies, secure=secure)

    def cookie(self, come: Caller) -> str:
        """The name of the session's cookie: the browser itself sees to it that nobody else sets one of such a name."""
        return ("__Secure-wallnut" if self._prefix else "__Host-wallnut") if come.secure else "wallnut"

    async def who(self, scope: Scope) -> Who:
        """Who asks. Raises NoStore where a key cannot be looked up."""
        come: Caller = scope[CALLER]
        headers = Headers(scope=scope)
        if key := _key(headers.get("authorization", "")):
            return await self._by_key(key, come)
        if self._user_header and come.by_proxy and headers.getlist(self._user_header) not in ([], [""]):
            return await self._by_proxy(headers.getlist(self._user_header), come)
        token = cookie_parser(headers.get("cookie", "")).get(self.cookie(come), "")
        if TOKEN.fullmatch(token):
            try:
                found = await self._by_session(token, come)
            except NoStore:
                found = None  # whoever may look anyway goes on to
            if found is not None:
                return found
        return self._anonymous(come)

    def _anonymous(self, come: Caller) -> Who:
        looks = self._settings.anonymous == "view" and within(come.address, self._settings.anonymous_from)
        return Who("", Role.VIEW if looks else Role.NOBODY, "local" if looks else "", address=come.text)

    async def _by_key(self, token: str, come: Caller) -> Who:
        if not TOKEN.fullmatch(token.removeprefix(people.KEY_PREFIX)):
            return NOBODY
        found = await self._store.ask(lambda db: people.by_key(db, token, self._now()))
        if found is None:
            return Who("", Role.NOBODY, "", address=come.text)
        user, role = found
        return Who(
            user.name,
            allowed(role, come.address, self._networks),
            "key",
            "",
            user.id,
            come.text,
            key=people.digest(token),
        )

    async def _by_session(self, token: str, come: Caller) -> Who | None:
        hash_ = people.digest(token)
        user = await self._store.ask(lambda db: people.session(db, hash_, self._now(), self.lifetime))
        if user is None:
            return None
        role = allowed(user.role, come.address, self._networks)
        return Who(user.name, role, "session", people.csrf_of(token), user.id, come.text, hash_)

    async def _by_proxy(self, said: list[str], come: Caller) -> Who:
        """A user whom the proxy names. One that is named twice may have been named by themselves."""
        name = _decoded(said[0])
        if len(said) > 1 or not name or len(name) > MOST_NAME or not name.isprintable():
            return Who("", Role.NOBODY, "", address=come.text)
        first = ROLES.get(self._settings.proxy_role, Role.NOBODY)
        csrf = hmac.new(self._secret, f"proxy {name}".encode("utf-8", "replace"), "sha256").hexdigest()
        try:
            user = await self._store.ask(
                lambda db: people.vouched(db, people.PROXY, name, name, None, self._now(), first)
            )
        except (NoStore, people.BadUser):  # what nobody can write down is not done either
            return Who(name, allowed(min(first, Role.VIEW), come.address, self._networks), "proxy", csrf, 0, come.text)
        return Who(name, allowed(user.role, come.address, self._networks), "proxy", csrf, user.id, come.text)

    async def still(self, who: Who) -> bool:
        """Whether somebody who has begun to watch is still who they were. Doubt is no reason to cut them off."""
        if not who.user:
            return True
        try:
            found = await self._store.ask(lambda db: self._user_of(db, who))
        except NoStore:
            return True
        return found is not None and found.role >= min(who.role, Role.VIEW)

    def _user_of(self, db: Sqlite, who: Who) -> User | None:
        if who.session:
            return people.session(db, who.session, self._now(), self.lifetime, use=False)
        if who.key and not people.is_key(db, who.key):
            return None
        return people.user(db, who.user)

    async def can_sign_in(self) -> bool:
        """Whether anybody can: there is a user, or somebody else who vouches for them."""
        if self._settings.ldap.url or self._settings.oidc.issuer:
            return True
        now = self._clock()
        if not 0 <= now - self._asked < KNOWN_FOR:
            try:
                self._anybody, self.trouble = await self._store.ask(people.any_user), ""
            except NoStore as error:
                self._anybody, self.trouble = False, error.detail if self._store.there else ""
            self._asked = now
        return self._anybody

    def _now(self) -> int:
        return int(self._clock())


def _key(authorization: str) -> str:
    """The key in an Authorization header: a bearer's, or for those who can only send passwords a password. "" for none:
    what else may stand there is for a proxy before us."""
    kind, _, value = authorization.partition(" ")
    value = value.strip()
    if kind.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    elif kind.lower() != "bearer":
        return ""
    return value if value.startswith(people.KEY_PREFIX) else ""


def _decoded(value: str) -> str:
    """A header's text: UTF-8 where it is that."""
    try:
        return value.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return value.strip()
