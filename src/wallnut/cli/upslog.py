"""upslog: write a line about each UPS at a regular interval."""

from __future__ import annotations

import os
import signal
import time
from functools import partial

from wallnut.cli import common
from wallnut.cli.common import Stop, out
from wallnut.cli.logformat import DEFAULT, Format
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.io.loop import Loop
from wallnut.model.errors import LinkError, NutError, ProtocolError
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import FrameType

    from wallnut.cli.common import Given
    from wallnut.client.sync import Client
    from wallnut.io.log import Logger
    from wallnut.proto.address import Address

USAGE = """\
usage: upslog -s UPS -l FILE [options]      write the status of a UPS to a file
       upslog -m UPS,FILE [-m ...] [options]
       upslog UPS FILE INTERVAL [FORMAT...]  the old way

UPS is name[@host[:port]]; with -m the name may be * for all of a server. FILE
may be - for standard output.

  -i SECS   interval between two lines (30)
  -f FMT    format of a line; see below
  -N        begin each line with the UPS and a tabulator
  -d COUNT  end after so many rounds
  -F -B     foreground; background. Neither: foreground for -l - and with -D
  -p BASE   the pid file is BASE.pid (upslog)
  -u USER   account to run as, when started by root (nut)
  -A FILE   credentials and TLS settings: a nutauth.conf, `default` or `none`
  -W SECS   time to connect (10)
  -D        say more; may be repeated
  -V, -h    show the version; show this help

In FMT: %VAR name%  %TIME @Y-@m-@d @H:@M% (strftime, @ for %)  %ETIME%  %HOST%
        %UPSHOST%  %PID%  %t (tabulator)  %%
Signals: USR1 writes a line now, HUP opens the files anew, TERM and INT end.
"""
INTERVAL = 30
LATER = ("encodings.idna", "ssl", "syslog", "wallnut.client.auth", "wallnut.client.sync", "wallnut.client.tls")
"""Modules that are loaded only when they are needed, which may be when they are out of reach."""
LONG = 30
"""Seconds above which a connection is closed between two samples: the server would drop it."""


class Plan:
    """What the command line asks for. `systems` are (UPS as named, file) pairs; `rounds` 0 means for ever."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.interval = INTERVAL
        self.format = DEFAULT
        self.systems: list[tuple[str, str]] = []
        self.rounds = 0
        words = given.words
        if words:
            if len(words) < 3:
                raise Stop(0, out=f"{common.version_line('upslog')}\n{USAGE}")
            self.systems = [(words[0], words[1])]
            self.interval = _number("i", words[2])
            self.format = "".join(f"{word} " for word in words[3:]) or DEFAULT
        else:
            self._options()
        if given.has("N"):
            self.format = f"%UPSHOST%%t{self.format}"

    def _options(self) -> None:
        given = self.given
        for letter, value in given.options:
            if letter == "m":
                system, comma, path = value.partition(",")
                if not (system and comma and path):
                    raise Stop(1, f"Error: -m needs a UPS and a file with a comma between them, not '{value}'\n")
                self.systems.append((system, path))
            elif letter == "i":
                self.interval = _number(letter, value)
            elif letter == "d":
                self.rounds = _number(letter, value)
        self.format = given.last("f", DEFAULT)
        if given.has("s") or given.has("l"):
            self.systems.insert(0, (given.last("s"), given.last("l")))

    def check(self) -> None:
        """Raise Stop when it is not said what to log, or where."""
        if not self.systems or not self.systems[0][0]:
            raise Stop(1, "No UPS defined for monitoring - use -s <system>, or -m <system>,<file>\n")
        if not self.systems[0][1]:
            raise Stop(1, "No filename defined for logging - use -l <file>, or -m <system>,<file>\n")

    @property
    def background(self) -> bool:
        """Whether to leave the terminal: the last of -F and -B, else only when nothing is written to it."""
        for letter, _ in reversed(self.given.options):
            if letter in "FB":
                return letter == "B"
        return not self.given.debug and all(path != "-" for _, path in self.systems)

    @property
    def pid_file(self) -> str:
        """Where our process id is written."""
        base = self.given.last("p", "upslog")
        return base if base.startswith("/") else f"{service.pidpath()}/{base}.pid"


def _number(letter: str, text: str) -> int:
    """A whole number above 0. C takes what is none for 0 and then writes without a pause."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise Stop(1, f"Error: -{letter} needs a whole number above 0, not '{text}'\n")
    return int(text)


class Server:
    """One server that is asked, however many of its UPSes are logged. `dial` makes a connection."""

    def __init__(self, dial: Callable[[], Client], name: str, log: Logger) -> None:
        self._dial, self.name, self._log = dial, name, log
        self._client: Client | None = None
        self._down = self._seen = self._tried = False

    def values(self, ups: str, names: Sequence[str]) -> dict[str, str]:
        """Those of the named variables that are to be had."""
        replies = self._ask([net.GetVar(ups, name) for name in names])
        return {name: str(reply.result) for name, reply in zip(names, replies, strict=False) if reply.error is None}

    def devices(self) -> list[str]:
        """The server's UPSes; none while it cannot be reached."""
        for reply in self._ask([net.list_ups()]):
            if isinstance(reply.result, dict):
                return list(reply.result)
        return []

    def end_round(self, keep: bool) -> None:
        """A round of samples is done: the next one may try again. Without `keep` the connection is closed."""
        self._tried = False
        if not keep:
            self.close()

    def close(self) -> None:
        """Say goodbye."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, requests: Sequence[net.Request[object]]) -> list[net.Reply]:
        """The replies; none when the server cannot be reached, which is tried once a round."""
        if self._tried:
            return []
        old = self._client is not None
        try:
            replies = self._exchange(requests)
        except (LinkError, ProtocolError) as error:
            self.close()
            if old:  # it may have been restarted since
                return self._ask(requests)
            self._tried = True
            if not self._down:
                what = "connection" if self._seen else "initial connect"
                self._log.warning(f"Warning: {what} failed: {error}")
            self._down = True
            return []
        if self._down:
            self._log.notice(f"Connection to {self.name} is back")
        self._down, self._seen = False, True
        return replies

    def _exchange(self, requests: Sequence[net.Request[object]]) -> list[net.Reply]:
        if self._client is None:
            self._client = self._dial()
        return self._client.pipeline(requests)


class Target:
    """A file that lines are appended to; `-` is standard output."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = 1 if path == "-" else self._open()

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise NutError(f"could not open logfile {self.path}: {error.strerror}") from None

    def write(self, line: str) -> None:
        """Append a line. Raises OSError."""
        data = common.encode(f"{line}\n")
        while data:
            data = data[os.write(self._fd, data) :]

    def reopen(self) -> None:
        """Open it anew, as after a rotation. Raises NutError; the old one then stays in use."""
        if self.path != "-":
            fresh = self._open()
            os.close(self._fd)
            self._fd = fresh

    def close(self) -> None:
        """No more lines."""
        if self.path != "-":
            os.close(self._fd)


class System:
    """One entry of the command line: a UPS, or all of a server, and where its lines go."""

    def __init__(self, name: str, address: Address, server: Server, target: Target) -> None:
        self.name, self.address, self.server, self.target = name, address, server, target

    def devices(self) -> Iterable[tuple[str, str]]:
        """(UPS, its name in the log) pairs of now."""
        if self.address.ups != "*":
            return [(self.address.ups, self.name)]
        return [(ups, ups + self.name[1:]) for ups in self.server.devices()]


class Recorder:
    """Takes the samples. `now` gives seconds since 1970."""

    def __init__(self, systems: Sequence[System], plan: Plan, log: Logger, now: Callable[[], float]) -> None:
        self.systems, self.log = systems, log
        self._format = Format(plan.format)
        self._keep = plan.interval <= LONG
        self._now = now
        self._host, self._pid = os.uname().nodename, os.getpid()
        self.servers = list(dict.fromkeys(system.server for system in systems))
        self.targets = list(dict.fromkeys(system.target for system in systems))

    def sample(self) -> None:
        """Write a line for every UPS. Raises BrokenPipeError when nobody reads standard output any more."""
        for system in self.systems:
            for ups, name in system.devices():
                values = system.server.values(ups, self._format.variables)
                line = self._format.line(values, self._now(), self._host, name, self._pid)
                try:
                    system.target.write(line)
                except BrokenPipeError:
                    raise
                except OSError as error:
                    self.log.error(f"could not write to {system.target.path}: {error.strerror}")
        for server in self.servers:
            server.end_round(self._keep)

    def reopen(self) -> None:
        """Open the files anew."""
        for target in self.targets:
            try:
                target.reopen()
            except NutError as error:
                self.log.error(str(error))

    def close(self) -> None:
        """The end."""
        for server in self.servers:
            server.close()
        for target in self.targets:
            target.close()


def record(recorder: Recorder, plan: Plan, wait: Callable[[float], object], clock: Callable[[], float]) -> None:
    """Sample at once and then at each interval, until `rounds` are done. `wait` may return early: then sample too."""
    rounds = 0
    due = clock()
    while True:
        recorder.sample()
        rounds += 1
        if rounds == plan.rounds:
            recorder.log.info(f"{rounds} loops have elapsed")
            return
        due = max(due + plan.interval, clock())
        wait(due - clock())


class Ended(Exception):
    """A signal asks for the end."""


def _end(number: int, _: FrameType | None) -> None:
    for one in service.END_SIGNALS:
        signal.signal(one, signal.SIG_IGN)  # it is ending
    raise Ended(f"Signal {number}: exiting")


def main() -> int:
    """The program."""
    return common.run(upslog)


def upslog(argv: list[str]) -> int:
    """Log until told to end; exit status 0."""
    plan = Plan(common.parse("upslog", argv, "s:l:i:f:p:u:FBm:Nd:", USAGE, strict=True))
    if not service.hushed():
        out(common.version_line("upslog"))
    plan.check()
    log = Log("upslog", plan.given.debug)
    for name, path in plan.systems:
        shown = "stdout" if path == "-" else path
        out(f"logging status of {name} to {shown} ({plan.interval}s intervals)\n")
    for number in service.END_SIGNALS:
        signal.signal(number, _end)
    recorder: Recorder | None = None
    pid_file = service.PidFile(plan.pid_file)
    try:
        recorder = Recorder(open_systems(plan, log), plan, log, time.time)
        _settle(plan, log, pid_file)
        serve(recorder, plan)
    except Ended as end:
        log.info(str(end))
    finally:
        if recorder is not None:
            recorder.close()
        try:
            pid_file.remove()
        except OSError:  # we may have given up the right to
            pass
    return 0


def open_systems(plan: Plan, log: Logger) -> list[System]:
    """The systems with their servers and files, each server and each file once. Raises Stop, NutError."""
    servers: dict[tuple[str, int], Server] = {}
    targets: dict[str, Target] = {}
    systems = []
    for name, path in plan.systems:
        address = common.ups_address(name, "  ")
        where = (address.host, address.port)
        if where not in servers:
            entry = common.credentials(plan.given, address)
            servers[where] = Server(partial(common.dial, plan.given, address, entry), address.host, log)
        if path not in targets:
            targets[path] = Target(path)
        systems.append(System(name, address, servers[where], targets[path]))
    return systems


def _settle(plan: Plan, log: Log, pid_file: service.PidFile) -> None:
    """Go to the background if asked to, write the pid file, give up root."""
    parent = service.background() if plan.background else None
    try:
        pid_file.write()
    except service.ServiceError as error:
        log.warning(str(error))
    user = plan.given.last("u", service.RUN_AS_USER)
    service.Account(user, later=LATER).become()
    if parent is not None:
        log.to_background()
        service.release(parent)


def serve(recorder: Recorder, plan: Plan) -> None:
    """Record. USR1 asks for a sample now, HUP to open the files anew."""
    loop = Loop()
    asked: list[bool] = []

    def wait(seconds: float) -> None:
        until = loop.clock() + seconds
        while not asked and (left := until - loop.clock()) > 0:
            loop.run_once(left)
        asked.clear()

    loop.on_signal(signal.SIGUSR1, lambda: asked.append(True))
    loop.on_signal(signal.SIGHUP, recorder.reopen)
    try:
        record(recorder, plan, wait, loop.clock)
    finally:
        loop.close()
