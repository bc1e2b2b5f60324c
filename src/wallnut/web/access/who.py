"""Who asks, and what they may: the guard finds it out before a request reaches the application."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from starlette.requests import HTTPConnection

SCOPE = "wallnut.who"
"""Where an ASGI scope has the Who."""


class Role(IntEnum):
    """What somebody may; each includes those before it."""

    NOBODY = 0
    VIEW = 1
    """Look at everything about devices."""
    OPERATE = 2
    """Set variables, run commands, plan tests."""
    ADMINISTER = 3
    """Look after users, keys, and what was done."""

    @property
    def word(self) -> str:
        """As settings and command line write it."""
        return self.name.lower()


ROLES = {role.word: role for role in (Role.VIEW, Role.OPERATE, Role.ADMINISTER)}
"""Those that somebody can be given."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who asks. `via`: "local" (nobody in particular, from where anonymous people may look), "session", "key",
    "proxy", or "" for those who are refused without a name.

    `csrf` is what a form of theirs must bring back; "" where a browser brings nothing of itself ("local", "key").
    `user` is their number in the store (0: none), `address` where they ask from, for the audit.
    """

    name: str
    role: Role
    via: str
    csrf: str = ""
    user: int = 0
    address: str = ""
    session: bytes = b""
    """The hash of their session's token."""
    key: bytes = b""
    """The hash of their key."""

    @property
    def named(self) -> bool:
        """Whether they have said who they are."""
        return self.via not in ("", "local")


NOBODY = Who("", Role.NOBODY, "")


def who_of(request: HTTPConnection) -> Who:
    """Who asks."""
    found: Who = request.scope.get(SCOPE, NOBODY)
    return found
