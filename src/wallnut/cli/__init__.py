"""The programs, one module each, and the one way in which a launcher starts them."""

from __future__ import annotations

import atexit
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run(program: str, *args: str) -> NoReturn:
    """Import `wallnut.cli.<program>`, call its `main(*args)` and exit with the status that it returns.

    Ctrl-C, even during the import, exits with 130 and says nothing. A reader of our output that went away
    (`upsc ups | head -1`) ends the program with 141, as SIGPIPE ends a C program.

    A module that says `ONE_SHOT = True` leaves nothing to tidy up: taking the interpreter apart would cost a sixth of
    `upsc`'s time, so it just ends.
    """
    status: int
    one_shot = False
    gc.disable()  # while modules load there is no garbage to look for
    try:
        module = __import__(f"wallnut.cli.{program}", fromlist=("main",))
        one_shot = getattr(module, "ONE_SHOT", False)
        if not one_shot:
            gc.enable()
        status = module.main(*args)
        if sys.stdout is not None:  # None in a program started with its output closed
            sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # Leave nothing for the interpreter to flush into the closed pipe when it exits.
        sys.stdout = None
        status = 141
    if one_shot:
        atexit._run_exitfuncs()
        os._exit(status)
    raise SystemExit(status)
