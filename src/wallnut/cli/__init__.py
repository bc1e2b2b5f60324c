"""The programs, one module each, and the one way in which a launcher starts them."""

from __future__ import annotations

import atexit
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


class CannotWrite(Exception):
    """Standard output takes no more, for the reason in the text."""


def run(program: str, *args: str) -> NoReturn:
    """Import `wallnut.cli.<program>`, call its `main(*args)` and exit with the status that it returns.

    Ctrl-C, even during the import, exits with 130 and says nothing. A reader of our output that went away
    (`upsc ups | head -1`) ends the program with 141, as SIGPIPE ends a C program; output that cannot be written, on a
    full disk say, with 1 and a line on standard error.

    A module that says `ONE_SHOT = True` leaves nothing to tidy up: taking the interpreter apart would cost a sixth of
    `upsc`'s time, so it just ends.
    """
    status: int
    one_shot = False
    _open_standard_streams()
    gc.disable()  # while modules load there is no garbage to look for
    try:
        module = __import__(f"wallnut.cli.{program}", fromlist=("main",))
        one_shot = getattr(module, "ONE_SHOT", False)
        if not one_shot:
            gc.enable()
        status = module.main(*args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # Leave nothing for the interpreter to flush into the closed pipe when it exits.
        sys.stdout = None
        status = 141
    except CannotWrite as error:
        sys.stdout = None  # as above
        sys.stderr.write(f"Error: cannot write: {error}\n")
        status = 1
    if one_shot:
        atexit._run_exitfuncs()
        os._exit(status)
    raise SystemExit(status)


def _open_standard_streams() -> None:
    """Put the null device where we were started without a standard stream (`upsd >&-`).

    Else the next file or socket would get its number, and whatever we or a child say there.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w")
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
