"""What a plan rests on, looked at without touching it: programs, POWERDOWNFLAG's folder, servers and who is logged in.

A server is asked as upsmon asks it, down to LOGIN, which is given back at once; FSD is never set.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections import Counter
from collections.abc import Collection, Sequence

from wallnut.client.sync import Client, connect
from wallnut.client.texts import text
from wallnut.config.upsmon import Monitor, UpsmonConf
from wallnut.io import blocking
from wallnut.model.errors import LinkError, NutError, ServerError
from wallnut.model.notify import EXEC
from wallnut.monitor import root
from wallnut.monitor.daemon import tls_of
from wallnut.monitor.outage import Reading, number
from wallnut.monitor.rehearsal import Fault
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pwd import struct_passwd

BUILTIN = frozenset(
    (":", "[", "{", "(", "!", ".", "case", "cd", "command", "eval", "exec", "for", "if", "test", "while")
)
"""Words with which a shell's text may begin that are no program."""


# Files


def files(conf: UpsmonConf, script: Sequence[str] | None = None) -> list[Fault]:
    """What is wrong with the programs and files that upsmon.conf names, as far as one can see before they are used.

    `script` is CMDSCRIPT where upsmon itself acts on upssched.conf.
    """
    found = []
    if not conf.shutdowncmd:
        found.append(Fault("SHUTDOWNCMD", "there is none: this host stays up until its power goes"))
    elif fault := _program(conf.shutdowncmd, None):
        found.append(Fault("SHUTDOWNCMD", fault))
    wanted = [kind for kind, ways in conf.notifyflag if EXEC in ways]
    if conf.notifycmd:
        fault = _program(conf.notifycmd, _user(conf))
        found += [Fault("NOTIFYCMD", fault)] if fault else []
    elif wanted and script is None:
        found.append(Fault("NOTIFYCMD", f"there is none, and NOTIFYFLAG wants it for {', '.join(wanted)}"))
    if script and (fault := _program(script, _user(conf))):
        found.append(Fault("CMDSCRIPT", fault))
    if conf.powerdownflag and (fault := _flag(conf.powerdownflag)):
        found.append(Fault("POWERDOWNFLAG", fault))
    return found


def _user(conf: UpsmonConf) -> struct_passwd | None:
    """Who runs NOTIFYCMD; None where that is nobody we know: upsmon says so when it starts."""
    import pwd

    from wallnut.io.service import RUN_AS_USER

    try:
        return pwd.getpwnam(conf.run_as_user or RUN_AS_USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        return None


def _program(command: Sequence[str], user: struct_passwd | None) -> str:
    """What is wrong with the program of a command; `user` None: root runs it."""
    try:
        words = [command[0]] if os.path.exists(command[0]) else shlex.split(command[0])
    except ValueError as error:
        return f"{command[0]}: {error}"
    word = next((one for one in words if "=" not in one.partition("/")[0]), "")
    if not word or word in BUILTIN:
        return ""
    path = word if "/" in word else shutil.which(word) or ""
    if not path:
        return f"there is no program {word}"
    try:
        about = os.stat(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    if not stat.S_ISREG(about.st_mode):
        return f"{path} is no program"
    if not about.st_mode & 0o111:
        return f"{path} is not executable"
    if user is not None and not _may_run(path, user):
        return f"{path} is not executable for user {user.pw_name}"
    return ""


def _may_run(path: str, user: struct_passwd) -> bool:
    """Whether a user may execute a file, and come to it."""
    if user.pw_uid == 0:
        return True
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    path = os.path.realpath(path)
    while True:
        about = os.stat(path)
        shift = 6 if about.st_uid == user.pw_uid else 3 if about.st_gid in groups else 0
        if not about.st_mode >> shift & 1:
            return False
        if path == "/":
            return True
        path = os.path.dirname(path)


def _flag(path: str) -> str:
    """What keeps POWERDOWNFLAG from being written."""
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return f"there is no folder {folder}"
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder} is on a read-only file system"
    if os.path.isdir(path):
        return f"{path} is a folder"
    if os.path.exists(path) and not root.flag_is_set(path):
        return f"{path} is another program's file: upsmon will not use it"
    if os.geteuid() == 0 and not os.access(folder, os.W_OK):
        return f"{folder} cannot be written"
    return ""


# Servers


def ask(
    conf: UpsmonConf, secondaries: Collection[str] = (), timeout: float = 10.0
) -> tuple[dict[str, Reading], list[Fault]]:
    """Every UPS as its server has it, and what is wrong there. `secondaries` are hosts that depend on this one."""
    readings: dict[str, Reading] = {}
    faults: list[Fault] = []
    for one in conf.monitors:
        if one.system not in readings:
            readings[one.system], found = _ask(conf, one, timeout)
            faults += found
    logged_in = {who for one in conf.monitors if one.primary for who in readings[one.system].others}
    for host in secondaries:
        if logged_in.isdisjoint(_addresses(host)):
            faults.append(Fault(host, "this secondary is not logged in to any UPS that this host is primary for"))
    return readings, faults


def _ask(conf: UpsmonConf, one: Monitor, timeout: float) -> tuple[Reading, list[Fault]]:
    address = one.address
    try:
        with connect(address.host, address.port, timeout=timeout, tls=tls_of(conf, address.host)) as client:
            return _look(client, one)
    except ServerError as error:
        return Reading(trouble=text(error)), [Fault(one.system, f"its server refuses: {text(error)}")]
    except NutError as error:
        reason = text(error) if isinstance(error, LinkError) else str(error)
        return Reading(trouble=reason), [
            Fault(one.system, f"cannot be asked: {reason}; it counts as healthy until it can")
        ]


def _look(client: Client, one: Monitor) -> tuple[Reading, list[Fault]]:
    """What a server says of a UPS, its credentials' worth included."""
    name = one.address.ups
    faults: list[Fault] = []
    trouble, variables = "", {}
    try:
        variables = client.call(net.list_var(name))
    except ServerError as error:
        trouble = text(error)
        faults.append(Fault(one.system, f"{trouble}: it counts as healthy until it can be asked"))
    before, refuses = _logged_in(client, name), ""
    try:
        client.authenticate(one.username, one.password)
        if one.primary:
            client.primary(name)
        client.login(name)
    except ServerError as error:
        refuses = error.code if one.primary else ""
        role = "primary" if one.primary else "secondary"
        faults.append(Fault(one.system, f"its server refuses user {one.username} as {role}: {text(error)}"))
    others = list(before)
    for us in Counter(_logged_in(client, name)) - Counter(before):
        if us in others:
            others.remove(us)
        else:
            faults.append(Fault(one.system, f"no monitor of this host is logged in (from {us}): upsmon does not run"))

    def value(variable: str) -> float | None:
        return number(variables.get(variable, ""))

    reading = Reading(
        variables.get("ups.status", ""),
        variables.get("ups.alarm", ""),
        value("battery.charge"),
        value("battery.runtime"),
        value("battery.charge.low"),
        value("battery.runtime.low"),
        tuple(others),
        trouble,
        refuses,
    )
    return reading, faults


def _logged_in(client: Client, ups: str) -> list[str]:
    """The addresses of those who are logged in; none where a server does not tell (before NUT 2.6.4)."""
    try:
        return client.clients(ups)
    except ServerError:
        return []


def _addresses(host: str) -> set[str]:
    """A host's addresses as text, its name among them."""
    try:
        return {host, *(str(place[0]) for _, place in blocking.addresses(host, 0))}
    except LinkError:
        return {host}
