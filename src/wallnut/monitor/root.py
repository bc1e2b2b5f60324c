"""The privileged parent: it can write POWERDOWNFLAG and run SHUTDOWNCMD, and nothing else.

It reads one byte from its child, the monitor without rights. 0x01 means: now. Anything else, and the end of the pipe,
end it. (Another pipe has told it once that the child is ready, which it passes on to the service manager.) It is kept
small, in memory too: it must be there when all else fails.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence

    from wallnut.io.log import Logger
else:
    import _signal as signal  # without the enums, which cost memory

MAGIC = b"upsmon-shutdown-file"
"""All that is in POWERDOWNFLAG; no line feed."""
GO = b"\x01"
TRIES = 5
"""How often SHUTDOWNCMD is tried while it fails."""
RETRY_AFTER = 5.0
NOT_STARTED = 126
"""The exit status of a command that could not be started."""
NO_COMMAND = "no shutdown command defined: this host stays up until its power goes"


def flag_is_set(path: str) -> bool:
    """Whether the file says that the UPS shall cut the power (`upsmon -K`)."""
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def claim_flag(path: str, log: Logger) -> str:
    """Remove what is left of an earlier shutdown; the path, or "" where somebody else's file is in the way."""
    if not path:
        return ""
    if flag_is_set(path):
        try:
            os.unlink(path)
        except OSError as error:
            log.error(f"Unable to remove POWERDOWNFLAG {path}: {error.strerror}")
    elif os.path.exists(path):
        log.error(f"POWERDOWNFLAG ({path}) does not contain the upsmon magic string (not a NUT file) - disabling!")
        return ""
    return path


def set_flag(path: str, log: Logger) -> None:
    """Write the flag. A link in the way is replaced, not followed: the folder may be another user's."""
    try:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        try:
            os.write(fd, MAGIC)
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        log.error(f"Unable to write POWERDOWNFLAG {path}: {error.strerror}")


def shell_text(command: Sequence[str]) -> str:
    """SHUTDOWNCMD for a shell: its first word as it is, the others as arguments."""
    return " ".join((*command[:1], *("'" + word.replace("'", "'\\''") + "'" for word in command[1:])))


def failure(text: str, status: int, again: bool) -> str:
    """What is said of a command that failed."""
    more = f", trying again in {RETRY_AFTER:g} s" if again else ""
    return f"Unable to call shutdown command: {text} (exit status {status}){more}"


def power_down(
    command: Sequence[str], flag: str, log: Logger, pause: Callable[[float], object] = time.sleep, tries: int = TRIES
) -> int:
    """Write the flag and run the command, again after a pause while it fails. Returns the last exit status.

    `pause` waits, and returns something true where there is to be no further try.
    """
    if flag:
        set_flag(flag, log)
    text = shell_text(command)
    if not text:
        log.error(NO_COMMAND)
        return 1
    for attempt in range(tries):
        if attempt and pause(RETRY_AFTER):
            break
        status = _run(text)
        if status == 0:
            break
        log.error(failure(text, status, attempt + 1 < tries))
    return status


def _run(text: str) -> int:
    """Run a shell command to its end: its exit status, or minus the signal that ended it."""
    ours = (
        signal.SIGPIPE,
        signal.SIGHUP,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGQUIT,
    )
    try:
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", text], os.environ, setsigdef=ours)
    except OSError:  # no memory, no processes left
        return NOT_STARTED
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class _Ends:
    """The signals that are to end us: passed on to the child, for it decides; and remembered."""

    def __init__(self, child: int) -> None:
        self._child = child
        self.came = False
        for number in ENDING:
            signal.signal(number, self._take)

    def _take(self, number: int, _: object) -> None:
        self.came = True
        try:
            os.kill(self._child, number)
        except ProcessLookupError:
            pass

    def pause(self, seconds: float) -> bool:
        """Wait, but no longer than until one of them has come; whether it has."""
        until = time.monotonic() + seconds
        while not self.came and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))  # a signal's handler does not end a sleep, it prolongs it
        return self.came


def serve(
    read_end: int, child: int, command: Sequence[str], flag: str, log: Logger, started: Callable[[], object] = bool
) -> int:
    """Wait for the child's word, and obey it; the exit status. `started` is called first.

    HUP, USR1 and USR2 are the child's: they are ignored here. What is to end us is passed on to it; if SHUTDOWNCMD is
    being tried again just then, that was the last try.
    """
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    ends = _Ends(child)
    started()
    word = os.read(read_end, 1)
    if word == GO:
        ends.came = False
        status = power_down(command, flag, log, ends.pause)
        os.read(read_end, 1)  # SHUTDOWNEXIT: the child stays logged in while we are its service's main process
        return 1 if status else 0
    if word:
        log.error("upsmon parent: the monitor said something that means nothing here")
        return 1
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        log.error(f"upsmon parent: the monitor has ended ({_how(status)})")
        return 1
    return 0


def _how(status: int) -> str:
    return f"exit status {status}" if status > 0 else f"signal {-status}"
