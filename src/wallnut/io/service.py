"""What every daemon does around its work: where its files lie, pid file, background, rights, readiness, files.

Folders are Debian's where nothing else is said; NUT's environment variables win.
"""

from __future__ import annotations

import errno
import os
import sys

from wallnut.model.errors import ConfigError, NutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal  # without the enums that cost as much as starting Python

CONFPATH = "/etc/nut"
STATEPATH = "/run/nut"
DATAPATH = "/usr/share/nut"
DRIVERPATH = "/lib/nut"
RUN_AS_USER = "nut"
END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class ServiceError(NutError):
    """The system refuses what a daemon needs: a pid file, a user, a folder."""


def confpath() -> str:
    """The folder of the configuration files: NUT_CONFPATH or /etc/nut."""
    return os.environ.get("NUT_CONFPATH") or CONFPATH


def statepath(configured: str = "") -> str:
    """The folder of the driver sockets: NUT_STATEPATH, what the configuration says, or /run/nut."""
    return os.environ.get("NUT_STATEPATH") or configured or STATEPATH


def overruled_statepath(configured: str) -> str:
    """What to warn of when NUT_STATEPATH beats another folder that the configuration names; "" for nothing."""
    chosen = statepath(configured)
    if not configured or os.path.normpath(chosen) == os.path.normpath(configured):
        return ""
    return f"statepath {configured} does not count: NUT_STATEPATH says {chosen}"


def altpidpath(configured_state: str = "") -> str:
    """The folder of the pid files of upsd, drivers and upsdrvctl: NUT_ALTPIDPATH, or the state folder."""
    return os.environ.get("NUT_ALTPIDPATH") or statepath(configured_state)


def pidpath() -> str:
    """The folder of the pid files of upsmon and upslog: NUT_PIDPATH or /run/nut."""
    return os.environ.get("NUT_PIDPATH") or STATEPATH


def debug_level(flags: int, configured: int | None = None) -> int:
    """The debug level: the number of `-D` flags, or without them NUT_DEBUG_LEVEL; but at least what the file says."""
    environment = os.environ.get("NUT_DEBUG_LEVEL", "")
    return max(configured or 0, flags or (int(environment) if environment.isdigit() else 0))


def hushed() -> bool:
    """Whether programs begin without their name and version: NUT_QUIET_INIT_BANNER is set, to anything but exactly
    `1`. Odd, but so it is in NUT."""
    return os.environ.get("NUT_QUIET_INIT_BANNER", "1") != "1"


class PidFile:
    """A file with the number of a running process."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._ours = False

    def read(self) -> int:
        """The process that the file names; 0 when there is no such file or no number in it."""
        try:
            with open(self.path, "rb") as file:
                text = file.read(32).strip()
        except OSError:
            return 0
        return int(text) if text.isdigit() and len(text) < 10 else 0

    def alive(self) -> bool:
        """Whether the process that the file names runs."""
        pid = self.read()
        if pid == 0:
            return False
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        except OSError:
            return False
        return True

    def runs(self, program: str) -> bool:
        """Whether the process that the file names runs, and is another than we, and that program, ours or C's.

        Process ids are used again, and in a container it may well be our own. Where the system does not tell programs'
        names, or NUT_IGNORE_CHECKPROCNAME says so, running is enough.
        """
        pid = self.read()
        if pid == os.getpid() or not self.alive():
            return False
        if os.environ.get("NUT_IGNORE_CHECKPROCNAME", "").lower() in ("true", "yes", "1", "on"):
            return True
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            return not os.path.isdir("/proc/self")
        return any(os.path.basename(word) == program.encode() for word in words[:4])

    def signal(self, number: int, program: str) -> None:
        """Send the process a signal, if it is that program. Raises ServiceError saying why it cannot."""
        pid = self.read()
        if pid == 0:
            raise ServiceError(f"fopen {self.path}: No such file or directory")
        if self.alive() and not self.runs(program):
            raise ServiceError(f"process {pid} of {self.path} is no {program}")
        try:
            os.kill(pid, number)
        except OSError as error:
            raise ServiceError(f"kill: {error.strerror} (pid {pid} from {self.path})") from None

    def write(self) -> None:
        """Put our own number in. Raises ServiceError."""
        try:
            write_file(self.path, f"{os.getpid()}\n".encode(), 0o644)
        except OSError as error:
            raise ServiceError(f"Can't write {self.path}: {error.strerror}") from None
        self._ours = True

    def remove(self) -> None:
        """Take our own file away again; nobody else's."""
        if self._ours and self.read() == os.getpid():
            os.unlink(self.path)
        self._ours = False


def background() -> int:
    """Go on in the background; returns the descriptor on which to tell the waiting parent how the start went.

    The parent waits for one byte (`release`) and exits with it; without one, the start failed: it exits with 1.
    """
    read_end, write_end = os.pipe()
    if os.fork():
        os.close(write_end)
        verdict = os.read(read_end, 1)
        os._exit(verdict[0] if verdict else 1)
    os.close(read_end)
    os.setsid()
    return write_end


def detach() -> None:
    """Give the terminal back; but not standard error where NUT_DEBUG_SYSLOG wants the log there."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
    except OSError:  # a jail has no devices; the end of a pipe that is over can be read, to its end, and not written
        null, other = os.pipe()
        os.close(other)
    sys.stdout.flush()
    sys.stderr.flush()
    for fd in (0, 1) if os.environ.get("NUT_DEBUG_SYSLOG") == "stderr" else (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def release(parent: int, verdict: int = 0) -> None:
    """Let the parent that `background` left waiting exit, and give the terminal back."""
    detach()
    os.write(parent, bytes([verdict]))
    os.close(parent)


class Account:
    """Who a daemon is when its start is over: `user`, where root started it; itself otherwise, or where that is root.

    Made while all files can still be read; raises ServiceError where there is no such user or group. `later` names the
    modules that the program imports when it needs them: where that would be too late, in a jail or where Python or we
    are installed in a folder of root's own, they are imported now.
    """

    def __init__(self, user: str, group: str = "", *, jail: str = "", later: tuple[str, ...] = ()) -> None:
        self._user, self._jail = user, jail
        self._ids: tuple[int, int, list[int]] | None = None
        if os.geteuid() == 0 and user not in ("", "root"):
            self._ids = _look_up(user, group)
        if jail or (self._ids and not (_open_to_all(os.__file__) and _open_to_all(__file__))):
            for module in later:
                try:
                    __import__(module)
                except ImportError:
                    pass  # whoever needs it will say so, and what brings it

    def enter_jail(self) -> None:
        """Make the jail, if there is one, the root folder. Raises ServiceError."""
        if not self._jail:
            return
        try:
            os.chroot(self._jail)
            os.chdir("/")
        except OSError as error:
            raise ServiceError(f"chroot({self._jail}): {error.strerror}") from None

    def become(self) -> None:
        """Give up root. Raises ServiceError."""
        if self._ids is None:
            return
        uid, gid, groups = self._ids
        try:
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
        except OSError as error:
            raise ServiceError(f"can't become user {self._user}: {error.strerror}") from None


def _look_up(user: str, group: str) -> tuple[int, int, list[int]]:
    """A user's number, group and all groups. Raises ServiceError."""
    import grp
    import pwd

    try:
        account = pwd.getpwnam(user)
        gid = grp.getgrnam(group).gr_gid if group else account.pw_gid
    except KeyError as error:
        raise ServiceError(f"OS user or group not found: {error.args[0]}") from None
    return account.pw_uid, gid, os.getgrouplist(user, gid)


def _open_to_all(path: str) -> bool:
    """Whether every user may look into the folder that a file is in."""
    folder = os.path.dirname(os.path.realpath(path))
    while os.stat(folder).st_mode & 0o001:
        if folder == "/":
            return True
        folder = os.path.dirname(folder)
    return False


def _notify(text: str) -> None:
    """Tell the service manager, if there is one that asked to be told (sd_notify(3))."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if where[:1] not in ("/", "@"):
        return
    import _socket

    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    try:
        sock.connect("\0" + where[1:] if where[0] == "@" else where)
        sock.send(text.encode())
    except OSError:  # a manager that does not listen must not stop the service
        pass
    finally:
        sock.close()


def ready(status: str, main: int = 0) -> None:
    """We serve from now on; `status` is a line for people, `main` the service's main process (0: this one)."""
    _notify(f"READY=1\nSTATUS={status}\nMAINPID={main or os.getpid()}")


def stopping() -> None:
    """We are about to end."""
    _notify("STOPPING=1")


def at_end_of_input(call: Callable[[], object]) -> None:
    """Call, in a thread, when standard input ends: with whoever started us, however they end."""
    from threading import Thread

    def wait() -> None:
        while os.read(0, 4096):
            pass
        call()

    Thread(target=wait, name="input", daemon=True).start()


def read_bytes(path: str) -> bytes:
    """A file's bytes. Raises ConfigError in C's words."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"Can't open {path}: {error.strerror}") from None


def world_readable(path: str) -> bool:
    """Whether everybody may read the file. Raises ConfigError when it is not there."""
    try:
        return bool(os.stat(path).st_mode & 0o004)
    except OSError as error:
        raise ConfigError(f"stat {path}: {error.strerror}") from None


def write_file(path: str, data: bytes, mode: int) -> None:
    """Write a file whole or not at all, even if the power fails. Raises OSError."""
    scratch = f"{path}.{os.getpid()}.new"
    fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(scratch, mode)
        os.replace(scratch, path)
    except OSError:
        try:
            os.unlink(scratch)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
        raise
