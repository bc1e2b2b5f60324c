"""upsd: the data server, as NUT's upsd(8) is started, stopped and reloaded."""

from __future__ import annotations

import gc
import os
import sys

from wallnut.cli.common import BadOption, err, getopt, out, version_line
from wallnut.config.files import parse_ups_conf, parse_upsd_conf, parse_upsd_users, served
from wallnut.config.kinds import Listen
from wallnut.config.types import UpsdUsers
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.io.loop import Loop
from wallnut.model.errors import ConfigError, NutError
from wallnut.server.upsd import Upsd

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    import ssl
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from wallnut.config.directive import Problem
    from wallnut.config.types import UpsConf, UpsdConf

    T = TypeVar("T")
else:
    import _signal as signal  # without the enums that cost as much as starting Python

USAGE = """\
Network server for UPS data.

usage: upsd [OPTIONS]

  -c <command>  send <command> via signal to background process
                commands:
                 - reload: reread configuration files
                 - stop: stop process and exit
  -P <pid>      send the signal above to specified PID (bypassing PID file)
  -D            raise debugging level (and stay foreground by default)
  -F            stay foregrounded even if no debugging is enabled
  -FF           stay foregrounded and still save the PID file
  -B            stay backgrounded even if debugging is bumped
  -h            display this help
  -r <dir>      chroots to <dir>
  -q            log less: warnings and errors, not the normal course of things
  -u <user>     switch to <user> (if started as root)
  -V            display the version of this software
  -4            IPv4 only
  -6            IPv6 only
"""
OLD_LISTEN = """\
Specifying a listening addresses with '-i <address>' and '-p <port>'
is deprecated. Use 'LISTEN <address> [<port>]' in 'upsd.conf' instead.
See 'man 8 upsd.conf' for more information."""
COMMANDS = {"reload": signal.SIGHUP, "stop": signal.SIGTERM}
LOCALHOST = ("127.0.0.1", "::1", "localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback")
LATER = (
    "_socket",
    "encodings.idna",
    "hashlib",
    "ipaddress",
    "resource",
    "ssl",
    "syslog",
    "wallnut.config.passwords",
    "wallnut.model.names",
    "wallnut.server.tls",
)
"""Modules that are loaded only when they are needed, which may be when they are out of reach."""
OWN_FILES = 24
"""Descriptors that are no connection: logs, the loop's, files being read."""


def main() -> int:
    """Run the program on the command line; its exit status."""
    try:
        return run(sys.argv[1:])
    except NutError as error:
        err(f"{error}\n")
        return 1


def run(argv: Sequence[str]) -> int:
    """Run the program. Raises NutError for what ends it."""
    options = Options()
    try:
        for letter, value in getopt(list(argv), "hVDFBq46c:P:r:u:i:p:f"):
            if letter == "h":
                return _help()
            if letter == "V":
                out(version_line("upsd"))
                return 0
            options.take(letter, value)
    except BadOption as bad:
        err(f"upsd: {bad}\n")
        return _help()
    if options.command:
        names = [name for name in COMMANDS if name.startswith(options.command)]
        return _tell_running(COMMANDS[names[0]], options.pid) if names else _help()
    if not service.hushed():
        out(version_line("upsd"))
    return Daemon(options).run()


def _help() -> int:
    out(f"{version_line('upsd')}{USAGE}")
    return 0


class Options:
    """The command line."""

    def __init__(self) -> None:
        self.command = self.root = self.user = ""
        self.pid = self.debug = self.foreground = self.quiet = self.family = 0
        self.background = False

    def take(self, letter: str, value: str) -> None:
        """Take in one option. Raises ConfigError."""
        if letter == "c":
            self.command = value
        elif letter == "P":
            if not (value.isdigit() and int(value)):
                raise ConfigError(f"-P needs the number of a process, got {value!r}")
            self.pid = int(value)
        elif letter == "D":
            self.debug += 1
        elif letter == "F":
            self.foreground += 1
        elif letter == "B":
            self.background = True
        elif letter == "q":
            self.quiet += 1
        elif letter == "r":
            self.root = value
        elif letter == "u":
            self.user = value
        elif letter in "46":
            import _socket

            self.family = _socket.AF_INET if letter == "4" else _socket.AF_INET6
        elif letter in "ip":
            raise ConfigError(OLD_LISTEN)


def _tell_running(number: int, pid: int) -> int:
    """-c: signal the server that runs."""
    try:
        if pid:
            os.kill(pid, number)
        else:
            service.PidFile(_pid_path()).signal(number, "upsd")
    except (OSError, NutError) as error:
        err(f"{error if isinstance(error, NutError) else f'kill: {error.strerror}'}\n")
        err("Failed to signal the currently running daemon (if any)\n")
        err("Try 'systemctl reload nut-server.service' or add '-P $PID' argument\n")
        return 1
    return 0


def _pid_path() -> str:
    """upsd.pid: where the state is, which ups.conf may say."""
    configured = ""
    if "NUT_ALTPIDPATH" not in os.environ:
        path = os.path.join(service.confpath(), "ups.conf")
        try:
            configured = parse_ups_conf(service.read_bytes(path), path)[0].statepath or ""
        except ConfigError:
            pass
    return os.path.join(service.altpidpath(configured), "upsd.pid")


class Files:
    """The server's configuration files. What is wrong in them goes to the log."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._folder = os.path.abspath(service.confpath())  # a daemon changes its folder

    def path(self, name: str) -> str:
        """Where a file is."""
        return os.path.join(self._folder, name)

    def _read(self, name: str, parse: Callable[[bytes, str], tuple[T, list[Problem]]]) -> T:
        path = self.path(name)
        value, problems = parse(service.read_bytes(path), path)
        self._report(problems)
        return value

    def _report(self, problems: list[Problem]) -> None:
        for problem in problems:
            self._log.warning(str(problem))

    def _check(self, name: str) -> None:
        """A file with passwords must be there, and others should not read it."""
        if service.world_readable(self.path(name)):
            self._log.warning(f"{self.path(name)} is world readable")

    def ups_conf(self) -> UpsConf:
        """ups.conf. Raises ConfigError when it cannot be read."""
        conf = self._read("ups.conf", parse_ups_conf)
        self._report(served(conf, self.path("ups.conf"))[1])
        return conf

    def upsd_conf(self) -> UpsdConf:
        """upsd.conf. Raises ConfigError when it cannot be read."""
        self._check("upsd.conf")
        return self._read("upsd.conf", parse_upsd_conf)

    def upsd_users(self) -> UpsdUsers:
        """upsd.users. Raises ConfigError when it cannot be read."""
        self._check("upsd.users")
        return self._read("upsd.users", parse_upsd_users)


class Daemon:
    """One run of the server, from reading the files to the end."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.log = Log("upsd", service.debug_level(options.debug))
        self.log.quiet = options.quiet
        self.account = service.Account(options.user or service.RUN_AS_USER, jail=options.root, later=LATER)
        self.account.enter_jail()
        self.files = Files(self.log)
        self.conf = self.files.upsd_conf()
        self.ups_conf = self.files.ups_conf()
        self._set_level(self.conf)
        configured = self.ups_conf.statepath or self.conf.statepath or ""
        self.statepath = os.path.abspath(service.statepath(configured))
        if warning := service.overruled_statepath(configured):
            self.log.warning(warning)
        self.pid_file = service.PidFile(os.path.join(os.path.abspath(service.altpidpath(configured)), "upsd.pid"))

    def run(self) -> int:
        """Serve until a signal ends it; the exit status. Raises NutError when it cannot start."""
        if self.pid_file.runs("upsd"):
            out("Fatal error: A previous upsd instance is already running!\n")
            out("Either stop the previous instance first, or use the 'reload' command.\n")
            return 1
        self._count_upses()
        loop = Loop()
        server = None
        try:
            server = self._start(loop)
            self._settle(server)
            loop.run()
        finally:
            service.stopping()
            if server is not None:
                server.close()
            self.pid_file.remove()
            loop.close()
        return 0

    def _count_upses(self) -> None:
        count = len(served(self.ups_conf)[0])
        if not count and not wish("ALLOW_NO_DEVICE", self.conf.allow_no_device):
            raise ConfigError("Fatal error: at least one UPS must be defined in ups.conf")
        self.log.info(f"Found {count} UPS defined in ups.conf")

    def _start(self, loop: Loop) -> Upsd:
        """Everything up to the point where clients are served, in upsd's order; TLS while errors can still be seen."""
        nobody = UpsdUsers()  # the users are read with the rights that the server keeps
        most = most_connections(self.conf.maxconn)
        server = Upsd(loop, self.log, self.ups_conf, self.conf, nobody, statepath=self.statepath, most=most)
        try:
            self._listen(server)
            self.account.become()
            _change_folder(self.statepath)
            if service.world_readable(self.statepath):
                self.log.warning(f"{self.statepath} is world readable")
            server.tls = tls_context(self.conf)
            server.credentials.read(self.files.upsd_users())
            server.start()
        except NutError:
            server.close()
            raise
        return server

    def _listen(self, server: Upsd) -> None:
        where = self.conf.listen
        if not where:
            import _socket

            hosts = {_socket.AF_INET: ("127.0.0.1",), _socket.AF_INET6: ("::1",)}
            where = tuple(map(Listen, hosts.get(self.options.family, ("127.0.0.1", "::1"))))
        missing = server.listen(where, self.options.family)
        if not server.listeners:
            raise ConfigError("no listening interface available")
        local = [one for one in missing if one.host in LOCALHOST]
        if len(missing) > len(local) and not wish("ALLOW_NOT_ALL_LISTENERS", self.conf.allow_not_all_listeners):
            raise ConfigError("Fatal error: some listening interfaces were not available")

    def _settle(self, server: Upsd) -> None:
        """Go to the background where that is wished, and make known that we are here."""
        options = self.options
        parent = -1
        if options.background or not (options.foreground or options.debug):
            parent = service.background()
            self.log.to_background()
        if parent >= 0 or options.foreground > 1:
            self._write_pid()
        else:
            self.log.info("Running as foreground process, not saving a PID file")
        loop = server.loop

        def end_on(number: int) -> None:
            loop.on_signal(number, lambda: self._end(loop, number))

        for number in service.END_SIGNALS:
            end_on(number)
        loop.on_signal(signal.SIGHUP, lambda: self.reload(server))
        service.ready(f"serving {len(server.upses)} UPS")
        # What was built to get here stays until the end: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        if parent >= 0:
            service.release(parent)

    def _write_pid(self) -> None:
        """As in C the server does its work also where it may not write the file."""
        try:
            self.pid_file.write()
        except service.ServiceError as error:
            self.log.warning(str(error))

    def _end(self, loop: Loop, number: int) -> None:
        self.log.info(f"Signal {number}: exiting")
        loop.stop()

    def reload(self, server: Upsd) -> None:
        """Read the files again. One that cannot be used leaves everything as it is."""
        self.log.info("SIGHUP: reloading configuration")
        try:
            conf = self.files.upsd_conf()
            ups_conf = self.files.ups_conf()
            if not served(ups_conf)[0] and not wish("ALLOW_NO_DEVICE", conf.allow_no_device):
                raise ConfigError("no UPS would be left in ups.conf")
        except ConfigError as error:
            self.log.error(f"Reload failed: {error}")
            return
        users = None
        try:
            users = self.files.upsd_users()
        except ConfigError as error:
            self.log.error(f"{error}: users stay as they are")
        self._set_level(conf)
        server.reconfigure(ups_conf, conf, users)

    def _set_level(self, conf: UpsdConf) -> None:
        self.log.level = service.debug_level(self.options.debug, conf.debug_min)


def wish(name: str, configured: bool) -> bool:
    """A yes or no that the environment may give, too."""
    from wallnut.config.directive import BadValue
    from wallnut.config.kinds import YES_NO_NUMBER

    text = os.environ.get(name)
    if not text:
        return configured
    try:
        return YES_NO_NUMBER.read([text])
    except BadValue:
        return configured


def tls_context(conf: UpsdConf) -> ssl.SSLContext | None:
    """What STARTTLS needs; None where upsd.conf does not ask for it: then nothing is loaded. Raises ConfigError."""
    if not conf.certfile and conf.certrequest == "no":
        return None
    from wallnut.server.tls import context

    return context(conf)


def most_connections(wanted: int) -> int:
    """How many connections the limit on open files allows; raised, where we may, for as many as are wanted.

    NUT_SYSMAXCONN_LIMIT (NUT 2.8.5) lowers it, for systems whose limit is larger than is good.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and wanted + OWN_FILES > soft:
        soft = wanted + OWN_FILES if hard == resource.RLIM_INFINITY else min(wanted + OWN_FILES, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        except (OSError, ValueError):
            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = 1_000_000 if soft == resource.RLIM_INFINITY else max(soft - OWN_FILES, 1)
    limit = os.environ.get("NUT_SYSMAXCONN_LIMIT", "")
    return min(most, int(limit)) if limit.isdecimal() and int(limit) else most


def _change_folder(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise ConfigError(f"Can't chdir to {folder}: {error.strerror}") from None
