"""What programs do to a device, and what they ask of one beyond its values: set, commands, history, clients."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from math import isfinite
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history.reader import Reader
from wallnut.history.values import DAY, Series
from wallnut.model import names
from wallnut.web.access.who import Role, who_of
from wallnut.web.actions import Outcome, Result
from wallnut.web.answers import Refused, as_json
from wallnut.web.axes import parse_moment
from wallnut.web.context import console, device_of
from wallnut.web.i18n import languages
from wallnut.web.openapi import NUMBER, TEXT, Part, array, fields, maybe, query, reading, ref
from wallnut.web.past import NoHistory, recorded
from wallnut.web.routes import route

MOST_POINTS, POINTS = 5000, 500
LONGEST = 11 * 366 * DAY
STATUS = {
    Outcome.REFUSED: 422,
    Outcome.FAILED: 502,
    Outcome.UNREACHABLE: 502,
    Outcome.UNKNOWN: 504,
    Outcome.NO_ACCOUNT: 409,
}
"""The status of what did not work; 403 where the NUT server denied it."""
NO_ACCOUNT = "No NUT account is known for {who}: on the console's machine, wallnut user nut {name} NUT-USER."


def status_of(result: Result) -> int:
    """The status that tells a result."""
    return 403 if result.code == "ACCESS-DENIED" else STATUS.get(result.outcome, 200)


def _answer(request: Request, result: Result) -> Response:
    """A result in English; what did not work as a problem."""
    english, status = languages()["en"], status_of(result)
    text, advice = result.said(english), result.advised(english)
    if result.outcome is Outcome.NO_ACCOUNT:
        who = who_of(request)
        text, advice = NO_ACCOUNT.format(who=who.name or "you", name=who.name or "NAME"), ""
    rest = {"outcome": result.outcome.value, "code": result.code, "advice": advice}
    if result.outcome.good:
        return as_json({**rest, "text": text})
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": text, **rest}
    return as_json(problem, status, "application/problem+json")


async def _body(request: Request, *, needed: bool) -> str:
    """The `value` of a body of JSON. Raises Refused."""
    text = await request.body()
    if not text and not needed:
        return ""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(415, 'Send JSON, as in {"value": "20"}, with Content-Type: application/json.')
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(400, 'The body is no JSON; write {"value": "20"}.') from None
    value = found.get("value", None if needed else "") if isinstance(found, dict) else None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Refused(400, 'The body is an object with a text or a number as its value, as in {"value": "20"}.')
    if isinstance(value, float) and not isfinite(value):
        raise Refused(400, "A number has an end; 1e999 and NaN have none.")
    return value if isinstance(value, str) else json.dumps(value)


async def put_variable(request: Request) -> Response:
    """Set a variable."""
    device, name = device_of(request), request.path_params["variable"]
    if name not in device.values:
        raise Refused(404, f"{device.id} has no variable {name[:80]}.")
    value = await _body(request, needed=True)
    return _answer(request, await console(request).actions.set(who_of(request), device, name, value))


async def post_command(request: Request) -> Response:
    """Run a command. Whoever writes a program has thought about it: nothing is asked once more."""
    device, name = device_of(request), request.path_params["command"]
    if name not in device.commands:
        raise Refused(404, f"{device.id} has no command {name[:80]}.")
    value = await _body(request, needed=False)
    return _answer(request, await console(request).actions.run(who_of(request), device, name, value))


async def get_clients(request: Request) -> Response:
    """Who is logged in to a device."""
    device = device_of(request)
    return as_json({"clients": await console(request).actions.clients(device)})


def _span(asked: Any) -> tuple[int, int, int]:
    """From, to, in milliseconds, and points. Raises Refused."""
    try:
        end = parse_moment(asked["to"]) if asked.get("to") else round(time.time() * 1000)
        start = parse_moment(asked["from"]) if asked.get("from") else end - DAY
    except ValueError as error:
        raise Refused(400, f"{error}.") from None
    points = asked.get("points") or str(POINTS)
    if not (points.isascii() and points.isdigit() and len(points) < 6 and 2 <= int(points) <= MOST_POINTS):
        raise Refused(400, f"Points are from 2 to {MOST_POINTS}.")
    if not 0 < end - start <= LONGEST or start < -LONGEST:
        raise Refused(400, "The end comes after the beginning, by 11 years at most.")
    return start, end, int(points)


async def get_history(request: Request) -> Response:
    """A number's course."""
    device, asked = device_of(request), request.query_params
    name = asked.get("variable", "")
    if not name:
        raise Refused(400, "Name the variable, as in ?variable=ups.load.")
    start, end, points = _span(asked)
    source = recorded(device)

    def look(reader: Reader) -> Series | None:
        known = reader.variables(source).get(name, "text") != "text"
        return reader.series(source, name, start, end, points) if known else None

    try:
        found = await console(request).past.ask(look)
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    if found is None:
        raise Refused(404, f"Of {device.id} no numbers of {name[:80]} are recorded.")
    return as_json(
        {
            "device": device.id,
            "variable": name,
            "unit": names.unit(name),
            "source": found.source,
            "step": found.step / 1000,
            "from": start / 1000,
            "to": end / 1000,
            "until": found.end / 1000,
            "points": [
                {"at": one.at / 1000, "low": one.low, "mean": one.mean, "high": one.high} for one in found.points
            ],
        }
    )


def _writing(method: str, text: str, second: str, *, needed: bool) -> dict[str, Any]:
    fault = {"description": "A problem", "content": {"application/problem+json": {"schema": ref("NotDone")}}}
    value = {"type": "object", "properties": {"value": {"type": ["string", "number"]}}}
    if needed:
        value["required"] = ["value"]
    reasons = {
        "400": "The body is not understood",
        "401": "Nobody has signed in",
        "403": "The role here, or the NUT user's rights at the server, are not enough",
        "404": "There is no such device, or nothing of that name",
        "409": "No NUT account is known for whoever asks",
        "415": "The body is no JSON",
        "422": "The server, or the driver, does not take it",
        "502": "The driver failed, or the server is out of reach",
        "504": "Nobody said in time what became of it",
    }
    plain = {**fault, "content": {"application/problem+json": {"schema": ref("Problem")}}}
    return {
        method: {
            "summary": text,
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": TEXT} for name in ("device", second)
            ],
            "requestBody": {"required": needed, "content": {"application/json": {"schema": value}}},
            "responses": {
                "200": {"description": text, "content": {"application/json": {"schema": ref("Done")}}},
                **{
                    status: {**(plain if int(status) < 409 and status != "403" else fault), "description": reason}
                    for status, reason in reasons.items()
                },
                "default": plain,
            },
        }
    }


VARIABLE, COMMAND = "/api/v1/ups/{device}/variables/{variable}", "/api/v1/ups/{device}/commands/{command}"
DESCRIBED = Part(
    {
        VARIABLE: _writing("put", "Set a variable, under one's own NUT account", "variable", needed=True),
        COMMAND: _writing("post", "Run a command, under one's own NUT account", "command", needed=False),
        **reading(
            "/api/v1/ups/{device}/history",
            "A number's course: as it changed, or in steps",
            ref("Course"),
            {**query("variable", "which one"), "required": True},
            query("from", "seconds since 1970, or ISO 8601; a day before the end where nothing is said"),
            query("to", "up to when; now where nothing is said"),
            query("points", f"at most so many, 2 to {MOST_POINTS}; {POINTS} where nothing is said"),
        ),
        **reading(
            "/api/v1/ups/{device}/clients",
            "The addresses of those logged in to a device; null: the server does not say",
            fields(clients=maybe(array(TEXT))),
        ),
    },
    {
        "Done": fields(
            outcome={"enum": ["done", "accepted"], "description": "done: the driver confirms it"},
            code=TEXT,
            advice=TEXT,
            text=TEXT,
        ),
        "NotDone": {
            "type": "object",
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": {"type": "integer"},
                "detail": TEXT,
                "outcome": {"enum": [one.value for one in Outcome if not one.good]},
                "code": {**TEXT, "description": "the server's word, such as ACCESS-DENIED"},
                "advice": TEXT,
            },
            "required": ["type", "title", "status", "detail"],
        },
        "Course": fields(
            device=TEXT,
            variable=TEXT,
            unit=TEXT,
            source={**TEXT, "description": "raw, minute or hour"},
            step={**NUMBER, "description": "seconds; 0: the samples themselves, each of which holds until the next"},
            **{"from": NUMBER, "to": NUMBER},
            until={**NUMBER, "description": "up to when anything is known"},
            points=array(fields(at=NUMBER, low=maybe(NUMBER), mean=maybe(NUMBER), high=maybe(NUMBER))),
        ),
    },
)
ROUTES = [
    route(VARIABLE, put_variable, needs=Role.OPERATE, methods=("PUT",)),
    route(COMMAND, post_command, needs=Role.OPERATE, methods=("POST",)),
    route("/api/v1/ups/{device}/history", get_history),
    route("/api/v1/ups/{device}/clients", get_clients),
]
