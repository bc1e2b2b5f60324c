"""How quickly passwords may be tried. Times come in as arguments, so that a test owns them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv4Address

from wallnut.web.access.networks import address_of

MOST = 4096
"""Addresses, and users, that are remembered; beyond that those longest unheard of are forgotten."""
FORGET = 900.0
"""Seconds of quiet after which nothing is held against anybody."""


@dataclass(frozen=True, slots=True)
class Pace:
    """After `free` failures the next try must wait `first` seconds, then twice as long each time, up to `longest`."""

    free: int
    first: float
    longest: float

    def wait(self, failures: int) -> float:
        """Seconds from the last failure to the next try."""
        beyond = failures - self.free
        return 0.0 if beyond < 0 else min(self.first * 2.0 ** min(beyond, 30), self.longest)


FROM_ADDRESS = Pace(5, 2.0, 300.0)
OF_USER = Pace(20, 1.0, 5.0)
"""From all addresses together, those excepted from which the user has signed in: so nobody can lock a user out from
where they usually are, and a thousand addresses together try no more than one password each 5 seconds."""


class _Failures:
    """Failures by key: how many, and when the last was."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        count, last = self._known.get(key, (0, now))
        if now - last > FORGET:
            del self._known[key]
            return 0.0
        return max(0.0, last + self._pace.wait(count) - now)

    def add(self, key: str, now: float) -> None:
        count, last = self._known.pop(key, (0, now))
        self._known[key] = (1 if now - last > FORGET else count + 1), now
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def forget(self, key: str) -> None:
        self._known.pop(key, None)

    def less(self, key: str) -> None:
        if key in self._known:
            count, last = self._known[key]
            self._known[key] = max(count - 1, 0), last

    def __len__(self) -> int:
        return len(self._known)


class Slowing:
    """Who must wait before the next try. A try counts as failed from its begin on, until it is said to be good: many at
    once are no way around it."""

    def __init__(self) -> None:
        self._addresses, self._users = _Failures(FROM_ADDRESS), _Failures(OF_USER)
        self._usual: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait(self, user: str, address: str, now: float) -> float:
        """Seconds to wait before this user may be tried from this address; 0: now."""
        user, where = _user(user), _where(address)
        wait = self._addresses.wait(where, now)
        if (user, where) not in self._usual:
            wait = max(wait, self._users.wait(user, now))
        return wait

    def begin(self, user: str, address: str, now: float) -> None:
        """A try begins."""
        user, where = _user(user), _where(address)
        self._addresses.add(where, now)
        if (user, where) not in self._usual:
            self._users.add(user, now)

    def usual(self, user: str, address: str) -> bool:
        """Whether this user has signed in from this address before."""
        return (_user(user), _where(address)) in self._usual

    def excuse(self, user: str, address: str) -> None:
        """Nobody has looked at the password: the try does not count."""
        user, where = _user(user), _where(address)
        self._addresses.less(where)
        if (user, where) not in self._usual:
            self._users.less(user)

    def good(self, user: str, address: str) -> None:
        """It was the right password."""
        self.excuse(user, address)
        user, where = _user(user), _where(address)
        self._addresses.forget(where)
        self._usual.pop((user, where), None)
        self._usual[user, where] = None
        while len(self._usual) > MOST:
            self._usual.popitem(last=False)

    @property
    def size(self) -> int:
        """How much is remembered."""
        return len(self._addresses) + len(self._users) + len(self._usual)


def _user(name: str) -> str:
    return name[:64].lower()


def _where(address: str) -> str:
    """An address as one who has it: of IPv6 the network that one line gets."""
    found = address_of(address)
    if found is None or isinstance(found, IPv4Address):
        return str(found or address)
    return str(int(found) >> 64)
