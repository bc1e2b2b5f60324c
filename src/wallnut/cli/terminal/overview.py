"""All devices: trouble first, then what is well, by site where that is much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding

from wallnut.cli.terminal import path
from wallnut.cli.terminal.fleet import Fleet
from wallnut.cli.terminal.ink import Line, bar, fit
from wallnut.cli.terminal.rows import Row, Rows, Sheet
from wallnut.cli.terminal.view import MARGIN, Search, SearchView, clock, duration, keys, lost_servers
from wallnut.web import words
from wallnut.web.snapshot import Device

MANY = 12
"""Devices that are well and still get a line each; more of them are folded by site."""
FOOT = (("Enter", "open"), ("/", "search"), ("e", "events"), ("?", "help"), ("q", "quit"))


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the overview's columns; 0: there is no room for it."""

    path: int
    name: int
    state: int
    load: int
    charge: int
    left: int
    volts: int
    power: int = 0
    model: int = 0

    @classmethod
    def of(cls, width: int, longest: int) -> Columns:
        """Those for a width; `longest` is the longest name."""
        if width < 78:
            name = min(max(longest, 6), width - 45)
            return cls(0, name, width - name - 26, 6, 6, 10, 0)
        if width < 100:
            name = min(max(longest, 8), width - 63)
            return cls(path.SMALL, name, width - path.SMALL - name - 39, 6, 6, 10, 9)
        rest = width - path.SMALL - 76
        name = min(max(longest, 10), 12 + rest // 3)
        model = rest + 12 - name if rest + 12 - name >= 14 else 0
        return cls(path.SMALL, name, 26 + (0 if model else rest + 12 - name), 6, 14, 10, 9, 6, min(model, 28))

    def heads(self) -> Line:
        """What stands above them."""
        line = Line(" " * MARGIN)
        if self.path:
            line.add("Path", "soft", self.path).add("  ")
        line.add("Device", "soft", self.name).add("  ").add("State", "soft", self.state)
        for text, width in (("Load", self.load), ("Charge", self.charge), ("Left", self.left), ("In/out", self.volts)):
            if width:
                line.add(" ").add(text, "soft", width, right=True)
        if self.power:
            line.add(" ").add("Power", "soft", self.power, right=True)
        return line.add("  ").add("Model", "soft", self.model) if self.model else line


def since(device: Device, now: float) -> str:
    """For how long it has been as it is."""
    if device.trouble:
        return f"for {duration(now - device.lost_at)}"
    return f"for {'' if device.exact else 'at least '}{duration(now - device.since)}"


def second(device: Device, now: float) -> Line:
    """What else is to be said of a device in trouble."""
    status, alarm = device.status, device.values.get("ups.alarm", "")
    line = Line().add(since(device, now), "soft")
    if device.trouble:
        if device.code != "UNREACHABLE":  # the server's own line tells
            line.add(f"  {device.trouble}", "soft")
        if status.words:
            line.add(f"  Last known: {status.text}.", "soft")
        return line
    if len(status.words) > 1:
        line.add(f"  {status.text}", "soft")
    return line.add(f"  {alarm}", "violet") if alarm else line


def _volts(found: dict[str, words.Figure]) -> str:
    put, out = found.get("input"), found.get("output")
    if put is None and out is None:
        return ""
    if put is None or out is None:
        return (put or out or words.Figure("", "", "")).text
    return f"{_short(put.number)}/{_short(out.number)} V"


def _short(number: str) -> str:
    return number.partition(".")[0] if len(number) > 3 else number


def device_lines(
    device: Device, state: words.State, name: str, columns: Columns, now: float, width: int, chosen: bool
) -> list[Line]:
    """A device's lines: one where it is well, two where it is in trouble."""
    found, old = words.figures(device), not device.fresh
    style, trouble = state.style, state.urgency < words.WELL
    value = "soft" if old else ""
    line = Line("▌" if chosen else " ", style if trouble else "")
    if columns.path:
        line.join(path.small(device, style)).add("  ")
    line.add(name, "chosen" if chosen else "bold" if trouble else "", columns.name).add("  ")
    text = state.words if len(state.words) <= columns.state else state.words.partition(",")[0]
    says = Line(text, f"{style} bold" if trouble else style)
    if not trouble:
        says.add("".join(f", {mark}" for mark in path.Parts(device).marks), "soft")
        also = since(device, now)
        if says.width + 2 + len(also) <= columns.state:
            says.to(columns.state - len(also)).add(also, "soft")
    line.join(says).to(line.width + columns.state - says.width)
    load, charge, left, power = (found.get(key) for key in ("load", "charge", "runtime", "power"))
    line.add(" ").add(load.text if load else "", value, columns.load, right=True).add(" ")
    if columns.charge > 8 and charge is not None and charge.share is not None:
        style_of_bar = "soft" if old else style if device.status.on_battery else ""
        line.join(bar(charge.share, 8, style_of_bar))
        line.add(fit(charge.text, columns.charge - 8, right=True), value)
    else:
        line.add(charge.text if charge else "", value, columns.charge, right=True)
    running = f"{style} bold" if device.status.on_battery and not old else value
    line.add(" ").add(left.text if left else "", running, columns.left, right=True)
    if columns.volts:
        line.add(" ").add(_volts(found), value, columns.volts, right=True)
    if columns.power:
        line.add(" ").add(power.text if power else "", value, columns.power, right=True)
    if columns.model:
        line.add("  ").add(device.model, "soft", columns.model)
    if not trouble:
        return [line]
    more = Line("▌" if chosen else " ", style).to(MARGIN + (columns.path + 2 if columns.path else 2))
    return [line, more.join(second(device, now))]


def site(device: Device) -> str:
    """What a device is folded under."""
    return device.values.get("device.location") or device.server


class Overview(SearchView):
    """The first screen."""

    BINDINGS = [
        Binding("e", "app.events", show=False),
        Binding("escape", "back", show=False),
        Binding("q", "app.quit", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._open: set[str] = set()

    def compose(self) -> ComposeResult:
        """Title, rows, footer."""
        yield Sheet(id="title")
        yield Rows(id="devices")
        yield Sheet(id="foot")
        yield Search()

    def redraw(self) -> None:
        """Draw what is known now."""
        fleet, wanted = self.fleet, self.wanted
        devices = fleet.in_order()
        many = len(fleet.servers) > 1
        names = {device.id: device.id if many else device.address.ups for device in devices}
        columns = Columns.of(self.room, max(map(len, names.values()), default=0))
        title = [*self._title(fleet, devices), *lost_servers(fleet), Line()]
        shown = [one for one in devices if not wanted or wanted in _searched(one, fleet.state(one))]
        if wanted:
            count = f"{len(shown)} of {len(devices)} match "
            title.append(Line(" " * MARGIN).add(count, "soft").add(f"/{wanted}", "bold").add("  Esc ends it", "soft"))
        if devices:
            title.append(columns.heads())
        self.query_one("#title", Sheet).show(title)
        rows = self.query_one(Rows)
        rows.show(self._rows(shown, names, columns, fold=not wanted))
        self._foot()

    def _title(self, fleet: Fleet, devices: list[Device]) -> list[Line]:
        worst = fleet.state(devices[0]) if devices else None
        trouble = sum(fleet.state(device).urgency < words.WELL for device in devices)
        lost = sum(bool(server.trouble) for server in fleet.servers.values())
        line = Line(" " * MARGIN)
        if not devices:
            line.add("No devices yet", "bold")
        elif trouble and worst is not None:
            line.add(f"{trouble} of {len(devices)} need{'s' if trouble == 1 else ''} a look", f"{worst.style} bold")
        else:
            line.add(f"All well: {len(devices)} device{'' if len(devices) == 1 else 's'}", "bold")
        title = [line.end(clock(fleet.clock()), "soft", self.room + MARGIN)]
        power = [words.number(one.values.get("ups.realpower", "")) for one in devices if one.fresh]
        watts = sum(each for each in power if each is not None)
        more = Line(" " * MARGIN)
        if watts:
            more.add(f"Total load {watts:.0f} W   ", "soft")
        last = next(fleet.events_of(None), None)
        if last is not None:
            more.add(fit(f"Last: {clock(last.at)}  {last.id}  {last.text}", max(self.room - more.width, 1)), "soft")
        elif not devices and not lost:
            waiting = ", ".join(fleet.servers)
            more.add(f"{waiting} has not told of any UPS. Is there one in its ups.conf?", "soft")
        return [*title, more] if more.width > MARGIN else title

    def _rows(self, devices: list[Device], names: dict[str, str], columns: Columns, *, fold: bool) -> list[Row]:
        fleet, now = self.fleet, self.fleet.clock()

        def row(device: Device) -> Row:
            state = fleet.state(device)
            height = 2 if state.urgency < words.WELL else 1
            draw: Callable[[int, bool], list[Line]] = partial(
                device_lines, device, state, names[device.id], columns, now
            )
            return Row(f"ups:{device.id}", draw, height)

        trouble = [device for device in devices if fleet.state(device).urgency < words.WELL]
        well = devices[len(trouble) :]
        rows = [row(device) for device in trouble]
        if trouble and well:
            rows.append(Row("", lambda width, chosen: [Line()]))
        if not fold or len(well) <= MANY:
            return rows + [row(device) for device in well]
        sites: dict[str, list[Device]] = {}
        for device in well:
            sites.setdefault(site(device), []).append(device)
        for name, there in sites.items():
            is_open = name in self._open
            rows.append(Row(f"site:{name}", partial(_site_line, name, len(there), is_open)))
            if is_open:
                rows += [row(device) for device in there]
        return rows

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        """Open a device, or fold a site."""
        kind, _, name = message.key.partition(":")
        if kind == "ups":
            self.app.open_device(name)
        else:
            self._open ^= {name}
            self.redraw()

    def leave(self) -> None:
        """There is no screen before."""

    def on_rows_moved(self) -> None:
        """The footer says what part is seen."""
        if self.there:
            self._foot()

    def _foot(self) -> None:
        where = self.query_one(Rows).where
        self.query_one("#foot", Sheet).show([keys(*FOOT).end(where, "soft", self.room + MARGIN)])


def _searched(device: Device, state: words.State) -> str:
    parts = (device.id, state.words, device.model, device.description, site(device), str(device.status))
    return " ".join(parts).lower()


def _site_line(name: str, count: int, is_open: bool, width: int, chosen: bool) -> list[Line]:
    line = Line("▌" if chosen else " ").add("▾ " if is_open else "▸ ", "soft")
    return [line.add(name, "chosen" if chosen else "").add(f"  {count} well", "soft")]
