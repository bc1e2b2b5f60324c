"""The life of one UPS as its host sees it: what each status word, and its absence, changes and whom it tells.

Time enters only as `now`. Whether the UPS is critical is another file's question (`critical`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wallnut.model.status import WORDS, Status
from wallnut.monitor.plausible import doubts
from wallnut.monitor.values import NEVER, UNREAD, Look, Readings, Settings, Supply

Note = tuple[str, str]
"""A notification's type, and its detail where it has one."""

ENDS_ARE_TOLD = ("CAL", "OFF", "BYPASS", "ALARM", "OVER", "TRIM", "BOOST", "ECO")
"""States whose end is a notification too (NOTCAL ...), in the order in which ends are told."""
STATES = frozenset(("LB", "FSD", *ENDS_ARE_TOLD))
"""The words that stand for a state of some duration, beside OL and OB."""
ECO_MODES = frozenset(("ECO", "ESS", "HE", "SMART"))
"""The last parts of the mode buzzwords that mean ECO, as in `vendor:eaton:ESS`."""


@dataclass(frozen=True, slots=True)
class Ups:
    """What is known of a UPS, and since when.

    `since` holds, for every state it is in (OL or OB, LB, CAL ...), when that was first seen. `alive` is None until
    the first contact or failure. `waiting` means that the server has no data of the driver yet. `low_since` is when
    it was first seen on battery and low with no calibration to explain it, `battery_since` when on battery at all.
    """

    supply: Supply
    status: Status = Status(())  # noqa: RUF009 - it is never changed
    alive: bool | None = None
    waiting: bool = False
    reason: str = ""
    """Why there is no contact."""
    since: Mapping[str, float] = field(default_factory=dict)
    low_since: float | None = None
    battery_since: float | None = None
    alarm: str = ""
    others: tuple[str, ...] = ()
    seen: float = NEVER
    """The last good status."""
    readings: Readings = UNREAD
    """What it said last about its battery, while on battery."""
    doubts: Mapping[str, str] = field(default_factory=dict)
    """Which of the readings cannot be, and why."""
    doubted: frozenset[str] = frozenset()
    """Readings that were doubted since it is on battery."""
    beyond: Mapping[tuple[str, float], float] = field(default_factory=dict)
    """Since when a reading is beyond a trigger's bound: by condition and bound."""
    samples: tuple[tuple[float, float], ...] = ()
    """Times, and the charge at each: what depletion is measured by."""
    told: str = ""
    """OL or OB, whichever people know of."""
    rb_told: float = NEVER
    nocomm_told: float = NEVER

    @property
    def name(self) -> str:
        """The UPS as its MONITOR line has it."""
        return self.supply.name

    @property
    def gone(self) -> bool:
        """Contact is lost, or never was."""
        return self.alive is False

    @property
    def blind(self) -> bool:
        """The last look told nothing: what is known may have changed."""
        return self.waiting or self.alive is False

    @property
    def on_battery(self) -> bool:
        """On battery, as far as known."""
        return "OB" in self.since

    @property
    def calm(self) -> bool:
        """It is known to be well: time alone changes nothing about it."""
        if not self.alive or self.waiting or self.status.replace_battery:
            return False
        return len(self.since) == 0 or (len(self.since) == 1 and "OL" in self.since)

    def lasted(self, since: float, now: float) -> float:
        """How long a state has been seen to last: up to the last look; when looks tell nothing, up to now."""
        return (now if self.blind else self.seen) - since


def look(ups: Ups, settings: Settings, seen: Look, now: float) -> tuple[Ups, list[Note]]:
    """The UPS after an answer, and what people are to be told, in order."""
    status = Status.parse(seen.status)
    if not status.words:
        return lose(ups, settings, "no status", now)
    if status.waiting and not (status.online or status.on_battery or status.forced_shutdown):
        return replace(ups, waiting=True), []
    notes: list[Note] = [("COMMOK", "")] if ups.gone else []
    present = set(status.words)
    if _eco(seen.modes):
        present.add("ECO")
    others = tuple(word for word in status.words if _other(word))
    alarm = (seen.alarm or "n/a") if "ALARM" in present else ""
    notes += [(f"NOT{word}", "") for word in ENDS_ARE_TOLD if word in ups.since and word not in present]
    for word in status.words if "ECO" in status.words or "ECO" not in present else (*status.words, "ECO"):
        notes += _word(ups, settings, word, status, alarm, now)
    if sorted(others) != sorted(ups.others):
        notes.append(("OTHER", " ".join(others)) if others else ("NOTOTHER", ""))
    supply = "OB" if status.on_battery else "OL" if status.online else ""
    since = {word: ups.since.get(word, now) for word in present & STATES}
    known = supply or ("OB" if ups.on_battery else "OL" if "OL" in ups.since else "")
    if known:
        since[known] = ups.since.get(known, now)
    draining = known == "OB" and "CAL" not in present
    low = draining and "LB" in present
    readings = seen.readings if known == "OB" else UNREAD
    odd = doubts(readings, "LB" in present)
    after = replace(
        ups,
        status=status,
        alive=True,
        waiting=False,
        reason="",
        since=since,
        low_since=(now if ups.low_since is None else ups.low_since) if low else None,
        battery_since=(now if ups.battery_since is None else ups.battery_since) if draining else None,
        alarm=alarm,
        others=others,
        seen=now,
        readings=readings,
        doubts=odd,
        doubted=ups.doubted.union(odd) if known == "OB" else frozenset(),
        told=supply or ups.told,
        rb_told=now if ("REPLBATT", "") in notes else ups.rb_told,
    )
    return after, notes


def _word(ups: Ups, settings: Settings, word: str, status: Status, alarm: str, now: float) -> list[Note]:
    """What one word is worth telling."""
    if word == "OL":
        new = status.online and ups.told == "OB"
    elif word == "OB":
        new = status.on_battery and ups.told != "OB"
    elif word == "RB":
        new = now - ups.rb_told > settings.rbwarntime
    elif word == "ALARM":
        new = alarm != ups.alarm
    else:
        new = word in STATES and word not in ups.since
    return [(WORDS[word].notify, alarm if word == "ALARM" else "")] if new else []


def _other(word: str) -> bool:
    return word not in WORDS or WORDS[word].notify == "OTHER"


def _eco(modes: str) -> bool:
    return any(not ECO_MODES.isdisjoint(mode.upper().split(":")[1:]) for mode in modes.split())


def lose(ups: Ups, settings: Settings, reason: str, now: float, seen: float = NEVER) -> tuple[Ups, list[Note]]:
    """The UPS after a cycle without an answer: all that was known of it stays. It answered last at `seen`."""
    if seen > ups.seen:
        ups = replace(ups, seen=seen)
    if not ups.gone:
        return replace(ups, alive=False, waiting=False, reason=reason), [("COMMBAD", "")]
    warn = settings.nocommwarntime
    if now - ups.seen >= warn and now - ups.nocomm_told > warn:
        return replace(ups, reason=reason, nocomm_told=now), [("NOCOMM", "")]
    return ups if reason == ups.reason else replace(ups, reason=reason), []


def wake(ups: Ups, now: float) -> Ups:
    """The UPS after the system slept: what it said before is forgotten, so that nothing old can shut us down."""
    known = replace(ups, status=Status(()), since={}, low_since=None, alarm="", others=(), waiting=False, seen=now)
    return replace(known, readings=UNREAD, doubts={}, doubted=frozenset(), battery_since=None, beyond={}, samples=())


def postpone(ups: Ups, gap: float) -> Ups:
    """The UPS after a gap in which nobody looked: such time does not count as a state's duration."""
    return replace(
        ups,
        since={word: since + gap for word, since in ups.since.items()},
        low_since=None if ups.low_since is None else ups.low_since + gap,
        battery_since=None if ups.battery_since is None else ups.battery_since + gap,
        beyond={key: since + gap for key, since in ups.beyond.items()},
        samples=tuple((at + gap, charge) for at, charge in ups.samples),
        seen=ups.seen + gap,
    )
