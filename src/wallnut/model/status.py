"""ups.status words and what they mean together; the only place where OL, OB and LB are combined.

Words and their order are NUT's (docs/new-drivers.txt, "Status data"), severities those of upsstats, notifications those
of upsmon. Time plays no part here: how long a state must last is the monitor's business.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Severities
FINE = 0
WARNING = 1
SEVERE = 2


class Word:
    """A status word: `text` for people, `severity` 0 to 2, and `notify`, the notification type that upsmon sends when
    it appears ("" if it sends none)."""

    __slots__ = ("notify", "severity", "text")

    def __init__(self, text: str, severity: int, notify: str) -> None:
        self.text = text
        self.severity = severity
        self.notify = notify


WORDS: dict[str, Word] = {
    "FSD": Word("forced shutdown", SEVERE, "FSD"),
    "ALARM": Word("alarm", SEVERE, "ALARM"),
    "OL": Word("on line power", FINE, "ONLINE"),
    "OB": Word("on battery", SEVERE, "ONBATT"),
    "LB": Word("battery low", SEVERE, "LOWBATT"),
    "HB": Word("battery high", FINE, ""),
    "RB": Word("replace battery", SEVERE, "REPLBATT"),
    "CHRG": Word("charging", FINE, ""),
    "DISCHRG": Word("discharging", FINE, ""),
    "BYPASS": Word("on bypass, not protected", SEVERE, "BYPASS"),
    "CAL": Word("calibrating", WARNING, "CAL"),
    "OFF": Word("output off", WARNING, "OFF"),
    "OVER": Word("overloaded", SEVERE, "OVER"),
    "TRIM": Word("trimming voltage", WARNING, "TRIM"),
    "BOOST": Word("boosting voltage", WARNING, "BOOST"),
    "ECO": Word("eco mode", WARNING, "ECO"),
    # upsd's word until it has a driver's data: no news yet, so nothing to tell.
    "WAIT": Word("waiting for data", WARNING, ""),
    # Not standard, but several drivers say it.
    "TEST": Word("self-test", WARNING, "OTHER"),
}


class Status:
    """A ups.status value: `words` in the order given, upper-cased, each once; unknown ones are kept."""

    __slots__ = ("words",)

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    @classmethod
    def parse(cls, text: str) -> Status:
        """Split at blanks; any text is a status."""
        return cls(tuple(dict.fromkeys(text.upper().split())))

    def __str__(self) -> str:
        return " ".join(self.words)

    def __repr__(self) -> str:
        return f"Status.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return self.words == other.words if isinstance(other, Status) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.words)

    @property
    def on_battery(self) -> bool:
        """OB. A status that says both OL and OB is what its last one says, as upsmon takes it."""
        return self._supply() == "OB"

    @property
    def online(self) -> bool:
        """OL: mains is there. Never together with on_battery; neither when no word says which."""
        return self._supply() == "OL"

    def _supply(self) -> str:
        supply = ""
        for word in self.words:
            if word in ("OL", "OB"):
                supply = word
        return supply

    @property
    def low_battery(self) -> bool:
        """LB. By itself not critical: it may be there with OL too."""
        return "LB" in self.words

    @property
    def forced_shutdown(self) -> bool:
        """FSD: the load will lose power."""
        return "FSD" in self.words

    @property
    def calibrating(self) -> bool:
        """CAL: OB and LB are expected and harmless."""
        return "CAL" in self.words

    @property
    def critical_words(self) -> bool:
        """FSD, or on battery with a low battery that no calibration explains: hosts on it must shut down."""
        return self.forced_shutdown or (self.on_battery and self.low_battery and not self.calibrating)

    @property
    def replace_battery(self) -> bool:
        """RB."""
        return "RB" in self.words

    @property
    def charging(self) -> bool:
        """CHRG."""
        return "CHRG" in self.words

    @property
    def discharging(self) -> bool:
        """DISCHRG."""
        return "DISCHRG" in self.words

    @property
    def bypass(self) -> bool:
        """BYPASS: powered, but not protected."""
        return "BYPASS" in self.words

    @property
    def off(self) -> bool:
        """OFF: the output is off."""
        return "OFF" in self.words

    @property
    def overload(self) -> bool:
        """OVER."""
        return "OVER" in self.words

    @property
    def trim(self) -> bool:
        """TRIM: mains voltage is too high and lowered."""
        return "TRIM" in self.words

    @property
    def boost(self) -> bool:
        """BOOST: mains voltage is too low and raised."""
        return "BOOST" in self.words

    @property
    def eco(self) -> bool:
        """ECO."""
        return "ECO" in self.words

    @property
    def alarm(self) -> bool:
        """ALARM: ups.alarm says which."""
        return "ALARM" in self.words

    @property
    def testing(self) -> bool:
        """TEST."""
        return "TEST" in self.words

    @property
    def waiting(self) -> bool:
        """WAIT: the server has no data of the driver yet."""
        return "WAIT" in self.words

    @property
    def unknown(self) -> tuple[str, ...]:
        """The words that are not in WORDS."""
        return tuple(word for word in self.words if word not in WORDS)

    @property
    def severity(self) -> int:
        """0 fine, 1 warning (also for an empty status), 2 severe. Unknown words weigh nothing, as in upsstats."""
        if not self.words:
            return WARNING
        return max(WORDS[word].severity if word in WORDS else FINE for word in self.words)

    @property
    def text(self) -> str:
        """For people: "On battery, battery low"; unknown words as they are; "No status" when there is none."""
        if not self.words:
            return "No status"
        text = ", ".join(WORDS[word].text if word in WORDS else word for word in self.words)
        return text[:1].upper() + text[1:]


def compose(words: Iterable[str]) -> str:
    """The ups.status value of these words in NUT's order: FSD first, then ALARM, the rest as given; each word once."""
    status = Status.parse(" ".join(words))
    front = tuple(word for word in ("FSD", "ALARM") if word in status.words)
    return " ".join(dict.fromkeys(front + status.words))
