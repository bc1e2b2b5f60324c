"""One device: its power path and key figures; below, its variables, its commands and what has happened."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from wallnut.cli.terminal import actions, dialogs, tables
from wallnut.cli.terminal.actions import Act
from wallnut.cli.terminal.hand import Answer, apart
from wallnut.cli.terminal.head import head
from wallnut.cli.terminal.ink import Line, folded
from wallnut.cli.terminal.rows import Row, Rows, Sheet
from wallnut.cli.terminal.view import MARGIN, Search, SearchView, keys
from wallnut.web.snapshot import Device

TABS = ("variables", "commands", "events")
ENTER = {"variables": "set", "commands": "run", "events": ""}
EMPTY = {
    "variables": "Nothing is known of this device.",
    "commands": "The device offers no command.",
    "events": "Nothing has happened since wallnut top began.",
}


class DeviceView(SearchView):
    """The screen of one device, by its id; arrows go to the one before and behind in the overview's order."""

    BINDINGS = [
        Binding("escape,backspace,q", "back", show=False),
        Binding("tab", "tab(1)", show=False, priority=True),
        Binding("shift+tab", "tab(-1)", show=False, priority=True),
        Binding("v", "go('variables')", show=False),
        Binding("c", "go('commands')", show=False),
        Binding("e", "go('events')", show=False),
        Binding("left,p", "other(-1)", show=False),
        Binding("right,n", "other(1)", show=False),
    ]

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.tab = TABS[0]
        self._places: dict[str, str] = {}
        self._answer: Answer | None = None
        self._doing = ""

    def compose(self) -> ComposeResult:
        """Head, tabs, rows, a line for what is chosen or was answered, footer."""
        yield Sheet(id="head")
        yield Sheet(id="tabs")
        yield Rows(id="rows")
        yield Sheet(id="note")
        yield Sheet(id="foot")
        yield Search()

    @property
    def device(self) -> Device | None:
        """The device, while its server has it."""
        return self.fleet.devices.get(self.key)

    def redraw(self) -> None:
        """Draw what is known now."""
        device, fleet = self.device, self.fleet
        if device is None:
            gone = [Line(f" {self.key}", "bold"), Line(" The server has no such UPS any more. Esc goes back.", "soft")]
            self.query_one("#head", Sheet).show(gone)
            self.query_one(Rows).show([])
            return
        lines = head(device, fleet.state(device), fleet.clock(), self.room, ascii_only=self.app.ascii_only)
        self.query_one("#head", Sheet).show(lines)
        rows = self.query_one(Rows)
        rows.show(self._rows(device))
        self._frame(device)

    def _rows(self, device: Device) -> list[Row]:
        wanted = self.wanted
        if self.tab == "variables":
            return tables.variables(device, self.fleet.bright(self.key), wanted)
        if self.tab == "commands":
            return tables.commands(device, wanted)
        return tables.events(self.fleet, self.fleet.events_of(device), wanted, named=False)

    def _frame(self, device: Device) -> None:
        """Tabs, note, footer."""
        rows = self.query_one(Rows)
        happened = sum(1 for _ in self.fleet.events_of(device))
        counts = {"variables": len(device.values), "commands": len(device.commands), "events": happened}
        line = Line("─", "soft")
        for tab in TABS:
            line.add(f" {tab.capitalize()} {counts[tab]} ", "bold" if tab == self.tab else "soft").add("─", "soft")
        if self.wanted:
            line.add(f" /{self.wanted} ", "bold")
        end = f" {rows.where} " if rows.where else ""
        line.add("─" * max(self.room + 2 * MARGIN - line.width - len(end) - 1, 0), "soft").add(f"{end}─", "soft")
        self.query_one("#tabs", Sheet).show([line])
        self.query_one("#note", Sheet).show(self._note(device, rows))
        enter = ENTER[self.tab]
        can = enter and rows.key and (self.tab == "commands" or rows.key in device.settings)
        pairs = [("Enter", enter)] if can else []
        pairs += [("Tab", "next list"), ("/", "search")]
        pairs += [("←→", "other device")] if self.room > 70 else []
        pairs += [("Esc", "back"), ("?", "help")]
        self.query_one("#foot", Sheet).show([keys(*pairs)])

    def _note(self, device: Device, rows: Rows) -> list[Line]:
        """What is being done, what was answered, or else all about the row that is chosen."""
        if self._doing:
            return [Line(f" {self._doing}", "bold")]
        if self._answer is not None:
            good = self._answer.good
            mark = " OK: " if good else " No: "
            lines = folded(mark.strip() + " " + self._answer.text, self.room, "bold" if good else "red", 3)
            return [Line(" ").join(line) for line in lines]
        if not rows.key:
            text = "Nothing matches." if self.wanted else EMPTY[self.tab]
        elif self.tab == "variables":
            text = tables.about_variable(device, rows.key)
        elif self.tab == "commands":
            act = actions.command(device, rows.key)
            text = "  ".join(filter(None, (act.does, f"Value: {act.value}" if act.value else "")))
        else:
            text = ""
        return [Line(" ").add(text, "soft", self.room)]

    def action_go(self, tab: str) -> None:
        """Show another list, where it was left."""
        if tab == self.tab:
            return
        rows = self.query_one(Rows)
        self._places[self.tab] = rows.key
        self.query_one(Search).value = ""
        self.tab, self._answer = tab, None
        rows.key = self._places.get(tab, "")
        rows.scroll_to(y=0, animate=False)
        self.redraw()
        rows.choose(rows.key)

    def action_tab(self, steps: int) -> None:
        """The next list."""
        self.action_go(TABS[(TABS.index(self.tab) + steps) % len(TABS)])

    def action_other(self, steps: int) -> None:
        """Another device, in the overview's order."""
        ids = [device.id for device in self.fleet.in_order()]
        if self.key in ids and len(ids) > 1 and not self._doing:  # the answer is about this one
            self.key = ids[(ids.index(self.key) + steps) % len(ids)]
            self._answer = None
            self.redraw()

    def on_rows_moved(self) -> None:
        """Something else is chosen."""
        self._answer = None
        self._show()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        """Set a variable, or run a command."""
        device = self.device
        if device is None or self._doing:
            return
        if self.tab == "variables":
            if message.key in device.settings:
                self.set_variable(device, message.key)
            else:
                self._answer = Answer(False, f"{message.key} cannot be set.")
                self._frame(device)
        elif self.tab == "commands":
            self.run_command(device, message.key)

    @work(exclusive=True)
    async def set_variable(self, device: Device, name: str) -> None:
        """Ask for a value, and set it."""
        old = device.values.get(name, "")
        question = dialogs.edit(name, old, device.settings[name], min(dialogs.WIDTH, self.app.size.width) - 4)
        value = await self.app.push_screen_wait(question)
        if value is None:
            return
        act = actions.setting(device, name, value)
        if not await self._sure(device, act, name) or not await self._signed_in(device):
            return
        self._do(f"Setting {name} to {value!r}…")
        self._said(device, await apart(lambda: self.app.hand.set(device.address, name, value)))

    @work(exclusive=True)
    async def run_command(self, device: Device, name: str) -> None:
        """Ask what must be asked, and run it."""
        act, value = actions.command(device, name), ""
        if act.value:
            typed = await self.app.push_screen_wait(dialogs.Value(act))
            if typed is None:
                return
            value = typed.strip()
        if not await self._sure(device, act, name) or not await self._signed_in(device):
            return
        self._do(f"{act.verb}…")
        self._said(device, await apart(lambda: self.app.hand.run(device.address, name, value)))

    async def _sure(self, device: Device, act: Act, name: str) -> bool:
        """Whether it is really meant: what cuts power needs the device's name where machines depend on it."""
        if not act.asks:
            return True
        width = min(dialogs.WIDTH, self.app.size.width) - 4
        title = act.verb if act.verb == name else f"{act.verb} ({name})"
        text = [Line(" - ".join(filter(None, (device.id, act.part))), "soft"), Line()]
        text += folded(act.does, width, "red" if act.cuts else "", 6)
        if not act.cuts:
            found = [("yes", f"Yes: {act.verb}", ""), ("no", "Leave it", "")]
            return await self.app.push_screen_wait(dialogs.Choose(title, text, found, "yes")) == "yes"
        self._do(f"Asking {device.server} who depends on it…")
        machines = await apart(lambda: self.app.hand.dependents(device.address))
        self._do("")
        text += folded(actions.machines_of(act, machines), width, "", 6)
        if machines or machines is None:
            wanted = device.address.ups
            return await self.app.push_screen_wait(dialogs.Name(title, text, wanted)) == wanted
        found = [("no", "Leave it", ""), ("yes", f"Yes, do it: {act.verb}", "red")]
        return await self.app.push_screen_wait(dialogs.Choose(title, text, found, "no")) == "yes"

    async def _signed_in(self, device: Device) -> bool:
        """Whether there are credentials; asks for them if not."""
        hand = self.app.hand
        if hand.signed_in(device.address):
            return True
        told = await self.app.push_screen_wait(dialogs.SignIn(device.server, hand.user(device.address)))
        if told is None:
            return False
        hand.told(device.address, *told)
        return True

    def _do(self, what: str) -> None:
        self._doing, self._answer = what, None
        self._show()

    def _said(self, device: Device, answer: Answer) -> None:
        self._doing, self._answer = "", answer
        self.fleet.acted(device.id, answer.text, good=answer.good)
        self._show()

    def _show(self) -> None:
        if self.there and self.device is not None:
            self._frame(self.device)
