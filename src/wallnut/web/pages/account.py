"""Settings > Your account: who one is here, one's own password."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web.access import people
from wallnut.web.access.gate import CALLER
from wallnut.web.access.networks import Caller
from wallnut.web.access.people import BadUser, User
from wallnut.web.access.signin import NotSignedIn
from wallnut.web.access.who import who_of
from wallnut.web.answers import Refused
from wallnut.web.context import console
from wallnut.web.i18n import N_, language_of
from wallnut.web.pages.settings import settings_page
from wallnut.web.pages.users import ROLE_WORDS, SOURCES
from wallnut.web.routes import form, route
from wallnut.web.store import NoStore


async def _own(request: Request) -> User | None:
    who = who_of(request)
    try:
        return await console(request).store.ask(lambda db: people.user(db, who.user)) if who.user else None
    except NoStore:
        return None


async def account(request: Request, trouble: str = "", status: int = 200) -> Response:
    """Who one is."""
    return settings_page(
        request,
        "account.html",
        status,
        title=N_("Your account"),
        own=await _own(request),
        role_words=ROLE_WORDS,
        sources=SOURCES,
        trouble=trouble,
    )


async def set_password(request: Request) -> Response:
    """Another password: whoever knows the one before. One is signed out everywhere, here too."""
    own, fields, who = await _own(request), await form(request), who_of(request)
    sign_in, language = console(request).access.sign_in, language_of(request)
    if own is None or not own.can_sign_in or who.via != "session":
        raise Refused(400, N_("No password of yours is kept here."))
    come: Caller = request.scope[CALLER]
    try:
        await sign_in.by_password(own.name, fields.get("before", ""), come)
        hash_ = await sign_in.hashed(fields.get("password", ""))
    except NotSignedIn as error:
        said = language.text(error.text, **({"wait": error.wait} if error.wait else {}))
        return await account(request, said, error.status)
    except BadUser as error:
        return await account(request, language.text(str(error)), 400)
    await console(request).store.ask(lambda db: people.set_password(db, own.id, hash_))
    await console(request).access.audit.note(who, "user password", own.name)
    return RedirectResponse(f"{console(request).prefix}/login", 303)


ROUTES = [
    route("/settings/account", account),
    route("/settings/account/password", set_password, methods=("POST",)),
]
