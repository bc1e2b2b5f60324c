"""upsc: show a UPS's variables, a server's UPSes, a UPS's clients."""

from __future__ import annotations

from wallnut.cli import common
from wallnut.cli.common import Stop, out
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from wallnut.cli.common import Given
    from wallnut.proto.address import Address
    from wallnut.proto.net import Request

    Answer = str | list[str] | dict[str, str]
    T = TypeVar("T")

ONE_SHOT = True
USAGE = """\
usage: upsc [options] UPS [VARIABLE]     all variables of a UPS, or one's value
       upsc [options] -l [HOST[:PORT]]   the names of a server's UPSes
       upsc [options] -L [HOST[:PORT]]   names and descriptions
       upsc [options] -c UPS             the addresses of the clients logged in

UPS is name[@host[:port]]; without them the host is localhost, the port 3493.

  -j        print JSON
  -A FILE   credentials and TLS settings: a nutauth.conf, `default` or `none`
  -W SECS   time to connect (10)
  -D        say more; may be repeated
  -V        show the version
  -h        show this help
"""


def main() -> int:
    """The program."""
    return common.run(upsc)


def upsc(argv: list[str]) -> int:
    """Ask, print, exit status 0."""
    given = common.parse("upsc", argv, "jlLc", USAGE)
    word = given.words[0] if given.words else ""
    show: Answer
    if given.has("l") or given.has("L"):
        devices = _ask(given, common.server_address(word if given.words else "localhost"), net.list_ups())
        show = devices if given.has("L") else list(devices)
    else:
        ups = common.ups_address(word)
        if given.has("c"):
            show = _ask(given, ups, net.list_client(ups.ups))
        elif len(given.words) > 1:
            show = _ask(given, ups, net.GetVar(ups.ups, given.words[1]))
        else:
            show = _ask(given, ups, net.list_var(ups.ups))
    out(_json(show) if given.has("j") else _plain(show))
    return 0


def _ask(given: Given, server: Address, request: Request[T]) -> T:
    with common.dial(given, server, common.credentials(given, server)) as client:
        if type(request) is net.GetVar and "." not in request.name:
            raise Stop(1, "Error: old-style variable names are not supported\n")
        return client.call(request)


def _plain(show: Answer) -> str:
    """The answer as lines."""
    if isinstance(show, str):
        return f"{show}\n"
    if isinstance(show, dict):
        return "".join([f"{name}: {value}\n" for name, value in show.items()])
    return "".join([f"{item}\n" for item in show])


def _json(show: Answer) -> str:
    """The answer as JSON, laid out as upsc 2.8.5 does; all values are strings."""
    from json import dumps

    if isinstance(show, str):
        return f"{dumps(show)}\n"
    if isinstance(show, dict):
        items = [f"  {dumps(name)}: {dumps(value)}" for name, value in show.items()]
        return "{\n" + ",\n".join(items) + "\n}\n"
    return "[\n" + ",\n".join(f"  {dumps(item)}" for item in show) + "\n]\n"
