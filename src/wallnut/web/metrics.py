"""Metrics as Prometheus reads them (text format 0.0.4), under the names of nut_exporter.

Names, parameters and defaults are those of nut_exporter's README (github.com/DRuggeri/nut_exporter): the variable's
name with `_` for `.` and `-`; `ups_status{flag}`; `device_info` with the device.* variables as labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import is_

from wallnut.model import names
from wallnut.web.snapshot import Device, Server
from wallnut.web.words import number

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAMESPACE = "network_ups_tools"
VARIABLES = [
    "battery.charge",
    "battery.voltage",
    "battery.voltage.nominal",
    "input.voltage",
    "input.voltage.nominal",
    "ups.load",
    "ups.status",
]
"""What nut_exporter shows where nothing else is asked for."""
STATUSES = [
    "OL",
    "OB",
    "LB",
    "HB",
    "RB",
    "CHRG",
    "DISCHRG",
    "BYPASS",
    "CAL",
    "OFF",
    "OVER",
    "TRIM",
    "BOOST",
    "FSD",
    "SD",
]
"""The flags that it shows even when they are not set."""
LABELS = ("contact", "description", "location", "macaddr", "mfr", "model", "part", "serial", "type")
INFO_VARIABLES = tuple(f"device.{label}" for label in LABELS)
MOST_HEADS = 5000
"""Variables of a device that are remembered; one that has ever new ones is begun anew."""
ON = {"enable", "enabled", "on", "true", "active", "activated"}
OFF = {"disable", "disabled", "off", "false", "inactive", "deactivated"}


class Families:
    """Metrics by name, each with its help; all are gauges. Labels come as `labels` writes them."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, dict[str, float]]] = {}

    def add(self, name: str, help_text: str, inner: str, value: float) -> None:
        """One sample more. Two variables' names may become one: the first is said."""
        family = self._found.get(name)
        if family is None:
            family = self._found[name] = (help_text, {})
        family[1].setdefault(inner, value)

    def text(self) -> str:
        """All of it, by name."""
        return "".join(line for name in sorted(self._found) for line in self._family(name))

    def _family(self, name: str) -> Iterator[str]:
        help_text, samples = self._found[name]
        yield f"# HELP {name} {_escape(help_text, quoted=False)}\n# TYPE {name} gauge\n"
        for inner, value in samples.items():
            yield f"{name}{inner} {_number(value)}\n"


def labels(values: Mapping[str, str]) -> str:
    """Labels as they stand behind a name."""
    inner = ",".join(f'{key}="{_escape(values[key])}"' for key in sorted(values))
    return f"{{{inner}}}" if inner else ""


def _escape(text: str, *, quoted: bool = True) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quoted else text


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


@lru_cache(4096)
def metric(name: str) -> tuple[str, str]:
    """The metric of a variable, and its help."""
    text = names.variable_text(name) or "Description unavailable"
    return f"{NAMESPACE}_{re.sub('[^a-zA-Z0-9_]', '_', name)}", f"{text} ({name})"


def value_of(text: str) -> float | None:
    """A variable as a number: numbers as they are, words for on and off as 1 and 0, None for all else."""
    found = number(text)
    if found is not None:
        return found
    word = text.lower()
    return 1.0 if word in ON else 0.0 if word in OFF else None


def one(device: Device, wanted: Sequence[str] = VARIABLES, statuses: Sequence[str] = STATUSES) -> str:
    """A device as nut_exporter shows it: without labels that name it, for Prometheus adds them."""
    families = Families()
    for name in wanted:
        text = device.values.get(name)
        if text is None:
            continue
        if name == "ups.status":
            words = text.split()
            for flag in dict.fromkeys((*words, *statuses)):
                families.add(*metric(name), labels({"flag": flag}), 1.0 if flag in words else 0.0)
            continue
        value = value_of(text)
        if value is not None:
            families.add(*metric(name), "", value)
    info = {label: device.values.get(f"device.{label}", "") for label in LABELS}
    families.add(INFO, "UPS Device information", labels(info), 1.0)
    return families.text()


@lru_cache(65536)
def _sample(text: str) -> str | None:
    """A variable's text as the number that a sample has; None: it is none."""
    value = value_of(text)
    return None if value is None else _number(value)


def _header(name: str, help_text: str) -> str:
    return f"# HELP {name} {_escape(help_text, quoted=False)}\n# TYPE {name} gauge"


@lru_cache(4096)
def family(variable: str) -> tuple[str, str]:
    """The metric of a variable, and the two lines that stand above its samples."""
    name, help_text = metric(variable)
    return name, _header(name, help_text)


@lru_cache(4096)
def peanut(variable: str) -> tuple[str, str]:
    """The same under PeaNUT's names: `ups_battery_charge`."""
    name = f"ups_{re.sub('[^a-zA-Z0-9_]', '_', variable.lower())}"
    return name, _header(name, names.variable_text(variable) or "N/A")


STATUS, INFO = f"{NAMESPACE}_ups_status", f"{NAMESPACE}_device_info"
INFO_HEADER = _header(INFO, "UPS Device information")
DEVICE_UP = "wallnut_device_up", _header("wallnut_device_up", "Whether the values of the device are fresh")
SERVER_UP = "wallnut_server_up", _header("wallnut_server_up", "Whether the NUT server answers")
Naming = Callable[[str], tuple[str, str]]
"""The metric of a variable, and its header."""
Lines = dict[str, list[str]]
"""Of each metric the lines; the first is its header."""


class _Known:
    """What of a device's lines stays from one scrape to the next."""

    def __init__(self, own: dict[str, str]) -> None:
        self.own, self.labels = own, labels(own)
        self.heads: dict[str, tuple[str, str, str]] = {}
        """By variable: metric, its header, and what stands before the value."""
        self.names = {STATUS, INFO}
        self.status: tuple[str, str] | None = None
        self.info: tuple[tuple[str, ...], str] | None = None

    def head(self, variable: str, naming: Naming) -> tuple[str, str, str]:
        """Of a variable; ("", "", "") for one whose metric another variable has already."""
        if len(self.heads) >= MOST_HEADS:
            self.heads, self.names = {}, {STATUS, INFO}
        name, header = naming(variable)
        found = ("", "", "") if name in self.names else (name, header, f"{name}{self.labels} ")
        self.names.add(name)
        self.heads[variable] = found
        return found

    def flags(self, text: str) -> str:
        """The lines of ups.status."""
        if self.status is None or self.status[0] != text:
            words = text.split()
            lines = (
                f"{STATUS}{labels({'flag': flag, **self.own})} {int(flag in words)}"
                for flag in dict.fromkeys((*words, *STATUSES))
            )
            self.status = text, "\n".join(lines)
        return self.status[1]

    def about(self, values: Mapping[str, str]) -> str:
        """The line of device_info."""
        texts = tuple(values.get(name, "") for name in INFO_VARIABLES)
        if self.info is None or self.info[0] != texts:
            self.info = texts, f"{INFO}{labels({**dict(zip(LABELS, texts, strict=True)), **self.own})} 1"
        return self.info[1]


class Board:
    """The metrics of all devices at once, each sample with `ups` and `server`. It keeps between two scrapes what does
    not change: names, labels, and while no device does, the whole text.

    `naming` gives a variable's metric; `whole` adds flags, device_info and what is up, `port` the port to every server.
    """

    def __init__(self, naming: Naming = family, *, whole: bool = True, port: bool = False) -> None:
        self._naming, self._whole, self._port = naming, whole, port
        self._known: dict[str, _Known] = {}
        self._last: list[Device | Server] = []
        self._text = b""
        self.packed = b""
        """The newest text by gzip, where somebody has packed it."""

    def text(self, devices: Iterable[Device], servers: Iterable[Server]) -> bytes:
        """All of it. Of a device that is not fresh there is `wallnut_device_up` alone."""
        present: list[Device | Server] = [*servers, *devices]
        if not self._text or len(present) != len(self._last) or not all(map(is_, present, self._last)):
            self._last, self.packed = present, b""
            self._text = self._draw(present).encode("utf-8", "replace")
        return self._text

    def keep(self, text: bytes, packed: bytes) -> None:
        """Remember a text that was packed, if it is still the newest."""
        if text is self._text:
            self.packed = packed

    def _draw(self, present: Sequence[Device | Server]) -> str:
        lines: Lines = {}
        found: set[str] = set()
        for one in present:
            if isinstance(one, Device):
                found.add(one.id)
                self._device(lines, one)
            elif self._whole:
                _line(lines, *SERVER_UP, f"{SERVER_UP[0]}{labels({'server': one.name})} {int(not one.trouble)}")
        for gone in self._known.keys() - found:
            del self._known[gone]
        return "".join(f"{text}\n" for text in map("\n".join, (lines[name] for name in sorted(lines))))

    def _device(self, lines: Lines, device: Device) -> None:
        known = self._known.get(device.id)
        if known is None:
            address = device.address
            server = f"{address.host}:{address.port}" if self._port else device.server
            known = self._known[device.id] = _Known({"ups": address.ups, "server": server})
        if self._whole:
            _line(lines, *DEVICE_UP, f"{DEVICE_UP[0]}{known.labels} {int(device.fresh)}")
        if not device.fresh:
            return
        for variable, text in device.values.items():
            if variable == "ups.status":
                if self._whole:
                    _line(lines, *family(variable), known.flags(text))
                continue
            value = _sample(text)
            if value is None:
                continue
            name, header, head = known.heads.get(variable) or known.head(variable, self._naming)
            if name in lines:
                lines[name].append(head + value)
            elif name:
                lines[name] = [header, head + value]
        if self._whole:
            _line(lines, INFO, INFO_HEADER, known.about(device.values))


def _line(lines: Lines, name: str, header: str, line: str) -> None:
    if name in lines:
        lines[name].append(line)
    else:
        lines[name] = [header, line]
