"""generic_modbus: its settings, and where a device is."""

from __future__ import annotations

import pytest

from tests.support.hosts import Hosted, section
from tests.support.modbus_ups import COILS, INPUTS, Tables, serving
from wallnut.drivers.base import Settings
from wallnut.drivers.modbus.generic import GenericModbus
from wallnut.drivers.modbus.lines import is_serial, network
from wallnut.model.errors import ConfigError


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"OL_addr": "65536"}, "OL_addr = 65536: a number from 0 to 65535"),
        ({"OL_addr": "here"}, "a number from 0 to 65535"),
        ({"OL_addr": "-1"}, "a number from 0 to 65535"),
        ({"OL_addr": "0", "OL_regtype": "4"}, "0 to 3"),
        ({"OL_addr": "0", "OL_noro": "2"}, "0 to 1"),
        ({"FSD_addr": "0", "FSD_regtype": "1"}, "cannot be written"),
        ({"FSD_pulse_duration": "forever"}, "a whole number"),
        ({"rio_slave_id": "300"}, "0 to 255"),
        ({"port": "host:0"}, "HOST or HOST:PORT"),
        ({"port": ":502"}, "HOST or HOST:PORT"),
    ],
)
def test_bad_settings(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Hosted(GenericModbus, section(**{"port": "127.0.0.1", **settings}))


@pytest.mark.parametrize(
    ("port", "host", "number"),
    [
        ("ups", "ups", 502),
        ("ups:1502", "ups", 1502),
        ("192.0.2.1:502", "192.0.2.1", 502),
        ("[2001:db8::1]", "2001:db8::1", 502),
        ("[2001:db8::1]:503", "2001:db8::1", 503),
        ("2001:db8::1", "2001:db8::1", 502),
    ],
)
def test_places(port: str, host: str, number: int) -> None:
    assert not is_serial(port)
    place = network(Settings("u", {"port": port}, "/"))
    assert (place.host, place.port) == (host, number)


@pytest.mark.parametrize("port", ["/dev/ttyUSB0", "/dev/serial/by-id/x", "socket://host:4001"])
def test_serial_lines(port: str) -> None:
    assert is_serial(port)


class Hasty(GenericModbus):
    """It does not wait between its attempts to shut down."""

    shutdown_waits = (0.0, 0.0, 0.0)


def test_shutdown_tries_again() -> None:
    device = Tables(unit=5)
    device.put(INPUTS, 0, 1)
    device.put(COILS, 7, 0)
    device.refuse.add(7)
    with serving(device) as served:
        settings = section(port=f"127.0.0.1:{served.port}", OL_addr=0, FSD_addr=7)
        with Hosted(Hasty, settings).start() as host:
            peer = host.peer()
            host.say(peer, "INSTCMD shutdown.default TRACKING 1")
            host.until(lambda: "TRACKING 1 3" in peer.lines, "the shutdown to fail")
            assert device.written == [(5, 7, (1,))] * 4
            device.refuse.clear()
            host.say(peer, "INSTCMD shutdown.default TRACKING 2")
            host.until(lambda: "TRACKING 2 0" in peer.lines, "the shutdown to be done")


def test_no_shutdown_without_a_contact() -> None:
    device = Tables(unit=5)
    device.put(INPUTS, 0, 1)
    with serving(device) as served, Hosted(GenericModbus, section(port=f"127.0.0.1:{served.port}", OL_addr=0)) as host:
        peer = host.start().peer()
        assert not host.host.state.has_command("load.off")
        host.say(peer, "INSTCMD shutdown.default TRACKING 1")
        host.until(lambda: "TRACKING 1 3" in peer.lines, "the shutdown to fail")
