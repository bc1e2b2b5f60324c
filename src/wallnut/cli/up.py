"""wallnut up: drivers and server in one process, on one loop, joined by connections that never leave it; console and
history beside them."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from functools import partial

from wallnut.cli import people
from wallnut.cli.common import Given, Stop, err, out
from wallnut.cli.companions import Companions, Places
from wallnut.cli.paint import Paint
from wallnut.cli.upsd import Files, most_connections, tls_context, wish
from wallnut.config.files import parse_ups_conf, parse_upsd_users, served
from wallnut.config.kinds import Listen
from wallnut.config.types import UpsdConf, UpsdUsers
from wallnut.drivers import plugged, registry
from wallnut.drivers.common import unknown_settings
from wallnut.drivers.host import DriverHost
from wallnut.drivers.running import Instance, alive, is_driver
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.io.loop import Loop
from wallnut.io.stream import listen_tcp, listen_unix, pair, resolve
from wallnut.model.errors import ConfigError, ConnectError
from wallnut.model.status import Status
from wallnut.proto.address import PORT, Address
from wallnut.server.upsd import Upsd
from wallnut.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.types import UpsConf, UpsSection
    from wallnut.drivers.plugged import Plugged
    from wallnut.io.stream import Listener

USAGE = """\
usage: wallnut up [options]    run all of it here, until Ctrl-C

Drivers and server; beside them the console (wallnut web) and the recorder of
history, as processes of their own.

Reads ups.conf, upsd.conf and upsd.users, where they are there. Without a UPS in
ups.conf those plugged in (USB) run, read-only; without those, a simulated one.

  -c, --config DIR    folder of the configuration (NUT_CONFPATH, or /etc/nut)
  -p, --port PORT     port to serve on, instead of 3493 or what upsd.conf says
      --demo          the simulated UPS, whatever is configured
  -w, --web WHERE     host:port of the console (127.0.0.1:8493), or none
      --no-history    record nothing
  -D, --debug         say more; may be repeated
  -h, --help          show this help

HUP reads the files again. A server that runs for good is better off with
upsdrvctl and upsd: each driver gets a process of its own, and root is given up.
"""
PATIENCE = 2.0
"""Seconds that drivers get to have data before clients are told that there is none."""
ON_OTHERS = ("clone", "clone-outlet", "failover", "merge")
"""Drivers whose device is another driver's socket."""
DEMO = """\
[demo]
  driver = simulator
  port = auto
  desc = "Simulated UPS"
  speed = 10
  pollinterval = 1
"""
DEMO_USERS = """\
[demo]
  password = demo
  actions = SET
  actions = FSD
  instcmds = ALL
  upsmon primary
"""
NOTE = """\
{why}:
here is a simulated UPS, ten times as fast as life. In another terminal:

  upsc demo{at}
  wallnut show demo{at} --watch

Let mains fail (test.failure.stop brings it back):

  upscmd -u demo -p demo demo{at} test.failure.start
{console}
A UPS of your own: plug it in (USB), or write it into {path}, and start again:

  [myups]
    driver = usbhid-ups
    port = auto

"""
CONSOLE = """
The same in a browser, at the console's address below: sign in as demo, password
demodemo.
"""
PLUGGED_IN = """\
{why}, but this is plugged in:

{devices}
It is served to be looked at: nobody can log in. In another terminal:

  upsc {first}{at}
  wallnut show {first}{at} --watch

To keep it so, write this into {path}:

{sections}
To command it, and to have hosts shut down in time, write upsd.users (`wallnut passwd`
makes a password) and upsmon.conf.

"""


class Setup:
    """What to run. `demo` says why it is not the user's own configuration ("": it is), but the simulated UPS, or those
    of `plugged`."""

    def __init__(self, given: Given, log: Log) -> None:
        self.demo = ""
        self.plugged: list[Plugged] = []
        self.log = log
        self.files = Files(log)
        self.conf = UpsdConf()
        self.users = UpsdUsers()
        self.web, self.history = given.last("w"), not given.has("n")
        self.port = given.last("p")
        if self.port and not (self.port.isascii() and self.port.isdigit() and int(self.port) < 65536):
            raise Stop(2, f"wallnut up: '{self.port}' is no port\n")
        self.ups_conf = self._ups_conf(given)
        if not self.demo:
            self.read()

    def _ups_conf(self, given: Given) -> UpsConf:
        path = self.files.path("ups.conf")
        if given.has("d"):
            self.demo = "As --demo asks"
        elif given.has("c") and not os.path.isdir(given.last("c")):
            raise Stop(1, f"{given.last('c')}: there is no such folder\n")
        elif not os.path.exists(path):
            self.demo = f"There is no {path}"
        else:
            conf = self.files.ups_conf()
            if served(conf)[0]:
                return conf
            self.demo = f"{path} names no UPS"
        self.plugged = [] if given.has("d") else plugged.found()
        if self.plugged:
            return parse_ups_conf("".join(one.section for one in self.plugged).encode())[0]
        self.users = parse_upsd_users(DEMO_USERS.encode())[0]
        return parse_ups_conf(DEMO.encode())[0]

    def read(self) -> None:
        """Read upsd.conf and upsd.users where they are there. Raises ConfigError."""
        if os.path.exists(self.files.path("upsd.conf")):
            self.conf = self.files.upsd_conf()
        if os.path.exists(self.files.path("upsd.users")):
            self.users = self.files.upsd_users()
        else:
            self.log.warning(f"There is no {self.files.path('upsd.users')}: nobody can log in, set or command anything")

    @property
    def listen(self) -> tuple[Listen, ...]:
        """Where to serve."""
        where = self.conf.listen or (Listen("127.0.0.1"), Listen("::1"))
        return tuple(Listen(one.host, self.port) for one in where) if self.port else where


def run(argv: list[str]) -> int:
    """Serve until a signal ends it; exit status 0."""
    longs = {"--config": "c:", "--port": "p:", "--demo": "d", "--web": "w:", "--no-history": "n"}
    given = people.parse("up", argv, longs, USAGE)
    if given.words:
        raise Stop(2, "wallnut up takes no names: it runs every UPS of ups.conf\n")
    if given.has("c"):
        os.environ["NUT_CONFPATH"] = os.path.abspath(given.last("c"))
    log = Log("wallnut", service.debug_level(given.debug))
    log.quiet = 0 if log.level else 1  # the normal course of things would bury what matters
    setup = Setup(given, log)
    loop = Loop()
    up = Up(loop, log, setup)
    try:
        up.start()
        loop.run()
    finally:
        up.close()
        loop.close()
    return 0


class Up:
    """Server and drivers of this process."""

    def __init__(self, loop: Loop, log: Log, setup: Setup) -> None:
        self.loop, self.log, self.setup = loop, log, setup
        self._paint = Paint.standard()
        self._hosts: dict[str, DriverHost] = {}
        self._shown: dict[str, str] = {}
        self._sockets: dict[str, Listener] = {}
        self._awaited = 0
        self._serving = False
        self._companions = Companions(loop, log)
        self._places: Places | None = None
        configured = setup.ups_conf.statepath or setup.conf.statepath or ""
        self._statepath = os.path.abspath(service.statepath(configured))
        os.environ["NUT_STATEPATH"] = self._statepath  # for drivers that sit on other drivers
        self.server = Upsd(
            loop,
            log,
            setup.ups_conf,
            setup.conf,
            setup.users,
            statepath=self._statepath,
            most=most_connections(setup.conf.maxconn),
        )

    def start(self) -> None:
        """Open the doors and start the drivers. Raises Stop when nobody could come in, ConfigError for bad TLS."""
        self.server.tls = tls_context(self.setup.conf)
        self._listen()
        for section in served(self.setup.ups_conf)[0]:
            self._start_driver(section)
        for number in service.END_SIGNALS:
            self.loop.on_signal(number, self._end)
        self.loop.on_signal(signal.SIGHUP, self._reload)
        self._patience = self.loop.call_later(PATIENCE if self._hosts else 0, self._serve)

    def _ready(self, _: str) -> None:
        """A driver has its first data."""
        self._awaited -= 1
        if self._awaited == 0 and not self._serving:
            self._patience.cancel()
            self._serve()

    def _serve(self) -> None:
        """Join server and drivers; those that have no data yet show none."""
        self._serving = True
        for host in self._hosts.values():
            self._join(host)
        self.server.start()
        out(self._greeting())
        service.ready(f"serving {len(self.server.upses)} UPS")
        self._start_companions()

    def _start_companions(self) -> None:
        """Start console and recorder, each where it is wanted and can be."""
        setup = self.setup
        if setup.web == "none" and not setup.history:
            return
        where = self.server.listeners[0].where
        host, port = str(where[0]), int(where[1])
        server = str(Address("", "localhost" if host in people.LOCAL else host, port))
        try:
            self._places = places = Places(passing=bool(setup.demo) and not setup.plugged)
        except ConfigError as error:
            self.log.error(f"neither console nor history: {error}")
            return
        history = places.history
        if setup.history:
            self._companions.start("the recorder", ["history", "record", "--server", server, *history])
        if setup.web != "none":
            listen = ["--listen", setup.web] if setup.web else []
            kept = ["--history", *history[1:]] if setup.history and history else []
            shown = ["--demo"] if setup.demo and not setup.plugged else []
            self._companions.start("the console", ["web", server, *listen, *places.store, *kept, *shown])

    def _join(self, host: DriverHost) -> None:
        ours, theirs = pair(self.loop, f"{host.section.driver}-{host.section.name}")
        host.attach(theirs)
        self.server.attach(host.section.name, ours)
        if any(section.driver in ON_OTHERS for section in self.setup.ups_conf.ups):
            self._share(host)

    def _share(self, host: DriverHost) -> None:
        """Open the driver's socket, for drivers that sit on it."""
        path = f"{self._statepath}/{host.section.driver}-{host.section.name}"
        try:
            self._sockets[host.section.name] = listen_unix(self.loop, path, host.accept)
        except ConnectError as error:
            self.log.error(f"[{host.section.name}] {error}")

    def close(self) -> None:
        """Give everything back."""
        self.server.close()
        for listener in self._sockets.values():
            listener.close()
        if self._places is not None:
            self._places.close()

    def _listen(self) -> None:
        """Serve where we shall. Of the two local addresses one may be missing, as on a machine without IPv6; of
        others where ALLOW_NOT_ALL_LISTENERS says so."""
        where = list(self.setup.listen)
        troubles = {one: trouble for one in where if (trouble := self._trouble(one))}
        for one, trouble in troubles.items():
            if os.strerror(errno.EADDRINUSE) in trouble:
                what = f"Port {one.port} of {one.host} is taken: another server runs here."
                raise Stop(1, f"{what} Stop that one, or choose another port: wallnut up --port 3494\n")
        some_do = wish("ALLOW_NOT_ALL_LISTENERS", self.setup.conf.allow_not_all_listeners) or not self.setup.conf.listen
        if some_do and len(troubles) < len(where):
            where = [one for one in where if one not in troubles]
        elif troubles:
            raise Stop(1, f"{next(iter(troubles.values()))}. See LISTEN in upsd.conf\n")
        self.server.listen(where)

    def _trouble(self, where: Listen) -> str:
        """What is in the way of an address; "" for nothing."""
        try:
            for family, address in resolve("" if where.host == "*" else where.host, where.port):
                listen_tcp(self.loop, family, address, lambda sock, peer: None).close()
        except ConnectError as error:
            return str(error)
        return ""

    def _greeting(self) -> str:
        listeners = self.server.listeners
        hosts = " and ".join(str(one.where[0]) for one in listeners)
        port = int(listeners[0].where[1])
        at = "" if port == PORT else f"@localhost:{port}"
        if self.setup.demo:
            path = self.setup.files.path("ups.conf")
            note = self._what_is_plugged_in(at, path) or NOTE.format(
                why=self.setup.demo, at=at, path=path, console="" if self.setup.web == "none" else CONSOLE
            )
            return f"{note}Serving on {hosts}, port {port}. Ctrl-C ends.\n"
        names = ", ".join(ups.name for ups in self.server.upses)
        server = f" localhost:{port}" if at else ""
        return (
            f"wallnut {VERSION} serves {names} on {hosts}, port {port}.\n"
            f"Look at them with `wallnut list{server}`. Ctrl-C ends.\n"
        )

    def _what_is_plugged_in(self, at: str, path: str) -> str:
        """Of devices that run without a configuration; "" where it is none of them."""
        upses = self.setup.plugged
        if not upses:
            return ""
        return PLUGGED_IN.format(
            why=self.setup.demo,
            devices="".join(f"  {ups.name}: {ups.title}\n" for ups in upses),
            first=upses[0].name,
            at=at,
            path=path,
            sections="".join("".join(f"  {line}\n" for line in ups.section.splitlines()) for ups in upses),
        )

    # drivers

    def _start_driver(self, section: UpsSection) -> None:
        """Start a section's driver, where it is ours and does not run already."""
        name = section.name
        if not registry.known(section.driver):
            self.log.warning(f"[{name}] {self._stranger(section)}")
            return
        if not self.setup.demo and self._runs_elsewhere(section):
            self.log.warning(f"[{name}] its driver runs already: that one is used")
            return
        try:
            driver = registry.find(section.driver)
            for key, _ in unknown_settings(driver, section):
                raise ConfigError(f"'{key}' is no setting of {section.driver}; those it has: {section.driver} -L")
            host = DriverHost(
                self.loop,
                driver,
                section,
                self.log,
                debug=self.log.level,
                keep_trying=True,
                configuration=partial(self._section, name),
                ended=partial(self._ended, name),
            )
        except ConfigError as error:
            self.log.error(f"[{name}] {error}")
            return
        self._hosts[name] = host
        host.on_poll = partial(self._look, name, host)
        self._awaited += 1
        host.start(self._ready)
        if self._serving:
            self._join(host)

    def _stranger(self, section: UpsSection) -> str:
        """What to do about a driver that is not ours."""
        folder = self.setup.ups_conf.driverpath or service.DRIVERPATH
        if os.access(f"{folder}/{section.driver}", os.X_OK):
            return f"{section.driver} is C NUT's: start it with upsdrvctl start {section.name}"
        return f"there is no driver {section.driver}, nor in {folder}{registry.near(section.driver, folder)}"

    def _runs_elsewhere(self, section: UpsSection) -> bool:
        """Whether a process of its own runs this driver."""
        place = Instance(section.driver, section.name, self._statepath, service.altpidpath(self._statepath), self.log)
        pid = place.pid_file.read()
        return pid != 0 and alive(pid) and is_driver(pid, section.driver, section.name)

    def _section(self, name: str) -> UpsSection:
        """A driver's settings, read again. Raises ConfigError."""
        setup = self.setup
        section = (setup.ups_conf if setup.demo else setup.files.ups_conf()).find(name)
        if section is None:
            raise ConfigError(f"[{name}] is no longer in ups.conf")
        return section

    def _ended(self, name: str, status: int) -> None:
        self.log.error(f"[{name}] its driver ended (status {status}). HUP, or a new start, brings it back")
        self._hosts.pop(name, None)

    def _look(self, name: str, host: DriverHost) -> None:
        """Say a new status."""
        text = host.state.value("ups.status")
        if text == self._shown.get(name):
            return
        self._shown[name] = text
        status = Status.parse(text)
        clock = time.strftime("%H:%M:%S")
        out(f"{self._paint.dim(clock)} {name}: {self._paint.severity(status.severity, status.text)}\n")

    # reload and end

    def _reload(self) -> None:
        """Read the files again."""
        if self.setup.demo:
            self.log.warning("there are no files to read again: nothing is configured")
            return
        setup = self.setup
        try:
            setup.ups_conf = setup.files.ups_conf()
            setup.read()
        except ConfigError as error:
            self.log.error(f"Reload failed: {error}")
            return
        sections = {section.name: section for section in served(setup.ups_conf)[0]}
        for name in list(self._hosts):
            if name not in sections or sections[name].driver != self._hosts[name].section.driver:
                self._hosts.pop(name).stop(lambda: None)
                if name in self._sockets:
                    self._sockets.pop(name).close()
        self.server.reconfigure(setup.ups_conf, setup.conf, setup.users)
        for name, section in sections.items():
            if name not in self._hosts:
                self._start_driver(section)
            elif problem := self._hosts[name].reload():
                self.log.error(f"[{name}] {problem}")

    def _end(self) -> None:
        """Stop the drivers, then the loop."""
        service.stopping()
        if sys.stdout.isatty():
            err("\r")  # over the ^C
        self.log.quiet = 3  # that connections end now is no news
        self.server.close()
        left = [len(self._hosts) + 2]

        def stopped() -> None:
            left[0] -= 1
            if left[0] == 0:
                self.loop.stop()

        for host in self._hosts.values():
            host.stop(stopped)
        self._companions.stop(stopped)
        stopped()
