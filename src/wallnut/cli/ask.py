"""Questions to whoever sits at the terminal."""

from __future__ import annotations

import sys

from wallnut.cli.common import Stop, err, out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def ask(prompt: str) -> str:
    """One line from standard input. Stops the program at its end: nothing must be set to what nobody said."""
    out(prompt)
    return _line(sys.stdin)


def ask_user() -> str:
    """The NUT user; an empty answer is the login name."""
    name = login_name()
    return ask(f"Username ({name}): ") or name


def ask_password() -> str:
    """A password, from the terminal without echo; where there is none, from standard input."""
    import termios

    try:
        terminal = open("/dev/tty", "r+b", buffering=0)  # noqa: SIM115 - closed below, with the echo put back
    except OSError:
        err("Password: ")
        return _line(sys.stdin)
    with terminal:
        before = termios.tcgetattr(terminal)
        silent = before.copy()
        silent[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
            terminal.write(b"Password: ")
            answer = terminal.readline()
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
            terminal.write(b"\n")
    if not answer:
        raise Stop(1, "Error reading from stdin!\n")
    return answer.decode("utf-8", "surrogateescape").rstrip("\n")


def new_password(what: str = "") -> str:
    """A new password, asked for twice; where there is no terminal, one line of standard input."""
    if sys.stdin is None or not sys.stdin.isatty():
        line = sys.stdin.readline() if sys.stdin is not None else ""
        return line.rstrip("\n")
    if what:
        err(f"{what}\n")
    password = ask_password()
    err("Again, please. ")
    if ask_password() != password:
        raise Stop(1, "The two are not the same.\n")
    return password


def login_name() -> str:
    """The name of the account that runs us."""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _line(stream: TextIO | None) -> str:
    line = stream.readline() if stream is not None else ""
    if not line:
        raise Stop(1, "Error reading from stdin!\n")
    return line.rstrip("\n")
