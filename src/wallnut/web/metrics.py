"""Metrics as Prometheus reads them (text format 0.0.4), under the names of nut_exporter.

Names, parameters and defaults are those of nut_exporter's README (github.com/DRuggeri/nut_exporter): the variable's
name with `_` for `.` and `-`; `ups_status{flag}`; `device_info` with the device.* variables as labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

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


def _add(
    families: Families, device: Device, wanted: Sequence[str], statuses: Sequence[str], own: dict[str, str]
) -> None:
    """A device's variables; `wanted`: only those, none: all that are numbers. `own` labels come with each."""
    inner = labels(own)
    for name, text in device.values.items():
        if wanted and name not in wanted:
            continue
        if name == "ups.status":
            words = text.split()
            for flag in dict.fromkeys((*words, *statuses)):
                families.add(*metric(name), labels({"flag": flag, **own}), 1.0 if flag in words else 0.0)
            continue
        value = value_of(text)
        if value is not None:
            families.add(*metric(name), inner, value)
    info = {label: device.values.get(f"device.{label}", "") for label in LABELS}
    families.add(f"{NAMESPACE}_device_info", "UPS Device information", labels({**info, **own}), 1.0)


def one(device: Device, wanted: Sequence[str] = VARIABLES, statuses: Sequence[str] = STATUSES) -> str:
    """A device as nut_exporter shows it: without labels that name it, for Prometheus adds them."""
    families = Families()
    _add(families, device, wanted, statuses, {})
    return families.text()


def everything(devices: Iterable[Device], servers: Iterable[Server]) -> str:
    """All devices at once, each sample with `ups` and `server`; of one that is not fresh `wallnut_device_up` alone."""
    families = Families()
    for server in servers:
        families.add(
            "wallnut_server_up", "Whether the NUT server answers", labels({"server": server.name}), not server.trouble
        )
    for device in devices:
        own = {"ups": device.address.ups, "server": device.server}
        families.add("wallnut_device_up", "Whether the values of the device are fresh", labels(own), device.fresh)
        if device.fresh:
            _add(families, device, (), STATUSES, own)
    return families.text()
