"""Settings > Users: who may use the console, their keys, and the NUT accounts that their writes go under."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web.access import people
from wallnut.web.access.access import HOW
from wallnut.web.access.people import BadUser, Key, User
from wallnut.web.access.who import ROLES, Role, who_of
from wallnut.web.answers import Refused
from wallnut.web.context import console
from wallnut.web.i18n import N_, language_of
from wallnut.web.pages.settings import settings_page
from wallnut.web.routes import form, route
from wallnut.web.store import NoStore

if TYPE_CHECKING:
    from wallnut.history.sqlite import Sqlite

T = TypeVar("T")
SOURCES = {
    people.LOCAL: N_("here"),
    people.LDAP: N_("the directory"),
    people.OIDC: N_("OpenID Connect"),
    people.PROXY: N_("a proxy"),
}
ROLE_WORDS = {
    Role.NOBODY: N_("may nothing"),
    Role.VIEW: N_("may look"),
    Role.OPERATE: N_("may switch and set"),
    Role.ADMINISTER: N_("administers"),
}
DONE = {
    "role": N_("The role has been changed."),
    "password": N_("The password has been changed; they are signed out everywhere."),
    "nut": N_("The NUT account has been changed."),
    "key": N_("The key has been removed."),
    "added": N_("The user has been added."),
    "removed": N_("The user has been removed."),
    "out": N_("They are signed out everywhere."),
}
YOURSELF = N_("You cannot take this from yourself: another administrator can.")


def _done(request: Request) -> str:
    return language_of(request).text(DONE.get(request.query_params.get("done", ""), ""))


def _to(request: Request, path: str, done: str) -> Response:
    return RedirectResponse(f"{console(request).prefix}{path}?done={done}", 303)


def _role(word: str) -> Role:
    if word not in ROLES:
        raise Refused(400, N_("There is no such role."))
    return ROLES[word]


async def _ask(request: Request, work: Callable[[Sqlite], T]) -> T:
    return await console(request).store.ask(work)


async def _user(request: Request) -> User:
    """The user whom a path names. Raises Refused, NoStore."""
    number = request.path_params["number"]
    found = await _ask(request, lambda db: people.user(db, number))
    if found is None:
        raise Refused(404, N_("There is no such user."))
    return found


async def _note(request: Request, what: str, target: str) -> None:
    await console(request).access.audit.note(who_of(request), what, target)


# All users


async def _list(request: Request, trouble: str = "", status: int = 200, name: str = "") -> Response:
    found: list[User] = []
    why = ""
    try:
        found = await _ask(request, people.users)
    except NoStore as error:
        why = error.detail
    return settings_page(
        request,
        "users.html",
        status,
        title=N_("Users"),
        users=found,
        why=why,
        how=HOW,
        sources=SOURCES,
        role_words=ROLE_WORDS,
        roles=ROLES,
        trouble=language_of(request).text(trouble),
        done=_done(request),
        given=name,
    )


async def users(request: Request) -> Response:
    """All users."""
    return await _list(request)


async def add(request: Request) -> Response:
    """A new user of the console's own."""
    fields = await form(request)
    name, role, access = fields.get("user", "").strip(), _role(fields.get("role", "")), console(request).access
    try:
        hash_ = await access.sign_in.hashed(fields.get("password", ""))
        number = await _ask(request, lambda db: people.add(db, name, role, hash_, int(access.clock())))
    except BadUser as error:
        return await _list(request, str(error), 400, name[:64])
    await _note(request, "user add", f"{name}: {role.word}")
    return _to(request, f"/settings/users/{number}", "added")


# One user


async def _show(request: Request, known: User, trouble: str = "", status: int = 200, token: str = "") -> Response:
    def read(db: Sqlite) -> tuple[list[Key], list[tuple[str, int, int]]]:
        return people.keys(db, known.id), people.sessions(db, known.id)

    keys, sessions = await _ask(request, read)
    return settings_page(
        request,
        "user.html",
        status,
        title=known.name,
        user=known,
        keys=keys,
        sessions=sessions,
        sources=SOURCES,
        role_words=ROLE_WORDS,
        roles=ROLES,
        trouble=language_of(request).text(trouble),
        done=_done(request),
        token=token,
        own=known.id == who_of(request).user,
        at=f"/settings/users/{known.id}",
    )


async def user(request: Request) -> Response:
    """One user."""
    return await _show(request, await _user(request))


async def set_role(request: Request) -> Response:
    """Give a user another role."""
    known, role = await _user(request), _role((await form(request)).get("role", ""))
    if known.id == who_of(request).user and role < known.role:
        return await _show(request, known, YOURSELF, 400)
    await _ask(request, lambda db: people.set_role(db, known.id, role))
    await _note(request, "user role", f"{known.name}: {role.word}")
    return _to(request, f"/settings/users/{known.id}", "role")


async def set_password(request: Request) -> Response:
    """Give a user of the console another password."""
    known, fields = await _user(request), await form(request)
    if known.source != people.LOCAL:
        raise Refused(400, N_("This user's password is kept elsewhere."))
    try:
        hash_ = await console(request).access.sign_in.hashed(fields.get("password", ""))
    except BadUser as error:
        return await _show(request, known, str(error), 400)
    await _ask(request, lambda db: people.set_password(db, known.id, hash_))
    await _note(request, "user password", known.name)
    return _to(request, f"/settings/users/{known.id}", "password")


async def set_nut_account(request: Request) -> Response:
    """Set the NUT account that a user's writes go under; an empty password leaves the one there is."""
    known, fields = await _user(request), await form(request)
    name, password = fields.get("nut_user", "").strip(), fields.get("nut_password", "") or None
    if name and name != known.nut_user and password is None:
        return await _show(request, known, N_("Another account needs its password, too."), 400)
    try:
        await _ask(request, lambda db: people.set_nut_account(db, known.id, name, password))
    except BadUser as error:
        return await _show(request, known, str(error), 400)
    await _note(request, "user NUT account", f"{known.name}: {name or 'none'}")
    return _to(request, f"/settings/users/{known.id}", "nut")


async def add_key(request: Request) -> Response:
    """A new key, shown this once."""
    known, fields, clock = await _user(request), await form(request), console(request).access.clock
    name, role = fields.get("key", "").strip(), _role(fields.get("role", ""))
    try:
        token = await _ask(request, lambda db: people.add_key(db, known.id, name, role, int(clock())))
    except BadUser as error:
        return await _show(request, known, str(error), 400)
    await _note(request, "key add", f"{known.name}: {name} ({role.word})")
    return await _show(request, known, token=token)


async def remove_key(request: Request) -> Response:
    """Remove a key."""
    known, key = await _user(request), request.path_params["key"]
    name = await _ask(request, lambda db: people.remove_key(db, known.id, key))
    if not name:
        raise Refused(404, N_("There is no such key."))
    await _note(request, "key remove", f"{known.name}: {name}")
    return _to(request, f"/settings/users/{known.id}", "key")


async def sign_out(request: Request) -> Response:
    """Sign a user out everywhere."""
    known = await _user(request)
    await _ask(request, lambda db: people.end_sessions(db, known.id))
    await _note(request, "user sign-out", known.name)
    return _to(request, f"/settings/users/{known.id}", "out")


async def remove(request: Request) -> Response:
    """Remove a user."""
    known = await _user(request)
    if known.id == who_of(request).user:
        return await _show(request, known, YOURSELF, 400)
    await _ask(request, lambda db: people.remove(db, known.id))
    await _note(request, "user remove", known.name)
    return _to(request, "/settings/users", "removed")


ONE = "/settings/users/{number:int}"
POST = ("POST",)
ROUTES = [
    route("/settings/users", users, needs=Role.ADMINISTER),
    route("/settings/users", add, needs=Role.ADMINISTER, methods=POST),
    route(ONE, user, needs=Role.ADMINISTER),
    route(f"{ONE}/role", set_role, needs=Role.ADMINISTER, methods=POST),
    route(f"{ONE}/password", set_password, needs=Role.ADMINISTER, methods=POST),
    route(f"{ONE}/nut", set_nut_account, needs=Role.ADMINISTER, methods=POST),
    route(f"{ONE}/keys", add_key, needs=Role.ADMINISTER, methods=POST),
    route(f"{ONE}/keys/{{key:int}}/remove", remove_key, needs=Role.ADMINISTER, methods=POST),
    route(f"{ONE}/sign-out", sign_out, needs=Role.ADMINISTER, methods=POST),
    route(f"{ONE}/remove", remove, needs=Role.ADMINISTER, methods=POST),
]
