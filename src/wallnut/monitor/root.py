"""The privileged parent: it can write POWERDOWNFLAG and run SHUTDOWNCMD, and nothing else.

It reads one byte from its child, the monitor without rights. 0x01 means: now. Anything else, and the end of the pipe,
end it. It is kept small, in memory too: it must be there when all else fails.
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


def power_down(
    command: Sequence[str], flag: str, log: Logger, pause: Callable[[float], object] = time.sleep, tries: int = TRIES
) -> int:
    """Write the flag and run the command, again after a pause while it fails. Returns the last exit status."""
    if flag:
        set_flag(flag, log)
    text = shell_text(command)
    if not text:
        log.error("no shutdown command defined: this host stays up until its power goes")
        return 1
    for attempt in range(tries):
        if attempt:
            pause(RETRY_AFTER)
        status = _run(text)
        if status == 0:
            return 0
        more = f", trying again in {RETRY_AFTER:g} s" if attempt + 1 < tries else ""
        log.error(f"Unable to call shutdown command: {text} (exit status {status}){more}")
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
        return 126
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def serve(read_end: int, child: int, command: Sequence[str], flag: str, log: Logger) -> int:
    """Wait for the child's word, and obey it; the exit status.

    HUP, USR1 and USR2 are the child's: they are ignored here. What is to end us is passed on to it, for it decides.
    """
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)

    def pass_on(number: int, _: object) -> None:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            pass

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, pass_on)
    word = os.read(read_end, 1)
    if word == GO:
        status = power_down(command, flag, log)
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
