"""wallnut list: the UPSes of a server, one line each."""

from __future__ import annotations

from wallnut.cli import people
from wallnut.cli.common import out
from wallnut.cli.paint import Paint, seconds
from wallnut.model.errors import NutError
from wallnut.model.names import value
from wallnut.model.status import Status
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.client.sync import Client

USAGE = f"""\
usage: wallnut list [HOST[:PORT]] [options]    the UPSes and how they are

  -j, --json          JSON: an array with an object for each
{people.SERVER_OPTIONS}"""
COLUMNS = ("battery.charge", "battery.runtime", "ups.load")


class Row:
    """One UPS. `trouble` says why there are no values ("": there are)."""

    def __init__(self, name: str, description: str, values: dict[str, str], trouble: str) -> None:
        self.name, self.values, self.trouble = name, values, trouble
        self.description = "" if description in ("Description unavailable", "Unavailable") else description

    @property
    def status(self) -> Status:
        return Status.parse(self.values.get("ups.status", ""))

    def cells(self, paint: Paint) -> list[str]:
        """Name, state, charge, runtime, load, description."""
        if self.trouble:
            return [self.name, paint.severity(2, self.trouble), "", "", "", self.description]
        charge, runtime, load = (self.values.get(name, "") for name in COLUMNS)
        return [
            self.name,
            paint.severity(self.status.severity, self.status.text),
            charge and f"{charge} %",
            runtime and seconds(runtime),
            load and f"{load} %",
            self.description,
        ]

    def as_json(self) -> dict[str, object]:
        """What --json shows."""
        found: dict[str, object] = {"name": self.name, "description": self.description}
        if self.trouble:
            return {**found, "error": self.trouble}
        status = {"words": list(self.status.words), "text": self.status.text, "severity": self.status.severity}
        return {
            **found,
            "status": status,
            **{name: value(name, text) for name, text in self.values.items() if name in COLUMNS},
        }


TROUBLES = {"DRIVER-NOT-CONNECTED": "no driver", "DATA-STALE": "no fresh data"}


def run(argv: list[str]) -> int:
    """Ask and print; 0 also when a UPS is in trouble."""
    given = people.parse("list", argv, {"--json": "j"}, USAGE)
    server = people.server_of(given.words[0] if given.words else "localhost")
    with people.reach(given, server) as client:
        try:
            rows = gather(client)
        except NutError as error:
            raise people.failed(error, server) from None
    if given.has("j"):
        from json import dumps

        out(dumps([row.as_json() for row in rows], indent=2) + "\n")
    elif rows:
        out(table(rows, Paint.standard()))
    else:
        out(f"{people.server_name(server)} has no UPS: its ups.conf names none.\n")
    return 0


def gather(client: Client) -> list[Row]:
    """All UPSes with what a line shows."""
    devices = client.devices()
    names = ("ups.status", *COLUMNS)
    replies = client.pipeline([net.GetVar(ups, name) for ups in devices for name in names])
    rows = []
    for number, (ups, description) in enumerate(devices.items()):
        mine = replies[number * len(names) : (number + 1) * len(names)]
        values = {name: str(reply.result) for name, reply in zip(names, mine, strict=True) if reply.error is None}
        code = getattr(mine[0].error, "code", "")
        rows.append(Row(ups, description, values, TROUBLES.get(code, "")))
    return rows


def table(rows: list[Row], paint: Paint) -> str:
    """The rows as aligned lines, under headings."""
    lines = [[paint.dim(text) for text in ("UPS", "state", "charge", "runtime", "load", "")]]
    lines += [row.cells(paint) for row in rows]
    return paint.columns(lines)
