"""upssched: called by upsmon as NOTIFYCMD, does what upssched.conf says about the event, at once or later.

Timers are kept by a process of its own that the first of them starts. Options, texts and exit codes are those of
upssched(8).
"""

from __future__ import annotations

import os
import sys
import time

from wallnut.cli import common
from wallnut.cli.common import Stop, out
from wallnut.config.directive import ERROR
from wallnut.config.upssched import UpsschedConf, parse_upssched_conf
from wallnut.io import blocking, service
from wallnut.io.log import Log
from wallnut.model.errors import ConfigError, ConnectError, LinkError
from wallnut.monitor import sched
from wallnut.monitor.queue import command_line
from wallnut.monitor.sched import CancelTimer, Cause, Execute, Run, StartTimer

USAGE = """\
upssched: upsmon's scheduling helper for offset timers

Practical behavior is managed by UPSNAME and NOTIFYTYPE environment variables set by upsmon, which runs this program as
its NOTIFYCMD with the message as argument; see upssched.conf(5).

usage: upssched [OPTIONS] [message]

  -l          list the running timers
  -D          say more; may be repeated
  -V, -h      show the version; show this help
"""
START_TIME = 10.0
"""Seconds within which the process that keeps the timers must answer."""
STALE_LOCK = 60.0
"""Seconds after which LOCKFN must be a crashed starter's."""


def main() -> int:
    """The exit status."""
    return common.run(_run)


def _run(argv: list[str]) -> int:
    debug, listing = 0, False
    try:
        for letter, _ in common.getopt(argv, "lDVh"):
            if letter == "V":
                raise Stop(0, out=common.version_line("upssched"))
            if letter == "h":
                raise Stop(0, out=f"{common.version_line('upssched')}{USAGE}")
            debug += letter == "D"
            listing |= letter == "l"
    except common.BadOption as bad:
        raise Stop(0, f"upssched: {bad}\n", f"{common.version_line('upssched')}{USAGE}") from None
    cause = Cause(os.environ.get("NOTIFYTYPE", ""), os.environ.get("UPSNAME", ""), argv[0] if argv else "")
    if not listing and ("NOTIFYTYPE" not in os.environ or "UPSNAME" not in os.environ):
        out("Error: environment variables UPSNAME and NOTIFYTYPE must be set.\n")
        raise Stop(1, out="This program should only be run from upsmon(8).\n")
    log = Log("upssched", service.debug_level(debug))
    conf = _load(log)
    log.level = service.debug_level(debug, conf.debug_min)
    if listing:
        return _list(conf)
    calls = Calls(conf, log)
    for command in sched.concerned(conf.at, cause):
        calls.carry_out(command, cause)
    return 0


def _load(log: Log) -> UpsschedConf:
    path = f"{service.confpath()}/upssched.conf"
    try:
        conf, problems = parse_upssched_conf(service.read_bytes(path), path)
    except ConfigError as error:
        raise Stop(1, f"{error}\n", f"{error.text}\n" if error.line else "") from None
    for problem in problems:
        (log.error if problem.severity == ERROR else log.warning)(str(problem))
    return conf


def _list(conf: UpsschedConf) -> int:
    try:
        link = blocking.connect_unix(conf.pipefn, time.monotonic() + START_TIME)
    except ConnectError:
        return 0  # no process, no timers
    try:
        out(_say(link, f"{sched.LIST}\n".encode()).removesuffix("OK\n"))
    except LinkError as error:
        raise Stop(1, f"{error}\n") from None
    finally:
        link.close()
    return 0


def _say(link: blocking.Connection, line: bytes) -> str:
    """Say a line to the process that keeps the timers; its answer up to OK or ERR. Raises LinkError."""
    deadline = time.monotonic() + START_TIME
    link.send(line, deadline)
    answer = ""
    while not (answer.endswith("OK\n") or answer.startswith("ERR")):
        answer += link.receive(deadline).decode("ascii", "replace")
    return answer


class Calls:
    """Carries out the commands of one event."""

    def __init__(self, conf: UpsschedConf, log: Log) -> None:
        self._conf, self._log = conf, log

    def carry_out(self, command: sched.Command, cause: Cause) -> None:
        """Do it, or have it done by the process that keeps the timers."""
        if isinstance(command, Execute):
            self._log.info(f"Executing command: {command.argument}")
            self._execute(Run(command.argument, (cause,)))
        elif isinstance(command, StartTimer):
            self._start_timer(command, cause)
        elif not self._told(command, cause) and command.otherwise:
            self._log.info(f"Executing command: {command.otherwise}")
            self._execute(Run(command.otherwise, (cause,)))

    def _execute(self, run: Run) -> None:
        """Run CMDSCRIPT to its end, as upssched does."""
        argv = command_line(self._conf.cmdscript, run.argument)
        try:
            pid = os.posix_spawnp(argv[0], list(argv), {**os.environ, **run.environment()})
        except OSError as error:
            self._log.error(f"Can't execute CMDSCRIPT {argv[0]}: {error.strerror}")
            return
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            self._log.debug(1, f"CMDSCRIPT ended with status {status}")

    def _told(self, command: StartTimer | CancelTimer, cause: Cause) -> bool:
        """Tell the process that keeps the timers; False when there is none."""
        try:
            link = blocking.connect_unix(self._conf.pipefn, time.monotonic() + START_TIME)
        except ConnectError:
            return False
        try:
            answer = _say(link, sched.encode(command, cause))
        except LinkError:
            return False  # it was just ending
        finally:
            link.close()
        if not answer.startswith("OK"):
            self._log.error(f"The process that keeps the timers does not know what this means: {answer.strip()}")
        return True

    def _start_timer(self, command: StartTimer, cause: Cause) -> None:
        """Start the process where there is none, and tell it."""
        deadline = time.monotonic() + START_TIME
        while not self._told(command, cause):
            if time.monotonic() > deadline:
                self._log.error(f"Timer {command.name} is not started: nobody answers on {self._conf.pipefn}")
                return
            if self._lock():
                self._start_keeper()
            time.sleep(0.05)

    def _lock(self) -> bool:
        """Whether it is us who start the process."""
        path = self._conf.lockfn
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))
        except FileExistsError:
            try:
                if time.time() - os.stat(path).st_mtime > STALE_LOCK:
                    self._log.warning(f"LOCKFN {path} was left behind: removing it")
                    os.unlink(path)
            except FileNotFoundError:
                pass
            return False
        except OSError as error:
            raise Stop(1, f"Can't create LOCKFN {path}: {error.strerror}\n") from None
        return True

    def _start_keeper(self) -> None:
        """Fork the process that keeps the timers; we go on."""
        sys.stdout.flush()
        if os.fork():
            return
        status = 1
        try:
            os.setsid()
            service.detach()
            self._log.to_background()
            self._keep()
            status = 0
        finally:
            os._exit(status)

    def _keep(self) -> None:
        """Keep timers until there are none. (In the new process.)"""
        from wallnut.io.children import Children
        from wallnut.io.loop import Loop
        from wallnut.monitor.queue import Queue
        from wallnut.monitor.timers import Keeper, Scheduler

        conf, log = self._conf, self._log
        loop = Loop()
        scheduler = Scheduler(loop, Queue(loop, Children(loop), log), conf.cmdscript)
        try:
            keeper = Keeper(loop, scheduler, log, conf.pipefn)
        except ConnectError as error:
            log.error(str(error))
            return
        finally:
            os.unlink(conf.lockfn)
        for number in service.END_SIGNALS:
            loop.on_signal(number, loop.stop)
        scheduler.call_when_idle(loop.stop)
        log.info("Timer daemon started")
        loop.run()
        keeper.close()
        log.info("Timer queue empty, exiting")
