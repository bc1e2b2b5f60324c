"""upsdrvctl: start, stop, shut down and look at the drivers of ups.conf, ours and C NUT's side by side.

Texts and exit codes are those of upsdrvctl(8). Which program a driver's name means is told by `Drivers.program`.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from wallnut.cli.common import err, out
from wallnut.cli.driver import Options, read_options
from wallnut.config.files import parse_ups_conf
from wallnut.drivers import registry
from wallnut.drivers.running import Instance, alive, is_driver
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.model.errors import ConfigError, LinkError, NutError
from wallnut.version import NUT_VERSION, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from subprocess import Popen

    from wallnut.config.types import UpsConf, UpsSection

BANNER = f"Network UPS Tools upsdrvctl - UPS driver controller {NUT_VERSION} (wallnut {VERSION})"
HELP = """\
Starts and stops UPS drivers via ups.conf.

usage: upsdrvctl [OPTIONS] (start | stop | shutdown | status | list) [<ups>]

  start          start all UPS drivers in ups.conf
  start <ups>    only start driver for UPS <ups>
  stop           stop all UPS drivers in ups.conf
  stop <ups>     only stop driver for UPS <ups>
  shutdown       shutdown all UPS drivers in ups.conf, in the order of sdorder
  shutdown <ups> only shutdown UPS <ups>
  status [<ups>] tell which drivers run, and what they say
  list [<ups>]   list the UPSes in ups.conf (also: -l)

  -c <command>   send <command> to the running drivers: reload, reload-or-error, reload-or-exit, exit, dump
  -D             raise debugging level
  -d             pass the debugging level on to the drivers
  -F             drivers stay in the foreground: one takes our place, several are waited for
  -B             drivers go to the background, also when debugging
  -r <dir>       drivers chroot to <dir>
  -t             testing mode: print what would be done, do nothing
  -u <user>      drivers switch to <user> (if started as root)
  -h             display this help
  -V             print version, then exit
"""

STOP_TIME = 5.0
"""Seconds that a driver may take to end before it is killed."""
FIRST_SAFE = (2, 8, 3)
"""C drivers before this version may spin or crash when a visitor leaves their socket."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        options = read_options("upsdrvctl", words, "r:c:u:hVtDdFBl")
        if options.has("V") or not service.hushed():
            out(f"{BANNER}\n")
        if options.has("V"):
            return 0
        if options.has("h"):
            out(f"{HELP}\n")
            return 0
        return _run(options)
    except NutError as error:
        err(f"{error}\n")
        return 1


def _run(options: Options) -> int:
    command, *names = options.rest or [""]
    if "c" in options.values:
        names = options.rest
        command = "-c"
    elif options.has("l"):
        names = options.rest
        command = "list"
    if not command:
        out(f"{HELP}\n")
        return 0
    act = _COMMANDS.get(command)
    if act is None:
        raise ConfigError(f"Error: unrecognized command [{command}]")
    if options.has("t"):
        out("*** Testing mode: not calling exec/signal\n")
    drivers = Drivers(options)
    act(drivers, names[0] if names else "")
    return 1 if drivers.failed else 0


class Drivers:
    """The drivers of ups.conf. `failed` counts what did not work."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.testing = options.has("t")
        self.failed = 0
        self.log = Log("upsdrvctl")
        path = os.path.join(service.confpath(), "ups.conf")
        self.conf: UpsConf
        self.conf, problems = parse_ups_conf(service.read_bytes(path), path)
        self.log.level = service.debug_level(options.counts.get("D", 0), self.conf.debug_min)
        if self.testing:
            self.log.level = max(self.log.level, 2)
        for problem in problems:
            self.log.warning(str(problem))
        if not self.conf.ups:
            raise ConfigError("Error: no UPS definitions found in ups.conf!")
        self._nowait = self.conf.nowait and os.environ.get("NUT_IGNORE_NOWAIT", "").lower() != "true"

    def named(self, name: str) -> list[UpsSection]:
        """The UPS of that name, or all. Raises ConfigError."""
        found = [section for section in self.conf.ups if name in ("", section.name)]
        if not found:
            raise ConfigError(f"UPS {name} not found in ups.conf")
        return found

    def chosen(self, name: str) -> list[UpsSection]:
        """The UPS of that name, or all; less those that ups.conf names no driver for, which is said, and a failure."""
        found = self.named(name)
        for section in found:
            if not section.driver:
                self.log.error(f"UPS [{section.name}]: ups.conf names no driver")
                self.failed += 1
        return [section for section in found if section.driver]

    def instance(self, section: UpsSection) -> Instance:
        """Where a driver's socket and pid file are."""
        configured = self.conf.statepath or ""
        state, pid = service.statepath(configured), service.altpidpath(configured)
        return Instance(section.driver, section.name, state, pid, self.log)

    def program(self, driver: str) -> list[str]:
        """The program of a driver: in `driverpath` where ups.conf says one; else our own where we have it (beside
        this program, or else by the interpreter); else C NUT's."""
        if self.conf.driverpath:
            return [os.path.join(self.conf.driverpath, driver)]
        if not registry.known(driver):
            return [os.path.join(service.DRIVERPATH, driver)]
        beside = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), driver)
        if os.access(beside, os.X_OK):
            return [beside]
        return [sys.executable, "-P", "-m", "wallnut.cli.driver", driver]

    def argv(self, section: UpsSection, *more: str) -> list[str]:
        """The command line of a driver."""
        options = self.options
        argv = self.program(section.driver)
        if options.has("d") and self.log.level:
            argv.append("-" + "D" * self.log.level)
        for letter in "FB":
            if options.has(letter):
                argv.append("-" + letter * options.counts[letter])
        argv += ["-a", section.name, *more]
        for letter in "ru":
            if letter in options.values:
                argv += [f"-{letter}", options.values[letter]]
        return argv

    # --- start, shutdown

    def start(self, name: str) -> None:
        """Start drivers in the order of the file; those that fail again, as often as maxretry says."""
        chosen = self.chosen(name)
        if self.options.has("F") and not self.testing:
            self._foreground(chosen)
            return
        attempts = {section.name: 1 for section in chosen}
        while chosen:
            again = []
            for section in chosen:
                self.log.debug(1, f"Starting UPS: {section.name}")
                if not self._execute(self.argv(section), section):
                    if attempts[section.name] < section.maxretry:
                        again.append(section)
                    else:
                        self.failed += 1
            if again:
                delay = max(section.retrydelay for section in again)
                self.log.notice(f"{len(again)} of the drivers did not start, trying again in {delay} s")
                time.sleep(delay)
            for section in again:
                attempts[section.name] += 1
            chosen = again

    def _foreground(self, chosen: list[UpsSection]) -> None:
        """One driver takes our place; several run until all have ended, or until we are ended."""
        lines = [self.argv(section) for section in chosen]
        for line in lines:
            self.log.debug(2, f"exec:  {' '.join(line)}")
        if len(lines) == 1:
            try:
                os.execv(lines[0][0], lines[0])
            except OSError as error:
                raise ConfigError(_cannot_start(lines[0][0], error)) from None
        running: list[Popen[bytes]] = []

        def pass_on(number: int, frame: object) -> None:
            for process in running:
                process.send_signal(number)

        for number in (signal.SIGHUP, *service.END_SIGNALS):
            signal.signal(number, pass_on)
        running.extend(process for line in lines if (process := self._spawn(line)))
        self.failed += len(lines) - len(running)
        for process in running:
            self.failed += process.wait() != 0

    def _spawn(self, argv: list[str]) -> Popen[bytes] | None:
        import subprocess

        try:
            return subprocess.Popen(argv)
        except OSError as error:
            self.log.error(_cannot_start(argv[0], error))
            return None

    def _execute(self, argv: list[str], section: UpsSection) -> bool:
        """Run a driver until it has gone to the background; whether that went well."""
        import subprocess

        self.log.debug(2, f"exec:  {' '.join(argv)}")
        if self.testing:
            return True
        process = self._spawn(argv)
        if process is None:
            return False
        if self._nowait:
            process.returncode = 0  # nobody is going to wait for it
            return True
        try:
            status = process.wait(section.maxstartdelay)
        except subprocess.TimeoutExpired:
            self.log.error("Startup timer elapsed and the child process did not change state, continuing...")
            process.returncode = 0
            self.failed += 1
            return True
        if status:
            how = f"exit status={status}" if status > 0 else f"signal {-status}"
            self.log.error(f"Driver failed to start ({how})")
        return status == 0

    def shutdown(self, name: str) -> None:
        """Have the UPSes switch their loads off, in the order of sdorder; one that is named, whatever its order."""
        chosen = self.chosen(name)
        if not name:
            chosen = sorted((one for one in chosen if one.sdorder >= 0), key=lambda one: one.sdorder)
        for section in chosen:
            self.log.debug(1, f"Shutdown UPS: {section.name}")
            if not self._execute(self.argv(section, "-k"), section):
                self.failed += 1

    # --- stop, command

    def stop(self, name: str) -> None:
        """End drivers."""
        for section in self.chosen(name):
            self.log.debug(1, f"Stopping UPS: {section.name}")
            if not self._stop(section):
                self.failed += 1

    def _stop(self, section: UpsSection) -> bool:
        instance = self.instance(section)
        pid, old_path = instance.pid_file.read(), ""
        if not pid:
            folder = os.path.dirname(instance.pid_file.path)
            old_path = os.path.join(folder, f"{section.driver}-{os.path.basename(section.port)}.pid")
            pid = service.PidFile(old_path).read()
        if pid:
            return self._end(pid, section)
        if not self.testing and os.path.exists(instance.socket) and instance.tell("driver.exit") == 0:
            return True
        self.log.error(f"Can't open {instance.pid_file.path}: No such file or directory")
        self.log.error(f"Can't open {old_path} either: No such file or directory")
        return False

    def _end(self, pid: int, section: UpsSection) -> bool:
        driver = section.driver
        self.log.debug(2, f"Sending signal to {pid}")
        if self.testing:
            return True
        if not alive(pid) or not is_driver(pid, driver, section.name):
            self.log.error(f"Can't stop {driver}: there is no such process {pid}, its pid file is left from a crash")
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError as error:
                self.log.error(f"Can't stop {driver} (pid {pid}): {error.strerror}")
                return False
            deadline = time.monotonic() + STOP_TIME
            while time.monotonic() < deadline:
                if not alive(pid):
                    return True
                time.sleep(0.02)
        self.log.error(f"Stopping {driver} (pid {pid}) failed")
        return False

    def command(self, name: str) -> None:
        """-c: pass a command on to the running drivers."""
        what = self.options.values["c"]
        for section in self.chosen(name):
            self.log.debug(1, f"Sending {what} to UPS: {section.name}")
            if self.testing:
                continue
            try:
                self.failed += self.instance(section).command(what) != 0
            except NutError as error:
                self.log.error(f"[{section.name}] {error}")
                self.failed += 1

    # --- status, list

    def list(self, name: str) -> None:
        """The names."""
        for section in self.named(name):
            out(f"{section.name}\n")

    def status(self, name: str) -> None:
        """Which drivers run, by their pid files and by their sockets, and what they say."""
        out("UPSNAME    \t     UPSDRV\tRUNNING\tPF_PID\tS_RESPONSIVE\tS_PID\tS_STATUS\n")
        for section in self.chosen(name):
            pid_file = self.instance(section).pid_file
            pid = pid_file.read()
            runs = pid != 0 and alive(pid) and is_driver(pid, section.driver, section.name)
            running = "RUNNING" if runs else "STOPPED" if pid else "N/A"
            answer = "\t".join(self._ask(section, pid if runs else 0))
            out(f"{section.name:<11}\t{section.driver:>11}\t{running}\t{pid or -3}\t{answer}\n")

    def _ask(self, section: UpsSection, pid: int) -> tuple[str, str, str]:
        """What a driver says on its socket: whether it answers, its process, its status."""
        from wallnut.client.driver import Visit

        instance = self.instance(section)
        if not os.path.exists(instance.socket):
            return ("NOT_RESPONSIVE", "N/A", "")
        if not self._may_visit(section, pid):
            return ("N/A", "N/A", "")
        try:
            with Visit(instance.socket, STOP_TIME) as visit:
                process = visit.pid()
                return ("RESPONSIVE", str(process) if process else "N/A", f'"{visit.status()}"')
        except LinkError as error:
            self.log.debug(1, f"{instance.socket}: {error}")
            return ("NOT_RESPONSIVE", "N/A", "")

    def _may_visit(self, section: UpsSection, pid: int) -> bool:
        """Whether a visit does the driver no harm: the program that runs, or would run, is ours or new enough."""
        import subprocess

        try:
            program = os.readlink(f"/proc/{pid}/exe") if pid else ""
        except OSError:
            program = ""
        if os.path.basename(program).startswith("python"):
            return True
        argv = [program] if program else self.program(section.driver)
        if not program and registry.known(section.driver) and not self.conf.driverpath:
            return True
        try:
            said = subprocess.run([*argv, "-V"], capture_output=True, text=True, timeout=STOP_TIME, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            return False
        return _version(said) >= FIRST_SAFE


def _cannot_start(program: str, error: OSError) -> str:
    """Why a driver's program does not run; where there is none of that name, which ones have names like it."""
    folder, name = os.path.split(program)
    near = registry.near(name, folder) if isinstance(error, FileNotFoundError) else ""
    return f"Can't start {program}: {error.strerror}{near}"


def _version(text: str) -> tuple[int, ...]:
    """The first version number with two dots in a text; () where there is none."""
    for word in text.replace("(", " ").replace(")", " ").split():
        parts = word.split(".")
        if len(parts) >= 3 and all(part.isdecimal() for part in parts):
            return tuple(int(part) for part in parts)
    return ()


_COMMANDS: dict[str, Callable[[Drivers, str], None]] = {
    "start": Drivers.start,
    "stop": Drivers.stop,
    "shutdown": Drivers.shutdown,
    "status": Drivers.status,
    "list": Drivers.list,
    "-c": Drivers.command,
}
