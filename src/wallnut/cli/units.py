"""wallnut units: systemd units for these programs."""

from __future__ import annotations

import os
import pwd
import sys
from grp import getgrgid

import wallnut
from wallnut.cli import people
from wallnut.cli.common import Stop, err, out
from wallnut.config.files import parse_ups_conf, parse_upsd_conf, served
from wallnut.config.types import UpsConf, UpsdConf
from wallnut.io import service
from wallnut.model.errors import ConfigError
from wallnut.setup.units import HOOK, MARK, PROGRAMS, File, Plan, files

USAGE = """\
usage: wallnut units [options]    systemd units for these programs

Prints, or with --output writes, the units nut.target, nut-driver.target, nut-driver@.service, nut-server.service,
nut-monitor.service, wallnut-web.service and wallnut-history.service, the script that has the UPS cut the power at the
end of a shutdown, and the folders of /run and /var that all of them need.

  -o, --output DIR    write the files below DIR; `--output /` puts them where systemd reads them
  -u, --user USER     the user to run as (nut); it must be able to read the configuration and these programs
  -f, --force         replace files that `wallnut units` has not made
  -h, --help          show this help
"""


def run(argv: list[str]) -> int:
    """Print or write the files."""
    given = people.parse("units", argv, {"--output": "o:", "--user": "u:", "--force": "f"}, USAGE)
    if given.words:
        raise Stop(2, "wallnut units takes no names: a unit nut-driver@NAME is for any UPS\n")
    plan, names = make_plan(given.last("u", service.RUN_AS_USER))
    made = files(plan)
    for doubt in doubts(plan):
        err(f"wallnut units: {doubt}\n")
    if given.has("o"):
        write(made, given.last("o"), force=given.has("f"))
        out(next_steps(made, given.last("o"), names))
    else:
        out("\n".join(f"# {file.path}\n{file.text}" for file in made))
    return 0


def make_plan(user: str) -> tuple[Plan, list[str]]:
    """The plan for where we are installed and what is configured, and the names of the UPSes. Raises Stop."""
    programs = os.path.dirname(sys.executable)
    missing = [name for name in PROGRAMS if not os.access(os.path.join(programs, name), os.X_OK)]
    if missing:
        raise Stop(1, f"wallnut units: {', '.join(missing)} should be in {programs}: install wallnut there with pip\n")
    confpath = os.path.abspath(service.confpath())
    try:
        ups, upsd = read(confpath)
    except ConfigError as error:
        raise Stop(1, f"wallnut units: {error}\n") from None
    try:
        group = getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    except KeyError:
        group = user
    needed = dict.fromkeys((sys.prefix, sys.base_prefix, os.path.dirname(wallnut.__file__)))
    plan = Plan(
        programs,
        user,
        group,
        confpath,
        os.path.abspath(service.statepath(upsd.statepath or ups.statepath or "")),
        tuple(needed),
    )
    return plan, [section.name for section in served(ups)[0]]


def read(confpath: str) -> tuple[UpsConf, UpsdConf]:
    """ups.conf and upsd.conf, where they are there. Raises ConfigError."""
    ups, upsd = UpsConf(), UpsdConf()
    path = os.path.join(confpath, "ups.conf")
    if os.path.exists(path):
        ups = parse_ups_conf(service.read_bytes(path), path)[0]
    path = os.path.join(confpath, "upsd.conf")
    if os.path.exists(path):
        upsd = parse_upsd_conf(service.read_bytes(path), path)[0]
    return ups, upsd


def doubts(plan: Plan) -> list[str]:
    """What would keep the units from working here."""
    found = []
    try:
        pwd.getpwnam(plan.user)
    except KeyError:
        found.append(f"there is no user {plan.user} yet: useradd --system --shell /usr/sbin/nologin {plan.user}")
    for path in dict.fromkeys((plan.programs, *plan.needed)):
        closed = next((each for each in parents(path) if not os.stat(each).st_mode & 0o001), "")
        if closed:
            found.append(f"{closed} is closed to others: {plan.user} cannot get at {path}")
    here = {os.stat(path).st_dev for path in (plan.programs, *plan.needed)}
    if here - {os.stat(path).st_dev for path in ("/", "/usr")}:
        found.append(
            f"{plan.programs} or its Python is not on the root file system: {HOOK} may find it gone when it has to"
            " have the power cut"
        )
    return found


def parents(path: str) -> list[str]:
    """A folder and those it is in."""
    path = os.path.realpath(path)
    steps = [path]
    while path != "/":
        path = os.path.dirname(path)
        steps.append(path)
    return steps[::-1]


def write(made: tuple[File, ...], folder: str, *, force: bool) -> None:
    """Write the files below a folder: all of them, or none if one is not ours. Raises Stop."""
    paths = {file: os.path.join(folder, file.path.lstrip("/")) for file in made}
    others = [path for path in paths.values() if not force and os.path.exists(path) and not ours(path)]
    if others:
        raise Stop(
            1,
            f"wallnut units: {', '.join(others)}: not made by `wallnut units`, so nothing is written."
            " Remove what it belongs to, or use --force\n",
        )
    try:
        for file, path in paths.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            service.write_file(path, file.text.encode(), file.mode)
    except OSError as error:
        raise Stop(1, f"wallnut units: {error.filename or folder}: {error.strerror}\n") from None


def ours(path: str) -> bool:
    """Whether a file was made by us."""
    try:
        return MARK.encode() in service.read_bytes(path)
    except ConfigError:
        return False


def next_steps(made: tuple[File, ...], folder: str, names: list[str]) -> str:
    """What was written, and what to do now."""
    lines = [os.path.join(folder, file.path.lstrip("/")) for file in made]
    drivers = " ".join(f"nut-driver@{name}" for name in names if plain(name)) or "nut-driver@NAME"
    odd = [name for name in names if not plain(name)]
    lines += ["", "Then:", "", "  systemd-tmpfiles --create", "  udevadm control --reload", "  udevadm trigger"]
    lines += ["  systemctl daemon-reload"]
    lines += [f"  systemctl enable --now {drivers} nut-server nut-monitor nut-driver.target nut.target"]
    lines += ["", "With the console and a history:", "", "  systemctl enable --now wallnut-web wallnut-history"]
    if odd:
        lines += ["", f"No unit can be named after {', '.join(odd)}: rename it in ups.conf."]
    return "\n".join(lines) + "\n"


def plain(name: str) -> bool:
    """Whether a name can be a unit's instance as it is."""
    return all((letter.isascii() and letter.isalnum()) or letter in ":_.-" for letter in name)
