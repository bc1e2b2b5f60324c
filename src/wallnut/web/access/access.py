"""All that decides who may use a console, put together from its settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wallnut.io.log import Memory
from wallnut.web.access import directory, people, provider
from wallnut.web.access.audit import Audit
from wallnut.web.access.gate import Gate
from wallnut.web.access.networks import network
from wallnut.web.access.signin import SignIn
from wallnut.web.store import Store

if TYPE_CHECKING:
    from wallnut.config.wallnut_toml import Web
    from wallnut.io.log import Logger

HOW = "On this machine, `wallnut user add NAME --role administer` makes the first user."


class Access:
    """The parts. Raises ConfigError for settings that cannot work."""

    def __init__(
        self, settings: Web, log: Logger | None = None, *, prefix: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        log = log or Memory()
        directory.check(settings.ldap)
        provider.check(settings.oidc)
        self._settings = settings
        self.log = log
        elsewhere = bool(settings.ldap.url or settings.oidc.issuer or (settings.proxies and settings.proxy_user_header))
        self.store = Store(settings.store, make=elsewhere)
        self.audit = Audit(self.store, log, days=settings.audit_days, most=settings.audit_most, clock=clock)
        self.gate = Gate(settings, self.store, prefix=prefix, clock=clock)
        known = directory.Directory(settings.ldap) if settings.ldap.url else None
        self.sign_in = SignIn(self.store, self.audit, log, self.gate.lifetime, known, clock)
        self.provider = provider.Provider(settings.oidc, clock=clock) if settings.oidc.issuer else None
        self.clock = clock

    def opened(self) -> tuple[str, str]:
        """Before there is a loop: why none but this machine may be served ("": others may, too), and what is wrong with
        the store ("": nothing that matters)."""
        settings = self._settings
        wrong = self.store.open() if self.store.there else ""
        all_look = settings.anonymous == "view" and not all(network(one).is_loopback for one in settings.anonymous_from)
        if all_look or (not wrong and self._somebody()):
            return "", wrong
        return wrong or "there are no users yet", wrong

    def _somebody(self) -> bool:
        settings = self._settings
        if settings.ldap.url or settings.oidc.issuer or (settings.proxies and settings.proxy_user_header):
            return True
        return self.store.there and self.store.ask_now(people.any_user)

    async def close(self) -> None:
        """Give everything back."""
        self.sign_in.close()
        await self.store.close()
