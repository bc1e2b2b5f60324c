"""Signing in: with a password that is kept here, or one that the directory knows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wallnut.config.passwords import check_password, hash_password
from wallnut.web.access import people
from wallnut.web.access.directory import Away
from wallnut.web.access.pool import Busy, Pool
from wallnut.web.access.slowing import Slowing
from wallnut.web.access.who import NOBODY, Role, Who
from wallnut.web.i18n import N_
from wallnut.web.store import NoStore

if TYPE_CHECKING:
    from wallnut.history.sqlite import Sqlite
    from wallnut.io.log import Logger
    from wallnut.web.access.audit import Audit
    from wallnut.web.access.directory import Directory
    from wallnut.web.access.networks import Caller
    from wallnut.web.access.people import Lifetime, User
    from wallnut.web.store import Store

HASHING = 2
"""Hashes at a time: each takes 16 MB and 50 ms of a processor."""
WAITING = 20
PATIENCE, DIRECTORY_PATIENCE = 10.0, 40.0
MOST_TEXT = 512


class NotSignedIn(Exception):
    """Nobody was let in: `text` says why in English, `wait` after how many seconds to try again (0: at will), `status`
    is that of HTTP."""

    def __init__(self, status: int, text: str, wait: int = 0) -> None:
        self.status, self.text, self.wait = status, text, wait
        super().__init__(text)


WRONG = N_("This name and password do not belong together.")
UNKNOWN = N_("a name that nobody has")
SLOWLY = N_("Too many tries. Try again in %(wait)s s.")
CROWDED = N_("Too many people sign in at the moment. Try again in a minute.")
AWAY = N_("The directory cannot be asked at the moment. Users of the console itself can still sign in.")
NO_STORE = N_("Nobody can sign in at the moment: the console's file cannot be used.")


class SignIn:
    """Looks at passwords. `directory` is None where there is none."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        log: Logger,
        lifetime: Lifetime,
        directory: Directory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._audit, self._log, self._clock = store, audit, log, clock
        self._lifetime, self._directory = lifetime, directory
        self.slowing = Slowing()
        self._hashing = Pool("password", HASHING, WAITING, PATIENCE)
        self._hashing_usual = Pool("password", 1, WAITING, PATIENCE)  # where people are that strangers do not crowd out
        self._asking = Pool("directory", 4, WAITING, DIRECTORY_PATIENCE)
        self._nobody = ""

    async def by_password(self, name: str, password: str, come: Caller) -> User:
        """The user of a name and password. Raises NotSignedIn.

        One that is unknown takes as long as a wrong password does, and is slowed in the same way.
        """
        name = name.strip()[:MOST_TEXT]
        now = self._clock()
        wait = self.slowing.wait(name, come.text, now)
        if wait > 0:
            raise NotSignedIn(429, SLOWLY, int(wait) + 1)
        self.slowing.begin(name, come.text, now)
        try:
            user = await self._find(name, password[: people.MOST_PASSWORD + 1], come)
        except NotSignedIn as error:
            self.slowing.excuse(name, come.text)
            await self._note(name, come, error.text)
            raise
        if user is None:
            self._log.notice(f"a sign-in from {come.text} is refused")
            await self._note(name, come, "wrong name or password")
            raise NotSignedIn(403, WRONG)
        self.slowing.good(name, come.text)
        return user

    async def _note(self, name: str, come: Caller, result: str) -> None:
        """Write down that somebody was not let in. A name that nobody has may be a password in the wrong field."""
        try:
            known = await self._store.ask(lambda db: people.is_known(db, name))
        except NoStore:
            known = False
        who = Who(name if known else "", Role.NOBODY, "", address=come.text)
        await self._audit.note(who, "sign-in", "" if known else UNKNOWN, result)

    async def _find(self, name: str, password: str, come: Caller) -> User | None:
        pool = self._hashing_usual if self.slowing.usual(name, come.text) else self._hashing
        try:
            known = await self._store.ask(lambda db: people.password_of(db, name))
            good = await pool.run(lambda: self._right(known[1] if known else "", password))
            if known is not None:
                return await self._store.ask(lambda db: people.user(db, known[0])) if good else None
            return await self._find_elsewhere(name, password)
        except Busy:
            raise NotSignedIn(503, CROWDED) from None
        except NoStore as error:
            self._log.warning(f"nobody can sign in: {error.detail}")
            raise NotSignedIn(503, NO_STORE) from None
        except people.BadUser as error:
            raise NotSignedIn(503, str(error)) from None

    async def _find_elsewhere(self, name: str, password: str) -> User | None:
        directory = self._directory
        if directory is None:
            return None
        try:
            entry = await self._asking.run(lambda: directory.look(name, password))
        except Away as error:
            self._log.warning(f"LDAP: {error}")
            raise NotSignedIn(503, AWAY) from None
        if entry is None:
            return None
        return await self.vouched(people.LDAP, entry.dn, entry.name if directory.by_name else name.lower(), entry.role)

    async def vouched(self, source: str, subject: str, name: str, role: Role) -> User:
        """The user for whom the directory or a provider vouches. Raises NoStore, people.BadUser."""
        now = int(self._clock())
        return await self._store.ask(lambda db: people.vouched(db, source, subject, name, role, now, role))

    def _right(self, stored: str, password: str) -> bool:
        """Whether it is the password; without a stored one it takes as long."""
        if stored:
            return check_password(stored, password)
        if not self._nobody:
            self._nobody = hash_password("nobody has this one")
        check_password(self._nobody, password)
        return False

    async def hashed(self, password: str) -> str:
        """The hash of a new password. Raises people.BadUser, Busy."""
        return await self._hashing.run(lambda: people.hashed(password))

    async def begin(self, user: User, come: Caller, before: Who = NOBODY) -> str:
        """A session of a user who has signed in: its token. The one that their browser had before ends. Raises
        NoStore."""

        def work(db: Sqlite) -> str:
            if before.session:
                people.end_session(db, before.session)
            return people.begin_session(db, user.id, come.text, int(self._clock()), self._lifetime)

        token = await self._store.ask(work)
        via = "password" if user.source == people.LOCAL else user.source
        await self._audit.note(Who(user.name, user.role, via, address=come.text), "sign-in")
        return token

    async def end(self, who: Who) -> None:
        """Sign out. Raises NoStore."""
        await self._store.ask(lambda db: people.end_session(db, who.session))
        await self._audit.note(who, "sign-out")

    def close(self) -> None:
        """No more of it."""
        self._hashing.close()
        self._hashing_usual.close()
        self._asking.close()
