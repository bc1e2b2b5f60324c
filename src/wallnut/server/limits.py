"""What is bounded: places for connections and guesses at passwords, by address; lines in the log."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallnut.io.log import Logger

FIRST_WAIT, LONGEST_WAIT = 0.5, 4.0
"""Seconds that a check of credentials waits after one failure; doubled with each, up to the longest."""
FORGET_AFTER = 300.0
"""Seconds without a failure after which an address is trusted again."""
MOST_ADDRESSES = 10_000
"""Addresses with failures that are remembered."""


class Addresses:
    """Connections and failed logins by numeric address."""

    __slots__ = ("_clock", "_connections", "_failures")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._connections: dict[str, int] = {}
        self._failures: dict[str, tuple[int, float]] = {}  # address -> (how many, when the last), oldest first

    def enter(self, address: str, most: int) -> bool:
        """Count one more connection; False, and not counted, when `most` are there."""
        count = self._connections.get(address, 0)
        if count >= most:
            return False
        self._connections[address] = count + 1
        return True

    def leave(self, address: str) -> None:
        """One connection less."""
        count = self._connections.get(address, 0)
        if count > 1:
            self._connections[address] = count - 1
        else:
            self._connections.pop(address, None)

    def failed(self, address: str) -> int:
        """Count a failed login; how many there are now."""
        count = self.failures(address) + 1
        self._failures.pop(address, None)
        self._failures[address] = (count, self._clock())
        if len(self._failures) > MOST_ADDRESSES:
            del self._failures[next(iter(self._failures))]
        return count

    def failures(self, address: str) -> int:
        """How many logins failed from there lately."""
        count, when = self._failures.get(address, (0, 0.0))
        if count and self._clock() - when > FORGET_AFTER:
            del self._failures[address]
            return 0
        return count

    def wait(self, address: str) -> float:
        """Seconds that the next check of credentials from there must wait.

        Successes wait as well as failures: else a guesser need not wait for the answers that come late.
        """
        count = self.failures(address)
        return min(FIRST_WAIT * 2 ** min(count - 1, 10), LONGEST_WAIT) if count else 0.0


class Audit:
    """The lines that say who changed what, from where, and what came of it; at log level NOTICE.

    What is refused can be tried by anybody without end, so those lines have a bound; those of what was done have none.
    """

    REFUSALS = 60
    WITHIN = 60.0

    def __init__(self, log: Logger, clock: Callable[[], float]) -> None:
        self._log, self._clock = log, clock
        self._since = clock()
        self._refused = 0

    def done(self, text: str) -> None:
        """Something was done."""
        self._log.notice(text)

    def refused(self, who: str, words: Sequence[str], answer: bytes) -> bytes:
        """A request was refused; gives the answer back."""
        now = self._clock()
        if now - self._since >= self.WITHIN:
            if self._refused > self.REFUSALS:
                self._log.notice(f"{self._refused - self.REFUSALS} more requests were refused")
            self._since, self._refused = now, 0
        self._refused += 1
        if self._refused <= self.REFUSALS:
            self._log.notice(f"Refused: {who} {' '.join(words)}: {answer[4:-1].decode('ascii')}")
        return answer
