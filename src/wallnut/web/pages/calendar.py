"""Settings > Tests: batteries' tests that are planned, what became of those before, and planning one."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web import booked
from wallnut.web.access import people
from wallnut.web.access.who import Role, who_of
from wallnut.web.answers import Refused, as_json
from wallnut.web.asked import LONGEST_NAME
from wallnut.web.axes import WEEKDAYS, day_text, local, moment_text
from wallnut.web.calendar import MOST_HOURS, MOST_NUMBER, TESTS, Every, Kind, Plan, Rule, Run, State
from wallnut.web.context import Console, console
from wallnut.web.i18n import EN, N_, Language, language_of
from wallnut.web.openapi import NUMBER, TEXT, WHOLE, Part, array, fields, maybe, query, reading, ref
from wallnut.web.pages.settings import settings_page
from wallnut.web.routes import form, route
from wallnut.web.store import NoStore

WHICH = {1: N_("first"), 2: N_("second"), 3: N_("third"), 4: N_("fourth"), 5: N_("last")}
STYLES = {State.FAILED: "red", State.REFUSED: "red", State.SKIPPED: "amber", State.WAITING: "amber"}
REPEATS = {
    Every.ONCE: N_("once"),
    Every.WEEKS: N_("every so many weeks"),
    Every.MONTHS: N_("every so many months"),
}
NOT_SIGNED_IN = N_("Tests are planned by somebody who has signed in: they run under their NUT account.")
CHARGE, HOURS = 90, 6
"""What the form begins with."""
RUNS = 30
PATH = "/settings/tests"
PLANNED_AT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})", re.ASCII)


def spoken(rule: Rule, language: Language) -> str:
    """When a plan's dates are: `every 3 months on the second Sun at 03:00`."""
    clock = f"{rule.minute // 60:02}:{rule.minute % 60:02}"
    weekday = language.gettext(WEEKDAYS[rule.day.weekday()])
    if rule.every is Every.ONCE:
        day = f"{day_text(rule.day, language)} {rule.day.year}"
        return language.text(N_("once on %(day)s at %(time)s"), day=day, time=clock)
    values = {"num": rule.number, "weekday": weekday, "time": clock}
    if rule.every is Every.WEEKS:
        text = language.ngettext(
            "every week on %(weekday)s at %(time)s", "every %(num)s weeks on %(weekday)s at %(time)s", rule.number
        )
        return text % values
    text = language.ngettext(
        "every month on the %(which)s %(weekday)s at %(time)s",
        "every %(num)s months on the %(which)s %(weekday)s at %(time)s",
        rule.number,
    )
    return text % {**values, "which": language.gettext(WHICH[rule.which])}


def _plan_row(plan: Plan, last: Run | None, language: Language, now: int) -> dict[str, Any]:
    following = plan.rule.after(now)
    return {
        "plan": plan,
        "test": plan.test.text,
        "when": spoken(plan.rule, language),
        "next": following,
        "next_text": moment_text(following * 1000, language) if following else "",
        "waits": last.reason if last is not None and last.state is State.WAITING else "",
    }


def _run_row(run: Run, language: Language) -> dict[str, Any]:
    begun = run.started if run.started is not None else run.due
    return {
        "run": run,
        "at": begun,
        "text": moment_text(begun * 1000, language),
        "test": run.test.text,
        "state": run.state.text,
        "style": STYLES.get(run.state, "mains"),
        "said": run.result,
        "why": run.reason,
    }


async def _page(
    request: Request, trouble: str = "", status: int = 200, given: Mapping[str, str] | None = None
) -> Response:
    parts, language, who = console(request), language_of(request), who_of(request)
    only = request.query_params.get("device", "")[:LONGEST_NAME]
    away, own = "", None
    plans: list[Plan] = []
    runs: list[Run] = []
    last: dict[int, Run] = {}
    try:
        if parts.store.there:
            plans, last, runs, own = await parts.store.ask(
                lambda db: (
                    booked.plans(db),
                    booked.latest(db),
                    booked.runs(db, only, RUNS),
                    people.user(db, who.user) if who.user else None,
                )
            )
    except NoStore as error:
        away = error.detail
    now = int(time.time())
    soon = local((now // 86400 + 2) * 86400 * 1000).strftime("%Y-%m-%dT03:00")
    return settings_page(
        request,
        "calendar.html",
        status,
        title=N_("Tests"),
        rows=[_plan_row(one, last.get(one.id), language, now) for one in plans if not only or one.device == only],
        runs=[_run_row(one, language) for one in runs],
        only=only,
        away=away,
        there=parts.store.there,
        trouble=trouble,
        may_plan=who.role >= Role.OPERATE and who.user > 0,
        own=own,
        devices=_choices(parts),
        tests=[(word, one.text) for word, one in TESTS.items()],
        repeats=[(one.value, text) for one, text in REPEATS.items()],
        given={"charge": str(CHARGE), "hours": str(HOURS), "number": "3", "every": "months", "at": soon}
        | {"device": only, "test": "quick"}
        | dict(given or {}),
    )


def _choices(parts: Console) -> list[str]:
    """The devices that a test can be planned for."""
    commands = {command for one in Kind for command in one.commands}
    return sorted(key for key, device in parts.fleet.devices.items() if commands.intersection(device.commands))


async def calendar(request: Request) -> Response:
    """The page."""
    return await _page(request)


class Wrong(Exception):
    """What somebody plans cannot be: a text of gettext."""


def _number(text: str, least: int, most: int, fault: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most):
        raise Wrong(fault)
    return int(text)


def read(given: Mapping[str, str], devices: list[str], now: int) -> tuple[str, Kind, Rule, int, int]:
    """A form's plan. Raises Wrong."""
    device, test = given.get("device", ""), TESTS.get(given.get("test", ""))
    if device not in devices or test is None:
        raise Wrong(N_("Choose a device that offers tests, and a test."))
    try:
        every = Every(given.get("every", ""))
        found = PLANNED_AT.match(given.get("at", ""))
        day = date.fromisoformat(found[1]) if found else None
    except ValueError:
        raise Wrong(N_("Write the first date as in 2026-12-06T03:00.")) from None
    if found is None or day is None or not 2000 <= day.year <= 2200 or int(found[2]) > 23 or int(found[3]) > 59:
        raise Wrong(N_("Write the first date as in 2026-12-06T03:00."))
    most = MOST_NUMBER[every]
    count = 1 if every is Every.ONCE else _number(given.get("number", ""), 1, most, N_("That is too seldom."))
    rule = Rule(every, count, day, int(found[2]) * 60 + int(found[3]))
    charge = _number(given.get("charge", ""), 10, 100, N_("The least charge is 10 to 100 percent."))
    hours = _number(given.get("hours", ""), 1, MOST_HOURS, N_("A test waits for 1 to 168 hours."))
    if rule.at(0, None) <= now:
        raise Wrong(N_("The first date is over."))
    return device, test, rule, charge, hours


async def plan(request: Request) -> Response:
    """Plan a test."""
    parts, who, given = console(request), who_of(request), await form(request)
    language, now = language_of(request), int(time.time())
    if not who.user:
        raise Refused(403, NOT_SIGNED_IN)
    try:
        device, test, rule, charge, hours = read(given, _choices(parts), now)
        made = await parts.store.ask(
            lambda db: booked.add(db, device, test, rule, charge, hours, who.user, who.name, now)
        )
        if made is None:
            raise Wrong(N_("There are too many plans."))
    except Wrong as error:
        return await _page(request, language.gettext(str(error)), 422, given)
    await parts.access.audit.note(who, "plan test", f"{device} {test.word}, {spoken(rule, EN)}")
    parts.tester.changed()
    return RedirectResponse(f"{parts.prefix}{PATH}", 303)


async def remove(request: Request) -> Response:
    """Plan it no more."""
    parts, who = console(request), who_of(request)
    number = request.path_params["plan"]
    found = await parts.store.ask(lambda db: booked.remove(db, number))
    if found is None:
        raise Refused(404, N_("There is no such plan."))
    await parts.access.audit.note(who, "remove test", f"{found.device} {found.test.word}, {spoken(found.rule, EN)}")
    return RedirectResponse(f"{parts.prefix}{PATH}", 303)


async def get_calendar(request: Request) -> Response:
    """Plans and runs, for programs."""
    parts, only = console(request), request.query_params.get("device", "")[:LONGEST_NAME]
    plans: list[Plan] = []
    runs: list[Run] = []
    if parts.store.there:
        plans, runs = await parts.store.ask(lambda db: (booked.plans(db), booked.runs(db, only, 200)))
    now = int(time.time())
    return as_json(
        {
            "plans": [_plan_object(one, now) for one in plans if not only or one.device == only],
            "runs": [{**asdict(one), "test": one.test.word, "state": one.state.word} for one in runs],
        }
    )


def _plan_object(one: Plan, now: int) -> dict[str, Any]:
    rule = one.rule
    return {
        "id": one.id,
        "device": one.device,
        "test": one.test.word,
        "every": rule.every.value,
        "number": rule.number,
        "first": f"{rule.day.isoformat()}T{rule.minute // 60:02}:{rule.minute % 60:02}",
        "next": rule.after(now),
        "charge": one.charge,
        "hours": one.hours,
        "by": one.name,
    }


DESCRIBED = Part(
    reading(
        "/api/v1/calendar",
        "The tests that are planned, and what became of those before",
        fields(plans=array(ref("TestPlan")), runs=array(ref("TestRun"))),
        query("device", "of this one alone: its id"),
    ),
    {
        "TestPlan": fields(
            id=WHOLE,
            device=TEXT,
            test={**TEXT, "description": "quick or deep"},
            every={**TEXT, "description": "once, weeks or months"},
            number={**WHOLE, "description": "how many weeks or months"},
            first={**TEXT, "description": "the first date, local time"},
            next={**maybe(NUMBER), "description": "the next date, Unix time"},
            charge={**WHOLE, "description": "not below so many percent"},
            hours={**WHOLE, "description": "how long a date waits for its test"},
            by=TEXT,
        ),
        "TestRun": {"type": "object"},
    },
)
ROUTES = [
    route(PATH, calendar),
    route(PATH, plan, needs=Role.OPERATE, methods=("POST",)),
    route(PATH + "/{plan:int}/remove", remove, needs=Role.OPERATE, methods=("POST",)),
    route("/api/v1/calendar", get_calendar),
]
