"""upsmon: watch UPSes and shut this host down in time. Options, texts and exit codes are those of upsmon(8).

Started as root it splits: the parent keeps its rights and can do nothing but shut down (`wallnut.monitor.root`), the
child gives them up and does everything else. What the parent does not need is loaded in the child only.
"""

from __future__ import annotations

import os
import sys

from wallnut.cli import common
from wallnut.cli.common import Stop, err, out
from wallnut.config.directive import ERROR
from wallnut.config.upsmon import UpsmonConf, parse_upsmon_conf
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.model.errors import ConfigError
from wallnut.monitor import root

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal

    from wallnut.config.wallnut_toml import WallnutToml
    from wallnut.io.loop import Loop
    from wallnut.monitor.daemon import Daemon
else:
    import _signal as signal

USAGE = """\
Monitors UPS servers and may initiate shutdown if necessary.

usage: upsmon [OPTIONS]

  -c <cmd>    send a command to the running process:
              fsd     set FSD on all primary-mode UPSes and shut down (use with caution)
              reload  read the configuration again
              stop    stop monitoring and exit
  -P <pid>    send it to this process, whatever the PID file says
  -D          say more; may be repeated (and stay in the foreground)
  -F          stay in the foreground
  -B          go to the background even with -D
  -K          check POWERDOWNFLAG: exit status 0 if it is set
  -p          stay one privileged process (no privileged parent)
  -u <user>   user for the unprivileged process (RUN_AS_USER); not with -p
  -f <file>   read this file in place of upsmon.conf
  -W <secs>   time to connect to a server (10)
  -4, -6      IPv4 only, IPv6 only
  -V, -h      show the version; show this help
"""
LETTERS = "c:P:DFBhVKpu:f:W:46i:"
READY = "watching UPSes"
COMMANDS = {"fsd": signal.SIGUSR1, "stop": signal.SIGTERM, "reload": signal.SIGHUP}


class Options:
    """A command line, read."""

    def __init__(self, argv: list[str]) -> None:
        self.path = ""
        self.command = self.pid = self.user = ""
        self.debug = 0
        self.background: bool | None = None
        self.check_flag = self.privileged = False
        self.family = 0
        self.timeout = common.timeout(os.environ.get("NUT_DEFAULT_CONNECT_TIMEOUT", ""))
        try:
            for letter, value in common.getopt(argv, LETTERS):
                self._take(letter, value)
        except common.BadOption as bad:
            raise Stop(0, f"upsmon: {bad}\n", f"{common.version_line('upsmon')}{USAGE}") from None
        self.path = self.path or f"{service.confpath()}/upsmon.conf"

    def _take(self, letter: str, value: str) -> None:
        match letter:
            case "h":
                raise Stop(0, out=f"{common.version_line('upsmon')}{USAGE}")
            case "V":
                raise Stop(0, out=common.version_line("upsmon"))
            case "D":
                self.debug += 1
            case "F" | "B":
                self.background = letter == "B"
            case "K":
                self.check_flag = True
            case "p":
                self.privileged = True
            case "4" | "6":
                import _socket

                self.family = _socket.AF_INET if letter == "4" else _socket.AF_INET6
            case "W":
                self.timeout = common.timeout(value)
            case "c":
                self.command = next((word for word in COMMANDS if value and word.startswith(value)), "")
                if not self.command:
                    raise Stop(0, out=f"{common.version_line('upsmon')}{USAGE}")
            case "P":
                self.pid = value
            case "u":
                self.user = value
            case "f":
                self.path = value


def main() -> int:
    """The exit status."""
    return common.run(_run)


def _run(argv: list[str]) -> int:
    options = Options(argv)
    pid_file = service.PidFile(f"{service.pidpath()}/upsmon.pid")
    if options.command:
        return _send(options, pid_file)
    log = Log("upsmon", service.debug_level(options.debug))
    try:
        conf = load(options.path, log, quiet=options.check_flag)
    except ConfigError as error:
        raise Stop(1, f"{error}\n") from None
    if options.check_flag:
        return _check_flag(conf)
    log.level = service.debug_level(options.debug, conf.debug_min)
    if not service.hushed():
        out(common.version_line("upsmon"))
    if pid_file.runs("upsmon"):
        out("Fatal error: A previous upsmon instance is already running!\n")
        raise Stop(1, out="Either stop the previous instance first, or use the 'reload' command.\n")
    flag = _prepare(conf, log)
    foreground = not options.background if options.background is not None else options.debug > 0
    waiting = -1 if foreground else service.background()
    try:
        if options.privileged:
            log.info("Warning: running as one big root process by request (upsmon -p)")
            return _monitor(conf, options, flag, log, pid_file, None, waiting)
        return _split(conf, options, flag, log, pid_file, waiting)
    except service.ServiceError as error:
        raise Stop(1, f"{error}\n") from None


def load(path: str, log: Log, before: UpsmonConf | None = None, *, quiet: bool = False) -> UpsmonConf:
    """Read the configuration and log what is wrong with it. Raises ConfigError."""
    conf, problems = parse_upsmon_conf(service.read_bytes(path), path, before)
    for problem in problems if not quiet else ():
        (log.error if problem.severity == ERROR else log.warning)(str(problem))
    return conf


def _check_flag(conf: UpsmonConf) -> int:
    found = bool(conf.powerdownflag) and root.flag_is_set(conf.powerdownflag)
    err(f"Power down flag is {'' if found else 'not '}set\n")
    return 0 if found else 1


def _send(options: Options, pid_file: service.PidFile) -> int:
    """Signal a running monitor."""
    number = COMMANDS[options.command]
    try:
        if options.pid:
            if not options.pid.isdigit() or int(options.pid) < 2:
                raise service.ServiceError(f"-P needs a process id, not '{options.pid}'")
            os.kill(int(options.pid), number)
        else:
            pid_file.signal(number, "upsmon")
    except OSError as error:
        raise Stop(1, f"kill: {error.strerror} (pid {options.pid})\n") from None
    except service.ServiceError as error:
        raise Stop(1, f"{error}\n") from None
    return 0


def _prepare(conf: UpsmonConf, log: Log) -> str:
    """Check that the configuration can work, say what it means; POWERDOWNFLAG, or "" where it is not to be used."""
    if not conf.monitors:
        raise Stop(1, "Fatal error: no MONITOR line, so there is nothing to do\n")
    if not conf.shutdowncmd:
        out("Warning: no shutdown command defined!\n")
    if conf.power < conf.minsupplies:
        out(
            "\nFatal error: insufficient power configured!\n\n"
            f"Sum of power values........: {conf.power}\n"
            f"Minimum value (MINSUPPLIES): {conf.minsupplies}\n\n"
            "Edit your upsmon.conf and change the values.\n"
        )
        raise Stop(1)
    for one in conf.monitors:
        role = "primary" if one.primary else "secondary"
        log.info(f"UPS: {one.system} " + (f"({role}) (power value {one.power})" if one.power else "(monitoring only)"))
    if conf.powerdownflag:
        log.info(f"Using power down flag file {conf.powerdownflag}")
    return root.claim_flag(conf.powerdownflag, log)


def _split(conf: UpsmonConf, options: Options, flag: str, log: Log, pid_file: service.PidFile, waiting: int) -> int:
    """Become two: this one waits for the word to shut down."""
    read_end, write_end = os.pipe()
    start_read, start_write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        os.close(start_read)
        return _monitor(conf, options, flag, log, pid_file, (write_end, start_write), waiting)
    os.close(write_end)
    os.close(start_write)
    if waiting >= 0:
        service.detach()
        os.close(waiting)
        log.to_background()

    def started() -> None:
        """Wait until the child is ready, or has ended, and say that we are: a manager listens to its main process."""
        if os.read(start_read, 1):
            service.ready(READY)
        os.close(start_read)

    return root.serve(read_end, child, conf.shutdowncmd, flag, log, started)


def _monitor(
    conf: UpsmonConf,
    options: Options,
    flag: str,
    log: Log,
    pid_file: service.PidFile,
    pipes: tuple[int, int] | None,
    waiting: int,
) -> int:
    """The monitor itself, in the child or, with -p, in the only process (`pipes` None).

    The pipes lead to the parent: one for the word to shut down, one to say that we are ready.
    """
    try:
        pid_file.write()
    except service.ServiceError as error:
        log.error(str(error))  # as in C: upsmon works without, only `-c` will not
    from functools import partial

    from wallnut.io import journal
    from wallnut.io.loop import Loop
    from wallnut.monitor import extras
    from wallnut.monitor.board import SOCKET
    from wallnut.monitor.daemon import Daemon, Parent

    folder = os.path.dirname(options.path) or "."
    toml = extras.load(folder, log, conf)
    if pipes is not None:
        _load_the_rest()
        service.Account(options.user or conf.run_as_user or service.RUN_AS_USER).become()

    loop, parent = Loop(), Parent(pipes[0] if pipes else None)
    syslog = waiting >= 0 and os.environ.get("NUT_DEBUG_SYSLOG", "default") not in ("stderr", "none")
    daemon = Daemon(
        loop,
        log,
        conf,
        flag,
        parent,
        partial(_reread, options, log),
        toml=toml,
        folder=folder,
        journal=journal.found("upsmon", syslog=syslog),
        aloud=syslog,
        timeout=options.timeout,
        family=options.family,
    )
    daemon.board.open(f"{service.pidpath()}/{SOCKET}")

    _on_signals(loop, daemon, log)
    if waiting >= 0:
        service.release(waiting)
        log.to_background()
    if pipes is None:
        service.ready(READY)
    else:
        _say_started(pipes[1])
    status = daemon.run()
    if pipes is None:
        service.stopping()
    try:
        pid_file.remove()
    except OSError:  # we may have given up the right to
        pass
    return status


def _reread(options: Options, log: Log, before: UpsmonConf, toml: WallnutToml) -> tuple[UpsmonConf, WallnutToml]:
    """The files again, for a reload. Raises ConfigError."""
    from wallnut.monitor import extras

    again = load(options.path, log, before)
    if again.debug_min is not None:
        log.level = service.debug_level(options.debug, again.debug_min)
    return again, extras.load(os.path.dirname(options.path) or ".", log, again, toml)


def _on_signals(loop: Loop, daemon: Daemon, log: Log) -> None:
    """USR1: shut down. HUP: read the files again. TERM and the like: end."""

    def force() -> None:
        log.info(f"Signal {int(signal.SIGUSR1)}: User requested FSD")
        daemon.force("it was requested (signal USR1, upsmon -c fsd)")

    def end_on(number: int) -> None:
        def end() -> None:
            log.info(f"Signal {number}: exiting")
            daemon.stop()

        loop.on_signal(number, end)

    loop.on_signal(signal.SIGUSR1, force)
    loop.on_signal(signal.SIGHUP, daemon.reload)
    loop.on_signal(signal.SIGUSR2, lambda: None)
    for number in service.END_SIGNALS:
        end_on(int(number))


def _say_started(pipe: int) -> None:
    """Tell the parent that we are ready, if it is still there."""
    try:
        os.write(pipe, b"\x01")
    except BrokenPipeError:
        pass
    os.close(pipe)


def _load_the_rest() -> None:
    """Load what is otherwise loaded when it is needed, where only root may read Python's library."""
    folder = os.path.dirname(os.path.realpath(os.__file__))
    while folder != "/":
        if not os.stat(folder).st_mode & 0o001:
            for name in ("ssl", "syslog", "tomllib"):
                __import__(name)
            return
        folder = os.path.dirname(folder)
