"""Where a daemon's words go: standard error in the foreground, syslog in the background.

Python's own logging costs 2 MB and 8 ms; what daemons need of it is here. Lines look as NUT's do: with debugging on
they begin with the seconds since the start, and those of a debug level with `[Dn]`.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Logger(Protocol):
        """What the parts of a daemon write to. Texts are one line, without a line feed."""

        def error(self, text: str) -> None:
            """Something failed that a person should mend."""

        def warning(self, text: str) -> None:
            """Something is not as it should be; work goes on."""

        def notice(self, text: str) -> None:
            """A change that matters."""

        def info(self, text: str) -> None:
            """The normal course of things."""

        def debug(self, level: int, text: str) -> None:
            """For whoever looks for a fault; said when the level is at least `level`."""


ERROR, WARNING, NOTICE, INFO, DEBUG = 3, 4, 5, 6, 7  # syslog's priorities


class Log:
    """A program's log. `level` is the debug level (`-D` count), changeable while it runs; `quiet` that of `-q`: with 1
    the normal course of things is not told, with 2 no change either, with 3 no warning."""

    def __init__(self, program: str, level: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.program, self.level = program, level
        self.quiet = 0
        self._clock, self._start = clock, clock()
        self._syslog = False
        self._stderr = True

    def to_background(self) -> None:
        """From now on write to syslog; to standard error only where NUT_DEBUG_SYSLOG says so."""
        import syslog

        wish = os.environ.get("NUT_DEBUG_SYSLOG", "default")
        self._stderr = wish == "stderr"
        self._syslog = wish not in ("stderr", "none")
        syslog.openlog(self.program, syslog.LOG_PID | syslog.LOG_NDELAY, syslog.LOG_DAEMON)

    def error(self, text: str) -> None:
        """Something failed that a person should mend."""
        self._write(ERROR, text)

    def warning(self, text: str) -> None:
        """Something is not as it should be; work goes on."""
        self._write(WARNING, text)

    def notice(self, text: str) -> None:
        """A change that matters."""
        self._write(NOTICE, text)

    def info(self, text: str) -> None:
        """The normal course of things."""
        self._write(INFO, text)

    def debug(self, level: int, text: str) -> None:
        """For whoever looks for a fault."""
        if level <= self.level:
            self._write(DEBUG, f"[D{level}{self._tag()}] {text}")

    def _tag(self) -> str:
        """What the environment wants in debug lines besides."""
        pid = f":{os.getpid()}" if "NUT_DEBUG_PID" in os.environ else ""
        return f"{pid}:{self.program}" if "NUT_DEBUG_PROCNAME" in os.environ else pid

    def _write(self, priority: int, text: str) -> None:
        if self.quiet and priority > INFO - self.quiet and priority != ERROR:
            return
        # control characters in what a peer sent must not forge lines
        line = text if text.isprintable() else "".join(c if c.isprintable() or c == "\t" else "?" for c in text)
        if self._stderr:
            stamp = ""
            if self.level > 0:
                seconds, micros = divmod(int((self._clock() - self._start) * 1_000_000), 1_000_000)
                stamp = f"{seconds:4d}.{micros:06d}\t"
            try:
                sys.stderr.write(f"{stamp}{line}\n")
                sys.stderr.flush()
            except OSError:  # nobody reads it any more; there is nowhere else to say so
                self._stderr = False
        if self._syslog:
            import syslog

            syslog.syslog(priority, line)


class Memory:
    """A log that keeps its last lines: for tests, and for parts that show them. `lines` holds (priority, text)."""

    def __init__(self, keep: int = 1000) -> None:
        self.lines: list[tuple[int, str]] = []
        self._keep = keep

    def error(self, text: str) -> None:
        """Keep it."""
        self._add(ERROR, text)

    def warning(self, text: str) -> None:
        """Keep it."""
        self._add(WARNING, text)

    def notice(self, text: str) -> None:
        """Keep it."""
        self._add(NOTICE, text)

    def info(self, text: str) -> None:
        """Keep it."""
        self._add(INFO, text)

    def debug(self, level: int, text: str) -> None:
        """Keep it, whatever the level."""
        self._add(DEBUG, text)

    def _add(self, priority: int, text: str) -> None:
        self.lines.append((priority, text))
        del self.lines[: -self._keep]

    @property
    def texts(self) -> list[str]:
        """The lines without their priorities."""
        return [text for _, text in self.lines]
