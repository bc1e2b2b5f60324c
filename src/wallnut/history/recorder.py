"""From what mirrors tell to samples: the values of chosen variables, whenever they change."""

from __future__ import annotations

from collections.abc import Sequence

from wallnut.client.mirror import Change
from wallnut.config.wallnut_toml import matches
from wallnut.history.values import Device, Sample, parsed
from wallnut.history.writer import Writer
from wallnut.model.state import DelInfo, SetInfo

MOST = 2000
"""Variables of a device that are recorded; no device has so many, but what calls itself a server may invent them."""


class Recorder:
    """Takes in the changes of any number of mirrors (`told`) and hands samples to a writer.

    `ups` are patterns of `name@server`, `variables` patterns of names. While a device is stale or out of reach, nothing
    is known of it.
    """

    def __init__(self, writer: Writer, variables: Sequence[str], ups: Sequence[str] = ("*",)) -> None:
        self._writer = writer
        self._variables, self._ups = tuple(variables), tuple(ups)
        self._held: dict[Device, dict[str, float | str]] = {}
        self._wanted: dict[str, bool] = {}

    @property
    def named(self) -> tuple[str, ...]:
        """The variables to ask servers for: all where there are patterns among the names."""
        return () if any("*" in name for name in self._variables) else self._variables

    def told(self, change: Change) -> None:
        """Take in what a mirror tells."""
        device = Device(change.server, change.ups)
        if not change.ups or not change.ups.isprintable() or not matches(self._ups, str(device)):
            return
        now = self._writer.clock()
        if change.trouble or change.state.stale:
            self._end(device, now)
            return
        held = self._held.get(device)
        if held is None:
            held = self._held[device] = {}
            self._writer.alive(device, yes=True)
            values = [(variable.name, variable.value) for variable in change.state.in_order()]
            self._writer.put(self._news(device, held, values, now))
            return
        values = [(message.name, message.value) for message in change.messages if isinstance(message, SetInfo)]
        samples = self._news(device, held, values, now)
        gone = [message.name for message in change.messages if isinstance(message, DelInfo)]
        for name in gone:
            if change.state.get(name) is None and held.pop(name, None) is not None:
                samples.append(Sample(device, name, now, None))
        if samples:
            self._writer.put(samples)

    def close(self) -> None:
        """No more is heard; say so of all."""
        now = self._writer.clock()
        for device in list(self._held):
            self._end(device, now)

    def _end(self, device: Device, now: int) -> None:
        """A device is not heard any more."""
        held = self._held.pop(device, None)
        if held is not None:
            self._writer.alive(device, yes=False)
            self._writer.put([Sample(device, name, now, None) for name in held])

    def _news(
        self, device: Device, held: dict[str, float | str], values: Sequence[tuple[str, str]], now: int
    ) -> list[Sample]:
        """What of these values is new."""
        samples = []
        for name, text in values:
            if not self._is_wanted(name):
                continue
            value = parsed(name, text)
            if held.get(name) != value and (name in held or len(held) < MOST):
                held[name] = value
                samples.append(Sample(device, name, now, value))
        return samples

    def _is_wanted(self, name: str) -> bool:
        wanted = self._wanted.get(name)
        if wanted is None:
            wanted = name.isprintable() and len(name) < 256 and matches(self._variables, name)
            if len(self._wanted) < 10 * MOST:
                self._wanted[name] = wanted
        return wanted
