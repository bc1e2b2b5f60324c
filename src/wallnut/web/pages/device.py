"""A device's pages: now, and its variables, which are edited in place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history.reader import Reader
from wallnut.history.values import Device as HistoryDevice
from wallnut.history.values import Event, Outage
from wallnut.model import names
from wallnut.model.status import Status
from wallnut.web import chart, words
from wallnut.web.access.who import Role, who_of
from wallnut.web.actions import Account, Outcome, Result
from wallnut.web.answers import as_json
from wallnut.web.axes import DAY, Span, local, moment_word
from wallnut.web.chart import Chart, Trace
from wallnut.web.context import console, device_of
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.past import NoHistory, recorded
from wallnut.web.routes import route
from wallnut.web.snapshot import Device, Setting
from wallnut.web.verbs import SWITCHING, deed

SUBJECTS = {
    "battery": N_("Battery"),
    "input": N_("Input"),
    "output": N_("Output"),
    "outlet": N_("Outlets"),
    "ups": N_("UPS"),
    "ambient": N_("Surroundings"),
    "device": N_("Device"),
    "driver": N_("Driver"),
}
"""First part of a name: heading, in the order of the page; others follow."""
TABS = {
    "": N_("Now"),
    "history": N_("History"),
    "variables": N_("Variables"),
    "commands": N_("Commands"),
    "battery": N_("Battery"),
}
"""A device's pages: last part of their path, and name."""
NUMBERED = ("outlet", "ambient", "input")
"""Subjects whose numbered parts are folded on their own."""
MOST_UNFOLDED = 4
SWITCHES = ("on", "off", "cycle")
EVENTS = 8
CHARTS, POINTS, HEIGHT = 2, 300, 120
"""The charts of the last day: how many, their points, and how high they are."""
SILENCE = 300.0
"""Seconds without a sample, after which nobody seems to record."""
GLANCE = 1.0
"""Seconds for which a page waits for what is nice to have: who is connected, what happened before."""


def device_page(request: Request, device: Device, tab: str, answer: int = 200, **values: Any) -> Response:
    """One of a device's pages: `device-TAB.html`, which extends device.html."""
    drawing = console(request).drawing
    view = drawing.view(device, language_of(request))
    template = f"device-{tab or 'now'}.html"
    rights = who_of(request).role >= Role.OPERATE
    return drawing.page(
        request,
        template,
        answer,
        title=device.id,
        tab=tab,
        tabs=TABS,
        may_operate=rights,
        beside=_beside(request, device),
        **view,
        **values,
    )


def _beside(request: Request, device: Device) -> tuple[list[str], list[str]]:
    """The devices before and after this one in the overview's order: none or one each."""
    found = console(request).arranger.now()
    groups = (
        found.trouble,
        *(group.devices for group in found.more),
        found.well,
        *(group.devices for group in found.sites),
    )
    order = [one.id for group in groups for one in group]
    index = order.index(device.id) if device.id in order else len(order)
    return order[max(index - 1, 0) : index], order[index + 1 : index + 2]


def path_of(request: Request, device: Device, *parts: str) -> str:
    """The path of one of a device's pages."""
    return "/".join((f"{console(request).prefix}/device", *(quote(part, safe="") for part in (device.id, *parts))))


# Now


def outlet_rows(device: Device, language: Language) -> list[dict[str, Any]]:
    """The outlets: what is known of each, and the commands that switch it."""
    rows, states = [], words.outlet_states(device, language)
    for number, name, status in words.outlets(device):
        prefix = f"outlet.{number}."
        shown = {
            part: f"{prefix}{part}"
            for part in ("current", "realpower", "power", "voltage")
            if prefix + part in device.values
        }
        rows.append(
            {
                "number": number,
                "name": "" if name == f"Outlet {number}" else name,
                "status": status,
                "state": states[f"outlet.{number}.state"],
                "switchable": device.values.get(f"{prefix}switchable", ""),
                "shown": {part: (key, words.reading(key, device.values[key], language)) for part, key in shown.items()},
                "switches": [
                    (switch, deed(command, language))
                    for switch in SWITCHES
                    if (command := f"{prefix}load.{switch}") in device.commands
                ],
            }
        )
    return rows


@dataclass(frozen=True, slots=True)
class Recent:
    """What happened to a device: the last events, the last outage, up to when it is recorded (0: not at all), and why
    nothing is known."""

    events: Sequence[Event] = ()
    outage: Outage | None = None
    heard: int = 0
    trouble: str = ""
    charts: Sequence[Chart] = ()
    outages: Sequence[Outage] = ()


def _recent(reader: Reader, device: HistoryDevice, day: Span) -> Recent:
    page = reader.log(0, day.end + 1, [device], limit=EVENTS, kinds=("status",))
    events = [entry for entry in page.items if isinstance(entry, Event)]
    numbers = [name for name, kind in reader.variables(device).items() if kind != "text"]
    charts = [
        Chart(name, [Trace(reader.series(device, name, day.start, day.end, POINTS))])
        for name in (chart.usual(numbers)[:CHARTS] if numbers else ())
    ]
    return Recent(
        events,
        reader.last_outage(day.end + 1, [device]),
        reader.devices().get(device, 0),
        charts=[one for one in charts if one.known],
        outages=reader.outages(day.start, day.end, [device]),
    )


async def _past(request: Request, device: Device, day: Span) -> Recent:
    try:
        async with asyncio.timeout(GLANCE):
            return await console(request).past.ask(lambda reader: _recent(reader, recorded(device), day))
    except NoHistory as error:
        return Recent(trouble=error.detail)
    except TimeoutError:
        return Recent(trouble=N_("The history does not answer in time."))


async def _clients(request: Request, device: Device) -> list[str] | None:
    """Who is connected; None: not known, or not in time."""
    if device.code in ("UNREACHABLE", "UNKNOWN-UPS"):
        return None
    try:
        async with asyncio.timeout(GLANCE):
            return await console(request).actions.clients(device)
    except TimeoutError:
        return None


def _event_rows(recent: Recent, language: Language) -> list[dict[str, Any]]:
    rows = []
    for event in recent.events:
        until = (event.until or recent.heard) / 1000
        text = language.gettext(N_("not known")) if event.status is None else ""
        rows.append(
            {
                "at": event.at / 1000,
                "words": text or words.status_text(Status.parse(event.status or ""), language),
                "status": event.status or "",
                "length": words.duration(until - event.at / 1000, language),
                "still": event.until is None,
            }
        )
    return rows


async def now(request: Request) -> Response:
    """What matters now."""
    device, language = device_of(request), language_of(request)
    end = round(time.time() * 1000)
    day = Span(end - DAY, end)
    clients, recent = await asyncio.gather(_clients(request, device), _past(request, device, day))
    low, outage = _low_at(device), recent.outage
    silent = recent.heard and time.time() - recent.heard / 1000 > SILENCE
    return device_page(
        request,
        device,
        "",
        outlets=outlet_rows(device, language),
        clients=clients,
        charts=[
            (
                one.variable,
                chart.label_of(one.variable, language),
                chart.draw(one, day, recent.outages, language, height=HEIGHT),
            )
            for one in recent.charts
        ],
        events=_event_rows(recent, language),
        outage=outage,
        outage_to=moment_word(outage.start + 1000) if outage else "",
        no_past=recent.trouble,
        silent_since=recent.heard / 1000 if silent else 0,
        low_at=local(round(low * 1000)).strftime("%H:%M") if low else "",
    )


def _low_at(device: Device) -> float:
    """When the battery will be low, as the device says it now; 0: it does not say, or there is no need."""
    left = words.number(device.values.get("battery.runtime", ""))
    if not device.fresh or not device.status.on_battery or device.status.low_battery or left is None:
        return 0.0
    return time.time() + max(left - (words.number(device.values.get("battery.runtime.low", "")) or 0), 0)


# Variables


def source(device: Device, name: str) -> str:
    """Where a variable's value is from, where it is not the device: a text of gettext. Drivers keep what ups.conf gives
    in `driver.parameter`."""
    if f"driver.parameter.override.{name}" in device.values:
        return N_("override in ups.conf")
    if f"driver.parameter.default.{name}" in device.values:
        return N_("default in ups.conf")
    if name.startswith("driver."):
        return N_("from the driver")
    return ""


def control(name: str, text: str, setting: Setting) -> dict[str, Any]:
    """The control that fits what a variable may be set to: `select`, `number` or `text`, with its bounds."""
    known = names.describe(name)
    words_ = setting.enum or (known.words if known and not setting.ranges and known.kind != names.ENUM else ())
    if setting.enum or (words_ and text in words_):
        choices = list(words_) if text in words_ else [text, *words_]
        return {"kind": "select", "choices": choices}
    if words.number(text) is None:
        return {"kind": "text", "length": setting.length or 0}
    if setting.ranges:
        low, high = min(low for low, _ in setting.ranges), max(high for _, high in setting.ranges)
        return {"kind": "number", "min": low, "max": high, "step": "1" if "." not in text else "any"}
    if known and known.kind in (names.INT, names.NUM):
        return {"kind": "number", "min": None, "max": None, "step": "any"}
    return {"kind": "text", "length": setting.length or 0}


def allowed(setting: Setting, language: Language) -> str:
    """What a variable may be set to, in words."""
    if setting.enum:
        return ", ".join(setting.enum)
    if setting.ranges:
        return ", ".join(language.text(N_("%(low)s to %(high)s"), low=low, high=high) for low, high in setting.ranges)
    if setting.length:
        return language.text(N_("up to %(count)s characters"), count=setting.length)
    return ""


def _rows(device: Device, language: Language) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {subject: [] for subject in SUBJECTS}
    for name, text in device.values.items():
        setting = device.settings.get(name)
        row = {
            "name": name,
            "raw": text,
            "text": words.reading(name, text, language),
            "unit": names.unit(name),
            "about": words.about(name, language),
            "source": source(device, name),
            "control": control(name, text, setting) if setting else None,
            "allowed": allowed(setting, language) if setting else "",
            "asks": SWITCHING.fullmatch(name) is not None,
        }
        found.setdefault(name.partition(".")[0].lower(), []).append(row)
    return found


def _groups(device: Device, language: Language) -> list[dict[str, Any]]:
    """The rows by subject, those of numbered parts folded where there are many."""
    groups = []
    for subject, rows in _rows(device, language).items():
        parts: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            number = row["name"].split(".")[1] if row["name"].count(".") > 1 else ""
            numbered = subject in NUMBERED and number.isdigit() and number != "0"
            parts.setdefault(f"{subject}.{number}" if numbered else "", []).append(row)
        if len(parts) <= MOST_UNFOLDED:
            parts = {"": rows}
        if rows:
            groups.append(
                {
                    "subject": SUBJECTS.get(subject, subject),
                    "count": len(rows),
                    "rows": parts.pop("", []),
                    "parts": [
                        (key, device.values.get(f"{key}.name") or device.values.get(f"{key}.desc", ""), parts[key])
                        for key in sorted(parts, key=lambda key: int(key.rpartition(".")[2]))
                    ],
                }
            )
    return groups


async def variables_page(
    request: Request, device: Device, done: Mapping[str, Result] | None = None, answer: int = 200
) -> Response:
    """All variables, and what became of those that were set (`done`)."""
    language, who = language_of(request), who_of(request)
    account = await account_of(request, device)
    server = console(request).fleet.servers.get(device.server)
    said = {
        name: {"good": result.outcome.good, "text": result.said(language), "advice": result.advised(language)}
        for name, result in (done or {}).items()
    }
    return device_page(
        request,
        device,
        "variables",
        answer,
        groups=_groups(device, language),
        settable=len(device.settings),
        said=said,
        account=account,
        pushed=server is not None and server.pushed,
        driver=device.values.get("driver.name", ""),
        sign_in=sign_in_path(request, device, "variables"),
        named=who.named,
    )


async def account_of(request: Request, device: Device) -> Account | None:
    """The NUT account that whoever asks has at a device's server; None where they may do nothing there."""
    who = who_of(request)
    if who.role < Role.OPERATE:
        return None
    return await console(request).actions.account(who, device.server)


def sign_in_path(request: Request, device: Device, back: str) -> str:
    """Where one signs in to a device's NUT server, to come back to one of its pages."""
    return f"{path_of(request, device, 'account')}?next={quote(back)}"


async def variables(request: Request) -> Response:
    """All variables, by subject."""
    return await variables_page(request, device_of(request))


def answer_of(result: Result, language: Language, sign_in: str) -> Response:
    """A result for a script."""
    status = {Outcome.NO_ACCOUNT: 409, Outcome.UNREACHABLE: 502, Outcome.UNKNOWN: 504, Outcome.REFUSED: 422}
    return as_json(
        {
            "outcome": result.outcome.value,
            "good": result.outcome.good,
            "text": result.said(language),
            "advice": result.advised(language),
            "code": result.code,
            "signIn": sign_in if result.outcome is Outcome.NO_ACCOUNT else "",
        },
        200 if result.outcome.good else status.get(result.outcome, 502),
    )


def wants_json(request: Request) -> bool:
    """Whether a script of ours asks."""
    return request.headers.get("accept", "").startswith("application/json")


ROUTES = [
    route("/device/{device}", now),
    route("/device/{device}/variables", variables),
]
