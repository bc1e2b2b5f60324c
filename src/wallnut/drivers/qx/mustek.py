"""mustek: as megatec, but the status is asked with QS.

Models: Mustek PowerMust and others. Source: nutdrv_qx(8) and the questions of NUT's nutdrv_qx. Proved beside C
nutdrv_qx and blazer_ser on a simulator.
"""

from __future__ import annotations

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, NOVENDOR, Q1, RATING, VENDOR
from wallnut.drivers.qx.rows import Dialect

MUSTEK = Dialect(
    "mustek",
    "Mustek 1.0",
    (Q1.asked(b"QS\r"), RATING, VENDOR),
    COMMANDS,
    DELAYS,
    claim=("input.voltage",),
    options=(NORATING, NOVENDOR, IGNORESAB),
)
