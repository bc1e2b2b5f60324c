"""Programs that a daemon starts and does not wait for: each has a time limit, and its end is reported on the loop."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wallnut.io.loop import Loop, Timer

_RESTORE = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


class Child:
    """A running program. `status` is its exit status once it ended; minus the signal's number, if one ended it."""

    __slots__ = ("_lifeline", "_on_end", "_timer", "argv", "pid", "status")

    def __init__(self, pid: int, argv: Sequence[str], on_end: Callable[[Child], object]) -> None:
        self.pid, self.argv = pid, tuple(argv)
        self.status: int | None = None
        self._on_end = on_end
        self._timer: Timer | None = None
        self._lifeline = -1


class Children:
    """Starts programs and hears of their ends. There can be one of it in a process: it owns SIGCHLD.

    A program that is over its time gets SIGTERM, and SIGKILL `kill_after` seconds later.
    """

    def __init__(self, loop: Loop, kill_after: float = 5.0) -> None:
        self._loop, self._kill_after = loop, kill_after
        self._running: dict[int, Child] = {}
        loop.on_signal(signal.SIGCHLD, self._reap)

    def __len__(self) -> int:
        return len(self._running)

    def start(
        self,
        argv: Sequence[str],
        on_end: Callable[[Child], object],
        *,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        limit: float = 0.0,
        lifeline: bool = False,
    ) -> Child:
        """Start a program, looked up in PATH, in a process group of its own. `env` adds to our environment.

        `stdin` is at most what a pipe takes at once (some kB). With `lifeline` that stays open as long as
        both of us run, so that it ends with us, however we do. After `limit` seconds (0: none) it is ended.
        Raises OSError.
        """
        read_end, write_end = os.pipe()
        kept = -1
        try:
            pid = os.posix_spawnp(
                argv[0],
                list(argv),
                {**os.environ, **(env or {})},
                file_actions=[(os.POSIX_SPAWN_DUP2, read_end, 0)],
                setpgroup=0,
                setsigdef=_RESTORE,
            )
            os.write(write_end, stdin)
            if lifeline:
                kept = os.dup(write_end)
        finally:
            os.close(read_end)
            os.close(write_end)
        child = Child(pid, argv, on_end)
        child._lifeline = kept
        self._running[pid] = child
        if limit:
            child._timer = self._loop.call_later(limit, lambda: self._end(child, signal.SIGTERM))
        return child

    def end(self, child: Child) -> None:
        """End a program and what it started: SIGTERM, and SIGKILL for one that does not heed it."""
        self._end(child, signal.SIGTERM)

    def _end(self, child: Child, number: signal.Signals) -> None:
        if child.status is not None:
            return
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            pass  # it has just ended
        if number == signal.SIGTERM:
            child._timer = self._loop.call_later(self._kill_after, lambda: self._end(child, signal.SIGKILL))

    def _reap(self) -> None:
        for pid, child in list(self._running.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found == 0:
                continue
            del self._running[pid]
            child.status = os.waitstatus_to_exitcode(status)
            if child._timer is not None:
                child._timer.cancel()
            if child._lifeline >= 0:
                os.close(child._lifeline)
            child._on_end(child)
