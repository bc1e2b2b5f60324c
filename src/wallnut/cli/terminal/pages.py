"""The screens beside the devices: events, help."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding

from wallnut.cli.terminal import tables
from wallnut.cli.terminal.ink import Line, folded
from wallnut.cli.terminal.path import AROUND, CROSS
from wallnut.cli.terminal.rows import Row, Rows, Sheet
from wallnut.cli.terminal.view import MARGIN, Search, SearchView, View, clock, keys, lost_servers

HELP = (
    ("Everywhere", ""),
    ("↑ ↓ k j", "a row up, down"),
    ("PgUp PgDn", "a screenful; also b and the space bar"),
    ("Home End", "the first, the last; also g and G"),
    ("/", "search: names, values, explanations; Esc ends it"),
    ("?", "this help"),
    ("Esc q", "back; q on the first screen quits"),
    ("Ctrl-C", "quit"),
    ("All devices", ""),
    ("Enter", "open a device; fold or unfold a site"),
    ("e", "events"),
    ("One device", ""),
    ("Tab", "variables, commands, events; also v, c, e"),
    ("← →", "the device before, behind; also p and n"),
    ("Enter", "set the variable that is chosen (those with *), run the command"),
    ("Signs", ""),
    ("━━━■━━━", "mains feed the load through the UPS"),
    (f"╌{CROSS}╌■━━━", "no mains: the battery feeds the load"),
    ("━━▲■━━━", "the UPS raises the voltage (boost); with ▼ it lowers it (trim)"),
    (f"━━{AROUND[0]}■{AROUND[1]}━━", "around the UPS: bypass, the load is not protected"),
    (f"━━━■╌{CROSS}╌", "the output is off"),
    ("╌╌╌?╌╌╌", "not known: the data are old, or there are none"),
    ("*", "can be set"),
    ("•", "has just changed"),
    ("Who may", ""),
    ("", "What is set or run goes to the server under a user of its upsd.users: -u and -p, else nutauth.conf, else you"
     " are asked. What cuts power asks first, and wants the device's name where machines depend on it."),
)  # fmt: skip


class Events(SearchView):
    """What has happened since we began, newest first; of upsmon here also what it had told before."""

    BINDINGS = [Binding("escape,backspace,q", "back", show=False)]

    def compose(self) -> ComposeResult:
        """Title, rows, footer."""
        yield Sheet(id="title")
        yield Rows(id="rows")
        yield Sheet(id="foot")
        yield Search()

    def redraw(self) -> None:
        """Draw what is known now."""
        fleet, rows = self.fleet, self.query_one(Rows)
        at_top = rows.scroll_offset.y == 0 and rows.key in ("", *rows.keys[:1])
        rows.show(tables.events(fleet, fleet.events_of(None), self.wanted, named=True))
        if at_top and rows.keys and rows.key != rows.keys[0]:
            rows.choose(rows.keys[0])  # the newest, whatever comes
        title = Line(" " * MARGIN).add("Events", "bold").add(f"  {self.app.upsmon}", "soft")
        if self.wanted:
            title.add(f"   /{self.wanted}", "bold")
        title.end(clock(fleet.clock()), "soft", self.room + MARGIN)
        empty = [] if rows.keys else [Line(" Nothing has happened since wallnut top began.", "soft")]
        self.query_one("#title", Sheet).show([title, *lost_servers(fleet), Line(), *empty])
        self._foot()

    def on_rows_moved(self) -> None:
        """Another part is seen."""
        if self.there:
            self._foot()

    def _foot(self) -> None:
        where = self.query_one(Rows).where
        line = keys(("/", "search"), ("Esc", "back"), ("?", "help"))
        self.query_one("#foot", Sheet).show([line.end(where, "soft", self.room + MARGIN)])


class Help(View):
    """Keys and signs."""

    BINDINGS = [Binding("escape,backspace,q,question_mark", "app.back", show=False)]

    def compose(self) -> ComposeResult:
        """Rows that scroll."""
        yield Sheet(id="title")
        yield Rows(id="rows")
        yield Sheet(id="foot")

    def on_mount(self) -> None:
        """The rows have the keys."""
        self.begin()

    def redraw(self) -> None:
        """It never changes but for its width."""
        lines: list[Line] = []
        for key, text in HELP:
            if not text:
                lines += [Line(), Line(f" {key}", "bold")]
                continue
            first, *more = folded(text, self.room - 14, most=9)
            lines.append(Line("  ").add(key, "bold", 11).add(" ").join(first))
            lines += [Line(" " * 14).join(line) for line in more]
        self.query_one("#title", Sheet).show([Line(" wallnut top: keys and signs", "soft")])
        self.query_one(Rows).show([Row(f"{number}", _fixed(line)) for number, line in enumerate(lines)])
        self._foot()

    def _foot(self) -> None:
        where = self.query_one(Rows).where
        self.query_one("#foot", Sheet).show([keys(("Esc", "back")).end(where, "soft", self.room + MARGIN)])

    def on_rows_moved(self) -> None:
        """Another part is seen."""
        if self.there:
            self._foot()


def _fixed(line: Line) -> Callable[[int, bool], list[Line]]:
    return lambda width, chosen: [line]
