"""Energy for programs: API and file."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history import objects
from wallnut.history.energy import Energy
from wallnut.web.answers import Refused, as_json
from wallnut.web.asked import LONGEST_NAME
from wallnut.web.context import console
from wallnut.web.meter import Period
from wallnut.web.openapi import NUMBER, TEXT, Part, array, fields, maybe, query, reading, ref
from wallnut.web.past import NoHistory
from wallnut.web.routes import route


async def asked(request: Request) -> tuple[Period, list[Energy], int]:
    """What a request asks for: period, energy, how many devices were too many. Raises Refused, NoHistory."""
    now = round(time.time() * 1000)
    period = Period.of(request.query_params, now)
    parts = console(request)
    found, more = await parts.metered.all(parts, period, request.query_params.get("device", "")[:LONGEST_NAME], now)
    return period, found, more


async def get_energy(request: Request) -> Response:
    """Energy of all devices, or of one."""
    try:
        period, found, _ = await asked(request)
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    conf = console(request).recording
    rows = [row for one in found for row in objects.energy(one) if row["kwh"] is not None]
    return as_json(
        {
            "per": period.per.value,
            "start": period.start / 1000,
            "end": period.end / 1000,
            "price": conf.price_per_kwh,
            "currency": conf.currency or None,
            "items": rows,
        }
    )


async def as_csv(request: Request) -> Response:
    """The same as a table."""
    try:
        period, found, _ = await asked(request)
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    rows = (row for one in found for row in objects.energy(one) if row["kwh"] is not None)
    text = "".join(objects.table(rows, objects.ENERGY)).encode("utf-8", "replace")
    name = period.word.partition("=")[2]
    headers = {"Content-Disposition": f'attachment; filename="energy-{name}.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


DESCRIBED = Part(
    reading(
        "/api/v1/energy",
        "Energy of all devices, by the days of a month or the months of a year",
        ref("Energy"),
        query("month", "by its days, as in 2026-11; where nothing is said, the present one"),
        query("year", "by its months, as in 2026"),
        query("device", "this one alone: its id or name"),
    ),
    {
        "Energy": fields(
            per={**TEXT, "description": "day or month"},
            start={**NUMBER, "description": "Unix time"},
            end=NUMBER,
            price={**maybe(NUMBER), "description": "of a kWh, as the settings say"},
            currency=maybe(TEXT),
            items=array(ref("EnergyRow")),
        ),
        "EnergyRow": fields(
            day={**TEXT, "description": "the day or month, of local time"},
            device=TEXT,
            start=NUMBER,
            end=NUMBER,
            kwh={**NUMBER, "description": "in the time that is known"},
            cost=maybe(NUMBER),
            currency=maybe(TEXT),
            quality={**TEXT, "description": "measured, estimated or mixed"},
            known={**NUMBER, "description": "the share of the time that is known, 0 to 1"},
            watts={**maybe(NUMBER), "description": "the mean power while it was known"},
            basis={**maybe(TEXT), "description": "what it was reckoned from"},
        ),
    },
)
ROUTES = [route("/api/v1/energy", get_energy), route("/energy.csv", as_csv)]
