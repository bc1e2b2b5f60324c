"""merge's rules: which link a value is taken from, and what the statuses of several links to one UPS mean together.
Pure: states and times in. docs/merge.md has the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

from wallnut.model.status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WARNINGS = ("FSD", "ALARM", "LB", "RB", "OVER", "BYPASS", "OFF")
"""Words that warn, beside OB: one link that says them is enough."""
SUPPLY = ("OL", "OB")


class Preferences:
    """In which order links are asked for a variable or command.

    `rules` has patterns, a name or the beginning of one and `*`, and the links (by number) that are asked first there;
    the others come after them in their order. The longest pattern counts.
    """

    def __init__(self, links: int, rules: Mapping[str, Sequence[int]]) -> None:
        self._default = tuple(range(links))
        self._rules = sorted(((pattern.lower(), tuple(first)) for pattern, first in rules.items()), key=_length)
        self._known: dict[str, tuple[int, ...]] = {}

    def order(self, key: str) -> tuple[int, ...]:
        """All links, the one to be asked first in front; `key` is a name in lower case."""
        found = self._known.get(key)
        if found is None:
            first = next((links for pattern, links in self._rules if _matches(pattern, key)), ())
            found = self._known[key] = tuple(dict.fromkeys(first + self._default))
        return found


def _length(rule: tuple[str, tuple[int, ...]]) -> int:
    return -len(rule[0])


def _matches(pattern: str, key: str) -> bool:
    return key.startswith(pattern[:-1]) if pattern.endswith("*") else key == pattern


@dataclass(slots=True)
class _Memory:
    """What a link said last while it was fresh, of OB, LB, FSD and CAL; when it was lost, None while it is fresh."""

    words: frozenset[str] = frozenset()
    lost: float | None = None


class Together:
    """The status of a UPS from those of the links to it.

    A word that warns needs one link, a word that calms needs all: OL only where no link says OB, CAL (which takes the
    meaning from LB) only where no link says OB without it. Other words are those of the most preferred link that agrees
    on OL or OB. A link that is lost goes on warning for `holdtime` seconds, as the others may be slower to see what it
    saw; its LB as long as the UPS is on battery, where no battery gets better; its FSD until it is back.
    """

    def __init__(self, links: int, holdtime: float) -> None:
        self._holdtime = holdtime
        self._memories = tuple(_Memory() for _ in range(links))

    def step(self, statuses: Sequence[Status | None], order: Iterable[int], now: float) -> Status | None:
        """The status at a time. `statuses` has one for each link that is fresh and has any; `order` is by preference.

        None where no link has one: what was said before is stale, then.
        """
        fresh = [statuses[link] for link in order]
        saying = [status for status in fresh if status is not None and status.words]
        self._remember(statuses, now)
        if not saying:
            return None
        lost = [self._held(memory, now) for memory in self._memories]
        on_battery = any(status.on_battery for status in (*saying, *lost))
        if not on_battery:
            self._forget_low(now)
            lost = [self._held(memory, now) for memory in self._memories]
        return _compose(saying, [*saying, *lost], on_battery=on_battery)

    def _remember(self, statuses: Sequence[Status | None], now: float) -> None:
        for memory, status in zip(self._memories, statuses, strict=True):
            if status is not None and status.words:
                memory.words, memory.lost = _to_remember(status), None
            elif memory.lost is None:
                memory.lost = now

    def _held(self, memory: _Memory, now: float) -> Status:
        """What a lost link goes on saying."""
        if memory.lost is None:
            return Status(())
        words = memory.words
        if now - memory.lost > self._holdtime:
            words = words - {"OB", "CAL"}
        return Status(tuple(sorted(words)))

    def _forget_low(self, now: float) -> None:
        """Mains is there, as all say that count: a lost link's LB is over once its time is."""
        for memory in self._memories:
            if memory.lost is not None and now - memory.lost > self._holdtime:
                memory.words -= {"LB"}


def _to_remember(status: Status) -> frozenset[str]:
    words = {"LB", "FSD", "CAL"}.intersection(status.words)
    if status.on_battery:
        words.add("OB")
    if status.calibrating:  # that is why it was low
        words.discard("LB")
    return frozenset(words)


def _compose(saying: Sequence[Status], said: Sequence[Status], *, on_battery: bool) -> Status:
    """`saying` are the fresh links' statuses by preference; `said` these and what lost links go on saying."""
    supply = ("OB",) if on_battery else ("OL",) if any(status.online for status in said) else ()
    base = next((status for status in saying if _supply(status) == supply), None)
    warnings = [word for word in WARNINGS if any(word in status.words for status in said)]
    words = [word for word in (base.words if base else ()) if word not in SUPPLY and word != "CAL"]
    calibrating = any(status.calibrating for status in said) and all(
        status.calibrating for status in said if status.on_battery
    )
    return Status(tuple(dict.fromkeys((*supply, *words, *warnings, *("CAL",) * calibrating))))


def _supply(status: Status) -> tuple[str, ...]:
    return ("OB",) if status.on_battery else ("OL",) if status.online else ()
