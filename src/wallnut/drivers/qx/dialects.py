"""The dialects that nutdrv_qx knows, in the order in which it tries them (source: NUT's nutdrv_qx). q1, which nearly
every UPS answers, is the last."""

from __future__ import annotations

from wallnut.drivers.qx.mecer import MECER
from wallnut.drivers.qx.megatec import MEGATEC
from wallnut.drivers.qx.megatec_old import MEGATEC_OLD
from wallnut.drivers.qx.mustek import MUSTEK
from wallnut.drivers.qx.q1 import Q1
from wallnut.drivers.qx.q2 import Q2
from wallnut.drivers.qx.q6 import Q6
from wallnut.drivers.qx.rows import Dialect
from wallnut.drivers.qx.zinto import ZINTO

DIALECTS: tuple[Dialect, ...] = (
    MUSTEK,
    MEGATEC_OLD,
    MECER,
    MEGATEC,
    ZINTO,
    Q2,
    Q6,
    Q1,
)
