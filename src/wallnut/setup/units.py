"""systemd's units for our programs, the hook that has the UPS cut the power, their folders, udev's rules.

Names and roles are those of NUT's own units, so that what people have written for those goes on to work. Sources:
systemd.service(5), systemd.exec(5), systemd-shutdown(8), tmpfiles.d(5), nut.conf(5), nutshutdown(8).
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass

from wallnut.drivers import usbids
from wallnut.io.service import CONFPATH, RUN_AS_USER, STATEPATH
from wallnut.setup import udev

MARK = "# Made by `wallnut units`"
"""Every file holds this; one without it is somebody else's."""
_FIRST = f"{MARK}, perhaps made again one day: put changes into a drop-in (systemctl edit)."
PROGRAMS = ("upsd", "upsmon", "upsdrvctl", "wallnut")
UNITS = "/etc/systemd/system"
HOOK = "/usr/lib/systemd/system-shutdown/nutshutdown"
"""Where systemd-shutdown looks; there is no such folder in /etc."""
TMPFILES = "/etc/tmpfiles.d/wallnut.conf"
UDEV = "/etc/udev/rules.d/62-wallnut.rules"
KEPT = "/var/lib/nut"
"""What outlives a restart of the host: the outbox of notifications, history, the console's users."""
_HOMES = ("/home/", "/root/", "/run/user/")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the units are for: the folder of our programs, the user and group they run as, NUT's folders.

    `needed` are further folders that the programs read: the interpreter's, the library's.
    """

    programs: str
    user: str = RUN_AS_USER
    group: str = RUN_AS_USER
    confpath: str = CONFPATH
    statepath: str = STATEPATH
    needed: tuple[str, ...] = ()

    @property
    def at_home(self) -> bool:
        """Whether something that is needed lies where ProtectHome would hide it."""
        return any(f"{os.path.abspath(path)}/".startswith(_HOMES) for path in (self.programs, *self.needed))


@dataclass(frozen=True, slots=True)
class File:
    """A file to be written."""

    path: str
    text: str
    mode: int = 0o644


def files(plan: Plan) -> tuple[File, ...]:
    """All files of a plan."""
    units = {
        "nut.target": TARGET,
        "nut-driver.target": DRIVER_TARGET,
        "nut-driver@.service": _driver(plan),
        "nut-server.service": _server(plan),
        "nut-monitor.service": _monitor(plan),
        "wallnut-web.service": _beside(plan, "web", "the console", reload=True),
        "wallnut-history.service": _beside(plan, "history record", "recorder of history"),
    }
    return (
        *(File(f"{UNITS}/{name}", f"{_FIRST}\n\n{text}") for name, text in units.items()),
        File(TMPFILES, f"{MARK}.\n\n{_tmpfiles(plan)}"),
        File(UDEV, f"{MARK}.\n\n{udev.rules(usbids.known(), plan.group)}"),
        File(HOOK, _hook(plan), 0o755),
    )


TARGET = """\
[Unit]
Description=NUT: drivers, server and monitor
Wants=nut-driver.target

[Install]
WantedBy=multi-user.target
"""

DRIVER_TARGET = """\
[Unit]
Description=NUT: the drivers
PartOf=nut.target
# Said, or PartOf would mean after it.
Before=nut.target

[Install]
WantedBy=nut.target
"""

# No unit uses ProtectClock: it closes all devices that are not named. ProtectHome is said for each unit.
_TIGHT = """\
ProtectSystem=strict
PrivateTmp=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
NoNewPrivileges=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
"""


def _driver(plan: Plan) -> str:
    user = "" if plan.user == RUN_AS_USER else f"-u {_word(plan.user)} "
    return f"""\
[Unit]
Description=NUT: driver of %i
PartOf=nut-driver.target
After=network.target
StartLimitIntervalSec=0

[Service]
# upsdrvctl knows which program, ours or C NUT's, the section [%i] of ups.conf means; it returns when there is data.
Type=forking
{_environment(plan)}{_condition("none", "netclient")}\
ExecStart={_program(plan, "upsdrvctl")} {user}start %i
ExecReload={_program(plan, "upsdrvctl")} -c reload %i
Restart=always
RestartSec=15s
TimeoutStartSec=10min

# It starts as root, which `user` in ups.conf may ask to stay, and gives that up itself. Devices stay within reach, and
# so do USB's events (netlink).
ReadWritePaths=-{_word(plan.statepath)}
{_TIGHT}{_home(plan)}\
CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_SETGID CAP_SETUID CAP_SYS_CHROOT
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallFilter=@system-service chroot

[Install]
WantedBy=nut-driver.target
"""


def _server(plan: Plan) -> str:
    return f"""\
[Unit]
Description=NUT: server
PartOf=nut.target
After=network.target nut-driver.target
Before=nut-monitor.service

[Service]
Type=notify
{_environment(plan)}{_condition("none", "netclient")}\
ExecStart={_program(plan, "upsd")} -F $UPSD_OPTIONS
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=10s

# No root at all. For a LISTEN port below 1024 add AmbientCapabilities=CAP_NET_BIND_SERVICE, and the same to the
# CapabilityBoundingSet.
{_unprivileged(plan, plan.statepath)}
[Install]
WantedBy=nut.target
"""


def _unprivileged(plan: Plan, writes: str) -> str:
    """The settings of what runs without any right of root's and writes to one folder."""
    return f"""\
User={_word(plan.user)}
Group={_word(plan.group)}
UMask=0027
ReadWritePaths=-{_word(writes)}
{_TIGHT}{_home(plan)}\
PrivateDevices=yes
ProtectProc=invisible
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""


def _beside(plan: Plan, words: str, what: str, *, reload: bool = False) -> str:
    """What may be slow or down without the others noticing."""
    hang_up = "ExecReload=/bin/kill -HUP $MAINPID\n" if reload else ""
    return f"""\
[Unit]
Description=NUT: {what}
PartOf=nut.target
After=network.target nut-server.service

[Service]
Type=notify
{_environment(plan)}{_condition("none")}\
ExecStart={_program(plan, "wallnut")} {words}
{hang_up}Restart=on-failure
RestartSec=10s
OOMScoreAdjust=300
Nice=5

{_unprivileged(plan, KEPT)}
[Install]
WantedBy=nut.target
"""


def _monitor(plan: Plan) -> str:
    user = "" if plan.user == RUN_AS_USER else f"-u {_word(plan.user)} "
    return f"""\
[Unit]
Description=NUT: monitor that shuts this host down in time
PartOf=nut.target
After=network.target nut-server.service

[Service]
Type=notify
{_environment(plan)}{_condition("none")}\
ExecStart={_program(plan, "upsmon")} -F {user}$UPSMON_OPTIONS
ExecReload={_program(plan, "upsmon")} -c reload
Restart=on-failure
RestartSec=5s
TimeoutStopSec=30s
OOMScoreAdjust=-900

# SHUTDOWNCMD (as root) and NOTIFYCMD (as {plan.user}) run in here, and must be able to do whatever their owner wants:
# write POWERDOWNFLAG below /etc, stop guests, reach the service manager; `wall`, `sudo` and `sendmail` need
# NoNewPrivileges=no. So only what none of them needs is closed. upsmon itself keeps root for nothing but SHUTDOWNCMD.
ProtectSystem=yes
ProtectKernelModules=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=nut.target
"""


def _environment(plan: Plan) -> str:
    lines = ""
    for name, value, usual in (
        ("NUT_CONFPATH", plan.confpath, CONFPATH),
        ("NUT_STATEPATH", plan.statepath, STATEPATH),
    ):
        if value != usual:
            lines += f"Environment={_word(f'{name}={value}')}\n"
    file = os.path.join(plan.confpath, "nut.conf").replace("%", "%%")  # the rest of the line: no quotes
    return f"{lines}EnvironmentFile=-{file}\n"


def _condition(*modes: str) -> str:
    """nut.conf's MODE may say that this is not to run here. Without one, that the unit is enabled is enough."""
    return f"""ExecCondition=/bin/sh -c 'case "$$MODE" in {"|".join(modes)}) exit 1;; esac'\n"""


def _home(plan: Plan) -> str:
    return f"ProtectHome={'read-only' if plan.at_home else 'yes'}\n"


def _program(plan: Plan, name: str) -> str:
    return _word(os.path.join(plan.programs, name)).replace("$", "$$")


def _word(text: str) -> str:
    """A word of a unit: specifiers and, where it needs them, quotes."""
    text = text.replace("%", "%%")
    if any(letter in " \t\"'\\;#" for letter in text):
        inner = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inner}"'
    return text


def _tmpfiles(plan: Plan) -> str:
    group = plan.group
    return f"""\
# sockets of drivers, pid files
d {_word(plan.statepath)} 0770 root {group} - -
# notifications that are not delivered yet, history, the console's own file
d {KEPT} 0770 root {group} - -
"""


def _hook(plan: Plan) -> str:
    """The script that systemd runs last of all."""
    upsmon, upsdrvctl = (shlex.quote(os.path.join(plan.programs, name)) for name in ("upsmon", "upsdrvctl"))
    conf = shlex.quote(os.path.join(plan.confpath, "nut.conf"))
    exports = "".join(
        f"export {name}={shlex.quote(value)}\n"
        for name, value, usual in (
            ("NUT_CONFPATH", plan.confpath, CONFPATH),
            ("NUT_STATEPATH", plan.statepath, STATEPATH),
        )
        if value != usual
    )
    user = "" if plan.user == RUN_AS_USER else f"-u {shlex.quote(plan.user)} "
    return f"""\
#!/bin/sh
{MARK}.
#
# Runs when all services have ended and file systems are read-only, right before the machine is halted. If upsmon has
# shut this host down (POWERDOWNFLAG), the UPSes are told to cut the power; they come back with mains.

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH NUT_QUIET_INIT_BANNER=true
{exports}
MODE= POWEROFF_WAIT= POWEROFF_QUIET=
[ -r {conf} ] && . {conf}
[ "$MODE" = none ] && exit 0
[ -x {upsmon} ] && [ -x {upsdrvctl} ] || exit 0
{upsmon} -K >/dev/null 2>&1 || exit 0

if [ "$POWEROFF_QUIET" = true ]; then
    exec >/dev/null 2>&1
elif [ -w /dev/console ]; then
    exec >/dev/console 2>&1
fi
echo "NUT: telling the UPSes to cut the power"
{upsdrvctl} {user}shutdown

# Still here: mains came back and the UPS stays on, or it takes its time. Without a restart the host would stay down.
if [ -n "$POWEROFF_WAIT" ]; then
    sleep $POWEROFF_WAIT
    systemctl reboot --force --force
fi
exit 0
"""
