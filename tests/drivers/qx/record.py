"""Makes the recordings of simulated Q* UPSes anew: `python -m tests.drivers.qx.record [NAME...]`.

Each is what `wallnut record` notes of a driver and a talker, on a pty or behind an emulated USB adapter.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.drivers.qx.tables import voltronic, voltronic_axpert
from tests.drivers.qx.test_bridges import KINDS
from tests.drivers.qx.test_dialects import FOUND, NAMED
from tests.drivers.qx.test_driver import TALKERS
from tests.support.ours import program
from tests.support.ptyups import LineTalker, Megatec, PtyDevice
from tests.support.qx_usb import VOLTRONIC, Adapter
from tests.support.umock import UsbUps

FOLDER = Path(__file__).parent.parent.parent / "recordings"


class Made(NamedTuple):
    """One recording: the driver, the UPS, settings besides the port, and for USB the adapter that it is behind."""

    driver: str
    talker: Callable[[], LineTalker]
    settings: tuple[str, ...] = ()
    adapter: Callable[[LineTalker], Adapter] | None = None


def _cypress(talker: LineTalker) -> Adapter:
    return Adapter(VOLTRONIC, talker)


def _behind(name: str) -> Callable[[LineTalker], Adapter]:
    kind = KINDS[name]
    return lambda talker: kind.adapter(kind.model, talker)  # type: ignore[arg-type]


MADE: dict[str, Made] = {
    **{f"{name.replace('/', '-')}-simulated": Made("nutdrv_qx", make) for name, make in TALKERS.items()},
    **{f"{name}-simulated": Made("nutdrv_qx", make) for name, make in FOUND.items()},
    **{f"{name}-simulated": Made("nutdrv_qx", make, (f"protocol={name}",)) for name, make in NAMED.items()},
    # a serial number would be kept secret as zeros, which stand for none there
    "voltronic-simulated": Made("nutdrv_qx", lambda: voltronic(QID=b"(NAK")),
    "voltronic-axpert-simulated": Made("nutdrv_qx", lambda: voltronic_axpert(QID=None)),
    **{
        f"megatec-{name}-simulated": Made("nutdrv_qx", Megatec, ("protocol=megatec",), adapter=_behind(name))
        for name, kind in KINDS.items()
        if kind.beside_c
    },
    "megatec-cypress-simulated": Made("nutdrv_qx", Megatec, adapter=_cypress),
    "blazer-megatec-simulated": Made("blazer_ser", Megatec),
    "blazer-cypress-simulated": Made("blazer_usb", Megatec, adapter=_cypress),
}


def make(name: str, made: Made) -> None:
    """Write one recording."""
    path = FOLDER / made.driver / f"{name}.rec"
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        env, port = {}, "auto"
        if made.adapter is None:
            port = stack.enter_context(PtyDevice(made.talker())).path
        else:
            adapter = made.adapter(made.talker())
            usb = UsbUps(adapter.model)
            usb.device = adapter
            env = stack.enter_context(usb).env
        argv = [program("wallnut"), "record", "-o", str(path), "-n", "2", "-c", "test.battery.start.quick"]
        settings = (f"port={port}", "pollinterval=1", *made.settings)
        subprocess.run([*argv, made.driver, *settings], env={**os.environ, **env}, check=True, timeout=120)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or MADE:
        make(chosen, MADE[chosen])
