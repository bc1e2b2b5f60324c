"""upsc, upscmd and upsrw beside Debian's, on the same server: the same bytes and the same exit status.

Where ours follow a newer NUT, or do right what C gets wrong, the case says why and what is expected instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from tests.cli.conftest import Run, Site, Tool

HELP = re.compile(r"Network UPS Tools \w+ 2\.8\.5 \(wallnut [\d.]+\)\n\nusage: .*-h .*show this help\n.*", re.S)
OWN_WORDS = "help is in our own words"
WHICH = "newer NUT says `port number`, and we say which"
NO_FUNCTION = "the name of a C function helps nobody"
BAD_UPS = "Error: invalid UPS definition.\nRequired format: upsname[@hostname[:port]]\n"
BAD_UPS_LINE = "Error: invalid UPS definition.  Required format: upsname[@hostname[:port]]\n"
BAD_HOST = "Error: invalid hostname.\nRequired format: [hostname[:port]]\n"
NO_PORT = "no port number specified after ':' separator in"
FAILED = "C exits with 0 though the driver did not do it"
ADMIN = ("-u", "admin", "-p", "adm")
BLANK = ("-u", "blank", "-p", "a b # c")


@dataclass(frozen=True)
class Case:
    """A command line ({s} stands for the server's address). `out`, `err`, `status` hold where `why` ours differ."""

    line: tuple[str, ...]
    why: str = ""
    out: str | re.Pattern[str] | None = None
    err: str | None = None
    status: int | None = None
    stdin: str = ""
    verdict: int | None = 0
    env: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(word or "''" for word in self.line)


def case(*line: str, **rest: object) -> Case:
    return Case(line, **rest)  # type: ignore[arg-type]


VERSION = re.compile(r"Network UPS Tools (upsc|upscmd|upsrw) 2\.8\.5 \(wallnut [\d.]+\)\n")
WRONG_STREAM = "2.8.0 says it on standard error, and upsc under the name of upscmd; newer NUT as we do"
VERSIONS = [
    case("upsc", "-V", why=WRONG_STREAM, out=VERSION, err=""),
    case("upscmd", "-V", why=WRONG_STREAM, out=VERSION, err=""),
    case("upsrw", "-V", why="our version", out=VERSION),
]

UPSC = [
    case("upsc", "dummy@{s}"),
    case("upsc", "rich@{s}"),
    case("upsc", "DUMMY@{s}"),
    case("upsc", "dummy@{s}", "ups.status"),
    case("upsc", "dummy@{s}", "UPS.STATUS"),
    case("upsc", "dummy@{s}", "ups.model"),
    case("upsc", "rich@{s}", "ups.id"),
    case("upsc", "dummy@{s}", "ups.status", "more"),
    case("upsc", "dummy@{s}", "server.info"),
    case("upsc", "zz@{s}", "server.version"),
    case("upsc", "dummy@{s}", "nodot"),
    case("upsc", "zz@{s}", "nodot"),
    case("upsc", "dummy@{s}", "--", "ups.status"),
    case("upsc", "--", "dummy@{s}", "ups.status"),
    case("upsc", "dummy@{s}", "no.such"),
    case("upsc", "dummy@{s}", "with blank.x"),
    case("upsc", "dummy@{s}", 'quo"te.x'),
    case("upsc", "dummy@{s}", "hash.#"),
    case("upsc", "dummy@{s}", "back\\slash.x"),
    case("upsc", "zz@{s}"),
    case("upsc", "zz@{s}", "ups.status"),
    case("upsc", "with blank@{s}"),
    case("upsc", "nodrv@{s}"),
    case("upsc", "nodrv@{s}", "ups.status"),
    case("upsc", "-l", "{s}"),
    case("upsc", "-L", "{s}"),
    case("upsc", "-lL", "{s}"),
    case("upsc", "-L", "-l", "{s}"),
    case("upsc", "-l", "{s}", "more"),
    case("upsc", "-c", "dummy@{s}"),
    case("upsc", "-c", "zz@{s}"),
    case("upsc", "-cl", "{s}"),
    case("upsc", "dummy@127.0.0.1:1"),
    case("upsc", "dummy@127.0.0.1:1", "nodot"),
    case("upsc", "-l", "127.0.0.1:1"),
    case("upsc", "-c", "dummy@127.0.0.1:1"),
    case("upsc", "dummy@no-such-host.invalid"),
    case("upsc", "-l", "no-such-host.invalid"),
    case("upsc", "dummy@[127.0.0.1]:1"),
    case("upsc"),
    case("upsc", "-c"),
    case("upsc", "", why=NO_FUNCTION, err=BAD_UPS),
    case("upsc", "dummy@", why=NO_FUNCTION, err=BAD_UPS),
    case("upsc", "@{s}", why="C asks the server for a UPS without a name", err=BAD_UPS),
    case("upsc", "dummy@localhost:", why=WHICH, err=f"{NO_PORT} 'localhost:'\n{BAD_UPS}"),
    case("upsc", "dummy@localhost:x", why=WHICH, err=f"{NO_PORT} 'localhost:x'\n{BAD_UPS}"),
    case("upsc", "dummy@localhost:99999", why=WHICH, err=f"{NO_PORT} 'localhost:99999'\n{BAD_UPS}"),
    case("upsc", "dummy@[::1", why=NO_FUNCTION, err=f"missing closing bracket in '[::1'\n{BAD_UPS}"),
    case("upsc", "-l", "localhost:x", why=WHICH, err=f"{NO_PORT} 'localhost:x'\n{BAD_HOST}"),
    case("upsc", "-l", "", why=NO_FUNCTION, err=f"no host name in ''\n{BAD_HOST}"),
    case("upsc", "-h", why=OWN_WORDS, out=HELP),
    case("upsc", "-Z", why=OWN_WORDS, out=HELP),
    case("upsc", "-Z", "-V", why=OWN_WORDS, out=HELP),
    case("upsc", "-p", why=OWN_WORDS, out=HELP),
]

UPSCMD = [
    case("upscmd", "-l", "dummy@{s}"),
    case("upscmd", "-l", "rich@{s}"),
    case("upscmd", "-l", "RICH@{s}"),
    case("upscmd", "-l", "zz@{s}"),
    case("upscmd", "-l", "nodrv@{s}"),
    case("upscmd", *ADMIN, "-l", "rich@{s}", "beeper.mute"),
    case("upscmd", "-l", "dummy@127.0.0.1:1"),
    case("upscmd", *ADMIN, "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "rich@{s}", "BEEPER.mute"),
    case("upscmd", *ADMIN, "rich@{s}", "beeper.mute", "5"),
    case("upscmd", *ADMIN, "rich@{s}", "beeper.mute", "5", "more"),
    case("upscmd", *ADMIN, "rich@{s}", "beeper.mute", ""),
    case("upscmd", "-uadmin", "-padm", "rich@{s}", "beeper.mute"),
    case("upscmd", "-u", "x", *ADMIN, "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "rich@{s}", "no.such"),
    case("upscmd", *ADMIN, "rich@{s}", "nodot"),
    case("upscmd", *ADMIN, "zz@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "zz@{s}", "nodot"),
    case("upscmd", *ADMIN, "nodrv@{s}", "beeper.mute"),
    case("upscmd", "-u", "admin", "-p", "wrong", "rich@{s}", "beeper.mute"),
    case("upscmd", "-u", "nobody", "-p", "x", "rich@{s}", "beeper.mute"),
    case("upscmd", "-u", "guest", "-p", "gue", "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "dummy@127.0.0.1:1", "beeper.mute"),
    case("upscmd", "dummy@127.0.0.1:1", "beeper.mute"),
    case("upscmd", "dummy@127.0.0.1:1", "nodot"),
    case("upscmd", *ADMIN, "-w", "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "-w", "-t", "5", "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "-w", "rich@{s}", "no.such"),
    case("upscmd", "-w", "-u", "nobody", "-p", "x", "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "-w", "rich@{s}", "beeper.mute", verdict=1, why=FAILED, status=1),
    case("upscmd", *ADMIN, "-w", "rich@{s}", "beeper.mute", verdict=2, why=FAILED, status=1),
    case("upscmd", *ADMIN, "-w", "rich@{s}", "beeper.mute", verdict=3, why=FAILED, status=1),
    case("upscmd", *ADMIN, "-w", "-t", "1", "rich@{s}", "beeper.mute", verdict=None),
    case("upscmd", *ADMIN, "-w", "-t", "0", "rich@{s}", "beeper.mute", verdict=None),
    case("upscmd", *ADMIN, "-t", "x", "rich@{s}", "beeper.mute"),
    case("upscmd", *ADMIN, "-w", "-t", "-1", "rich@{s}", "beeper.mute"),
    case("upscmd", "rich@{s}", "beeper.mute"),
    case("upscmd", "-p", "adm", "rich@{s}", "beeper.mute"),
    case("upscmd", "-p", "adm", "rich@{s}", "beeper.mute", stdin="admin\n"),
    case("upscmd", "-u", "admin", "rich@{s}", "beeper.mute", stdin="adm\n"),
    case("upscmd", "rich@{s}", "beeper.mute", stdin="admin\nadm\n"),
    case("upscmd", "rich@{s}", "beeper.mute", stdin="admin\nwrong\n"),
    case(
        "upscmd",
        *BLANK,
        "rich@{s}",
        "beeper.mute",
        why="C does not quote it: the server sees three words",
        err="OK\n",
        status=0,
    ),
    case("upscmd", "bad@", "beeper.mute", why=NO_FUNCTION, err=BAD_UPS_LINE),
    case("upscmd", "-l", "bad@", why=NO_FUNCTION, err=BAD_UPS_LINE),
    case("upscmd", "", "beeper.mute", why=NO_FUNCTION, err=BAD_UPS_LINE),
    case("upscmd", "bad@localhost:x", "a.b", why=WHICH, err=f"{NO_PORT} 'localhost:x'\n{BAD_UPS_LINE}"),
    case("upscmd", why=OWN_WORDS, out=HELP),
    case("upscmd", "rich@{s}", why=OWN_WORDS, out=HELP),
    case("upscmd", "-l", why=OWN_WORDS, out=HELP),
    case("upscmd", "-h", why=OWN_WORDS, out=HELP),
    case("upscmd", "-Z", why=OWN_WORDS, out=HELP),
    case("upscmd", "-u", why=OWN_WORDS, out=HELP),
]

UPSRW = [
    case("upsrw", "dummy@{s}"),
    case("upsrw", "rich@{s}"),
    case("upsrw", "-l", "rich@{s}"),
    case("upsrw", "zz@{s}"),
    case("upsrw", "nodrv@{s}"),
    case("upsrw", "dummy@127.0.0.1:1"),
    case("upsrw", *ADMIN, "-s", "ups.id=shed", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "UPS.ID=shed", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.beeper.status=disabled", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.beeper.status=loud", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", 'ups.beeper.status=a "b" #c', "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.beeper.status=enabled", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "input.transfer.low=170", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "input.transfer.low=185", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.id=", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.id=a=b", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.id=0123456789012345678901234567890123456789x", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.status=x", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "no.such=x", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "nodot=x", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "=x", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.id=x", "zz@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.id=x", "nodrv@{s}"),
    case("upsrw", "-u", "admin", "-p", "wrong", "-s", "ups.id=x", "rich@{s}"),
    case("upsrw", "-u", "guest", "-p", "gue", "-s", "ups.id=x", "rich@{s}"),
    case("upsrw", *ADMIN, "-s", "ups.id=x", "dummy@127.0.0.1:1"),
    case("upsrw", *ADMIN, "-s", "nodot=x", "dummy@127.0.0.1:1"),
    case("upsrw", *ADMIN, "-s", "ups.id", "rich@{s}", stdin="shed\nmore\n"),
    case("upsrw", "-s", "ups.id", "rich@{s}", stdin="admin\nadm\nshed\n"),
    case("upsrw", "-s", "ups.id=shed", "rich@{s}", stdin="admin\nadm\n"),
    case("upsrw", "-p", "adm", "-s", "ups.id=shed", "rich@{s}", stdin="admin\n"),
    case("upsrw", *ADMIN, "-s", "ups.id=x", "-l", "dummy@{s}"),
    case("upsrw", *ADMIN, "-l", "-s", "ups.id=shed", "rich@{s}"),
    case("upsrw", *ADMIN, "-w", "-s", "ups.id=shed", "rich@{s}"),
    case("upsrw", *ADMIN, "-w", "-s", "no.such=x", "rich@{s}"),
    case("upsrw", *ADMIN, "-w", "-s", "ups.id=x", "rich@{s}", verdict=1, why=FAILED, status=1),
    case("upsrw", *ADMIN, "-w", "-s", "ups.id=x", "rich@{s}", verdict=3, why=FAILED, status=1),
    case("upsrw", *ADMIN, "-w", "-t", "1", "-s", "ups.id=x", "rich@{s}", verdict=None),
    case("upsrw", *ADMIN, "-t", "1x", "-s", "ups.id=x", "rich@{s}"),
    case("upsrw", *BLANK, "-s", "ups.id=shed", "rich@{s}", why="C does not quote it", err="OK\n", status=0),
    case(
        "upsrw",
        *ADMIN,
        "-s",
        "ups.id",
        "rich@{s}",
        why="C sets an empty value that nobody gave",
        out="Enter new value for ups.id: ",
        err="Error reading from stdin!\n",
        status=1,
    ),
    case(
        "upsrw",
        "-s",
        "ups.id=x",
        "rich@{s}",
        why="C goes on without a name, to be refused",
        err="Error reading from stdin!\n",
    ),
    case("upsrw", "bad@", why=NO_FUNCTION, err=BAD_UPS_LINE),
    case("upsrw", "", why=NO_FUNCTION, err=BAD_UPS_LINE),
    case("upsrw", "bad@localhost:x", why=WHICH, err=f"{NO_PORT} 'localhost:x'\n{BAD_UPS_LINE}"),
    case("upsrw", why=OWN_WORDS, out=HELP),
    case("upsrw", "-l", why=OWN_WORDS, out=HELP),
    case("upsrw", *ADMIN, "-s", "ups.id=x", why=OWN_WORDS, out=HELP),
    case("upsrw", "-h", why=OWN_WORDS, out=HELP),
    case("upsrw", "-Z", why=OWN_WORDS, out=HELP),
    case("upsrw", "-s", why=OWN_WORDS, out=HELP),
]


@pytest.mark.parametrize("case", [*VERSIONS, *UPSC, *UPSCMD, *UPSRW], ids=str)
def test_same_as_c(case: Case, site: Site, theirs: Tool, ours: Tool) -> None:
    line = [word.replace("{s}", site.server) for word in case.line]
    site.driver.verdict = case.verdict
    c = theirs(*line, stdin=case.stdin, env=case.env)
    us = ours(*line, stdin=case.stdin, env=case.env)
    assert agrees(us.out, case.out, c.out), both(us, c)
    assert agrees(us.err, case.err, c.err), both(us, c)
    assert us.status == (c.status if case.status is None else case.status), both(us, c)
    if case.why:
        assert (us.out, us.err, us.status) != (c.out, c.err, c.status), "no difference left: take the reason out"


def agrees(text: str, wanted: str | re.Pattern[str] | None, c: str) -> bool:
    if isinstance(wanted, re.Pattern):
        return wanted.fullmatch(text) is not None
    return text == (c if wanted is None else wanted)


def both(us: Run, c: Run) -> str:
    return f"\nours {us}\n   C {c}"
