"""What the CGI names may show: the UPSes of hosts.conf, or where there is no such file all that are watched.

Nothing here connects to anything: what hosts.conf names and the console does not watch is shown as an error.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from wallnut.config.cgi import HostsConf, parse_hosts_conf
from wallnut.config.directive import Problem
from wallnut.io import service
from wallnut.proto.address import Address, AddressError
from wallnut.web.answers import Refused
from wallnut.web.cgi.template import Host
from wallnut.web.fleet import Fleet
from wallnut.web.snapshot import Device

LOCAL = ("localhost", "127.0.0.1", "::1")
MOST_BYTES = 256 * 1024
"""Of a template or a hosts.conf."""
TROUBLES = {
    "UNREACHABLE": "Connection failure",
    "UNKNOWN-UPS": "Unknown UPS",
    "DRIVER-NOT-CONNECTED": "Driver not connected",
    "DATA-STALE": "Data stale",
    "WAITING": "Connection failure: waiting for the first data",
}
"""What C NUT's library says of a device's trouble, by its code."""
NOT_WATCHED = "Connection failure: not among [web] servers in wallnut.toml"


def file(name: str) -> bytes | None:
    """A file of the configuration folder; None where there is none. Raises Refused."""
    path = os.path.join(service.confpath(), name)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(500, f"Can't open {path}: {error.strerror}.") from None
    with open(fd, "rb") as opened:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise Refused(500, f"{path} is not a file.")
        try:
            data = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise Refused(500, f"Can't read {path}: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise Refused(500, f"{path} is larger than {MOST_BYTES // 1024} kB.")
    return data


@dataclass(frozen=True, slots=True)
class Hosts:
    """The UPSes that are shown, in order. `conf` None: there is no hosts.conf."""

    shown: tuple[Host, ...]
    conf: HostsConf | None
    problems: tuple[Problem, ...]
    fleet: Fleet

    def find(self, name: str) -> Host:
        """The one of a request: as hosts.conf writes it, or else by the id or the UPS name. Raises Refused."""
        if self.conf is not None:
            found = [host for host in self.shown if host.name == name][:1]
        else:
            devices = watched(self.fleet, name) or self.fleet.find(name) if name else []
            found = [_watched(device) for device in devices]
        if len(found) != 1:
            raise Refused(403, f"Access to that host [{name}] is not authorized.")
        return found[0]


def hosts(fleet: Fleet) -> Hosts:
    """What is shown now. Raises Refused."""
    data = file("hosts.conf")
    if data is None:
        return Hosts(tuple(_watched(fleet.devices[key]) for key in sorted(fleet.devices)), None, (), fleet)
    conf, problems = parse_hosts_conf(data, os.path.join(service.confpath(), "hosts.conf"))
    index = {key.lower(): device for key, device in fleet.devices.items()}
    shown = tuple(_host(fleet, index, one.ups, one.description) for one in conf.monitor)
    return Hosts(shown, conf, tuple(problems), fleet)


def watched(fleet: Fleet, name: str) -> list[Device]:
    """The watched device that `ups[@host[:port]]` means."""
    ids = _ids(name)
    return [fleet.devices[key] for key in ids if key in fleet.devices][:1]


def server(fleet: Fleet, text: str) -> str:
    """The watched server that `host[:port]` means; "" for any. Raises Refused: no other is connected to."""
    if not text:
        return ""
    try:
        asked = Address.parse_server(text)
    except AddressError as error:
        raise Refused(400, f"{error}.") from None
    for host in LOCAL if asked.host in LOCAL else (asked.host,):
        if (name := str(Address("", host, asked.port))) in fleet.servers:
            return name
    raise Refused(404, f"{text} is none of the servers that are watched here: [web] servers in wallnut.toml.")


def _ids(name: str) -> list[str]:
    """The ids that a name may have; none for one that is no name."""
    try:
        asked = Address.parse(name)
    except AddressError:
        return []
    places = LOCAL if asked.host in LOCAL else (asked.host,)
    return [str(Address(asked.ups, host, asked.port)) for host in places]


def _watched(device: Device) -> Host:
    return _about(device, device.id, device.description or device.id, trusted=False)


def _about(device: Device, name: str, description: str, *, trusted: bool) -> Host:
    error = TROUBLES.get(device.code, device.code) if device.trouble else ""
    return Host(name, description, device, error, device.code not in ("UNREACHABLE", "WAITING"), trusted)


def _host(fleet: Fleet, index: dict[str, Device], name: str, description: str) -> Host:
    """What a MONITOR line means."""
    ids = _ids(name)
    for key in ids:
        if key.lower() in index:
            return _about(index[key.lower()], name, description, trusted=True)
    for key in ids:
        at = fleet.servers.get(key.rpartition("@")[2])
        if at is not None:
            error = "Connection failure" if at.trouble else "Unknown UPS"
            return Host(name, description, None, error, not at.trouble, True)
    return Host(name, description, None, NOT_WATCHED if ids else "Invalid argument", False, True)
