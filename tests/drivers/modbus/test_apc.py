"""apc_modbus: the registers of a Smart-UPS 750 as variables, its settings and its commands.

C's driver is not in Debian 12: the register map and NUT's dump of such a UPS stand for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from tests.support.looks import OF_NO_INTEREST, variables
from tests.support.modbus_ups import Device, Tables, on_line, serving
from wallnut.drivers.modbus.apc import ApcModbus
from wallnut.model.errors import ConfigError

DUMPS = Path(os.environ.get("WALLNUT_DDL") or Path(__file__).parents[4] / "shared" / "ddl")
DUMP = DUMPS / "APC__Smart-UPS_750__apc_modbus__2.8.2__01.dev"

NO = 0xFFFF


def text(words: int, said: str) -> list[int]:
    """A text in so many registers."""
    data = said.encode().ljust(2 * words)
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, 2 * words, 2)]


def smart_ups_750(unit: int = 1) -> Tables:
    """The registers that the UPS of the dump must have had."""
    device = Tables(unit=unit)
    holding = 3
    device.put(holding, 0, *[0] * 27)
    device.put(holding, 1, 0x2002)  # on line, high efficiency
    device.put(holding, 2, 8)
    device.put(holding, 3, 0, 1, 0, 0, 1)  # both outlet groups on
    device.put(holding, 23, 1 << 2 | 1 << 8)
    device.put(holding, 128, *[0] * 43)
    device.put(holding, 128, 0, 6420, 51200, 859, 0, 9046, 0, 4774)
    device.put(holding, 136, 1328, 0, 2660, 0, 10, 0, 15296, 0, 6396, 525890 >> 16, 525890 & 0xFFFF)
    device.put(holding, 151, 15385, 0, 0, 0xFFFE, NO, NO, NO, NO)
    device.put(holding, 159, *[NO] * 12)
    device.put(holding, 516, *[0] * 120)
    for address, words, said in ((516, 8, "UPS 09.8"), (532, 16, "Smart-UPS 750"), (564, 8, "AS0123456789")):
        device.put(holding, address, *text(words, said))
    device.put(holding, 588, 750, 500, 1 << 1, 4857, 0, 0, 0, 7775)
    for address, said in ((596, "APCUPS"), (604, "UPS Outlets"), (612, "Outlet Group 1")):
        device.put(holding, address, *text(8, said))
    device.put(holding, 1026, 253, 208, 0, 180, 0, 0, 8, 0, 90, 0, 0, 8, 0)
    device.put(holding, 1039, *[NO] * 9)
    return device


SHOWN = {
    "battery.charge": "100.00",
    "battery.date": "2021-04-15",
    "battery.date.maintenance": "2024-10-07",
    "battery.runtime": "6420",
    "battery.temperature": "37.30",
    "battery.voltage": "26.84",
    "device.mfr": "American Power Conversion",
    "device.model": "Smart-UPS 750",
    "device.serial": "AS0123456789",
    "device.type": "ups",
    "experimental.output.energy": "525890",
    "experimental.ups.mode.buzzwords": "vendor:apc:HE",
    "input.transfer.high": "253",
    "input.transfer.low": "208",
    "input.transfer.reason": "AcceptableInput",
    "input.voltage": "240.39",
    "outlet.group.0.delay.reboot": "8",
    "outlet.group.0.delay.shutdown": "180",
    "outlet.group.0.delay.start": "0",
    "outlet.group.0.name": "UPS Outlets",
    "outlet.group.0.status": "on",
    "outlet.group.1.delay.reboot": "8",
    "outlet.group.1.delay.shutdown": "90",
    "outlet.group.1.delay.start": "0",
    "outlet.group.1.name": "Outlet Group 1",
    "outlet.group.1.status": "on",
    "outlet.group.1.timer.reboot": "-1",
    "outlet.group.1.timer.shutdown": "-1",
    "outlet.group.1.timer.start": "-1",
    "outlet.group.count": "1",
    "output.current": "0.31",
    "output.frequency": "49.97",
    "output.voltage": "239.00",
    "ups.delay.reboot": "8",
    "ups.delay.shutdown": "180",
    "ups.delay.start": "0",
    "ups.efficiency": "LoadTooLow",
    "ups.firmware": "UPS 09.8",
    "ups.id": "APCUPS",
    "ups.load": "5.19",
    "ups.mfr": "American Power Conversion",
    "ups.mfr.date": "2013-04-19",
    "ups.model": "Smart-UPS 750",
    "ups.power": "77.93",
    "ups.power.nominal": "750",
    "ups.realpower": "25.94",
    "ups.realpower.nominal": "500",
    "ups.serial": "AS0123456789",
    "ups.status": "OL",
    "ups.test.result": "Passed, Source: Internal",
    "ups.timer.reboot": "-1",
    "ups.timer.shutdown": "-1",
    "ups.timer.start": "-1",
}

DIFFERENT = {
    "ups.status": "HE is no standard word: the mode is in experimental.ups.mode.buzzwords, as of C 2.8.3",
    "ups.productid": "USB only",
    "ups.vendorid": "USB only",
    "device.serial": "another one",
    "ups.serial": "another one",
    "outlet.group.2.*": "the UPS has no such group",
    "outlet.group.3.*": "the UPS has no such group",
}
"""Where C 2.8.2's dump is otherwise, and why."""


@contextmanager
def ups(device: Tables) -> Iterator[tuple[Device, Hosted]]:
    """A hosted driver and the UPS that it reads."""
    with serving(device) as served, Hosted(ApcModbus, section(port=f"127.0.0.1:{served.port}")) as host:
        host.start()
        yield served, host


def test_variables() -> None:
    with ups(smart_ups_750()) as (_, host):
        assert variables(host) == SHOWN


def test_a_serial_line(tmp_path: Path) -> None:
    with (
        on_line(smart_ups_750(unit=9), tmp_path) as line,
        Hosted(ApcModbus, section(port=line.path, slaveid=9, baudrate=19200)) as host,
    ):
        assert variables(host.start()) == SHOWN


@pytest.mark.skipif(not DUMP.exists(), reason="NUT's device dump library is not here")
def test_the_dump() -> None:
    pairs = (line.partition(": ") for line in DUMP.read_text().splitlines() if ": " in line and line[0] not in "#")
    dump = {name: value for name, _, value in pairs if not OF_NO_INTEREST.match(name)}
    other = {name for name, value in dump.items() if SHOWN.get(name, "") != value}
    assert {f"{name[:14]}.*" if name.startswith(("outlet.group.2", "outlet.group.3")) else name for name in other} <= {
        *DIFFERENT
    }


STATES = {
    "on battery": ({1: 0x0244, 18: 1}, "ALARM OB", "Input not acceptable"),
    "battery low": ({1: 0x0244, 18: 3}, "ALARM OB LB", "Input not acceptable"),
    "off": ({1: 0x0110}, "OFF", ""),
    "bypass": ({1: 0x0408}, "BYPASS", ""),
    "self-test": ({1: 0x0084}, "OB TEST", ""),
    "overload": ({0: 0x20, 1: 2, 21: 1}, "ALARM OL OVER", "Output overload"),
    "calibration": ({1: 4, 24: 2}, "OB CAL", ""),
    "boost": ({1: 2, 150: 0x21}, "OL BOOST", ""),
    "trim": ({1: 2, 150: 0x41}, "OL TRIM", ""),
    "faults": (
        {1: 0x22, 19: 2, 21: 1 << 10, 22: 4},
        "ALARM OL RB",
        "General fault EEPROM fault Fan fault Battery needs replacement",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_status(state: str) -> None:
    registers, status, alarm = STATES[state]
    device = smart_ups_750()
    device.tables[3].update(registers)
    with ups(device) as (_, host):
        assert (host.host.state.value("ups.status"), host.host.state.value("ups.alarm")) == (status, alarm)


SETTINGS = {
    "ups.delay.shutdown": ("60", (16, 1029, (60,)), "60"),
    "ups.delay.reboot": ("70000", (16, 1031, (1, 4464)), "70000"),
    "outlet.group.1.delay.start": ("-1", (6, 1035, (NO,)), "-1"),
    "battery.date": ("2024-02-29", (6, 595, (8825,)), "2024-02-29"),
    "ups.id": ("rack 3", (16, 596, tuple(text(8, "rack 3"))), "rack 3"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name: str) -> None:
    value, written, shown = SETTINGS[name]
    with ups(smart_ups_750()) as (served, host):
        peer = host.peer()
        host.say(peer, f'SET {name} "{value}" TRACKING 1')
        host.until(lambda: "TRACKING 1 0" in peer.lines, "the setting to be done")
        assert served.tables.written == [(written[0] if len(written[2]) > 1 else 6, *written[1:])]
        assert host.host.state.value(name) == shown


@pytest.mark.parametrize(
    ("name", "value", "result"),
    [
        ("ups.model", "x", 2),
        ("ups.delay.start", "soon", 2),
        ("ups.delay.start", "40000", 2),
        ("battery.date", "yesterday", 2),
        ("outlet.group.2.name", "x", 1),
        ("no.such", "x", 1),
    ],
)
def test_settings_that_cannot_be(name: str, value: str, result: int) -> None:
    with ups(smart_ups_750()) as (served, host):
        peer = host.peer()
        host.say(peer, f'SET {name} "{value}" TRACKING 1')
        host.until(lambda: any(line.startswith("TRACKING 1 ") for line in peer.lines), "an answer")
        assert f"TRACKING 1 {result}" in peer.lines
        assert not served.tables.written


def run(host: Hosted, command: str, result: int = 0) -> None:
    """Run a command, with the result that is expected."""
    peer = host.peer()
    host.say(peer, f"INSTCMD {command} TRACKING 1")
    host.until(lambda: any(line.startswith("TRACKING 1 ") for line in peer.lines), "an answer")
    assert f"TRACKING 1 {result}" in peer.lines, peer.lines


COMMANDS = {
    "test.battery.start": (1541, (1,)),
    "test.battery.stop": (1541, (2,)),
    "test.panel.start": (1543, (1,)),
    "calibrate.start": (1542, (1,)),
    "calibrate.stop": (1542, (2,)),
    "bypass.start": (1536, (0, 0x10)),
    "bypass.stop": (1536, (0, 0x20)),
    "beeper.mute": (1543, (4,)),
    "load.off": (1538, (0, 0x304)),
    "load.on": (1538, (0, 0x302)),
    "load.off.delay": (1538, (0, 0x384)),
    "load.on.delay": (1538, (0, 0x342)),
    "shutdown.return": (1538, (0, 0x388)),
    "shutdown.stayoff": (1538, (0, 0x384)),
    "shutdown.reboot": (1538, (0, 0x310)),
    "outlet.group.0.load.cycle": (1538, (0, 0x310)),
    "outlet.group.1.load.off": (1538, (0, 0x204)),
    "outlet.group.1.shutdown.return": (1538, (0, 0x288)),
}


def test_commands() -> None:
    with ups(smart_ups_750()) as (served, host):
        for name, (address, values) in COMMANDS.items():
            assert host.host.state.has_command(name)
            run(host, name)
            assert served.tables.written.pop() == (16 if len(values) > 1 else 6, address, values), name
        assert not host.host.state.has_command("outlet.group.2.load.off")
        run(host, "outlet.group.2.load.off", 1)


def test_shutdown_where_outlet_commands_are_refused() -> None:
    """As an SRT does on its serial port."""
    device = smart_ups_750()
    device.refuse.add(1538)
    with ups(device) as (served, host):
        run(host, "shutdown.default")
        assert served.tables.written == [(16, 1538, (0, 0x388)), (6, 1540, (1,))]
        run(host, "load.off", 3)


def test_a_device_without_timers_of_groups() -> None:
    device = smart_ups_750()
    for address in range(159, 171):
        del device.tables[3][address]
    with ups(device) as (served, host):
        assert host.host.state.value("outlet.group.1.name") == "Outlet Group 1"
        assert host.host.state.get("outlet.group.1.timer.start") is None
        served.tables.asked.clear()
        host.pass_time(2)
        assert [asked[1] for asked in served.tables.asked] == [0, 128, 1026]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"port": "auto"}, "usbhid-ups"),
        ({"port": "/dev/ttyS0", "porttype": "usb"}, "usbhid-ups"),
        ({"port": "host:70000"}, "HOST or HOST:PORT"),
        ({"port": "host", "slaveid": "256"}, "0 to 255"),
        ({"port": "/dev/ttyS0", "parity": "X"}, "one of N, E, O"),
    ],
)
def test_bad_settings(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Hosted(ApcModbus, section(**settings))
