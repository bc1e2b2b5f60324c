"""Makes the recordings of made-up USB and SHUT UPSes anew: `python -m tests.drivers.usbhid.record [NAME...]`.

Each is what `wallnut record` notes of a driver and a device that has all rows of a vendor file (tests/support/
hid_made_up.py), on an emulated bus or behind a pseudo-terminal.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.drivers.usbhid.test_made_up import DEVICES
from tests.drivers.usbhid.test_mge_shut import VALUES
from tests.support.hid_made_up import everything
from tests.support.ours import program
from tests.support.ptyups import PtyDevice
from tests.support.shut_ups import ShutUps
from tests.support.umock import Device, Model, UsbUps
from wallnut.drivers.usbhid import eaton

FOLDER = Path(__file__).parents[2] / "recordings"
# its clock is shown in local time, which is another one elsewhere
EATON = everything(eaton.VENDOR, VALUES, product="Eaton 5P", without=("UPS.PowerSummary.Time",))
USB = {**DEVICES, "eaton": EATON}
NOT_MADE = ("apc", "eaton-dell")
"""There is a better one, and one that would say no more."""
ACTS = {
    "eaton": ("-c", "test.battery.start.quick", "-s", "input.sensitivity=low", "-c", "outlet.1.load.off"),
    "cyberpower": ("-c", "beeper.mute", "-c", "load.off.delay", "-s", "input.transfer.low=170"),
    "tripplite": ("-c", "reset.watchdog", "-s", "battery.charge.low=25"),
    "belkin": ("-c", "test.battery.start.deep", "-s", "input.sensitivity=low"),
    "powercom": (
        "-c",
        "shutdown.stayoff",
    ),
}


def make(driver: str, name: str, model: Model) -> None:
    """Write one recording."""
    path = FOLDER / driver / f"{name}-simulated.rec"
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        env, port = {}, "auto"
        if driver == "mge-shut":
            port = stack.enter_context(PtyDevice(ShutUps(Device(model)))).path
        else:
            env = stack.enter_context(UsbUps(model)).env
        argv = [program("wallnut"), "record", "-o", str(path), "-n", "2", *ACTS.get(name, ())]
        settings = [f"port={port}", "pollinterval=1"] + ["pollonly"] * (driver == "usbhid-ups")
        subprocess.run([*argv, driver, *settings], env={**os.environ, **env}, check=True, timeout=120)


if __name__ == "__main__":
    chosen = sys.argv[1:] or [*(name for name in USB if name not in NOT_MADE), "mge-shut"]
    for one in chosen:
        if one == "mge-shut":
            make("mge-shut", "eaton", EATON)
        else:
            make("usbhid-ups", one, USB[one])
