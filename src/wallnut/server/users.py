"""Who says who they are, and whether it is true: upsd.users, and the price of guessing."""

from __future__ import annotations

import os
from _blake2 import blake2s
from _thread import start_new_thread

from wallnut.config.passwords import check_password, is_hashed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.config.types import UpsdUsers, User
    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop
    from wallnut.server.limits import Addresses

    Tell = Callable[[User | None], object]

MOST_WELCOME = 10_000
"""Pairs of name and address that need not wait."""
MOST_WAITING = 256
"""Checks of hashed passwords that wait their turn; further ones fail."""


class Credentials:
    """Checks names and passwords.

    A plain password is checked at once. A hashed one takes 50 ms, so a thread does that, one check at a time; what
    was right once is remembered (as a keyed digest), so that hundreds of clients which return together need one check.
    An address from which logins failed waits before each check, but for what was right from there before: a
    program with a wrong password must not hold up the monitor beside it.
    """

    def __init__(self, loop: Loop, log: Logger, addresses: Addresses, users: UpsdUsers) -> None:
        self._loop, self._log, self._addresses = loop, log, addresses
        self._key = os.urandom(32)
        self._queue: list[tuple[User, str, Callable[[bool], object]]] = []
        self._busy = False
        self.read(users)

    def read(self, users: UpsdUsers) -> None:
        """Take over new users. `users` is the object that tells sessions whether what they know is still true."""
        self.users = users
        self._proved: dict[str, bytes] = {}
        self._welcome: dict[tuple[str, str], bytes] = {}  # (name, address) -> what was right, oldest first

    def check(self, name: str, password: str, address: str, tell: Tell) -> None:
        """Find out who this is; `tell` is called with the user, or None, at once or later."""

        def decide() -> None:
            self._decide(name, password, address, tell)

        known = self._welcome.get((name, address)) == self._digest(password)
        wait = 0.0 if known else self._addresses.wait(address)
        if wait:
            self._loop.call_later(wait, decide)
        else:
            decide()

    def _decide(self, name: str, password: str, address: str, tell: Tell) -> None:
        user = self.users.find(name)

        def judged(right: bool) -> None:
            if user is not None and right and user.may_come_from(address):
                self._remember(name, address, password)
                tell(user)
            else:
                self._refuse(name, address, user, right)
                tell(None)

        if user is None:
            judged(False)
        elif user.password is None or not is_hashed(user.password):
            judged(check_password(user.password, password))
        elif self._proved.get(name) == self._digest(password):
            judged(True)
        else:
            self._check_hash(user, password, judged)

    def _remember(self, name: str, address: str, password: str) -> None:
        self._welcome.pop((name, address), None)
        self._welcome[name, address] = self._digest(password)
        if len(self._welcome) > MOST_WELCOME:
            del self._welcome[next(iter(self._welcome))]

    def _refuse(self, name: str, address: str, user: User | None, right: bool) -> None:
        why = "unknown user" if user is None else "wrong address" if right else "wrong password"
        count = self._addresses.failed(address)
        self._log.notice(f"Login failed: {name}@{address}: {why} ({count} lately from there)")

    def _digest(self, password: str) -> bytes:
        return blake2s(password.encode("latin-1", "replace"), key=self._key).digest()

    def _check_hash(self, user: User, password: str, judged: Callable[[bool], object]) -> None:
        if len(self._queue) >= MOST_WAITING:
            judged(False)
            return
        self._queue.append((user, password, judged))
        self._next()

    def _next(self) -> None:
        if self._busy or not self._queue:
            return
        self._busy = True
        user, password, judged = self._queue.pop(0)

        def done(right: bool) -> None:
            self._busy = False
            if right and self.users.find(user.name) is user:
                self._proved[user.name] = self._digest(password)
            judged(right)
            self._next()

        def work() -> None:
            right = check_password(user.password, password)
            self._loop.call_soon_threadsafe(lambda: done(right))

        start_new_thread(work, ())
