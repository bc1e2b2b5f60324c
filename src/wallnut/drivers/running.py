"""A driver that may be running already: ask it, command it, end it, take its place. See nutupsdrv(8), -c and -k."""

from __future__ import annotations

import os
import signal
import time

from wallnut.client.driver import Visit
from wallnut.drivers.base import Publisher, Result
from wallnut.drivers.commands import kill_power as kill
from wallnut.drivers.host import settings_of
from wallnut.io.service import PidFile, ServiceError
from wallnut.model.errors import LinkError, NutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.types import UpsSection
    from wallnut.drivers.base import Driver
    from wallnut.io.log import Logger

ANSWER_TIME = 5.0
"""Seconds that a running driver may take to answer."""
KILLPOWER_TIME = 30.0
"""Seconds that it may take to switch the load off, or to begin anew."""
END_TRIES = 3
END_TIME = 5.0
"""Seconds after each of END_TRIES signals."""
MOMENT = 0.02


class Instance:
    """The place of one driver in the system: its socket and pid file, and whoever holds them now."""

    def __init__(self, program: str, ups: str, state_path: str, pid_path: str, log: Logger) -> None:
        self.program, self.ups, self.log = program, ups, log
        self.socket = os.path.join(state_path, f"{program}-{ups}")
        self.pid_file = PidFile(os.path.join(pid_path, f"{program}-{ups}.pid"))

    def tell(self, command: str, limit: float = ANSWER_TIME) -> int | None:
        """Have the running driver run an instant command; its result. None: nobody is there, or does not answer."""
        try:
            with Visit(self.socket, limit) as visit:
                return visit.command(command)
        except LinkError:
            return None

    def kill_power(self) -> bool:
        """Ask a running driver to switch the load off (NUT 2.8.5 does so); False when none did."""
        if not os.path.exists(self.socket):
            return False
        self.log.info("Checking if an already running driver instance can handle the shutdown command for us")
        try:
            with Visit(self.socket, KILLPOWER_TIME) as visit:
                if visit.set("driver.flag.allow_killpower", "1") != Result.HANDLED:
                    return False
                result = visit.command("driver.killpower")
        except LinkError as error:
            self.log.debug(1, f"no running driver on {self.socket}: {error}")
            return False
        self.log.info(f"Request to killpower via running driver instance returned code {result}")
        return result == Result.HANDLED

    def take_over(self) -> None:
        """End whoever holds the place: by driver.exit, by SIGTERM, at last by SIGKILL. Raises ServiceError."""
        if os.path.exists(self.socket) and self.tell("driver.exit") == Result.HANDLED:
            self.log.notice("Duplicate driver instance detected: it was asked to end, and does")
            self._wait_for_end(END_TIME)
        for attempt in range(END_TRIES + 1):
            pid = self._runs()
            if not pid:
                return
            self.log.warning(
                f"Duplicate driver instance detected (PID file {self.pid_file.path} exists)! Terminating other driver!"
            )
            os.kill(pid, signal.SIGTERM if attempt < END_TRIES else signal.SIGKILL)
            self._wait_for_end(END_TIME)
        if self._runs():
            raise ServiceError(f"another driver holds {self.pid_file.path}, and does not end")

    def _wait_for_end(self, limit: float) -> None:
        deadline = time.monotonic() + limit
        while self._runs() and time.monotonic() < deadline:
            time.sleep(MOMENT)

    def _runs(self) -> int:
        """The process of the pid file, where it runs and is a driver of this name; else 0."""
        pid = self.pid_file.read()
        if pid in (0, os.getpid()) or not alive(pid):
            return 0
        return pid if is_driver(pid, self.program, self.ups) else 0

    def command(self, name: str, pid: int = 0) -> int:
        """-c: have the running driver do something; the exit status. Raises ServiceError.

        By a signal where that can do it and a process is known, as C does: it harms no older driver.
        """
        if name not in ("reload", "reload-or-error", "reload-or-exit", "exit", "dump", "data-dump"):
            raise ServiceError("Error: unknown argument to option -c. Try -h for help.")
        number = _SIGNALS.get(name)
        pid = pid or self._runs()
        if pid and number is not None:
            try:
                os.kill(pid, number)
            except OSError as error:
                raise ServiceError(f"kill: {error.strerror}") from None
            return 0
        if name.endswith("dump"):  # only by signal: the driver writes it to its own output
            raise ServiceError(f"no driver runs that {self.pid_file.path} names")
        result = self.tell(f"driver.{name}", KILLPOWER_TIME)
        if result is None:
            raise ServiceError(f"no driver answers on {self.socket}")
        return 0 if result == Result.HANDLED else 1


_SIGNALS = {
    "reload": signal.SIGHUP,
    "reload-or-exit": signal.SIGUSR1,
    "exit": signal.SIGTERM,
    "dump": signal.SIGURG,
    "data-dump": signal.SIGURG,
}


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet reaped does not."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[:1] != [b"Z"]
    except (PermissionError, FileNotFoundError):  # somebody else's; a system without /proc
        return True
    except OSError:
        return False


def is_driver(pid: int, program: str, ups: str) -> bool:
    """Whether a process is the driver of that UPS, ours or C's; True where the system does not tell.

    A process id may be another's since: pid files outlive crashes.
    """
    if os.environ.get("NUT_IGNORE_CHECKPROCNAME", "").lower() in ("true", "yes", "1", "on"):
        return True
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return not os.path.isdir("/proc/self")
    named = any(os.path.basename(word) == program.encode() for word in words[:5])
    return named and any(word.removeprefix(b"-a").removeprefix(b"-s") == ups.encode() for word in words)


def kill_power(driver: type[Driver], section: UpsSection, log: Logger) -> int:
    """Open the device ourselves and switch the load off; the exit status."""
    one = driver(settings_of(section, driver), Publisher(lambda changes: None, log))
    try:
        one.open()
        return 0 if kill(one, section.sdcommands, log) == Result.HANDLED else 1
    except NutError as error:
        log.error(str(error))
        return 1
    finally:
        one.close()
