"""The dialects that nutdrv_qx knows, in the order in which it tries them (source: NUT's nutdrv_qx; innovart33 comes
before innovart31, whose questions it answers too). q1, which nearly every UPS answers, is the last."""

from __future__ import annotations

from wallnut.drivers.qx.ablerex import ABLEREX
from wallnut.drivers.qx.bestups import BESTUPS
from wallnut.drivers.qx.gtec import GTEC
from wallnut.drivers.qx.hunnox import HUNNOX
from wallnut.drivers.qx.innovart31 import INNOVART31
from wallnut.drivers.qx.innovart33 import INNOVART33
from wallnut.drivers.qx.innovatae import INNOVATAE
from wallnut.drivers.qx.masterguard import MASTERGUARD
from wallnut.drivers.qx.mecer import MECER
from wallnut.drivers.qx.megatec import MEGATEC
from wallnut.drivers.qx.megatec_old import MEGATEC_OLD
from wallnut.drivers.qx.mustek import MUSTEK
from wallnut.drivers.qx.omron import OMRON
from wallnut.drivers.qx.q1 import Q1
from wallnut.drivers.qx.q2 import Q2
from wallnut.drivers.qx.q6 import Q6
from wallnut.drivers.qx.rows import Dialect
from wallnut.drivers.qx.voltronic import VOLTRONIC
from wallnut.drivers.qx.voltronic_axpert import VOLTRONIC_AXPERT
from wallnut.drivers.qx.voltronic_qs import VOLTRONIC_QS
from wallnut.drivers.qx.voltronic_qs_hex import VOLTRONIC_QS_HEX
from wallnut.drivers.qx.zinto import ZINTO

DIALECTS: tuple[Dialect, ...] = (
    OMRON,
    VOLTRONIC,
    VOLTRONIC_AXPERT,
    VOLTRONIC_QS,
    VOLTRONIC_QS_HEX,
    MUSTEK,
    MEGATEC_OLD,
    BESTUPS,
    MECER,
    MEGATEC,
    ZINTO,
    MASTERGUARD,
    HUNNOX,
    ABLEREX,
    INNOVART33,
    INNOVART31,
    INNOVATAE,
    Q2,
    Q6,
    GTEC,
    Q1,
)
