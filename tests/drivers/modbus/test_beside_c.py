"""generic_modbus beside C's, over TCP and over a serial line: the same contacts give the same variables."""

from __future__ import annotations

import itertools
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support.cnut import CNut
from tests.support.hosts import Hosted, section
from tests.support.looks import by_c, by_us
from tests.support.modbus_ups import COILS, HOLDING, INPUT, INPUTS, Tables, on_line, serving
from tests.support.peers import need
from tests.support.procs import running
from tests.support.wait import until
from wallnut.drivers.modbus.generic import GenericModbus

PACKAGE = "nut-modbus"
Settings = dict[str, str | None]


def both(settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """What C's driver shows, and what ours does."""
    return by_c("generic_modbus", PACKAGE, settings), by_us(GenericModbus, settings)


def once(shown: dict[str, str]) -> dict[str, str]:
    """C says DISCHRG twice where it concludes it from two contacts. We say it once."""
    return {**shown, "ups.status": " ".join(dict.fromkeys(shown["ups.status"].split()))} if shown else shown


def tables(*values: int) -> Tables:
    """The same values in all four tables."""
    made = Tables(unit=5)
    for table in (COILS, INPUTS, HOLDING, INPUT):
        made.put(table, 0, *values)
    return made


WIRINGS: dict[str, Settings] = {
    "PULS UB40": {"OB_addr": "0", "OB_regtype": "1", "LB_addr": "1", "HB_addr": "2", "RB_addr": "3"},
    "on line only": {"OL_addr": "0"},
    "normally closed": {"OL_addr": "0", "OL_noro": "1", "LB_addr": "1", "LB_noro": "1"},
    "charge and discharge": {"OL_addr": "0", "CHRG_addr": "1", "DISCHRG_addr": "2"},
    "discharge": {"OB_addr": "0", "DISCHRG_addr": "2", "HB_addr": "3"},
    "battery only": {"HB_addr": "0", "LB_addr": "1"},
    "nothing": {},
}


@pytest.mark.parametrize("wiring", WIRINGS)
def test_the_same_variables(wiring: str) -> None:
    device = tables(0, 0, 0, 0)
    with serving(device) as served:
        settings = {"port": f"127.0.0.1:{served.port}", **WIRINGS[wiring]}
        for bits in itertools.islice(itertools.product((1, 0), repeat=4), 0, None, 3):
            device.put(INPUTS, 0, *bits)
            theirs, ours = both(settings)
            assert ours == once(theirs), bits


@pytest.mark.parametrize("regtype", ["0", "1", "2", "3"])
@pytest.mark.parametrize("value", [0, 1, 2, 0x100, 0x101])
def test_every_table(regtype: str, value: int) -> None:
    with serving(tables(value)) as served:
        settings: Settings = {"port": f"127.0.0.1:{served.port}", "OL_addr": "0x0", "OL_regtype": regtype}
        theirs, ours = both(settings)
    assert ours == theirs


@pytest.mark.parametrize("number", ["8", "010", "0x8"])
def test_addresses(number: str) -> None:
    with serving(tables(*[0] * 8, 1, 0, 0)) as served:
        theirs, ours = both({"port": f"127.0.0.1:{served.port}", "OL_addr": number, "device_mfr": "PULS"})
    assert ours == theirs


def test_a_serial_line(tmp_path: Path) -> None:
    device = tables(0, 1, 0, 1)
    with on_line(device, tmp_path) as line:
        settings: Settings = {"port": line.path, "ser_parity": "N", "ser_baud_rate": "19200", **WIRINGS["PULS UB40"]}
        theirs, ours = both(settings)
    assert ours == once(theirs)
    assert ours["ups.status"] == "ALARM OL CHRG LB RB"


@pytest.mark.parametrize("unit", ["1", "247"])
def test_a_unit_that_is_not_there(unit: str) -> None:
    with serving(tables(1)) as served:
        settings: Settings = {
            "port": f"127.0.0.1:{served.port}",
            "OL_addr": "0",
            "rio_slave_id": unit,
            "mod_resp_to_s": "0",
            "mod_resp_to_us": "50000",
        }
        theirs, ours = both(settings)
    assert "ups.status" not in theirs
    assert not ours


FORCED = {
    "held": ({}, [(5, 7, (1,))]),
    "normally closed": ({"FSD_noro": "1"}, [(5, 7, (0,))]),
    "a pulse": ({"FSD_pulse_duration": "20"}, [(5, 7, (1,)), (5, 7, (0,))]),
    "a holding register": ({"FSD_regtype": "3", "FSD_pulse_duration": "5"}, [(6, 7, (1,)), (6, 7, (0,))]),
}


@pytest.mark.parametrize("kind", FORCED)
def test_load_off(tmp_path: Path, kind: str) -> None:
    more, expected = FORCED[kind]
    lines = [f"{key} = {value}" for key, value in {"OL_addr": "0", "FSD_addr": "7", **more}.items()]
    with serving(tables(*[1] * 8)) as served:
        port = f"127.0.0.1:{served.port}"
        nut = CNut(tmp_path).section("u", "driver = generic_modbus", f"port = {port}", *lines)
        nut.user("admin", "adm", "instcmds = ALL")
        with nut:
            argv = (need("generic_modbus", PACKAGE), "-F", "-u", "root", "-a", "u")
            with running(*argv, env=nut.env):
                nut.wait_for("u", "ups.status", "OL")
                assert nut.ask("LIST CMD u")[1:-1] == ["CMD u load.off"]
                nut.ask("USERNAME admin", "PASSWORD adm", "INSTCMD u load.off")
                until(lambda: len(served.tables.written) == len(expected), 10, "C's driver to write")
        theirs = list(served.tables.written)
        served.tables.written.clear()
        settings: Settings = {"port": port, "OL_addr": "0", "FSD_addr": "7", **more}
        with Hosted(GenericModbus, section(**settings)).start() as host:
            peer = host.peer()
            host.say(peer, "INSTCMD load.off TRACKING 1")
            host.until(lambda: "TRACKING 1 0" in peer.lines, "the command to be done")
    assert served.tables.written == theirs == expected


def is_stale(nut: CNut, ups: str) -> bool:
    """Whether upsd says that a UPS's data is stale."""
    return nut.ask(f"GET VAR {ups} ups.status") == ["ERR DATA-STALE"]


def test_a_device_that_comes_back(tmp_path: Path) -> None:
    """Both say that the data is stale, and both are fine when the unit answers again."""
    device = tables(1, 0, 0, 0)
    lines = ("OL_addr = 0", "LB_addr = 1", "mod_resp_to_us = 100000")
    with serving(device) as served:
        port = f"127.0.0.1:{served.port}"
        nut = CNut(tmp_path).server("MAXAGE 15")
        for ups in ("theirs", "ours"):
            nut.section(ups, "driver = generic_modbus", f"port = {port}", "pollinterval = 1", *lines)
        with nut:
            c = (need("generic_modbus", PACKAGE), "-F", "-u", "root", "-a", "theirs")
            us = (sys.executable, "-m", "wallnut.cli.driver", "generic_modbus", "-F", "-u", "root", "-a", "ours")
            with running(*c, env=nut.env), running(*us, env=nut.env):
                for ups in ("theirs", "ours"):
                    nut.wait_for(ups, "ups.status", "OL")
                served.silent = True
                for ups in ("theirs", "ours"):
                    until(partial(is_stale, nut, ups), 20, f"stale data of {ups}")
                device.put(INPUTS, 0, 0, 1)
                served.silent = False
                until(lambda: "LB" in nut.ask("GET VAR theirs ups.status")[0], 20, "C's driver to be back")
                nut.wait_for("ours", "ups.status", "ALARM OB DISCHRG LB", 20)
