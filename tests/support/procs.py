"""Programs under test: started, awaited, and stopped whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.wait import until


class Process:
    """A started program with its output in two files."""

    def __init__(self, argv: Sequence[str], folder: Path, env: Mapping[str, str] | None, cwd: Path | None) -> None:
        self.argv = list(argv)
        self._stdout = folder / "stdout"
        self._stderr = folder / "stderr"
        with self._stdout.open("wb") as out, self._stderr.open("wb") as err:
            self.popen = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=None if env is None else {**os.environ, **env},
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def stdout(self) -> str:
        """What it has written so far."""
        return self._stdout.read_text("utf-8", "replace")

    def stderr(self) -> str:
        """What it has written so far."""
        return self._stderr.read_text("utf-8", "replace")

    def report(self) -> str:
        """Command, status and the end of both outputs, for a failure's message."""
        status = self.popen.poll()
        state = "still running" if status is None else f"exit status {status}"
        out, err = self.stdout()[-4000:], self.stderr()[-4000:]
        return f"$ {' '.join(self.argv)}\n[{state}]\n--- stdout\n{out}--- stderr\n{err}"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.popen.send_signal(number)

    def wait(self, timeout: float = 10) -> int:
        """Its exit status; AssertionError with its output when it does not end in time."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {timeout:g} s\n{self.report()}") from None

    def stop(self, timeout: float = 5) -> int:
        """SIGTERM, then SIGKILL to it and whatever it started; its exit status."""
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(timeout)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.popen.wait(timeout)


@contextlib.contextmanager
def running(
    *argv: str | Path,
    ready: Callable[[Process], object] | None = None,
    limit: float = 10,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Process]:
    """Run a program in the foreground for as long as the block lasts.

    Waits at most `limit` seconds until `ready(process)` gives something true. `env` adds to this environment. When
    the block raises, what the program wrote is added to the exception.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = Process([str(word) for word in argv], Path(folder), env, cwd)
        try:
            if ready is not None:
                until(lambda: ready(process) or process.popen.poll() is not None, limit, "the program to be ready")
                if process.popen.poll() is not None and not ready(process):
                    raise AssertionError("the program ended before it was ready")
            yield process
        except BaseException as error:
            error.add_note(process.report())
            raise
        finally:
            process.stop()
