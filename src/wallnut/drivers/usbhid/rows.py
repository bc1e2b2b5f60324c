"""What a vendor file is made of: rows, in order, that tie a usage path of the device to something of NUT.

    Var("battery.charge", "UPS.PowerSummary.RemainingCapacity")                    a variable
    Var("battery.charge.low", "UPS....RemainingCapacityLimit", poll=CHANGE, length=10)     one that can be set
    Var("ups.beeper.status", "UPS.PowerSummary.AudibleAlarmControl", BEEPER)       shown by a table
    Own("ups.delay.shutdown", "UPS.PowerSummary.DelayBeforeShutdown", "20")        kept by the driver, where the path is
    Flag("UPS.PowerSummary.PresentStatus.ACPresent", ONLINE, QUICK)                a part of ups.status or ups.alarm
    Alarm("UPS.PowerSummary.FanFailure", Lookup(...))                              a text for ups.alarm
    Command("beeper.mute", "UPS.PowerSummary.AudibleAlarmControl", "3")            an instant command

Of several rows for one variable or command the first counts whose path the device has and that can be read; flags and
alarms all count. A path is names of usages (usages.py, and the vendor's own), `[n]` for a collection with an index, or
eight hex digits, joined by dots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.descriptor import Descriptor
    from wallnut.io.hid import Identity


class Poll(Enum):
    """When a row's value is read, after the first time."""

    QUICK = "every pollinterval"
    FULL = "every pollfreq"
    CHANGE = "after a command or a setting"
    ONCE = "never again"


QUICK, FULL, CHANGE, ONCE = Poll.QUICK, Poll.FULL, Poll.CHANGE, Poll.ONCE


class Sign(Enum):
    """What a device says of itself by its flags; status.py makes ups.status and ups.alarm of them."""

    ONLINE = "online"
    DISCHARGING = "dischrg"
    CHARGING = "chrg"
    LOW_BATTERY = "lowbatt"
    OVERLOAD = "overload"
    REPLACE_BATTERY = "replacebatt"
    SHUTDOWN_IMMINENT = "shutdownimm"
    TRIM = "trim"
    BOOST = "boost"
    BYPASS_AUTO = "bypassauto"
    BYPASS_MANUAL = "bypassman"
    ECO = "ecomode"
    ESS = "essmode"
    OFF = "off"
    CALIBRATING = "cal"
    OVERHEAT = "overheat"
    FAULT = "commfault"
    DEPLETED = "depleted"
    TIME_LIMIT_EXPIRED = "timelimitexp"
    FULLY_CHARGED = "fullycharged"
    AWAITING_POWER = "awaitingpower"
    FAN_FAILED = "fanfail"
    NO_BATTERY = "nobattery"
    BATTERY_VOLTAGE_LOW = "battvoltlo"
    BATTERY_VOLTAGE_HIGH = "battvolthi"
    CHARGER_FAILED = "chargerfail"
    VOLTAGE_RANGE = "vrange"
    FREQUENCY_RANGE = "frange"


class Device(Protocol):
    """What a converter may look at besides the value."""

    @property
    def identity(self) -> Identity:
        """Ids and strings of the USB device."""

    @property
    def match(self) -> Match:
        """The line by which the vendor file was chosen."""

    @property
    def memory(self) -> dict[str, float]:
        """What converters note for later; begins empty whenever the device is opened."""

    def text(self, index: int) -> str:
        """A string descriptor, "" where there is none."""

    def variable(self, name: str) -> str:
        """A NUT variable as it was read last, "" for none."""

    def value(self, path: str) -> float | None:
        """What another usage says, None where it says nothing."""


Reader: TypeAlias = Callable[[float, Device], str | None]
"""Value of the device -> text for people; None: this value says nothing."""
Writer: TypeAlias = Callable[[str, Device], float | None]
"""The other way; None: not a value for this."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Whole numbers and what they are called; a number that is not there says nothing."""

    pairs: tuple[tuple[int, str], ...]

    def read(self, value: float, device: Device) -> str | None:
        """A Reader."""
        return next((text for number, text in self.pairs if number == int(value)), None)

    def write(self, text: str, device: Device) -> float | None:
        """A Writer."""
        return next((float(number) for number, name in self.pairs if name == text), None)


@dataclass(frozen=True, slots=True)
class Convert:
    """Functions where a table will not do."""

    read: Reader
    write: Writer | None = None


Show: TypeAlias = str | Lookup | Convert
"""How a value becomes text: a format such as %.1f (a setting is then a whole number), a table, or functions."""


@dataclass(frozen=True, slots=True)
class Var:
    """A variable. `length`: it can be set, with a text of at most so many characters. `enum`: the table's texts are all
    that it can be set to."""

    name: str
    path: str
    show: Show = "%.0f"
    poll: Poll = FULL
    length: int = 0
    enum: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """A variable that the driver keeps for a device that has the path: a delay that comes with a command. It can be
    set, and ups.conf may set it (offdelay, ondelay)."""

    name: str
    path: str
    value: str
    length: int = 10


Change: TypeAlias = tuple[Sign, bool]
"""A sign that comes (True) or goes."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a flag's values mean; a value that is not there changes nothing."""

    pairs: tuple[tuple[int, Change], ...]

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        """The changes that a value makes."""
        return [change for number, change in self.pairs if number == int(value)]


def says(sign: Sign) -> Means:
    """1: so it is. 0: so it is not."""
    return Means(((1, (sign, True)), (0, (sign, False))))


def denies(sign: Sign) -> Means:
    """0: so it is. 1: so it is not. For signs whose absence is the usual thing, such as an output that is on."""
    return Means(((0, (sign, True)), (1, (sign, False))))


@dataclass(frozen=True, slots=True)
class Flag:
    """A value that sets or clears signs: `means(value, device)` gives the changes."""

    path: str
    means: Callable[[float, Device], Iterable[Change]]
    poll: Poll = FULL


@dataclass(frozen=True, slots=True)
class Alarm:
    """A value with a text for ups.alarm; one without a text, or with an empty one, is no alarm."""

    path: str
    show: Lookup | Convert
    poll: Poll = FULL


@dataclass(frozen=True, slots=True)
class Command:
    """An instant command: what is written where. A value that comes with the command goes in the place of `value`; with
    `show` both are texts for its Writer, else whole numbers."""

    name: str
    path: str
    value: str = "1"
    show: Lookup | Convert | None = None


Row: TypeAlias = Var | Own | Flag | Alarm | Command


@dataclass(frozen=True, slots=True)
class Match:
    """A USB identity that a vendor file serves, and what is particular about those devices.

    `product` None: every one of this vendor, but only where the user names it by `productid`. `only_if` decides by the
    strings. `pollonly`: the interrupt pipe is not to be used. `interruptonly`: nothing else is. `interruptsize`: bytes
    to take from it, 0 for all. `maxreport`: ask for at least 8 bytes of every report. `scale` is for converters.
    `never` are reports that must not be asked for. `lbrb_delay`: what lbrb_log_delay_sec is where it is not set.
    """

    vendor: int
    product: int | None = None
    only_if: Callable[[Identity], bool] | None = None
    pollonly: bool = False
    interruptonly: bool = False
    interruptsize: int = 0
    maxreport: bool = False
    scale: float = 1.0
    never: frozenset[int] = frozenset()
    lbrb_delay: float = 0.0

    def fits(self, identity: Identity, *, insist: bool) -> bool:
        """Whether it is for this device; `insist`: the user named the product."""
        if self.vendor != identity.vendor_id:
            return False
        if self.product is None and not insist:
            return False
        if self.product is not None and self.product != identity.product_id:
            return False
        return self.only_if is None or self.only_if(identity)


def _vendor(identity: Identity) -> str | None:
    return identity.vendor or None


def _product(identity: Identity) -> str | None:
    return identity.product or None


def _serial(identity: Identity) -> str | None:
    return identity.serial or None


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor file. `title` is what driver.version.data begins with, NUT's name of its counterpart.

    `usages` are names of the vendor's own usages. `mfr`, `model`, `serial` make ups.* of the strings, `more` other
    variables. `fix` mends what devices are known to say wrong in their descriptor (not with disable_fix_report_desc).
    """

    title: str
    matches: tuple[Match, ...]
    rows: tuple[Row, ...]
    usages: Mapping[str, int] = field(default_factory=dict)
    mfr: Callable[[Identity], str | None] = _vendor
    model: Callable[[Identity], str | None] = _product
    serial: Callable[[Identity], str | None] = _serial
    more: Callable[[Identity], Mapping[str, str]] | None = None
    fix: Callable[[Identity, Descriptor], Descriptor] | None = None
    pollfreq: int = 30
    notice: str = ""
    """What to tell the user of these devices at the start."""
