"""Users, their passwords, sessions and keys in the store. All take the store's database, in its own thread.

What is secret in a token is its 256 random bits: only its SHA-256 is kept, which needs no salt and no work factor.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.config.passwords import hash_password
from wallnut.model.errors import NutError
from wallnut.web.access.who import Role
from wallnut.web.i18n import N_

if TYPE_CHECKING:
    from wallnut.history.sqlite import Sqlite

LOCAL, LDAP, OIDC, PROXY = "local", "ldap", "oidc", "proxy"
"""Where users come from: the store itself, or who else vouches for them."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
LEAST_PASSWORD, MOST_PASSWORD = 8, 500
MOST_USERS, MOST_SESSIONS, MOST_KEYS = 10_000, 30, 30
"""Users at all; sessions and keys of each."""
KEY_PREFIX = "wn_"
NOTED = 60
"""Seconds after which it is noted again that a session or key is used."""


class BadUser(Exception):
    """What is asked for users cannot be: the text says why, for people."""


@dataclass(frozen=True, slots=True)
class User:
    """A user. `can_sign_in`: by a password kept here. `nut_user` is the NUT account that writes of theirs go under."""

    id: int
    source: str
    name: str
    role: Role
    can_sign_in: bool
    nut_user: str
    has_nut_password: bool
    made: int
    seen: int | None


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without what is secret in it."""

    id: int
    name: str
    role: Role
    made: int
    used: int | None


COLUMNS = "id, source, name, role, hash != '', nut_user, nut_password != '', made, seen"


def _user(row: tuple[object, ...]) -> User:
    number, source, name, role, signs, nut, password, made, seen = row
    return User(number, source, name, Role(role), bool(signs), nut, bool(password), made, seen)  # type: ignore[arg-type]


def users(db: Sqlite) -> list[User]:
    """All users, by name."""
    return [_user(row) for row in db.rows(f"SELECT {COLUMNS} FROM user ORDER BY lower(name), source")]


def user(db: Sqlite, number: int) -> User | None:
    """A user by number."""
    found = db.rows(f"SELECT {COLUMNS} FROM user WHERE id = ?", (number,))
    return _user(found[0]) if found else None


def find(db: Sqlite, name: str, source: str = LOCAL) -> User | None:
    """A user by name; one of the store's own in any case."""
    column, wanted = ("subject", name.lower()) if source == LOCAL else ("name", name)
    found = db.rows(f"SELECT {COLUMNS} FROM user WHERE source = ? AND {column} = ?", (source, wanted))
    return _user(found[0]) if found else None


def is_known(db: Sqlite, name: str) -> bool:
    """Whether anybody is called so, wherever they are from."""
    return bool(db.rows("SELECT EXISTS (SELECT 1 FROM user WHERE lower(name) = ?)", (name.lower(),))[0][0])


def any_user(db: Sqlite) -> bool:
    """Whether somebody can sign in with a password that is kept here, or with a key."""
    return bool(db.rows("SELECT EXISTS (SELECT 1 FROM user WHERE source = 'local' AND role > 0)")[0][0])


def hashed(password: str) -> str:
    """The hash of a password, after a look at it; takes 50 ms. Raises BadUser."""
    if len(password) < LEAST_PASSWORD:
        raise BadUser(N_("A password needs at least 8 characters."))
    if len(password) > MOST_PASSWORD:
        raise BadUser(N_("This password is too long."))
    try:
        return hash_password(password)
    except NutError:
        raise BadUser(N_("A password consists of the characters of ASCII: others get lost on the way.")) from None


def add(db: Sqlite, name: str, role: Role, password_hash: str, now: int, source: str = LOCAL, subject: str = "") -> int:
    """A new user; their number. Raises BadUser."""
    if source == LOCAL and not NAME.fullmatch(name):
        raise BadUser(
            N_("A user's name has 1 to 64 letters, digits and any of . _ - @ +, and begins with one of the first.")
        )
    subject = subject or (name.lower() if source == LOCAL else name)
    with db.writing():
        if db.rows("SELECT count(*) FROM user")[0][0] >= MOST_USERS:
            raise BadUser(N_("There are too many users."))
        made = db.run(
            "INSERT OR IGNORE INTO user (source, subject, name, role, hash, made) VALUES (?, ?, ?, ?, ?, ?)",
            (source, subject, name, int(role), password_hash, now),
        )
        if not made:
            raise BadUser(N_("There is a user of this name."))
        number: int = db.rows("SELECT id FROM user WHERE source = ? AND subject = ?", (source, subject))[0][0]
    return number


def vouched(db: Sqlite, source: str, subject: str, name: str, role: Role | None, now: int, first: Role) -> User:
    """The user for whom somebody else vouches, noted at their first time. `role` is what they are said to be; None:
    nothing is said, so that it is `first` until an administrator changes it. Raises BadUser."""
    shown = "".join(c if c.isprintable() else "?" for c in name)[:128]
    found = db.rows(f"SELECT {COLUMNS} FROM user WHERE source = ? AND subject = ?", (source, subject))
    if not found:
        add(db, shown, first if role is None else role, "", now, source, subject)
        found = db.rows(f"SELECT {COLUMNS} FROM user WHERE source = ? AND subject = ?", (source, subject))
    known = _user(found[0])
    if known.name != shown or (role is not None and known.role != role):
        db.run(
            "UPDATE user SET name = ?, role = ? WHERE id = ?",
            (shown, int(known.role if role is None else role), known.id),
        )
    _note(db, "user SET seen", "id", known.id, known.seen, now)
    return user(db, known.id) or known


def set_role(db: Sqlite, number: int, role: Role) -> None:
    """Give a user another role."""
    db.run("UPDATE user SET role = ? WHERE id = ?", (int(role), number))


def set_password(db: Sqlite, number: int, password_hash: str) -> None:
    """Give a user another password; they are signed out everywhere."""
    with db.writing():
        db.run("UPDATE user SET hash = ? WHERE id = ? AND source = 'local'", (password_hash, number))
        end_sessions(db, number)


def set_nut_account(db: Sqlite, number: int, name: str, password: str | None) -> None:
    """The NUT account that a user's writes go under; without a password (None) the one there is stays. Raises BadUser
    for what cannot be sent to a server."""
    for text in (name, password or ""):
        if len(text) > 128 or not (text.isascii() and (text.isprintable() or not text)):
            raise BadUser(N_("A NUT user and password consist of up to 128 characters of ASCII."))
    if not name:
        db.run("UPDATE user SET nut_user = '', nut_password = '' WHERE id = ?", (number,))
    elif password is None:
        db.run("UPDATE user SET nut_user = ? WHERE id = ?", (name, number))
    else:
        db.run("UPDATE user SET nut_user = ?, nut_password = ? WHERE id = ?", (name, password, number))


def nut_account(db: Sqlite, number: int) -> tuple[str, str] | None:
    """Name and password of the NUT account that a user's writes go under; None: they have none."""
    found = db.rows("SELECT nut_user, nut_password FROM user WHERE id = ? AND nut_user != ''", (number,))
    return (found[0][0], found[0][1]) if found else None


def remove(db: Sqlite, number: int) -> None:
    """Remove a user, with sessions and keys."""
    db.run("DELETE FROM user WHERE id = ?", (number,))


def password_of(db: Sqlite, name: str) -> tuple[int, str] | None:
    """Number and hash of a user who has a password here."""
    found = db.rows("SELECT id, hash FROM user WHERE source = 'local' AND subject = ? AND hash != ''", (name.lower(),))
    return (found[0][0], found[0][1]) if found else None


# Sessions


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def csrf_of(token: str) -> str:
    """What the forms of a session bring back: it follows from the token, and the token does not from it."""
    return hmac.new(token.encode("utf-8", "replace"), b"csrf", "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds for which a session lasts: unused, and at all."""

    idle: int
    whole: int


def begin_session(db: Sqlite, number: int, address: str, now: int, lifetime: Lifetime) -> str:
    """A new session's token. Of too many the one that was used longest ago ends."""
    token = secrets.token_urlsafe(32)
    with db.writing():
        db.run("DELETE FROM session WHERE seen < ? OR made < ?", (now - lifetime.idle, now - lifetime.whole))
        db.run(
            "DELETE FROM session WHERE hash IN"
            " (SELECT hash FROM session WHERE user = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)",
            (number, MOST_SESSIONS - 1),
        )
        db.run("INSERT INTO session VALUES (?, ?, ?, ?, ?)", (digest(token), number, address, now, now))
        db.run("UPDATE user SET seen = ? WHERE id = ?", (now, number))
    return token


def session(db: Sqlite, hash_: bytes, now: int, lifetime: Lifetime, *, use: bool = True) -> User | None:
    """The user of a session that has not ended; without `use` it grows no younger by being looked at."""
    found = db.rows("SELECT user, made, seen FROM session WHERE hash = ?", (hash_,))
    if not found:
        return None
    number, made, seen = found[0]
    if now - seen >= lifetime.idle or now - made >= lifetime.whole or made > now + NOTED:
        db.run("DELETE FROM session WHERE hash = ?", (hash_,))
        return None
    if use:
        _note(db, "session SET seen", "hash", hash_, seen, now)
    return user(db, number)


def end_session(db: Sqlite, hash_: bytes) -> None:
    """Sign out."""
    db.run("DELETE FROM session WHERE hash = ?", (hash_,))


def end_sessions(db: Sqlite, number: int) -> None:
    """Sign a user out everywhere."""
    db.run("DELETE FROM session WHERE user = ?", (number,))


def sessions(db: Sqlite, number: int) -> list[tuple[str, int, int]]:
    """A user's sessions, newest first: from where, since when, used when."""
    rows = db.rows("SELECT address, made, seen FROM session WHERE user = ? ORDER BY seen DESC", (number,))
    return [(row[0], row[1], row[2]) for row in rows]


# Keys


def add_key(db: Sqlite, number: int, name: str, role: Role, now: int) -> str:
    """A new key, which nobody will see again. Raises BadUser."""
    if not 0 < len(name) <= 64 or not name.isprintable():
        raise BadUser(N_("A key needs a name of up to 64 characters: what it is for."))
    token = KEY_PREFIX + secrets.token_urlsafe(32)
    with db.writing():
        if db.rows("SELECT count(*) FROM key WHERE user = ?", (number,))[0][0] >= MOST_KEYS:
            raise BadUser(N_("This user has too many keys."))
        if not db.rows("SELECT 1 FROM user WHERE id = ? AND source = 'local'", (number,)):
            raise BadUser(N_("Only users of the console itself have keys: others may be gone where they come from."))
        db.run(
            "INSERT INTO key (hash, name, user, role, made) VALUES (?, ?, ?, ?, ?)",
            (digest(token), name, number, int(role), now),
        )
    return token


def keys(db: Sqlite, number: int) -> list[Key]:
    """A user's keys."""
    rows = db.rows("SELECT id, name, role, made, used FROM key WHERE user = ? ORDER BY id", (number,))
    return [Key(row[0], row[1], Role(row[2]), row[3], row[4]) for row in rows]


def remove_key(db: Sqlite, number: int, key: int) -> str:
    """Remove a user's key; its name, "" where there is none."""
    found = db.rows("SELECT name FROM key WHERE id = ? AND user = ?", (key, number))
    db.run("DELETE FROM key WHERE id = ? AND user = ?", (key, number))
    return str(found[0][0]) if found else ""


def by_key(db: Sqlite, token: str, now: int) -> tuple[User, Role] | None:
    """Whose key it is, and what it may: never more than they."""
    hash_ = digest(token)
    found = db.rows("SELECT user, role, used FROM key WHERE hash = ?", (hash_,))
    known = user(db, found[0][0]) if found else None
    if known is None:
        return None
    _note(db, "key SET used", "hash", hash_, found[0][2], now)
    return known, min(known.role, Role(found[0][1]))


def is_key(db: Sqlite, hash_: bytes) -> bool:
    """Whether there is a key of this hash."""
    return bool(db.rows("SELECT EXISTS (SELECT 1 FROM key WHERE hash = ?)", (hash_,))[0][0])


def _note(db: Sqlite, what: str, column: str, value: object, before: int | None, now: int) -> None:
    """Write down that something is used, not more often than needed."""
    if before is None or abs(now - before) >= NOTED:
        db.run(f"UPDATE {what} = ? WHERE {column} = ?", (now, value))
