"""wallnut user: who may use the console."""

from __future__ import annotations

import time

from wallnut.cli import people, toml
from wallnut.cli.ask import new_password
from wallnut.cli.common import Stop, err, out
from wallnut.cli.wallnut import near
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.cli.common import Given
    from wallnut.history.sqlite import Sqlite
    from wallnut.web.access.people import User
    from wallnut.web.access.who import Role

USAGE = """\
usage: wallnut user [WHAT] [NAME] [options]    who may use the console

  list              all users (without WHAT, too)
  add NAME          a new one, with --role; asks for the password
  passwd NAME       another password; they are signed out everywhere
  role NAME ROLE    another role: view, operate or administer
  nut NAME [USER]   the NUT account that their settings and commands go under,
                    a user of the server's upsd.users; asks for its password.
                    Without USER: none
  key NAME PURPOSE  a new API key, with at most --role; it is shown this once
  remove NAME       remove a user, with sessions and keys

Passwords are asked for at the terminal, or read as one line of standard input
where that is none.

  -r, --role ROLE   view (the default), operate or administer
  -f, --from WHERE  a user known by: local (the default), ldap, oidc or proxy
      --store PATH  the console's file; default: store in [web] of wallnut.toml
  -h, --help        show this help
"""
LONGS = {"--role": "r:", "--from": "f:", "--store": "s:"}
WORDS = {
    "list": (0, 0),
    "add": (1, 1),
    "passwd": (1, 1),
    "role": (2, 2),
    "nut": (1, 2),
    "key": (2, 2),
    "remove": (1, 1),
}
"""How many words each takes, at least and at most."""


def run(argv: list[str]) -> int:
    """Do one of them."""
    given = people.parse("user", argv, LONGS, USAGE)
    what, *words = given.words or ["list"]
    if what not in WORDS or not WORDS[what][0] <= len(words) <= WORDS[what][1]:
        hint = near(what, WORDS) if what not in WORDS else ""
        raise Stop(2, f"wallnut user: {' '.join(given.words)}?{hint}\nTry: wallnut user --help\n")
    try:
        from wallnut.web.access.people import BadUser
        from wallnut.web.store import NoStore, open_store
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn", "jinja2", "h11", "polib"):
            raise
        raise Stop(1, f"The console needs {error.name}: pip install 'wallnut[web]'\n") from None
    try:
        db = open_store(given.last("s") or toml.read()[0].web.store)
        try:
            DEEDS[what](db, given, words)
        finally:
            db.close()
    except NoStore as error:
        raise Stop(1, f"{error.detail}\n") from None
    except (BadUser, ConfigError) as error:
        raise Stop(1, f"{error}\n") from None
    return 0


def make_demo(path: str) -> None:
    """A file of the console's with somebody to try it as: demo, whose writes go under the NUT account demo of
    `wallnut up --demo`. Raises ConfigError."""
    from wallnut.config.passwords import hash_password
    from wallnut.web.access import people as store
    from wallnut.web.access.who import Role
    from wallnut.web.store import NoStore, open_store

    try:
        db = open_store(path)
        try:
            if not store.any_user(db):
                number = store.add(db, "demo", Role.ADMINISTER, hash_password("demodemo"), int(time.time()))
                store.set_nut_account(db, number, "demo", "demo")
        finally:
            db.close()
    except NoStore as error:
        raise ConfigError(error.detail) from None


def _role(word: str) -> Role:
    from wallnut.web.access.who import ROLES

    if word not in ROLES:
        raise Stop(2, f"There is no role {word}{near(word, ROLES)}; roles are {', '.join(ROLES)}.\n")
    return ROLES[word]


def _find(db: Sqlite, given: Given, name: str) -> User:
    from wallnut.web.access import people as store

    source = given.last("f") or store.LOCAL
    found = store.find(db, name, source)
    if found is None:
        raise Stop(1, f"There is no user {name}{'' if source == store.LOCAL else f' from {source}'}.\n")
    return found


def _note(db: Sqlite, what: str, target: str) -> None:
    """Write it down, as what is done in the console itself."""
    from wallnut.cli.ask import login_name

    row = (int(time.time()), login_name(), "wallnut user", "", what, target, "ok")
    db.run("INSERT INTO audit (at, who, via, address, what, target, result) VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _list(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    for one in store.users(db):
        seen = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.seen)) if one.seen else "never here"
        keys = len(store.keys(db, one.id))
        parts = (
            f"{one.name:<20}",
            f"{one.role.word:<11}",
            f"{one.source:<6}",
            f"{seen:<17}",
            *([f"NUT account {one.nut_user}"] if one.nut_user else []),
            *([f"keys: {keys}"] if keys else []),
        )
        out("  ".join(parts).rstrip() + "\n")


def _add(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    role, source = _role(given.last("r") or "view"), given.last("f") or store.LOCAL
    if source not in (store.LOCAL, store.PROXY):
        raise Stop(2, "Users of a directory or provider are known when they sign in.\n")
    if store.find(db, words[0], source) is not None:
        raise Stop(1, "There is a user of this name.\n")
    hash_ = store.hashed(new_password(f"Password for {words[0]}")) if source == store.LOCAL else ""
    store.add(db, words[0], role, hash_, int(time.time()), source)
    _note(db, "user add", f"{words[0]}: {role.word}")


def _passwd(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    found = _find(db, given, words[0])
    if found.source != store.LOCAL:
        raise Stop(1, "This user's password is kept elsewhere.\n")
    store.set_password(db, found.id, store.hashed(new_password(f"New password for {found.name}")))
    _note(db, "user password", found.name)


def _set_role(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    found, role = _find(db, given, words[0]), _role(words[1])
    store.set_role(db, found.id, role)
    _note(db, "user role", f"{found.name}: {role.word}")


def _nut(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    found, account = _find(db, given, words[0]), words[1] if len(words) > 1 else ""
    password = new_password(f"Password of the NUT user {account}") if account else None
    store.set_nut_account(db, found.id, account, password)
    _note(db, "user NUT account", f"{found.name}: {account or 'none'}")


def _key(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    found = _find(db, given, words[0])
    role = min(_role(given.last("r") or "view"), found.role)
    token = store.add_key(db, found.id, words[1], role, int(time.time()))
    _note(db, "key add", f"{found.name}: {words[1]} ({role.word})")
    err("This is shown once. In requests: `Authorization: Bearer KEY`\n")
    out(f"{token}\n")


def _remove(db: Sqlite, given: Given, words: list[str]) -> None:
    from wallnut.web.access import people as store

    found = _find(db, given, words[0])
    store.remove(db, found.id)
    _note(db, "user remove", found.name)


DEEDS: dict[str, Callable[[Sqlite, Given, list[str]], None]] = {
    "list": _list,
    "add": _add,
    "passwd": _passwd,
    "role": _set_role,
    "nut": _nut,
    "key": _key,
    "remove": _remove,
}
