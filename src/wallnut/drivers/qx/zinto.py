"""zinto: as megatec, but the vendor is asked with FW?.

Models: Online Zinto. Source: nutdrv_qx(8) and the questions of NUT's nutdrv_qx. Proved beside C nutdrv_qx and
blazer_ser on a simulator.
"""

from __future__ import annotations

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, NOVENDOR, Q1, RATING, VENDOR
from wallnut.drivers.qx.rows import Dialect

ZINTO = Dialect(
    "zinto",
    "Zinto 1.0",
    (Q1, RATING, VENDOR.asked(b"FW?\r")),
    COMMANDS,
    DELAYS,
    claim=("input.voltage", "ups.firmware"),
    options=(NORATING, NOVENDOR, IGNORESAB),
)
