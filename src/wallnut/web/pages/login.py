"""Signing in and out."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web.access import people
from wallnut.web.access.access import HOW
from wallnut.web.access.gate import CALLER
from wallnut.web.access.networks import Caller
from wallnut.web.access.people import User
from wallnut.web.access.provider import UNDER_WAY, Failed
from wallnut.web.access.signin import NotSignedIn
from wallnut.web.access.who import Role, Who, who_of
from wallnut.web.answers import Refused
from wallnut.web.context import console
from wallnut.web.i18n import N_, language_of
from wallnut.web.routes import form, local_path, route

OIDC_COOKIE = "wallnut-oidc"
MOST_AFTER = 400
"""Characters of an address to go on to that a cookie has room for."""
NOT_THERE = N_("This did not work: nobody was signed in. Try again, or ask whoever looks after the console.")
NO_PROVIDER = N_("No OpenID Connect provider is set up here.")
NO_ROLE = N_("You are known, but may not use this console. Ask whoever looks after it.")


def _come(request: Request) -> Caller:
    come: Caller = request.scope[CALLER]
    return come


async def _page(request: Request, after: str, trouble: str = "", status: int = 200, **values: Any) -> Response:
    access = console(request).access
    come = _come(request)
    return console(request).drawing.page(
        request,
        "login.html",
        status,
        title=N_("Sign in"),
        after=after,
        trouble=trouble,
        possible=await access.gate.can_sign_in(),
        how=HOW,
        why=access.gate.trouble if who_of(request).via == "local" else "",
        provider=console(request).settings.oidc.label if access.provider is not None else "",
        in_clear=not come.secure and not (come.address is not None and come.address.is_loopback),
        **{"given": "", **values},
    )


async def show(request: Request) -> Response:
    """The form."""
    return await _page(request, local_path(request.query_params.get("next", "/")))


async def sign_in(request: Request) -> Response:
    """Look at a name and password."""
    fields = await form(request)
    after, name = local_path(fields.get("next", "/")), fields.get("user", "")
    access, come = console(request).access, _come(request)
    try:
        user = await access.sign_in.by_password(name, fields.get("password", ""), come)
    except NotSignedIn as error:
        said = language_of(request).text(error.text, **({"wait": error.wait} if error.wait else {}))
        answer = await _page(request, after, said, error.status, given=name[:64])
        if error.wait:
            answer.headers["Retry-After"] = str(error.wait)
        return answer
    answer = RedirectResponse(f"{console(request).prefix}{after}", 303)
    await _begin(request, answer, user)
    return answer


async def _begin(request: Request, answer: Response, user: User) -> None:
    """Give the browser a session, in place of the one that it had."""
    access, come = console(request).access, _come(request)
    token = await access.sign_in.begin(user, come, who_of(request))
    answer.set_cookie(
        access.gate.cookie(come),
        token,
        max_age=access.gate.lifetime.whole,
        path=f"{console(request).prefix}/",
        secure=come.secure,
        httponly=True,
        samesite="strict",
    )


async def sign_out(request: Request) -> Response:
    """End the session."""
    access, come, who = console(request).access, _come(request), who_of(request)
    if who.session:
        await access.sign_in.end(who)
        console(request).actions.forget(who)
    answer = RedirectResponse(f"{console(request).prefix}/login", 303)
    answer.delete_cookie(
        access.gate.cookie(come),
        path=f"{console(request).prefix}/",
        secure=come.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


# At an OpenID Connect provider


def _back(request: Request) -> str:
    """Where the provider sends a browser back to."""
    own = console(request).settings.oidc.url.rstrip("/")
    if not own:
        scheme = "https" if _come(request).secure else "http"
        own = f"{scheme}://{request.headers['host']}{console(request).prefix}"
    return f"{own}/login/oidc/back"


async def go(request: Request) -> Response:
    """Send a browser to the provider."""
    access = console(request).access
    if access.provider is None:
        raise Refused(404, NO_PROVIDER)
    after = local_path(request.query_params.get("next", "/"))
    if len(after) > MOST_AFTER:
        after = "/"
    try:
        where, kept = await access.provider.begin(_back(request), after)
    except Failed as error:
        return await _failed(request, error, after)
    answer = RedirectResponse(where, 303)
    # its way back comes from another site: Strict would keep this cookie from it
    answer.set_cookie(
        OIDC_COOKIE,
        kept,
        max_age=UNDER_WAY,
        path=f"{console(request).prefix}/login/oidc",
        secure=_come(request).secure,
        httponly=True,
        samesite="lax",
    )
    return answer


async def back(request: Request) -> Response:
    """A browser comes back from the provider. As the session's cookie is Strict, it goes on from a page of ours."""
    access = console(request).access
    if access.provider is None:
        raise Refused(404, NO_PROVIDER)
    try:
        claims, after = await access.provider.end(request.cookies.get(OIDC_COOKIE, ""), request.query_params)
        user = await access.sign_in.vouched(people.OIDC, claims.subject, claims.name, claims.role)
    except Failed as error:
        return await _failed(request, error, "/")
    except people.BadUser as error:
        return await _failed(request, Failed(str(error)), "/")
    answer = console(request).drawing.page(request, "again.html", title=N_("Sign in"), path=after)
    await _begin(request, answer, user)
    answer.delete_cookie(OIDC_COOKIE, path=f"{console(request).prefix}/login/oidc")
    return answer


async def _failed(request: Request, error: Failed, after: str) -> Response:
    access = console(request).access
    who = Who("", Role.NOBODY, people.OIDC, address=_come(request).text)
    await access.audit.note(who, "sign-in", result=str(error))
    access.log.warning(f"OpenID Connect: {error}")
    text = NO_ROLE if error.known else NOT_THERE
    return await _page(request, after, language_of(request).text(text), 403 if error.known else 502)


ROUTES = [
    route("/login", show, needs=Role.NOBODY),
    route("/login", sign_in, needs=Role.NOBODY, methods=("POST",)),
    route("/logout", sign_out, needs=Role.NOBODY, methods=("POST",)),
    route("/login/oidc", go, needs=Role.NOBODY),
    route("/login/oidc/back", back, needs=Role.NOBODY),
]
