"""wallnut: the one command for people. Each sub-command is a module of its own."""

from __future__ import annotations

from wallnut.cli import common
from wallnut.cli.common import Stop
from wallnut.version import NUT_VERSION, VERSION

VERSION_LINE = f"wallnut {VERSION}, compatible with Network UPS Tools {NUT_VERSION}\n"
SUBCOMMANDS = {
    "up": "run drivers, server and console here; unconfigured, a simulated UPS",
    "list": "the UPSes of a server and how they are",
    "show": "one UPS: grouped, with units, live if you like",
    "top": "all UPSes on a terminal, live: look, set, command",
    "events": "what changes, as it happens",
    "why": "why this host is up, or goes down: upsmon's decisions",
    "drill": "play an outage on the monitor's rules: would the plan hold?",
    "web": "the console: pages for a browser, metrics for dashboards",
    "user": "who may use the console: users, roles, keys",
    "notify": "who is told of outages, and a test of the way there",
    "history": "record what UPSes do over time; outages, batteries, energy",
    "record": "note what a driver and its device say to one another",
    "passwd": "make a hashed password for upsd.users",
    "units": "systemd units for these programs",
}
USAGE = (
    "usage: wallnut COMMAND [options]\n\n"
    + "".join(f"  {name:<8}{text}\n" for name, text in SUBCOMMANDS.items())
    + "\n`wallnut COMMAND --help` tells more. NUT's own tools are here too: upsc, upscmd,\n"
    "upsrw, upslog, upsd, upsdrvctl, dummy-ups, clone, simulator.\n"
)


def main() -> int:
    """The program."""
    return common.run(wallnut)


def wallnut(argv: list[str]) -> int:
    """Run a sub-command; its exit status."""
    name = argv[0] if argv else "--help"
    if name in ("-h", "--help", "help"):
        raise Stop(0, out=USAGE)
    if name in ("-V", "--version"):
        raise Stop(0, out=VERSION_LINE)
    if name not in SUBCOMMANDS:
        raise Stop(2, f"wallnut: there is no command '{name}'{near(name, SUBCOMMANDS)}\nTry: wallnut --help\n")
    status: int = __import__(f"wallnut.cli.{name}", fromlist=("run",)).run(argv[1:])
    return status


def near(word: str, words: object) -> str:
    """A hint for a misspelt word; "" when none comes near."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(words), 1)  # type: ignore[call-overload]
    return f"; did you mean {found[0]}?" if found else ""


if __name__ == "__main__":
    from wallnut.cli import run

    run("wallnut")
