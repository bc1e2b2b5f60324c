"""Which MIB a device is of: as the user says, by its sysObjectID, or by what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.snmp.mibs import ALIASES, mibs
from wallnut.drivers.snmp.plan import place
from wallnut.drivers.snmp.values import text_of
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallnut.drivers.snmp.rows import Mib
    from wallnut.io.snmp import Agent

AUTO = "auto"
OBJECT_ID = "1.3.6.1.2.1.1.2.0"


def choose(agent: Agent, wanted: str) -> Mib:
    """The device's MIB; `wanted` is a name or "auto". Raises DeviceError where there is none that fits.

    The way is C's: MIBs that name the sysObjectID, then all in their order; a MIB must prove itself by the model that
    it tells. Beyond C, a device that tells its model to none of them is known by an object that only it has.
    """
    value = agent.get([OBJECT_ID])[0]
    identity = value.data if value is not None and isinstance(value.data, str) else ""
    known = [mib for mib in mibs() if ALIASES.get(wanted, wanted) in (AUTO, mib.name)]
    named = [mib for mib in known if identity in mib.ids]
    found = _first(agent, named, models=True) or _first(agent, known, models=True) or _first(agent, known, models=False)
    if found is not None:
        return found
    if wanted == AUTO:
        raise DeviceError(f"no supported device: no MIB fits, sysObjectID is {identity or 'not told'}")
    raise DeviceError(f"mibs = {wanted} does not fit this device: sysObjectID is {identity or 'not told'}")


def _first(agent: Agent, mibs: Iterable[Mib], *, models: bool) -> Mib | None:
    """The first MIB whose model, or else its probe, the device answers."""
    asked = [(mib, mib.model() if models else mib.probe) for mib in mibs]
    tried = [(mib, place(oid, index, index)) for mib, oid in asked if oid for index in _indices(oid)]
    values = agent.get([oid for _, oid in tried])
    for (mib, _), value in zip(tried, values, strict=True):
        if value is not None and text_of(value) is not None:
            return mib
    return None


def _indices(oid: str) -> tuple[int, ...]:
    return (0, 1) if "d" in oid.split(".") else (0,)
