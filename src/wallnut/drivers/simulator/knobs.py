"""What a user can set on the simulated UPS: one row a variable."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.drivers.simulator.driver import Simulator
    from wallnut.drivers.simulator.physics import Plant

    Kind = int | range | tuple[str, ...]
    """What a setting may be: text of so many characters, a whole number in a range, or one of some words."""


class Panel:
    """What the UPS's own computer keeps, and the physics do not need."""

    def __init__(self, volts: float) -> None:
        self.beeper = "enabled"
        self.id = "simulator"
        self.battery_date = "2024-01-01"
        self.shutdown_delay = 20
        self.replace = False
        self.lowest = self.highest = volts


def fits(value: str, kind: Kind) -> bool:
    """Whether a value is of a kind."""
    if isinstance(kind, int):
        return len(value) <= kind
    if isinstance(kind, range):
        return value.isascii() and value.isdecimal() and int(value) in kind
    return value in kind


class Knob:
    """A setting: its kind, which may depend on the plant, and how it is read and changed."""

    __slots__ = ("get", "kind", "put")

    def __init__(
        self,
        kind: Callable[[Plant], Kind],
        get: Callable[[Simulator], str | int],
        put: Callable[[Simulator, str], object],
    ) -> None:
        self.kind, self.get, self.put = kind, get, put


def _of_state(attribute: str, kind: Callable[[Plant], range], scale: float = 1.0) -> Knob:
    """A number of the state; NUT sees it `scale` times as large."""
    return Knob(
        kind,
        lambda ups: round(scale * getattr(ups.state, attribute)),
        lambda ups, value: setattr(ups.state, attribute, int(value) / scale),
    )


def _of_panel(attribute: str, kind: Kind) -> Knob:
    """A text or number of the panel."""
    convert: Callable[[str], object] = int if isinstance(kind, range) else str
    return Knob(
        lambda plant: kind,
        lambda ups: getattr(ups.panel, attribute),
        lambda ups, value: setattr(ups.panel, attribute, convert(value)),
    )


def _volts(low: float, high: float) -> Callable[[Plant], range]:
    return lambda plant: range(round(low * plant.voltage), round(high * plant.voltage) + 1)


KNOBS: dict[str, Knob] = {
    "battery.charge.low": _of_state("charge_low", lambda plant: range(5, 96), 100.0),
    "battery.charge.restart": _of_state("charge_restart", lambda plant: range(96), 100.0),
    "battery.date": _of_panel("battery_date", 16),
    "battery.runtime.low": _of_state("runtime_low", lambda plant: range(3601)),
    "input.transfer.high": _of_state("transfer_high", _volts(1.1, 1.25)),
    "input.transfer.low": _of_state("transfer_low", _volts(0.7, 0.9)),
    "ups.beeper.status": _of_panel("beeper", ("enabled", "disabled", "muted")),
    "ups.delay.shutdown": _of_panel("shutdown_delay", range(7201)),
    "ups.delay.start": _of_state("start_delay", lambda plant: range(7201)),
    "ups.id": _of_panel("id", 32),
    "ups.start.auto": Knob(
        lambda plant: ("yes", "no"),
        lambda ups: "yes" if ups.state.auto_start else "no",
        lambda ups, value: setattr(ups.state, "auto_start", value == "yes"),
    ),
}
