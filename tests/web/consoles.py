"""Consoles for tests of who may use them: the whole application, without servers to watch and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from tests.web.devices import device
from tests.web.visitor import Visitor
from wallnut.config.passwords import hash_password
from wallnut.config.wallnut_toml import Web
from wallnut.io.log import Memory
from wallnut.web import pages
from wallnut.web.access import people
from wallnut.web.access.access import Access
from wallnut.web.access.who import Role
from wallnut.web.app import build
from wallnut.web.context import Console
from wallnut.web.drawing import Drawing
from wallnut.web.fleet import Fleet
from wallnut.web.guard import Guard
from wallnut.web.store import open_store
from wallnut.web.watcher import Watcher

FAR = "192.0.2.9"
PASSWORDS = {role: f"password to {role.word}" for role in (Role.VIEW, Role.OPERATE, Role.ADMINISTER)}
NAMES = {Role.VIEW: "vera", Role.OPERATE: "otto", Role.ADMINISTER: "ada"}
HASHES = {role: hash_password(password) for role, password in PASSWORDS.items()}


class Place:
    """A console with a user of each role (`users`: their numbers), and a clock that stands until it is moved."""

    def __init__(self, folder: Path, *, prefix: str = "", with_users: bool = True, **settings: Any) -> None:
        self.path, self.now, self.log = folder / "console.db", 1_000_000.0, Memory()
        self.users: dict[Role, int] = {}
        if with_users:
            db = open_store(str(self.path))
            for role, name in NAMES.items():
                self.users[role] = people.add(db, name, role, HASHES[role], 0)
            db.close()
        self.settings = Web(store=str(self.path), prefix=prefix, **settings)
        self.access = Access(self.settings, self.log, prefix=prefix, clock=lambda: self.now)
        fleet = Fleet()
        one = device("rack", "OL", host="127.0.0.1", ups__load="31", battery__charge="87")
        fleet.update({one.id: one})
        self.device = one.id
        self.parts = Console(fleet, Drawing(prefix, pages.NAV), prefix, self.settings)
        self.parts.access = self.access
        self.app: Guard = build(cast(Watcher, None), self.parts)

    def visitor(self, peer: str = FAR, **how: Any) -> Visitor:
        """Somebody who has not signed in."""
        return Visitor(self.app, peer, **how)

    def session(self, role: Role, peer: str = FAR) -> Visitor:
        """Somebody who has signed in, without the time that it takes."""
        found = self.visitor(peer)
        life = self.access.gate.lifetime
        token = self.access.store.ask_now(
            lambda db: people.begin_session(db, self.users[role], peer, int(self.now), life)
        )
        found.cookies["wallnut"], found.csrf = token, people.csrf_of(token)
        return found

    def signed_in(self, role: Role, peer: str = FAR) -> Visitor:
        """Somebody who has signed in by the page."""
        found = self.visitor(peer)
        answer = found.sign_in(NAMES[role], PASSWORDS[role])
        assert answer.status == 303, answer.text
        return found
