"""wallnut show: one UPS for people, grouped by subject; live with --watch."""

from __future__ import annotations

from wallnut.cli import people
from wallnut.cli.common import Stop, out
from wallnut.cli.paint import Paint
from wallnut.cli.sheet import Sheet
from wallnut.model.errors import NutError
from wallnut.proto import net
from wallnut.proto.address import Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.client.sync import Client

USAGE = f"""\
usage: wallnut show [UPS] [options]    all about a UPS, grouped, with units

UPS is name[@host[:port]]; no name is needed where there is one UPS alone.

  -w, --watch         stay and follow the changes: pushed by a wallnut server,
                      asked for elsewhere
  -j, --json          JSON; with --watch an object a line for each change
{people.SERVER_OPTIONS}"""


def run(argv: list[str]) -> int:
    """Show, or watch until Ctrl-C."""
    given = people.parse("show", argv, {"--watch": "w", "--json": "j"}, USAGE)
    ups = _which(given.words[0] if given.words else "")
    with people.reach(given, ups) as client:
        try:
            sheet = fetch(client, ups)
        except NutError as error:
            raise people.failed(error, ups) from None
    if given.has("w"):
        from wallnut.cli.watch import watch

        return watch(given, sheet)
    if given.has("j"):
        from json import dumps

        out(dumps(sheet.as_json(), indent=2, ensure_ascii=False) + "\n")
    else:
        out(sheet.text(Paint.standard()))
    return 0


def _which(text: str) -> Address:
    """The UPS that is meant; without a name (``, `@host`) that of a server that has one alone."""
    if text.startswith("@"):
        return people.server_of(text[1:])
    return people.ups_of(text) if text else Address("")


def fetch(client: Client, ups: Address) -> Sheet:
    """Ask for everything; `ups.ups` is filled in where the server has one UPS. Raises NutError, Stop."""
    devices = client.devices()
    if not ups.ups:
        if len(devices) != 1:
            names = ", ".join(devices) or "none"
            raise Stop(2, f"Which one? {people.server_name(ups)} has: {names}\n")
        ups.ups = next(iter(devices))
    name = ups.ups
    variables, writable, commands = client.pipeline([net.list_var(name), net.list_rw(name), net.list_cmd(name)])
    values: dict[str, str] = variables.get()
    description = next((text for device, text in devices.items() if device.lower() == name.lower()), "")
    return Sheet(ups, description, values, set(writable.get()), list(commands.get()))
