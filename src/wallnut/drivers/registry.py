"""Which class a driver's name stands for. Looked up when needed, so that no driver costs what another one imports.

Drivers of others are found through the entry point group `wallnut.drivers`: `name = "package.module:Class"`.
"""

from __future__ import annotations

import os

from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.drivers.base import Driver

DRIVERS = {
    "apcupsd-ups": "wallnut.drivers.apcupsd:Apcupsd",
    "apcsmart": "wallnut.drivers.serial.apcsmart:ApcSmart",
    "clone": "wallnut.drivers.clone:Clone",
    "clone-outlet": "wallnut.drivers.clone:CloneOutlet",
    "dummy-ups": "wallnut.drivers.dummy:Dummy",
    "failover": "wallnut.drivers.failover:Failover",
    "merge": "wallnut.drivers.merge:Merge",
    "apc_modbus": "wallnut.drivers.modbus.apc:ApcModbus",
    "genericups": "wallnut.drivers.serial.genericups:GenericUps",
    "generic_modbus": "wallnut.drivers.modbus.generic:GenericModbus",
    "blazer_ser": "wallnut.drivers.qx.blazer:BlazerSer",
    "blazer_usb": "wallnut.drivers.qx.blazer:BlazerUsb",
    "mge-shut": "wallnut.drivers.usbhid.mge_shut:MgeShut",
    "netxml-ups": "wallnut.drivers.netxml.driver:NetXml",
    "nutdrv_qx": "wallnut.drivers.qx.driver:NutdrvQx",
    "simulator": "wallnut.drivers.simulator.driver:Simulator",
    "snmp-ups": "wallnut.drivers.snmp.engine:SnmpUps",
    "usbhid-ups": "wallnut.drivers.usbhid.driver:UsbHid",
}
GROUP = "wallnut.drivers"


def find(name: str) -> type[Driver]:
    """The class of a driver; of `file.py:Class` too, for a driver that is being written. Raises ConfigError, with the
    names that come near."""
    where = DRIVERS.get(name) or _others().get(name)
    module, _, attribute = (where or name).partition(":")
    try:
        if where is None and module.endswith(".py"):
            found: type[Driver] = _from_file(module)[attribute]
        elif where is None:
            raise ConfigError(f"there is no driver {name}{near(name)}")
        else:
            found = getattr(__import__(module, fromlist=(attribute,)), attribute)
    except (ImportError, AttributeError, KeyError) as error:
        raise ConfigError(f"the driver {name} cannot be used: {type(error).__name__}: {error}") from None
    return found


def _from_file(path: str) -> dict[str, type[Driver]]:
    from runpy import run_path

    try:
        return run_path(path)
    except OSError as error:
        raise ConfigError(f"Can't open {path}: {error.strerror}") from None


def known(name: str) -> bool:
    """Whether the driver is one of ours, or of somebody who extends wallnut."""
    return name in DRIVERS or name in _others()


def names() -> list[str]:
    """All drivers."""
    return sorted({**_others(), **DRIVERS})


_found: dict[str, str] | None = None


def _others() -> dict[str, str]:
    """The drivers that installed packages bring; looked for once."""
    global _found
    if _found is None:
        from importlib.metadata import entry_points

        _found = {point.name: point.value for point in entry_points(group=GROUP)}
    return _found


def near(name: str, folder: str = "") -> str:
    """The end of a message about a driver that is not there: those with names like it, or all of ours.

    `folder` is where C NUT's drivers are, which count too.
    """
    from difflib import get_close_matches

    others = os.listdir(folder) if os.path.isdir(folder) else []
    close = get_close_matches(name.lower(), {*names(), *others}, 3)
    return f"; did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(names())}"
