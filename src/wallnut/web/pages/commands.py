"""What is done to a device: its commands, the question before what matters, and the NUT account it goes under."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web.access.who import Role, who_of
from wallnut.web.actions import LONGEST, Account, Outcome, Result
from wallnut.web.answers import Refused
from wallnut.web.context import console, device_of
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.pages.device import (
    TABS,
    account_of,
    answer_of,
    device_page,
    path_of,
    sign_in_path,
    variables_page,
    wants_json,
)
from wallnut.web.routes import form, route
from wallnut.web.snapshot import Device
from wallnut.web.verbs import EFFECTS, SPEAKING, Deed, deed, grouped, setting

WRONG_NAME = N_("Type the device's name, %(name)s, to say that you mean it.")


def machine(address: str, device: Device, language: Language) -> str:
    """A client's address for people: what the loopback is, is said."""
    try:
        local = ip_address(address.removeprefix("::ffff:")).is_loopback
    except ValueError:
        local = False
    return (
        language.text(N_("%(host)s itself (%(address)s)"), host=device.address.host, address=address)
        if local
        else address
    )


async def _commands_page(
    request: Request, device: Device, done: tuple[Deed, Result] | None = None, answer: int = 200
) -> Response:
    language = language_of(request)
    shown = {}
    if done is not None:
        one, result = done
        shown = {
            "verb": one.verb,
            "name": one.name,
            "good": result.outcome.good,
            "text": result.said(language),
            "advice": result.advised(language),
        }
    return device_page(
        request,
        device,
        "commands",
        answer,
        groups=grouped(device.commands, language),
        effects=EFFECTS,
        speaking=SPEAKING,
        account=await account_of(request, device),
        sign_in=sign_in_path(request, device, "commands"),
        named=who_of(request).named,
        done=shown,
    )


async def commands(request: Request) -> Response:
    """All commands, with what they do."""
    return await _commands_page(request, device_of(request))


def _deed_of(request: Request, device: Device) -> Deed:
    name = request.path_params["command"]
    if name not in device.commands:
        raise Refused(404, N_("%(device)s has no command %(name)s."), device=device.id, name=name[:80])
    return deed(name, language_of(request))


async def _clients(request: Request, device: Device, one: Deed) -> list[str] | None:
    """The machines behind a device, where it matters."""
    return await console(request).actions.clients(device) if one.cuts else []


def must_type(one: Deed, clients: list[str] | None) -> bool:
    """Whether the device's name is to be typed: several machines would go down, or nobody knows how many."""
    return one.cuts and (clients is None or len(clients) > 1)


async def _question(
    request: Request, device: Device, one: Deed, clients: list[str] | None, value: str, wrong: str = ""
) -> Response:
    language = language_of(request)
    named = [machine(address, device, language) for address in clients or ()]
    values: dict[str, Any] = {
        "one": one,
        "effect": EFFECTS.get(one.effect, EFFECTS[""]),
        "speaking": SPEAKING,
        "clients": named if clients is not None else None,
        "must_type": must_type(one, clients),
        "outlet_name": device.values.get(f"outlet.{one.outlet}.name")
        or device.values.get(f"outlet.{one.outlet}.desc", ""),
        "value": value,
        "wrong": wrong,
        "account": await account_of(request, device),
        "sign_in": sign_in_path(request, device, "commands"),
    }
    return device_page(request, device, "confirm", 422 if wrong else 200, **values)


async def confirm(request: Request) -> Response:
    """The question before a command."""
    device = device_of(request)
    one = _deed_of(request, device)
    return await _question(request, device, one, await _clients(request, device, one), "")


async def _asked(request: Request, device: Device, one: Deed, fields: Mapping[str, str], value: str) -> Response | None:
    """The question before something, while it has not been answered; None: it may be done."""
    if not one.asks:
        return None
    language, clients = language_of(request), await _clients(request, device, one)
    if "sure" not in fields:
        return await _question(request, device, one, clients, value)
    if must_type(one, clients) and fields.get("name", "").strip().lower() != device.address.ups.lower():
        wrong = language.text(WRONG_NAME, name=device.address.ups)
        if wants_json(request):
            return answer_of(Result(Outcome.REFUSED, WRONG_NAME, values={"name": device.address.ups}), language, "")
        return await _question(request, device, one, clients, value, wrong)
    return None


async def run(request: Request) -> Response:
    """Run a command, once it is confirmed where that is needed."""
    device, language = device_of(request), language_of(request)
    one, fields = _deed_of(request, device), await form(request)
    value = fields.get("value", "").strip()
    if (question := await _asked(request, device, one, fields, value)) is not None:
        return question
    result = await console(request).actions.run(who_of(request), device, one.name, value)
    if wants_json(request):
        return answer_of(result, language, sign_in_path(request, device, "commands"))
    return await _commands_page(request, device, (one, result), 200 if result.outcome.good else 422)


async def set_variable(request: Request) -> Response:
    """Set a variable to the form's value, once it is confirmed where it switches power."""
    device, name = device_of(request), request.path_params["variable"]
    if name not in device.values and name not in device.settings:
        raise Refused(404, N_("%(device)s has no variable %(name)s."), device=device.id, name=name[:80])
    fields = await form(request)
    if "value" not in fields:
        raise Refused(400, "The form has no value.")
    value, language = fields["value"], language_of(request)
    switches = setting(name, value, language)
    if switches is not None and (question := await _asked(request, device, switches, fields, value)) is not None:
        return question
    result = await console(request).actions.set(who_of(request), device, name, value)
    if wants_json(request):
        return answer_of(result, language, sign_in_path(request, device, "variables"))
    return await variables_page(request, device, {name: result}, 200 if result.outcome.good else 422)


# The NUT account


def _back(request: Request, fields: Mapping[str, str]) -> str:
    wanted = fields.get("next", "")
    return wanted if wanted in TABS else ""


async def account(request: Request) -> Response:
    """Ask for a user of the server's upsd.users."""
    device = device_of(request)
    return device_page(
        request,
        device,
        "account",
        account=await account_of(request, device),
        back=_back(request, request.query_params),
    )


async def sign_in(request: Request) -> Response:
    """Take it, or forget the one there was."""
    device, who, fields = device_of(request), who_of(request), await form(request)
    actions, back = console(request).actions, _back(request, fields)
    if "forget" in fields:
        actions.forget(who, device.server)
        return RedirectResponse(path_of(request, device, "account"), 303)
    name, password = fields.get("user", "").strip(), fields.get("password", "")
    good = all(0 < len(text) <= LONGEST and text.isprintable() and text.isascii() for text in (name, password))
    if not good:
        raise Refused(400, N_("A NUT user has a name and a password of printable ASCII characters."))
    actions.keep(who, device.server, Account(name, password))
    await console(request).access.audit.note(who, "nut account", f"{name} at {device.server}")
    return RedirectResponse(path_of(request, device, *filter(None, [back])), 303)


ROUTES = [
    route("/device/{device}/variables/{variable}", set_variable, needs=Role.OPERATE, methods=("POST",)),
    route("/device/{device}/commands", commands),
    route("/device/{device}/commands/{command}", confirm, needs=Role.OPERATE),
    route("/device/{device}/commands/{command}", run, needs=Role.OPERATE, methods=("POST",)),
    route("/device/{device}/account", account, needs=Role.OPERATE),
    route("/device/{device}/account", sign_in, needs=Role.OPERATE, methods=("POST",)),
]
