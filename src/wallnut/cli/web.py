"""wallnut web: the console, pages of UPSes for a browser and metrics for dashboards."""

from __future__ import annotations

import signal
import sys

from wallnut.cli import common, people, toml, upsmon_socket, user
from wallnut.cli.common import Stop, out
from wallnut.config.wallnut_toml import WallnutToml, Web
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.model.errors import ConfigError
from wallnut.proto.address import AddressError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from wallnut.cli.common import Given
    from wallnut.client.tls import Mode, Tls
    from wallnut.proto.address import Address
    from wallnut.web.serve import Server

USAGE = f"""\
usage: wallnut web [SERVER...] [options]    the console: pages, metrics, an API

Shows the UPSes of NUT servers to a browser. SERVER is host[:port], or
ups@host[:port] for one UPS; without any, those of [web] in wallnut.toml, or
localhost. Until there are users (wallnut user) this machine alone looks, and
nobody changes anything.

  -l, --listen HOST:PORT  where to serve (127.0.0.1:8493); may be repeated
  -p, --prefix PATH       the path that a proxy serves it under, such as /ups
      --history URL       the history to show: sqlite:///PATH or postgresql://...
      --store PATH        the console's own file: users, keys, planned tests
      --tied              end when standard input does
      --demo              with a user demo, password demodemo, who may do all
{people.SERVER_OPTIONS}"""

DRILL = (sys.executable, "-c", "from wallnut.cli import run; run('wallnut')", "drill", "--json")
"""How the console has a drill played: beside it, not in it."""


def run(argv: list[str]) -> int:
    """Serve until a signal ends it."""
    longs = {"--listen": "l:", "--prefix": "p:", "--history": "y:", "--store": "s:", "--tied": "t", "--demo": "d"}
    given = people.parse("web", argv, longs, USAGE)
    settings = _settings()
    conf = settings.web
    if given.has("s"):
        conf = Web(**{name: getattr(conf, name) for name in Web.__annotations__} | {"store": given.last("s")})
    prefix = ("/" + (given.last("p") or conf.prefix).strip("/")).rstrip("/")
    try:
        from wallnut.scan.mdns import Browser
        from wallnut.web import serve
        from wallnut.web.about import about
        from wallnut.web.access.access import Access
        from wallnut.web.plan import Plan
        from wallnut.web.watcher import Watcher
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn", "jinja2", "h11", "polib", "websockets"):
            raise
        raise Stop(1, f"The console needs {error.name}: pip install 'wallnut[web]'\n") from None
    log = Log("wallnut web", service.debug_level(given.debug))
    try:
        if given.has("d"):
            user.make_demo(conf.store)
        watcher = Watcher(given.words or conf.servers, log, tls=lambda where: _tls(given, where))
        access = Access(conf, log, prefix=prefix)
        refusal, wrong = access.opened()
        tls = serve.certificate(conf)
        browser = Browser(watcher.servers, log) if conf.discover else None
        sockets = serve.listeners(given.all("l") or conf.listen, refusal)
    except (AddressError, ConfigError) as error:
        raise Stop(1, f"wallnut web: {' '.join(str(error).split())}\n") from None
    if wrong:
        log.warning(f"nobody can sign in, and nothing can be changed: {wrong}")
    plan = Plan(upsmon_socket.path(), DRILL)
    history = given.last("y") or settings.history.url
    server = serve.server(
        watcher,
        log,
        conf,
        prefix=prefix,
        history=history,
        recording=settings.history,
        plan=plan,
        browser=browser,
        about=about(settings, toml.path()),
        access=access,
        tls=tls,
    )
    where = " and ".join(serve.url(sock, prefix, tls=tls is not None) for sock in sockets)
    out(f"The console of {', '.join(watcher.servers)} is at {where}. Ctrl-C ends.\n")
    service.ready(where)
    return _until_it_ends(server, sockets, tied=given.has("t"))


def _until_it_ends(server: Server, sockets: list[socket], *, tied: bool) -> int:
    """Serve; the exit status."""
    signal.signal(signal.SIGHUP, lambda *_: server.reload())
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it once more when it has ended
    if tied:
        service.at_end_of_input(server.end)
    try:
        server.run(sockets=sockets)
    except KeyboardInterrupt:
        pass
    return 1 if server.failed else 0


def _tls(given: Given, where: Address) -> Tls | Mode:
    """How to talk to a server: as nutauth.conf says, else encrypted where it offers that."""
    entry = common.credentials(given, where)
    if entry is None:
        return "try"
    from wallnut.client import auth

    return auth.tls(entry)


def _settings() -> WallnutToml:
    """wallnut.toml, or its defaults. What is wrong in [web] ends the start: a restriction that cannot be read would let
    everybody in."""
    try:
        conf, problems = toml.read()
    except ConfigError as error:
        raise Stop(1, f"{error}\n") from None
    if any(problem.text.startswith(("[web]", "[web.")) for problem in problems):
        raise Stop(1, "wallnut web: nothing is served while there are faults in [web]\n")
    return conf
