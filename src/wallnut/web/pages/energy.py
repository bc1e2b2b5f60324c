"""Energy: kWh and cost of all devices, by day or month, and what that rests on."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history.energy import Energy, Quality
from wallnut.web import bars, metered
from wallnut.web.asked import LONGEST_NAME
from wallnut.web.axes import MONTHS, day_text, local
from wallnut.web.bars import Bar
from wallnut.web.context import console
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.meter import FIRST, Period, Sum, by_row, summed
from wallnut.web.past import NoHistory
from wallnut.web.routes import route
from wallnut.web.words import COMPOSED, THIN

QUALITIES = {
    Quality.MEASURED: N_("measured"),
    Quality.ESTIMATED: N_("estimated"),
    Quality.MIXED: N_("partly estimated"),
    Quality.UNKNOWN: N_("not known"),
}
FULL = 0.995
"""Who knows so much of a time knows all of it."""


def kwh_text(value: float, language: Language) -> str:
    """An energy with as many digits as a glance needs."""
    text = f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{language.number(text)}{THIN}kWh"


def money(value: float | None, currency: str, language: Language) -> str:
    """A cost."""
    return "" if value is None else f"{language.number(f'{value:.2f}')}{THIN}{currency}".rstrip(THIN)


def share_text(share: float, language: Language) -> str:
    """A share of a time."""
    if share >= FULL:
        return language.gettext(N_("all"))
    return f"{max(min(round(share * 100), 99), 1)}{THIN}%"


def title_of(period: Period, language: Language) -> str:
    """`November 2026` or `2026`."""
    return f"{language.gettext(MONTHS[period.month - 1])} {period.year}" if period.month else str(period.year)


def label_of(start: int, period: Period, language: Language) -> str:
    """A row's name."""
    when = local(start)
    return day_text(when, language) if period.month else f"{language.gettext(MONTHS[when.month - 1])} {when.year}"


def _said(one: Sum, period: Period, language: Language) -> str:
    label = label_of(one.start, period, language)
    return language.text(COMPOSED, part=label, what=kwh_text(one.kwh, language))


def chart_of(sums: list[Sum], period: Period, language: Language) -> str:
    """The bars."""
    known = {one.start: one for one in sums}
    found = []
    for number, start in enumerate(period.edges()[:-1]):
        one, when = known.get(start), local(start)
        label = str(when.day) if period.month else language.gettext(MONTHS[when.month - 1])
        text = _said(one, period, language) if one else ""
        first = not period.month or not number % 5
        found.append(Bar(label, one.measured if one else 0.0, one.estimated if one else 0.0, text, first))
    about = language.text(
        N_("Energy of %(time)s, in bars; the same as numbers is below"), time=title_of(period, language)
    )
    return bars.draw(found, "kWh", about, language)


def _rows(found: list[Energy], language: Language) -> list[dict[str, Any]]:
    rows = []
    for one in sorted(found, key=lambda one: (-(one.total.kwh or 0.0), one.device)):
        total = one.total
        if total.kwh is not None:
            rows.append(
                {
                    "device": one.device,
                    "kwh": kwh_text(total.kwh, language),
                    "cost": money(one.cost(total), one.currency, language),
                    "watts": f"{total.watts or 0:.0f}{THIN}W",
                    "quality": QUALITIES[total.quality],
                    "basis": ", ".join(part.basis for part in total.parts),
                    "share": share_text(total.share, language),
                }
            )
    return rows


def _addresses(request: Request, period: Period, device: str, now: int) -> dict[str, str]:
    base = f"{console(request).prefix}/energy"
    more = f"&{urlencode({'device': device}, safe='@:')}" if device else ""
    today = local(now)
    back, on = period.moved(-1), period.moved(1)
    return {
        "month": f"{base}?{Period(period.year, period.month or _month_in(period, now)).word}{more}",
        "year": f"{base}?{Period(period.year).word}{more}",
        "earlier": f"{base}?{back.word}{more}" if back.year >= FIRST else "",
        "later": f"{base}?{on.word}{more}" if on.start <= now else "",
        "now": "" if period.start <= now < period.end else f"{base}?{_present(period, today).word}{more}",
        "csv": f"{base}.csv?{period.word}{more}",
        "json": f"{console(request).prefix}/api/v1/energy?{period.word}{more}",
        "all": f"{base}?{period.word}",
    }


def _month_in(period: Period, now: int) -> int:
    """The month of a year that is shown first: this one, or the last."""
    return local(now).month if period.start <= now < period.end else 12


def _present(period: Period, today: Any) -> Period:
    return Period(today.year, today.month) if period.month else Period(today.year)


async def energy(request: Request) -> Response:
    """The page."""
    parts, language, now = console(request), language_of(request), round(time.time() * 1000)
    period, device = Period.of(request.query_params, now), request.query_params.get("device", "")[:LONGEST_NAME]
    found: list[Energy] = []
    away, more = "", 0
    try:
        _, found, more = await metered.asked(request)
    except NoHistory as error:
        away = error.detail
    total, sums, conf = summed([one.total for one in found]), by_row(found), parts.recording
    price = conf.price_per_kwh

    def cost(one: Sum) -> str:
        return "" if price is None else money(one.kwh * price, conf.currency, language)

    return parts.drawing.page(
        request,
        "energy.html",
        title=N_("Energy"),
        away=away,
        more=more,
        period=period,
        called=title_of(period, language),
        device=device,
        to=_addresses(request, period, device, now),
        rows=_rows(found, language),
        unknown=[str(one.device) for one in found if one.total.kwh is None],
        recorded=len(found),
        total={
            "kwh": kwh_text(total.kwh, language),
            "cost": cost(total),
            "estimated": total.estimated / total.kwh if total.kwh else 0.0,
            "share": share_text(total.share, language),
            "full": total.share >= FULL,
        }
        if total
        else None,
        chart=chart_of(sums, period, language) if sums else "",
        numbers=[
            (
                label_of(one.start, period, language),
                kwh_text(one.kwh, language),
                cost(one),
                share_text(one.share, language),
            )
            for one in sums
        ],
        price="" if price is None else money(price, conf.currency, language),
        mixed=bool(total and total.measured and total.estimated),
    )


NAV = (N_("Energy"), "/energy", "w")
ROUTES = [route("/energy", energy)]
