"""The MIB files, in the order in which a device is tried on them: vendors' before RFC 1628, which many speak too."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.snmp.rows import Mib

FILES = (
    "apc_ats",
    "apc_pdu",
    "apc_epdu",
    "apc_ups",
    "baytech",
    "bestpower",
    "cpqpower",
    "cyberpower",
    "delta_ups",
    "eaton_ats16",
    "eaton_ats30",
    "eaton_pdu",
    "eaton_nlogic",
    "emerson_avocent",
    "eaton_aphel",
    "eaton_pulizzi",
    "hpe_pdu",
    "hpe_pdu3",
    "huawei",
    "mge",
    "netvision",
    "powerware",
    "raritan",
    "raritan_px2",
    "xppc",
    "ietf",
)
"""Each has MIBS, a tuple of `Mib`."""
ALIASES = {
    "eaton_pw_nm2": "pw",
    "eaton_pxg_ups": "pxgx_ups",
}
"""Names that NUT uses since 2.8.1 -> what 2.8.0 called them."""


@cache
def mibs() -> tuple[Mib, ...]:
    """All MIBs, in that order."""
    return tuple(mib for name in FILES for mib in import_module(f"{__name__}.{name}").MIBS)


def names() -> list[str]:
    """The names that `mibs =` takes."""
    return [*dict.fromkeys(mib.name for mib in mibs()), *ALIASES]
