"""The program of every driver: nutupsdrv(8)'s options, texts and exit codes around a DriverHost.

One deviation from C: a setting that the driver does not know ends it with exit status 1, not 0, so that upsdrvctl sees
that it did not start.
"""

from __future__ import annotations

import os
import signal
import sys

from wallnut.cli.common import BadOption, err, getopt, out
from wallnut.config.directive import ERROR
from wallnut.config.files import parse_ups_conf, ups_section
from wallnut.config.types import UpsConf, UpsSection
from wallnut.drivers import registry, running
from wallnut.drivers.common import unknown_settings
from wallnut.drivers.host import DriverHost
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.io.loop import Loop
from wallnut.io.stream import listen_unix
from wallnut.model.errors import ConfigError, NutError
from wallnut.proto.words import escape
from wallnut.version import NUT_VERSION, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallnut.drivers.base import Driver
    from wallnut.io.stream import Listener

LETTERS = "a:s:d:i:x:r:u:g:c:P:VLDhkqFB"

LATER = ("encodings.idna", "grp", "hashlib", "ssl", "syslog", "wallnut.drivers.repeater")
"""Modules that are loaded only when they are needed, which may be when they are out of reach."""

HELP = """\

usage: {name} (-a <id>|-s <id>) [OPTIONS]
  -a <id>        - autoconfig using ups.conf section <id>
                 - note: -x after -a overrides ups.conf settings

  -s <id>        - configure directly from cmd line arguments
                 - note: must specify all driver parameters with successive -x
                 - note: at least 'port' variable should be set
                 - note: to explore the current values on a device from an
                   unprivileged user account, you can specify
                   '-d 1' argument and `export NUT_STATEPATH=/tmp` beforehand

  -V             - print version, then exit
  -L             - print parseable list of driver variables
  -D             - raise debugging level (and stay foreground by default)
  -d <count>     - dump data to stdout after 'count' updates loop and exit
  -F             - stay foregrounded even if no debugging is enabled
  -FF            - the same, and save the process id
  -B             - stay backgrounded even if debugging is bumped
  -q             - raise log level threshold
  -h             - display this help
  -k             - force shutdown
  -c <command>   - send <command> to the running driver:
                   reload, reload-or-error, reload-or-exit, exit, dump
  -P <pid>       - send the signal of -c to this process
  -i <int>       - poll interval
  -r <dir>       - chroot to <dir>
  -u <user>      - switch to <user> (if started as root)
  -g <group>     - set pipe access to <group> (if started as root)
  -x <var>=<val> - set driver variable <var> to <val>
                 - example: -x cable=940-0095B
"""


class Options:
    """A command line, read: `values` of options that take one, `counts` of the others, `settings` of -x, the `rest`."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.settings: dict[str, str | None] = {}
        self.rest: list[str] = []

    def has(self, letter: str) -> bool:
        """Whether an option was given."""
        return letter in self.values or letter in self.counts

    def integer(self, letter: str, default: int) -> int:
        """An option's number. Raises ConfigError."""
        text = self.values.get(letter)
        if text is None:
            return default
        if not text.isdecimal():
            raise ConfigError(f"Error: -{letter} needs a number, not '{text}'")
        return int(text)


def read_options(name: str, argv: Sequence[str], letters: str = LETTERS) -> Options:
    """Read a command line; `letters` as getopt's. Raises ConfigError with C's text."""
    options = Options()
    words = list(argv)
    try:
        for letter, value in getopt(words, letters):
            if f"{letter}:" not in letters:
                options.counts[letter] = options.counts.get(letter, 0) + 1
            elif letter == "x":
                key, equals, text = value.partition("=")
                options.settings[key] = text if equals else None
            else:
                options.values[letter] = value
    except BadOption as bad:
        err(f"{name}: {bad}\n")
        raise ConfigError(f"Error: unknown option -{bad.letter}. Try -h for help.") from None
    options.rest = words
    return options


def banner(driver: type[Driver]) -> str:
    """What a driver says of itself."""
    return f"Network UPS Tools {NUT_VERSION} - {driver.title} {driver.version} (wallnut {VERSION})"


def main(name: str, argv: Sequence[str] | None = None) -> int:
    """Run a driver's program; its exit status."""
    try:
        driver = registry.find(name)
        options = read_options(name, sys.argv[1:] if argv is None else argv)
        if options.rest:
            raise ConfigError(f"Error: too many non-option arguments ({options.rest[0]}). Try -h for help.")
        if options.has("V") or not service.hushed():
            out(f"{banner(driver)}\n")
        if options.has("V"):
            return 0
        if options.has("h"):
            _help(driver)
            return 0
        if options.has("L"):
            for option in driver.options:
                out(f'{"FLAG" if option.flag else "VALUE"} {option.name} "{option.help}"\n')
            return 0
        return Program(driver, options).run()
    except UnknownSetting as error:
        out(f"{error}\n")
        return 1
    except NutError as error:
        err(f"{error}\n")
        return 1


def _help(driver: type[Driver]) -> None:
    text = f"{HELP.format(name=driver.name)}\n"
    if driver.options:
        text += "Acceptable values for -x or ups.conf in this driver:\n\n"
    for option in driver.options:
        text += f"{option.help:<40} : -x {option.name}{'' if option.flag else '=<value>'}\n"
    out(text)


class UnknownSetting(ConfigError):
    """A setting that the driver does not know; C says so on standard output."""

    def __init__(self, key: str, *, flag: bool) -> None:
        kind = "flag" if flag else "variable name"
        super().__init__(
            f"\nFatal error: '{key}' is not a valid {kind} for this driver.\n\n"
            "Look in the man page or call this driver with -h for a list of\nvalid variable names and flags."
        )


class Program:
    """One driver process."""

    def __init__(self, driver: type[Driver], options: Options) -> None:
        self.driver, self.options = driver, options
        self.ups = options.values.get("a") or options.values.get("s") or ""
        if not self.ups:
            raise ConfigError("Error: specifying '-a id' or '-s id' is now mandatory. Try -h for help.")
        self.log = Log(driver.name)
        self.log.quiet = options.counts.get("q", 0)
        os.environ["NUT_CONFPATH"] = os.path.abspath(service.confpath())
        self.conf = UpsConf()
        self.section = self.read()
        self.log.level = service.debug_level(options.counts.get("D", 0), self.section.debug_min)
        pid_path = os.path.abspath(service.altpidpath(self.conf.statepath or ""))
        self.state_path = os.path.abspath(service.statepath(self.conf.statepath or ""))
        if warning := service.overruled_statepath(self.conf.statepath or ""):
            self.log.warning(warning)
        os.environ["NUT_STATEPATH"] = self.state_path  # for drivers that sit on other drivers
        self.instance = running.Instance(driver.name, self.ups, self.state_path, pid_path, self.log)
        self.listener: Listener | None = None
        self.parent = -1
        self.status = 0

    def read(self) -> UpsSection:
        """The section that the command line means, with what it sets itself. Raises ConfigError."""
        given = dict(self.options.settings)
        if "i" in self.options.values:
            given["pollinterval"] = self.options.values["i"]
        for problem in ups_section(self.ups, given)[1]:
            if problem.severity == ERROR:
                raise ConfigError(f"Error: command line: {problem.text}")
            self.log.warning(problem.text)
        settings = {**self._from_file(), **given} if "a" in self.options.values else given
        section = ups_section(self.ups, settings, self.conf)[0]
        if section.driver not in ("", self.driver.name):
            raise ConfigError(
                f"Error: UPS [{self.ups}] is for driver '{section.driver}', but I'm '{self.driver.name}'!"
            )
        for key, flag in unknown_settings(self.driver, section):
            raise UnknownSetting(key, flag=flag)
        if not section.port:
            raise ConfigError(
                "Error: you must specify a port name in ups.conf or in '-x port=...' argument.\nTry -h for help."
            )
        return section

    def _from_file(self) -> dict[str, str | None]:
        """The settings of our section of ups.conf; what is wrong with them is said."""
        path = os.path.join(service.confpath(), "ups.conf")
        self.conf, problems = parse_ups_conf(service.read_bytes(path), path)
        section = self.conf.find(self.ups)
        if section is None:
            raise ConfigError(f"Error: Section {self.ups} not found in ups.conf")
        starts = sorted(each.line for each in self.conf.ups)
        for problem in problems:
            begun = [start for start in starts if start <= problem.line]
            if not begun or begun[-1] == section.line:
                self.log.warning(str(problem))
        return {setting.key: setting.value for setting in section.settings}

    def run(self) -> int:
        """Do what the command line asks."""
        if "c" in self.options.values:
            return self.instance.command(self.options.values["c"], self.options.integer("P", 0))
        if self.options.has("k"):
            return self._kill_power()
        return self._serve()

    def _become(self) -> None:
        """Give up root: the jail, the user, the working folder."""
        jail = self.options.values.get("r") or self.conf.chroot or ""
        user = self.options.values.get("u") or self.section.user or service.RUN_AS_USER
        account = service.Account(user, self._group(), jail=jail, later=(*LATER, *self.driver.later))
        account.enter_jail()
        account.become()
        try:
            os.chdir(self.state_path)
        except OSError as error:
            raise ConfigError(f"Can't chdir to {self.state_path}: {error.strerror}") from None

    def _group(self) -> str:
        return self.options.values.get("g") or self.section.group or ""

    def _kill_power(self) -> int:
        """-k: have the running instance switch the load off, or else do it ourselves."""
        if self.instance.kill_power():
            return 0
        self._become()
        self.instance.take_over()
        self.log.notice("Initiating UPS shutdown")
        return running.kill_power(self.driver, self.section, self.log)

    def _serve(self) -> int:
        """Run until we are ended; the exit status."""
        dump = self.options.integer("d", 0)
        self._become()
        pid_file = self.instance.pid_file
        if not dump:
            self.instance.take_over()
        if self._in_background(dump):
            self.parent = service.background()
        loop = Loop()
        try:
            if not dump:
                self._write_pid()
            host = DriverHost(
                loop,
                self.driver,
                self.section,
                self.log,
                debug=self.log.level,
                configuration=self.read,
                set_debug=self._set_debug,
                ended=lambda status: self._over(loop, status),
            )
            self._watch_signals(loop, host)
            if dump:
                self._dump_after(dump, loop, host)
            else:
                host.start(lambda problem: self._started(loop, host, problem))
            loop.run()
        finally:
            if self.listener is not None:
                self.listener.close()
            pid_file.remove()
            loop.close()
        return self.status

    def _write_pid(self) -> None:
        """As in C the driver does its work also where it may not write the file."""
        try:
            self.instance.pid_file.write()
        except service.ServiceError as error:
            self.log.warning(str(error))

    def _in_background(self, dump: int) -> bool:
        if self.options.has("B"):
            return True
        return not (dump or self.options.has("F") or self.options.has("D"))

    def _set_debug(self, level: int) -> None:
        self.log.level = level

    def _over(self, loop: Loop, status: int) -> None:
        self.status = status
        loop.stop()

    def _watch_signals(self, loop: Loop, host: DriverHost) -> None:
        def end() -> None:
            service.stopping()
            host.stop(lambda: self._over(loop, 0))

        def reload() -> None:
            if problem := host.reload():
                self.log.error(f"Reload failed: {problem}")

        def reload_or_exit() -> None:
            if problem := host.reload():
                self.log.error(f"Reload failed: {problem}")
                host.end(0)

        for number in service.END_SIGNALS:
            loop.on_signal(number, end)
        loop.on_signal(signal.SIGHUP, reload)
        loop.on_signal(signal.SIGUSR1, reload_or_exit)
        loop.on_signal(signal.SIGUSR2, reload_or_exit)
        loop.on_signal(signal.SIGURG, lambda: show(host))

    def _started(self, loop: Loop, host: DriverHost, problem: str) -> None:
        """The first data is there: open the socket and let the parent go; or end."""
        try:
            if problem:
                raise ConfigError(problem)
            self.listener = listen_unix(loop, self.instance.socket, host.accept)
            self._share_socket()
        except NutError as error:
            self.log.error(str(error))
            host.stop(lambda: self._over(loop, 1))
            return
        self.log.info(f"Startup successful: {self.driver.name} serves {self.ups} on {self.instance.socket}")
        service.ready(f"serving {self.ups}")
        if self.parent >= 0:
            self.log.to_background()
            service.release(self.parent)

    def _share_socket(self) -> None:
        """Let upsd in, which runs as another user than a driver that stays root."""
        import grp

        group = self._group()
        if not group and os.geteuid() != 0:
            return
        try:
            os.chown(self.instance.socket, -1, grp.getgrnam(group or service.RUN_AS_USER).gr_gid)
        except (KeyError, OSError) as error:
            if group:
                self.log.warning(f"the socket is not for group {group}: {error}")

    def _dump_after(self, polls: int, loop: Loop, host: DriverHost) -> None:
        """-d: print everything after so many polls, and end."""
        left = [polls]

        def polled() -> None:
            left[0] -= 1
            if left[0] == 0:
                show(host)
                host.stop(lambda: self._over(loop, 0))

        def started(problem: str) -> None:
            if problem:
                self.log.error(problem)
                self._over(loop, 1)

        host.on_poll = polled
        host.start(started)


def show(host: DriverHost) -> None:
    """Print the variables, values escaped as they are stored in C."""
    out("".join(f"{variable.name}: {escape(variable.value)}\n" for variable in host.state.in_order()))


if __name__ == "__main__":
    from wallnut.cli import run

    if len(sys.argv) < 2:
        raise SystemExit(f"usage: python -m wallnut.cli.driver NAME [OPTIONS]; drivers: {', '.join(registry.names())}")
    run("driver", sys.argv.pop(1))
