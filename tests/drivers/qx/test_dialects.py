"""The further dialects of nutdrv_qx on UPSes that are tables of replies: found by themselves, their values, commands
and settings. Beside C's they are in test_dialects_beside_c.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.drivers.qx import tables
from tests.drivers.qx.quick import Bench, HastyQx
from tests.drivers.qx.tables import Table
from wallnut.drivers.qx import voltronic_words as words
from wallnut.drivers.qx.ablerex import charge
from wallnut.drivers.qx.driver import Qx
from wallnut.drivers.qx.unit import Unit
from wallnut.drivers.qx.voltronic_axpert import checksum, decode
from wallnut.model import names

DONE, UNKNOWN, INVALID, FAILED = 0, 1, 2, 3

FOUND: dict[str, Callable[[], Table]] = {
    "voltronic": tables.voltronic,
    "voltronic-axpert": tables.voltronic_axpert,
    "voltronic-qs": tables.voltronic_qs,
    "voltronic-qs-hex": tables.voltronic_qs_hex,
    "bestups": tables.bestups,
    "masterguard": tables.masterguard,
    "innovart31": tables.innovart31,
    "innovart33": tables.innovart33,
    "innovatae": tables.innovatae,
    "gtec": tables.gtec,
}
NAMED: dict[str, Callable[[], Table]] = {
    "omron": tables.omron,
    "hunnox": tables.hunnox,
    "ablerex": tables.ablerex,
}
"""Those that others are taken for on a serial line."""


class Desk(Bench):
    """A driver on a table of replies."""

    def __init__(self, talker: Table, driver: type[Qx] = HastyQx, **settings: str | int | None) -> None:
        super().__init__(talker, driver, **settings)  # type: ignore[arg-type]
        self.table = talker

    def can_set(self, name: str) -> bool:
        """Whether a variable is offered for setting."""
        return self.host.host.state.variables[name].writable


@pytest.mark.parametrize("name", FOUND)
def test_detection(name: str) -> None:
    with Desk(FOUND[name]()) as u:
        assert u["driver.version.data"].lower() == f"{name} 1.0"
        assert u["ups.status"].split()[0] == "OL"


@pytest.mark.parametrize("name", [*FOUND, *NAMED])
def test_what_it_publishes_is_of_the_catalogue(name: str) -> None:
    make = (FOUND | NAMED)[name]
    with Desk(make(), protocol=name) as u:
        assert u["driver.version.data"].lower() == f"{name} 1.0"
        assert u["ups.status"].split()[0] == "OL"
        for variable in u.host.host.state.in_order():
            if variable.name != "load.high" and not variable.name.startswith("experimental."):
                assert names.variable_text(variable.name), variable.name
                names.value(variable.name, variable.value)
        for command in u.host.host.state.commands_in_order():
            assert names.command_text(command), command


# --- voltronic


def test_voltronic_qs_of_protocol_h() -> None:
    table = tables.voltronic_qs()
    table.replies[b"M"] = b"H"
    with Desk(table) as u:
        assert (u["driver.version.data"], u["ups.firmware.aux"]) == ("Voltronic-QS 1.0", "PM-H")


def test_voltronic_on_battery() -> None:
    with Desk(tables.voltronic(), protocol="voltronic", pollfreq=4) as u:
        table = u.table
        table.replies[b"QGS"] = b"(000.0 00.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 101100000001"
        table.replies[b"QMOD"] = b"(B"
        u.poll()
        assert u["ups.status"] == "OB LB"
        table.replies[b"QWS"] = b"(" + b"0" * 8 + b"1" + b"0" * 55
        u.poll(4)
        assert u["ups.status"] == "ALARM OB LB OVER"
        assert u["ups.alarm"] == "UPS warnings: Overload alarm."


def test_the_mode_never_hides_an_outage() -> None:
    with Desk(tables.voltronic(), protocol="voltronic") as u:
        u.table.replies[b"QGS"] = b"(000.0 00.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 101000000001"
        u.poll()
        assert u["ups.status"].split()[0] == "OB", "QMOD still says L"
        u.table.replies[b"QMOD"] = b"(NAK"
        u.poll()
        assert not u.host.host.state.stale


@pytest.mark.parametrize(
    ("mode", "status", "alarm"),
    [
        (b"(S", "OL OFF", ""),
        (b"(Y", "OL BYPASS", ""),
        (b"(T", "OL CAL", ""),
        (b"(E", "OL", ""),
        (b"(P", "ALARM OL", "UPS is going ON."),
        (b"(D", "ALARM OL FSD", "UPS is shutting down! Shutdown imminent!"),
        (b"(?", "OL", ""),
    ],
)
def test_voltronic_modes(mode: bytes, status: str, alarm: str) -> None:
    with Desk(tables.voltronic(QMOD=mode), protocol="voltronic") as u:
        assert (set(u["ups.status"].split()), u["ups.alarm"]) == (set(status.split()), alarm)


def test_voltronic_faults_are_asked_while_there_is_one() -> None:
    with Desk(tables.voltronic(), protocol="voltronic") as u:
        assert b"QFS" not in u.table.heard
        u.table.replies[b"QGS"] = b"(234.9 50.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 100001000001"
        u.table.replies[b"QFS"] = b"(43 212.1 50.0 005.6 49.9 006 010.6 343.8 ---.- 026.2 021.8 01101100"
        u.poll()
        assert u["ups.alarm"] == "UPS Fault! Overload fault."
        assert u["ups.status"] == "ALARM OL OVER"
        u.table.replies[b"QGS"] = b"(234.9 50.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 100000000001"
        u.poll()
        assert (u["ups.alarm"], u["ups.status"]) == ("", "OL")


def test_voltronic_beeper() -> None:
    with Desk(tables.voltronic(), protocol="voltronic") as u:
        assert u["ups.beeper.status"] == "enabled"
        assert u.do("INSTCMD beeper.toggle") == DONE
        assert b"BZOFF" in u.table.heard
        u.table.replies[b"QGS"] = b"(234.9 50.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 100000000101"
        u.poll()
        assert u["ups.beeper.status"] == "muted"
        assert u.do("INSTCMD beeper.toggle") == DONE
        assert b"BZON" in u.table.heard
        u.table.replies[b"QFLAG"] = b"(EpbDa"
        assert u.do("INSTCMD beeper.disable") == DONE
        u.poll(2)
        u.poll(2)
        assert u["ups.beeper.status"] == "disabled"
        assert u.do("INSTCMD beeper.toggle") == INVALID
    with Desk(tables.voltronic(QFLAG=b"(EpD"), protocol="voltronic") as u:
        assert u.do("INSTCMD beeper.disable") == UNKNOWN, "no control of the alarm"
        assert u.do("INSTCMD beeper.toggle") == DONE


def test_voltronic_settings_that_are_not_there() -> None:
    with Desk(tables.voltronic(QFLAG=b"(EpDr", QBV=b"(NAK"), protocol="voltronic") as u:
        assert u.can_set("ups.start.auto")
        for setting in ("battery.protection yes", "battery.packs 2", "input.transfer.high 250", "battery.type AGM"):
            assert u.do(f"SET {setting}") == UNKNOWN
        assert u.do("INSTCMD outlet.1.load.off") == UNKNOWN
        assert u.do("INSTCMD bypass.start") == UNKNOWN
        assert u.do("SET ups.start.auto perhaps") == INVALID


def test_voltronic_limits() -> None:
    with Desk(tables.voltronic(), protocol="voltronic") as u:
        state = u.host.host.state.variables
        assert state["input.transfer.high"].ranges == ((237, 254),)
        assert state["input.transfer.low"].ranges == ((206, 223),)
        assert (u["input.transfer.high.min"], u["input.transfer.low.max"]) == ("237", "223")
        assert u.do("SET input.transfer.high 255") == INVALID
        assert state["battery.voltage.low"].ranges == ((20, 24),)
    with Desk(tables.voltronic(), protocol="voltronic", max_bypass_volt=300) as u:
        assert u.host.verdict == "[u] max_bypass_volt = 300: the UPS has no such value"


def test_voltronic_keys() -> None:
    with Desk(tables.voltronic(QFLAG=b"(EpDr"), protocol="voltronic", bypass_alarm="enabled", eco_mode="enabled") as u:
        assert not any(line.startswith(b"P") for line in u.table.heard)
        assert "eco_mode: the UPS has no such setting" in " ".join(u.host.log.texts)
    with Desk(tables.voltronic(QMOD=b"(S"), protocol="voltronic", reset_to_default=None, output_phase_angle=240) as u:
        assert b"PF" in u.table.heard
        assert b"PPD240" in u.table.heard
    with Desk(tables.voltronic(), protocol="voltronic", reset_to_default=None) as u:
        assert b"PF" not in u.table.heard, "only while it is off"


def test_voltronic_phases() -> None:
    with Desk(tables.voltronic("10", Q3OV=b"(253.4 163.4 023.4 143.4 103.4 523.4"), protocol="voltronic") as u:
        assert (u["output.L2-N.voltage"], u["output.L2-L3.voltage"]) == ("163.4", "103.4")
        assert u["output.L3.power.percent"] == "123"
    with Desk(tables.voltronic("09"), protocol="voltronic") as u:
        assert (u["input.L2-N.voltage"], u["input.L3-N.voltage"]) == ("123.4", "")
    with Desk(tables.voltronic("01"), protocol="voltronic") as u:
        assert not any(line.startswith(b"Q3") for line in u.table.heard)


def test_a_p71_says_dashes() -> None:
    with Desk(
        tables.voltronic("71", QGS=b"(234.9 50.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 --0000------"),
        protocol="voltronic",
    ) as u:
        assert (u["ups.type"], u["ups.status"], u["ups.firmware.aux"]) == ("online", "OL", "P71")


def test_warnings_that_are_too_many_are_shown_by_their_bits() -> None:
    unit = Unit(None, None, None)  # type: ignore[arg-type]
    assert words.warnings("0" * 64, unit) == ""
    assert words.warnings("0" * 63 + "1", unit) == "UPS warnings: Unknown warnings [bit: #64]"
    shown = words.warnings("1" * 64, unit)
    assert shown.startswith("UPS warnings: Known (see log or manual) [bit: #01, #02")
    assert shown.endswith("#62]; Unknown warnings [bit: #59, #60, #61, #63, #64]")


# --- others


def test_axpert() -> None:
    with Desk(tables.voltronic_axpert(), protocol="voltronic-axpert") as u:
        assert (u["device.type"], u["device.model"], u["battery.type"]) == ("scd", "INVERTEX5K", "AGM")
        assert {*u["ups.status"].split()} == {"OL", "CHRG"}
        u.table.replies[b"QMOD"] = b"(B"
        u.table.replies[b"QPIWS"] = b"(" + b"0" * 15 + b"1" + b"0" * 4 + b"1" + b"0" * 4
        u.poll()
        assert {*u["ups.status"].split()} >= {"OB", "LB"}
        assert u["ups.alarm"] == "Device warnings: Low battery. #21"


def test_axpert_checksums() -> None:
    assert checksum(b"QPI") == b"\xbe\xac"
    assert checksum(b"QPIGS") == b"\xb7\xa9"
    with pytest.raises(ValueError, match="wrong checksum"):
        decode(b"(ACK\x00\x00\r", Unit(None, None, None))  # type: ignore[arg-type]


def test_bestups_models() -> None:
    with Desk(tables.bestups(b"PR2,400,230,230,20.0,27.6", M=b"9"), protocol="bestups") as u:
        assert (u["device.mfr"], u["device.model"]) == ("Best Power", "Patriot Pro II")
        assert (u["input.transfer.low"], u["input.transfer.high"], u["ups.power.nominal"]) == ("165", "270", "400")
        assert u["ups.status"] == "OL BYPASS", "its bit is the other way round"
        assert u["battery.runtime"] == "1500"
        assert u["battery.packs"] == ""
    with Desk(tables.bestups(b"XYZ,3000,120,120,20.0,100.6"), protocol="bestups") as u:
        assert (u["device.mfr"], u["device.model"], u["battery.voltage.high"]) == ("Unknown", "Unknown (XYZ)", "100.6")


def test_hunnox_charge() -> None:
    with Desk(tables.hunnox(BL=b"BL7"), protocol="hunnox") as u:
        assert u["battery.charge"] == "7"
        assert u["ups.delay.shutdown"] == "60"
        assert u.do("INSTCMD beeper.toggle") == DONE


def test_masterguard() -> None:
    with Desk(tables.masterguard(), protocol="masterguard") as u:
        assert (u["device.model"], u["ups.power.nominal"], u["ups.id"]) == ("A700-19", "700", "00")
        assert (u["battery.voltage"], u["battery.runtime"], u["device.uptime"]) == ("27.24", "1023", "161550397")
        assert (u["ups.test.result"], u["device.part"], u["device.serial"]) == ("no test in progress", "6A1212", "2782")
        assert u.do("INSTCMD shutdown.return") == DONE
        assert b"S.5R0003" in u.table.heard
        u.table.heard.clear()
        assert u.do("SET output.voltage.nominal 240") == DONE
        assert u.table.heard[0] == b"PNV=240"
        assert u.do("SET output.voltage.nominal 250") == INVALID
        u.table.replies[b"WH"] = u.table.replies[b"WH"].replace(b"(00", b"(07")
        assert u.do("SET ups.id 7") == DONE
        assert u.table.heard[0] == b"SS07--,00"
        u.poll()
        u.table.heard.clear()
        assert u.do("INSTCMD beeper.enable") == DONE
        assert u.table.heard[0] == b"SS---1,07"


def test_a_masterguard_with_another_address_is_not_meant() -> None:
    with Desk(tables.masterguard(), protocol="masterguard", slave_address=3) as u:
        assert u.host.verdict is not None


def test_ablerex_binary_replies() -> None:
    talker = tables.ablerex()
    talker.replies.update(tables.samples("ablerex"))
    with Desk(talker, protocol="ablerex") as u:
        assert (u["output.frequency"], u["output.current"], u["battery.runtime"]) == ("50.0", "2.1", "600")
        assert (u["battery.voltage"], u["battery.voltage.low"], u["ups.test.result"]) == ("24.00", "19.20", "0000")
        talker.replies[b"Q1"] = b"(226.0 195.0 226.0 014 49.0 2.10 30.0 00110000"
        u.poll()
        assert {*u["ups.status"].split()} >= {"OL", "RB", "BYPASS"}


def test_ablerex_charges() -> None:
    cells = [charge(volts) for volts in (2.30, 2.22, 2.21, 2.0, 1.67, 1.0)]
    blocks = [charge(volts) for volts in (13.6, 13.4, 13.3, 12.0, 10.1, 10.0, 9.0)]
    assert cells == [100, 100, 90, 55, 0, 0]
    assert blocks == [100, 90, 90, 55, 2, 0, 0]


def test_omron_starts_again_or_not() -> None:
    with Desk(tables.omron(), protocol="omron") as u:
        assert (u["ups.firmware"], u["ups.firmware.aux"], u["battery.date"]) == ("0.17", "2.00", "2026-07-30")
        assert (u["ups.power.nominal"], u["battery.voltage.nominal"], u["battery.runtime"]) == ("1125", "48", "41940")
        assert u["ups.beeper.status"] == ""
        assert u.do("INSTCMD shutdown.return") == DONE
        assert u.table.heard[:2] == [b"An", b"S.5"]
        assert u.do("INSTCMD shutdown.stayoff") == DONE
        assert u.table.heard[:2] == [b"Af", b"Sf.5"]
        u.table.replies[b"An"] = b"NAK"
        assert u.do("INSTCMD shutdown.return") == FAILED
        assert b"S.5" not in u.table.heard


def test_gtec_letters() -> None:
    with Desk(tables.gtec(), protocol="gtec") as u:
        assert u["ups.test.result"] == "Test passed - Result: OK"
        u.table.replies[b"Q4"] = b"(236.7 243.2 212.1 220.1 230.4 002 001 50.0 371 372 041.3 22.9 ABG"
        u.poll()
        assert (u["ups.status"], u["ups.alarm"]) == ("ALARM OB LB", "Site fault")


def test_innova() -> None:
    with Desk(tables.innovart31(), protocol="innovart31") as u:
        assert (u["output.phases"], u["output.voltage"], u["input.bypass.voltage"]) == ("1", "229.9", "230.4")
        assert u.do("INSTCMD beeper.toggle") == UNKNOWN
    with Desk(tables.innovart33(), protocol="innovart33") as u:
        assert (u["ups.serial"], u["ups.firmware"]) == ("N05K10KB100004", "05516-1100")
        assert (u["input.bypass.phases"], u["output.L3-N.voltage"]) == ("3", "231.0")
