"""A driver that may be running already: ask it, command it, end it, take its place. See nutupsdrv(8), -c and -k."""

from __future__ import annotations

import os
import signal
import time

from wallnut.drivers.base import Publisher, Result
from wallnut.drivers.commands import kill_power as kill
from wallnut.drivers.host import settings_of
from wallnut.io.loop import Loop
from wallnut.io.service import PidFile, ServiceError
from wallnut.io.stream import connect_unix
from wallnut.model.errors import ConnectError, NutError
from wallnut.proto.driver import Broadcast, InstCmd, Set, Tracking, decode, encode
from wallnut.proto.words import BadLine, Lexer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.types import UpsSection
    from wallnut.drivers.base import Driver
    from wallnut.io.log import Logger
    from wallnut.model.state import Message

ANSWER_TIME = 5.0
"""Seconds that a running driver may take to answer."""
KILLPOWER_TIME = 30.0
"""Seconds that it may take to switch the load off."""
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

    def tell(self, *requests: Set | InstCmd, limit: float = ANSWER_TIME) -> int | None:
        """Send requests in turn as long as they are handled; the last one's TRACKING result.

        None: nobody is there, or no answer in time.
        """
        result: int | None = None
        for request in requests:
            result = self._tell(request, limit)
            if result != Result.HANDLED:
                break
        return result

    def _tell(self, request: Set | InstCmd, limit: float) -> int | None:
        loop = Loop()
        lexer = Lexer()
        answers: list[int | None] = []
        request.id = "wallnut"

        def heard(data: bytes) -> None:
            for line in lexer.feed(data):
                message: Message | None = None if isinstance(line, BadLine) else decode(line)
                if isinstance(message, Tracking) and message.id == request.id:
                    answers.append(message.result)

        try:
            stream = connect_unix(loop, self.socket)
            stream.on_data = heard
            stream.on_close = lambda reason: answers.append(None)
            stream.write(encode(Broadcast(False)) + encode(request))
            deadline = loop.clock() + limit
            while not answers and loop.clock() < deadline:
                loop.run_once(deadline - loop.clock())
            stream.on_close = lambda reason: None
            stream.close()
        except ConnectError:
            return None
        finally:
            loop.close()
        return answers[0] if answers else None

    def kill_power(self) -> bool:
        """Ask a running driver to switch the load off (NUT 2.8.5 does so); False when none did."""
        if not os.path.exists(self.socket):
            return False
        self.log.info("Checking if an already running driver instance can handle the shutdown command for us")
        allow = Set("driver.flag.allow_killpower", "1")
        result = self.tell(allow, InstCmd("driver.killpower"), limit=KILLPOWER_TIME)
        if result is None:
            return False
        self.log.info(f"Request to killpower via running driver instance returned code {result}")
        return result == Result.HANDLED

    def take_over(self) -> None:
        """End whoever holds the place: by driver.exit, by SIGTERM, at last by SIGKILL. Raises ServiceError."""
        if os.path.exists(self.socket) and self.tell(InstCmd("driver.exit")) == Result.HANDLED:
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
        if pid in (0, os.getpid()) or not self.pid_file.alive():
            return 0
        return pid if is_program(pid, self.program) else 0

    def command(self, name: str, pid: int) -> int:
        """-c: have the running driver do something; the exit status."""
        if name not in ("reload", "reload-or-error", "reload-or-exit", "exit", "dump", "data-dump"):
            raise ServiceError("Error: unknown argument to option -c. Try -h for help.")
        if name in ("dump", "data-dump"):
            return self._signal(signal.SIGURG, pid)
        result = None if pid else self.tell(InstCmd(f"driver.{name}"), limit=KILLPOWER_TIME)
        if result is not None:
            return 0 if result == Result.HANDLED else 1
        numbers = {"exit": signal.SIGTERM, "reload-or-exit": signal.SIGUSR1}
        return self._signal(numbers.get(name, signal.SIGHUP), pid)

    def _signal(self, number: int, pid: int) -> int:
        if pid:
            try:
                os.kill(pid, number)
            except OSError as error:
                raise ServiceError(f"kill: {error.strerror}") from None
        else:
            self.pid_file.signal(number)
        return 0


def is_program(pid: int, program: str) -> bool:
    """Whether a process runs a program of that name, ours or C's; True where the system does not tell.

    A process id may be another's since: pid files outlive crashes.
    """
    if os.environ.get("NUT_IGNORE_CHECKPROCNAME", "").lower() in ("true", "yes", "1", "on"):
        return True
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return not os.path.isdir("/proc/self")
    return any(os.path.basename(word) == program.encode() for word in words[:4])


def kill_power(driver: type[Driver], section: UpsSection, log: Logger) -> int:
    """Open the device ourselves and switch the load off; the exit status."""
    one = driver(settings_of(section), Publisher(lambda changes: None, log))
    try:
        one.open()
        return 0 if kill(one, section.sdcommands, log) == Result.HANDLED else 1
    except NutError as error:
        log.error(str(error))
        return 1
    finally:
        one.close()
