"""wallnut top: the UPSes of NUT servers on a terminal, live, by keyboard."""

from __future__ import annotations

import os
import sys

from wallnut.cli import common, people
from wallnut.cli.common import Stop
from wallnut.io.log import Log
from wallnut.proto.address import Address, AddressError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.cli.common import Given
    from wallnut.client.tls import Mode, Tls

USAGE = f"""\
usage: wallnut top [SERVER...] [options]    the UPSes of NUT servers, live

Shows the UPSes of NUT servers on this terminal, trouble first; sets variables
and runs commands. SERVER is host[:port], or ups@host[:port] for one UPS;
without any, localhost. In it, ? shows the keys.

  -u, --user USER     user in the server's upsd.users; else nutauth.conf says,
                      or you are asked when something is to be set or run
  -p, --password PASS password; likewise
      --ascii         no characters beyond ASCII (by itself where the locale
                      is not UTF-8)
{people.SERVER_OPTIONS}"""
LIBRARIES = ("textual", "rich")


def run(argv: list[str]) -> int:
    """Show it until somebody quits."""
    given = people.parse("top", argv, {"--user": "u:", "--password": "p:", "--ascii": "a"}, USAGE)
    words = given.words or ["localhost"]
    try:
        servers = [Address.parse(word) if "@" in word else Address.parse_server(word) for word in words]
    except AddressError as error:
        raise Stop(2, f"wallnut top: {error}: a server is written host[:port], a UPS name@host[:port]\n") from None
    try:
        from wallnut.cli.terminal.app import Top
        from wallnut.cli.terminal.fleet import Fleet
        from wallnut.cli.terminal.hand import Hand
        from wallnut.cli.terminal.ink import has_unicode
        from wallnut.cli.terminal.upsmon import Upsmon
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name not in LIBRARIES:
            raise
        raise Stop(1, f"wallnut top needs {name}: pip install 'wallnut[tui]'\n") from None
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)) or os.environ.get("TERM") == "dumb":
        raise Stop(2, "wallnut top needs a terminal. Without one: wallnut list, wallnut events, wallnut show --json\n")
    from wallnut.web.watcher import Watcher

    hand = Hand(given, servers)
    log = Log("wallnut top", 0)
    watcher = Watcher(words, log, tls=lambda where: _tls(given, where))
    heard = [f"{'' if '@' in word else '@'}{word}" for word in words]
    ascii_only = given.has("a") or not has_unicode(os.environ)
    app = Top(Fleet(), hand, watcher, Upsmon(heard), ascii_only=ascii_only)
    status = app.run(mouse=False)
    return app.return_code or status or 0


def _tls(given: Given, where: Address) -> Tls | Mode:
    """How to talk to a server: as nutauth.conf says, else encrypted where it offers that."""
    entry = common.credentials(given, where)
    if entry is None:
        return "try"
    from wallnut.client import auth

    return auth.tls(entry)
