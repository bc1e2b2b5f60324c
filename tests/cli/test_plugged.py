"""`wallnut up` where nothing is configured and a UPS is plugged in."""

from __future__ import annotations

from tests.cli.here import ALONE, Here
from tests.support.hid_devices import ES850G2
from tests.support.ours import program
from tests.support.procs import running
from tests.support.ptyups import Megatec
from tests.support.qx_usb import VOLTRONIC, Adapter
from tests.support.umock import UsbUps
from tests.support.wait import until


def test_what_is_plugged_in_runs(here: Here) -> None:
    with UsbUps(ES850G2) as ups:
        line = (program("wallnut"), "up", *ALONE, "--config", str(here.folder), "--port", str(here.port))
        env = {**here.env, **ups.env}
        with running(*line, ready=lambda process: "Ctrl-C ends." in process.stdout(), env=env) as process:
            greeting = process.stdout()
            title = "American Power Conversion Back-UPS ES 850G2"
            assert greeting.startswith(f"There is no {here.folder}/ups.conf, but this is plugged in:\n\n  ups: {title}")
            assert f"upsc ups@localhost:{here.port}\n" in greeting
            section = "".join(line[2:] + "\n" for line in greeting.splitlines() if line.startswith(("  [", "    ")))
            until(lambda: here.ask("GET VAR ups ups.status") == ['VAR ups ups.status "OL"'], 15, "its data")
            assert here.ask("USERNAME demo", "PASSWORD demo", "FSD ups")[-1] == "ERR ACCESS-DENIED"
        assert section.startswith("[ups]\n  driver = usbhid-ups\n")
        here.write(ups_conf=section)
        with running(*line, ready=lambda process: "Ctrl-C ends." in process.stdout(), env=env):
            until(lambda: here.ask("GET VAR ups ups.status") == ['VAR ups ups.status "OL"'], 15, "its data")


def test_a_ups_behind_an_adapter_runs(here: Here) -> None:
    usb = UsbUps(VOLTRONIC)
    usb.device = Adapter(VOLTRONIC, Megatec(acknowledge=b"ACK"))
    with usb as ups:
        line = (program("wallnut"), "up", *ALONE, "--config", str(here.folder), "--port", str(here.port))
        env = {**here.env, **ups.env}
        with running(*line, ready=lambda process: "Ctrl-C ends." in process.stdout(), env=env) as process:
            assert "ups: INNO TECH USB to Serial" in process.stdout()
            assert "driver = nutdrv_qx" in process.stdout()
            until(lambda: here.ask("GET VAR ups ups.status") == ['VAR ups ups.status "OL"'], 15, "its data")
