"""wallnut record: note what a driver and its device say to one another."""

from __future__ import annotations

import os
import time

from wallnut.cli import people
from wallnut.cli.common import Given, Stop, err, out
from wallnut.config.files import parse_ups_conf, ups_section
from wallnut.config.types import UpsSection
from wallnut.drivers import recording, registry
from wallnut.drivers.common import unknown_settings
from wallnut.drivers.recording import Act
from wallnut.io import record, service
from wallnut.io.log import Log
from wallnut.model.errors import NutError
from wallnut.version import VERSION

USAGE = """\
usage: wallnut record [options] UPS                    a UPS of ups.conf
       wallnut record [options] DRIVER port=PORT ...   a driver, with settings as in ups.conf

Runs the driver and writes down what it asks the device, what the device answers
and when, and the variables that come out. Serial numbers, addresses, places and
passwords are made unreadable. `port = replay:FILE` in ups.conf then plays the
file in the device's place: to show a fault, or to try a driver without its UPS.
Stop the driver first, if it runs: most devices talk to one program at a time.

  -o, --output FILE      write it there (standard output)
  -n, --polls N          poll so many times (3), pollinterval apart
  -c, --command CMD[=V]  then run an instant command; may be given several times
  -s, --set VAR=VALUE    then set a variable; the same
  -D, --debug            show what the driver tells its log
  -h, --help             show this help

Example:  wallnut record -o my-ups.rec nutdrv_qx port=/dev/ttyS0
"""
LONGS = {"--output": "o:", "--polls": "n:", "--command": "c:", "--set": "s:"}


def run(argv: list[str]) -> int:
    """Record, and say where it is and what to look at."""
    given = people.parse("record", argv, LONGS, USAGE)
    if not given.words:
        raise Stop(2, USAGE)
    polls = given.last("n", "3")
    if not polls.isdecimal() or not int(polls):
        raise Stop(2, f"wallnut record: --polls needs a number of at least 1, not '{polls}'\n")
    log = Log("wallnut record", given.debug)
    log.quiet = 0 if given.debug else 3
    try:
        section = _section(given.words)
        driver = registry.find(section.driver)
        for key, _ in unknown_settings(driver, section):
            raise Stop(2, f"wallnut record: {driver.name} has no setting '{key}'\n")
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        about = {"made": f"{when} by wallnut {VERSION}, {driver.title} {driver.version}"}
        whole, done = recording.make(driver, section, int(polls), log, _acts(given), **about)
        text = record.write(whole)
        if given.has("o"):
            service.write_file(given.last("o"), text.encode(), 0o644)
    except NutError as error:
        raise Stop(1, f"wallnut record: {error}\n") from None
    except OSError as error:
        raise Stop(1, f"wallnut record: can't write {given.last('o')}: {error.strerror}\n") from None
    if not given.has("o"):
        out(text)
        return 0
    for act, result in zip(_acts(given), done, strict=False):
        err(f"{act.name}: {result}\n")
    exchanges = sum(line.kind == record.ASKED for line in whole.lines)
    err(
        f"{given.last('o')}: {exchanges} exchanges, {len(whole.variables)} variables. Serial numbers are made "
        "unreadable;\nlook through it for anything else that is private before you pass it on.\n"
    )
    return 0


def _section(words: list[str]) -> UpsSection:
    """What to run: a section of ups.conf, or a driver and its settings. Raises ConfigError and Stop."""
    name, settings = words[0], words[1:]
    if settings:
        given: dict[str, str | None] = {"driver": name}
        for word in settings:
            key, equals, value = word.partition("=")
            given[key] = value if equals else None
        section, problems = ups_section("device", given)
        if problems:
            raise Stop(2, f"wallnut record: {problems[0].text}\n")
    else:
        path = os.path.join(service.confpath(), "ups.conf")
        found = parse_ups_conf(service.read_bytes(path), path)[0].find(name)
        if found is None:
            raise Stop(1, f"wallnut record: {path} has no section [{name}]\n")
        section = found
    if not section.port:
        raise Stop(2, "wallnut record: where is the device? port=... is missing\n")
    return section


def _acts(given: Given) -> list[Act]:
    acts = []
    for word in given.all("c"):
        name, _, value = word.partition("=")
        acts.append(Act(name, value))
    for word in given.all("s"):
        name, equals, value = word.partition("=")
        if not equals:
            raise Stop(2, f"wallnut record: --set needs VAR=VALUE, not '{word}'\n")
        acts.append(Act(name, value, setting=True))
    return acts
