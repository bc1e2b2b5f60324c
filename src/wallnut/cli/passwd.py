"""wallnut passwd: a hashed password for upsd.users."""

from __future__ import annotations

from wallnut.cli import people
from wallnut.cli.ask import new_password
from wallnut.cli.common import Stop, out
from wallnut.config.passwords import hash_password
from wallnut.proto.words import quote

USAGE = """\
usage: wallnut passwd [USER]    make a hashed password for upsd.users

Asks for the password twice, or reads one line of standard input where that is
no terminal, and prints what belongs into the file: `password = "$scrypt$..."`,
with USER below a `[USER]`. The user goes on to log in with the password itself;
the hash only tells upsd whether it is right. C's upsd cannot read such a file.

  -h, --help    show this help
"""


def run(argv: list[str]) -> int:
    """Ask, hash, print."""
    given = people.parse("passwd", argv, {}, USAGE)
    if len(given.words) > 1:
        raise Stop(2, "wallnut passwd: one user at a time\n")
    line = f"password = {quote(hash_password(new_password()))}\n"
    out(f"[{given.words[0]}]\n  {line}" if given.words else line)
    return 0
