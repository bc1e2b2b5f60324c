"""What the vendor files know: names, which file serves which device, what devices are known to say wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.usbhid import ddl
from tests.drivers.usbhid.test_rows import Nobody
from wallnut.drivers.usbhid import cyberpower, eaton, ever, openups, powercom, tripplite
from wallnut.drivers.usbhid.belkin import LINE_VOLTAGE, NOMINAL_VOLTAGE
from wallnut.drivers.usbhid.descriptor import Descriptor, Field, Key, Kind
from wallnut.drivers.usbhid.eaton_models import Family, model
from wallnut.drivers.usbhid.rows import Alarm, Command, Convert, Flag, Match, Own, Sign, Var, Vendor
from wallnut.drivers.usbhid.vendors import VENDORS, choose
from wallnut.io.hid import Identity
from wallnut.model import names

# Names that NUT's drivers use, though NUT's list of names does not have them.
UNLISTED = {
    "battery.charger.abm.status",  # noted, never shown
    "battery.runtime.elapsed",
    "device.country",  # noted, never shown
    "input.frequency.transfer.high",
    "input.frequency.transfer.low",
    "output.transfer.high",
    "output.transfer.low",
    "ups.load.nominal",
    *(f"ups.L{phase}.{power}" for phase in (1, 2, 3) for power in ("power", "realpower")),
}


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.title)
def test_names_are_known_to_nut(vendor: Vendor) -> None:
    for row in vendor.rows:
        if isinstance(row, Var | Own) and not row.name.startswith("experimental.") and row.name not in UNLISTED:
            assert names.describe(row.name), row
        if isinstance(row, Command) and not row.name.startswith("experimental."):
            assert names.command(row.name), row


def test_the_exceptions_are_used() -> None:
    used = {row.name for vendor in VENDORS for row in vendor.rows if isinstance(row, Var)}
    assert used >= UNLISTED


class Device(Nobody):
    """A rows.Device that knows what a test tells it."""

    def __init__(
        self,
        identity: Identity | None = None,
        variables: dict[str, str] | None = None,
        values: dict[str, float] | None = None,
        match: Match | None = None,
    ) -> None:
        super().__init__()
        self.identity, self.match = identity or Identity(0, 0), match or Match(0)
        self._variables, self._values = variables or {}, values or {}

    def text(self, index: int) -> str:
        return f"string {index}" if index else ""

    def variable(self, name: str) -> str:
        return self._variables.get(name, "")

    def value(self, path: str) -> float | None:
        return self._values.get(path)


FINITE = st.floats(-1e40, 1e40)
"""More than the 64 bits and the exponent of a field can say."""


@given(FINITE, st.sampled_from(["", "0", "12", "nonsense", "2024/05/06", "12:00:00"]))
def test_any_value_has_a_meaning_or_none(value: float, known: str) -> None:
    for vendor in VENDORS:
        for row in vendor.rows:
            device = Device(variables=dict.fromkeys(("ups.load", "ups.power.nominal", "ups.time", "ups.date"), known))
            device.memory["family"], device.memory["abm"] = float(Family.PEGASUS), 1.0
            if isinstance(row, Flag):
                assert all(isinstance(sign, Sign) for sign, _ in row.means(value, device))
            elif isinstance(row, Var | Alarm) and not isinstance(row.show, str):
                text = row.show.read(value, device)
                assert text is None or isinstance(text, str), row


@given(st.text())
def test_any_text_has_a_value_or_none(text: str) -> None:
    for vendor in VENDORS:
        for row in vendor.rows:
            if isinstance(row, Var | Command) and isinstance(row.show, Convert) and row.show.write is not None:
                number = row.show.write(text, Device())
                assert number is None or isinstance(number, float), row


# --- which file


@pytest.mark.parametrize(
    ("ids", "strings", "title"),
    [
        ("0463:ffff", ("EATON", "5E"), "MGE HID"),
        ("047c:ffff", ("DELL", "Dell UPS Tower 1000W LV"), "MGE HID"),
        ("03f0:1fe5", ("HP", "R/T3000"), "MGE HID"),
        ("03f0:1f0a", ("HP", "R/T2200"), "TrippLite HID"),
        ("06da:ffff", ("", "Liebert"), "Phoenixtec/Liebert HID"),
        ("06da:ffff", ("AEG", "PROTECT NAS"), "MGE HID"),
        ("09d6:0001", ("KSTAR", ""), "MGE HID"),
        ("09d6:0001", ("ACME", ""), ""),
        ("05dd:041b", ("DELTA", ""), "Delta UPS HID"),
        ("05dd:a0a0", ("Minuteman", ""), "TrippLite HID"),
        ("0764:0501", ("CPS", ""), "CyberPower HID"),
        ("0483:a430", ("", ""), "CyberPower HID"),
        ("0483:a113", ("", ""), "Ever HID"),
        ("10af:0001", ("Emerson", ""), "Belkin/Liebert HID"),
        ("09ae:0001", ("Tripp Lite", "SMART550USB"), ""),
        ("0d9f:0002", ("", ""), ""),
    ],
)
def test_which_file(ids: str, strings: tuple[str, str], title: str) -> None:
    vendor_id, product_id = (int(half, 16) for half in ids.split(":"))
    for insist in (False, True):
        found = choose(Identity(vendor_id, product_id, 0, *strings), insist=insist)
        assert (found[0].title if found else "") == title


def test_ids_are_ids() -> None:
    for vendor in VENDORS:
        for match in vendor.matches:
            assert 0 < match.vendor <= 0xFFFF
            assert match.product is None or 0 <= match.product <= 0xFFFF
        assert vendor.matches[-1].product is None, "a user may name a product that is not listed"


def test_every_file_names_a_maker() -> None:
    for vendor in VENDORS:
        if vendor is not tripplite.VENDOR:
            assert vendor.mfr(Identity(1, 2))


# --- what is wrong in them


def read(convert: Convert, value: float, device: Device | None = None) -> str | None:
    return convert.read(value, device or Device())


def test_cyberpower() -> None:
    doubtful = Identity(0x0764, 0x0501)
    device = Device(doubtful, {"battery.voltage.nominal": "12"})
    assert read(cyberpower.BATTERY_VOLTAGE, 20.4, device) == "13.6"
    assert read(cyberpower.BATTERY_VOLTAGE, 15.0, device) == "10.0"  # the first value decided
    assert read(cyberpower.BATTERY_VOLTAGE, 20.4, Device(replace(doubtful, product_id=0x0601))) == "20.4"
    assert read(cyberpower.BATTERY_VOLTAGE, 20.4, Device(doubtful)) == "20.4"  # nothing to compare with
    assert [read(cyberpower.FREQUENCY, hertz, device) for hertz in (49.9, 499.0, 601.0, 0.0)] == [
        "49.9",
        "49.9",
        "60.1",
        "0.0",
    ]
    assert read(cyberpower.CHARGE, 104.0) == "100"


def field(report: int, usage: int, low: int, high: int, size: int = 16) -> Field:
    return Field((0x840004, 0x84001C, usage), Key(Kind.FEATURE, report), 0, size, (low, high))


def bounds(layout: Descriptor) -> list[tuple[int, int]]:
    assert cyberpower.VENDOR.fix is not None
    return [one.logical for one in cyberpower.VENDOR.fix(Identity(0x0764, 0x0501), layout).fields]


def test_bounds_of_cyberpower() -> None:
    transfer = field(0x10, 0x840054, 125, 138)
    output, input = field(0x12, 0x840030, 125, 138), field(0x0F, 0x840030, 125, 138)
    assert bounds(Descriptor((input, transfer, output))) == [(0, 511), (125, 138), (0, 511)]
    right = field(0x12, 0x840030, 0, 300)
    assert bounds(Descriptor((transfer, right))) == [(125, 138), (0, 300)]
    signless = field(0x12, 0x840030, 0, 255)
    assert bounds(Descriptor((signless, field(0x0F, 0x840030, 0, 65535), field(0x18, 0x840044, 0, 900)))) == [
        (0, 511),
        (0, 65535),
        (0, 2048),
    ]
    assert bounds(Descriptor((replace(signless, size=8),))) == [(0, 255)]
    assert cyberpower.VENDOR.fix is not None
    whole = Descriptor((signless,))
    assert cyberpower.VENDOR.fix(Identity(0x0764, 0x0005), whole) is whole


@pytest.mark.parametrize(
    ("product", "battery", "line", "frequency"),
    [
        (0x2005, "12.0", "120.0", "60.0"),
        (0x4004, "120.0", "120.0", "60.0"),
        (0x3016, "12000000.0", "12000000.0", "0.6"),
    ],
)
def test_scales_of_tripp_lite(product: int, battery: str, line: str, frequency: str) -> None:
    identity = Identity(0x09AE, product)
    found = choose(identity)
    assert found is not None
    device = Device(identity, match=found[1])
    assert read(tripplite.BATTERY_VOLTAGE, 120.0, device) == battery
    assert read(tripplite.LINE_VOLTAGE, 120.0, device) == line
    assert read(tripplite.LINE_FREQUENCY, 60.0, device) == frequency


def test_liebert_voltages() -> None:
    values = {1.39e-06: "13.9", 2.201e-05: "220.1", 0.000273: "27.3", 0.001212: "121.2", 230.0: "230.0", 0.0: "0.0"}
    assert {value: read(LINE_VOLTAGE, value) for value in values} == values
    assert read(NOMINAL_VOLTAGE, 1e-07) == "10.0"
    assert read(NOMINAL_VOLTAGE, 24.0) == "24.0"


def test_powercom_delays() -> None:
    device = Device(variables={"ups.delay.start": "120", "ups.delay.shutdown": "20"})
    fallback = Device(variables={"ups.delay.shutdown": "20"})
    fallback.memory[powercom.FALLBACK] = 1.0
    write = {name: getattr(powercom, name).write for name in ("STARTUP", "SHUTDOWN", "STAY_OFF")}
    assert write["STARTUP"]("", device) == 0x0200
    assert write["SHUTDOWN"]("", device) == 0x0054
    assert write["STAY_OFF"]("150", device) == 0x029E
    assert write["SHUTDOWN"]("0", device) == 0x0041
    assert write["SHUTDOWN"]("", fallback) == 0x5400
    for wrong in ("-5", "soon", "99999"):
        assert write["SHUTDOWN"](wrong, device) is None
    assert read(powercom.STARTUP, 0x0200, device) == "120"
    assert read(powercom.SHUTDOWN, 0x021E, device) == "150"
    assert read(powercom.SHUTDOWN, 0x1E02, fallback) == "150"


def test_openups_temperatures() -> None:
    values = {0.0: "-40", 0.49: "-40", 5.12: "25", 5.355: "27.45", 9.72: "125", 99.0: "125"}
    assert {value: read(openups.TEMPERATURE, value) for value in values} == values


@pytest.mark.parametrize(
    ("product", "kind", "family", "name"),
    [
        ("ELLIPSE", "800", Family.OFFLINE, "ellipse 800"),
        ("ELLIPSE", "1500", Family.OFFLINE, "Ellipse 1500"),
        ("Ellipse ECO", "1600", Family.PEGASUS, "Ellipse ECO 1600"),
        ("3S", "700", Family.THREE_S, "3S 700"),
        ("Evolution", "650", Family.EVOLUTION_650, "Evolution 650"),
        ("Evolution", "S 3000", Family.EVOLUTION, "Evolution S 3000"),
        ("Evolution", "1500", Family.OTHER, "Pulsar Evolution 1500"),
        ("Eaton 5P", "1150", Family.FIVE_P, "5P 1150"),
        ("Eaton 9E", "3000ixl", Family.NINE_E, "9E3000ixl"),
        ("unknown", "2000", Family.NINE_E, "9E2000i (presumed)"),
        ("EX", "3000 XL", Family.PULSAR_M, "EX 3000 XL"),
        ("EX", "1500RT", Family.OTHER, "Pulsar EX 1500 RT"),
        ("GALAXY", "3000_30", Family.OTHER, "Galaxy 3000 30 kVA"),
        ("Ellipse PRO", "650", Family.OTHER, "Ellipse PRO 650"),
    ],
)
def test_models_of_eaton(product: str, kind: str, family: Family, name: str) -> None:
    assert model(product, kind) == (family, name)


def test_what_only_some_models_of_eaton_mean() -> None:
    device = Device(Identity(0x0463, 0xFFFF, product="Evolution"))
    assert read(eaton.BATTERY_VOLTAGE, 27.0, device) is None
    assert read(eaton.MODEL_BY_POWER, 650.0, device) == "Evolution 650"
    assert read(eaton.BATTERY_VOLTAGE, 13.5, device) == "13.5"
    assert read(eaton.BATTERY_NOMINAL, 24.0, device) == "12"
    assert read(eaton.THRESHOLD, 25.0, device) is None
    pegasus = Device(Identity(0x0463, 0xFFFF, product="Protection Station"))
    read(eaton.MODEL_BY_POWER, 500.0, pegasus)
    assert read(eaton.THRESHOLD, 25.0, pegasus) == "25"
    assert eaton.THRESHOLD.write is not None
    assert eaton.THRESHOLD.write("30", pegasus) is None
    assert eaton.THRESHOLD.write("60", pegasus) == 60
    for country, switch in ((0.0, None), (1.0, "yes")):
        threes = Device(Identity(0x0463, 0xFFFF, product="3S"))
        read(eaton.MODEL_BY_POWER, 700.0, threes)
        assert read(eaton.COUNTRY, country, threes) is None
        assert read(eaton.ECO_SWITCH, 1.0, threes) == switch
    dell = Device(Identity(0x047C, 0xFFFF, product="Dell UPS"))
    assert read(eaton.MODEL, 4.0, dell) is None


def flags(path: str, value: float, device: Device) -> set[tuple[Sign, bool]]:
    return {
        change
        for row in eaton.ROWS
        if isinstance(row, Flag) and row.path == path
        for change in row.means(value, device)
    }


MODE, STATUS = "UPS.BatterySystem.Charger.Mode", "UPS.BatterySystem.Charger.Status"
CHARGING = "UPS.PowerSummary.PresentStatus.Charging"


def test_abm_of_eaton() -> None:
    device = Device()
    assert flags(CHARGING, 1, device) == {(Sign.CHARGING, True)}
    assert flags(MODE, 3, device) == set()
    device.memory["abm"] = 1.0
    assert flags(CHARGING, 1, device) == set()
    assert flags(MODE, 3, device) == {(Sign.CHARGING, True), (Sign.DISCHARGING, False)}
    assert flags(MODE, 2, device) == {(Sign.CHARGING, False), (Sign.DISCHARGING, True)}
    assert flags(STATUS, 4, device) == {(Sign.CHARGING, False), (Sign.DISCHARGING, True)}
    both = Device(values={MODE: 1.0})
    both.memory["abm"] = 1.0
    assert flags(STATUS, 4, both) == set()


def test_what_feeds_eatons_converter_means_nothing_while_it_is_off() -> None:
    used, good = "UPS.PowerConverter.Input.[1].PresentStatus.Used", "UPS.PowerSummary.PresentStatus.Good"
    assert flags(used, 1, Device(values={good: 1.0})) == {(Sign.ONLINE, True)}
    assert flags(used, 0, Device(values={good: 0.0})) == set()


def test_dates_of_eaton(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(variables={"ups.date": "2026/01/02", "ups.time": "03:04:05"})
    assert eaton.DATE.write is not None
    assert eaton.TIME.write is not None
    then = eaton.TIME.write("03:04:05", device)
    assert then == eaton.DATE.write("2026/01/02", device)
    assert then is not None
    assert read(eaton.DATE, then) == "2026/01/02"
    assert read(eaton.TIME, then) == "03:04:05"
    assert read(eaton.DATE, 1e300) is None
    assert eaton.DATE.write("tomorrow", device) is None


def test_real_power_of_eaton_is_estimated() -> None:
    device = Device(variables={"ups.load": "50", "ups.power.nominal": "1500"})
    assert read(eaton.REAL_POWER, 1500, device) == "600"
    assert read(eaton.REAL_POWER, 1500) is None


def test_ever() -> None:
    on = {f"{ever._EVER}.EverWorkmode.EverMode2": 1.0, f"{ever._EVER}.EverMessages.EverMessage7": 1.0}
    assert read(ever.WORKMODE, 0, Device(values=on)) == "ONLINE"
    assert read(ever.MESSAGES, 0, Device(values=on)) == "FAN_ON"
    assert read(ever.VERSION, 0x1203) == "v1.2b03"
    assert read(ever.HARDWARE, 0x0204) == "rev.Bv04"


# --- NUT's device dump library

SERVED_OTHERWISE = {
    # by MGE's table in NUT 2.7.4; by Liebert's in C's present one, as here: its strings do not say AEG
    "PowerWalker__VI_1200_SHL__usbhid-ups__2.7.4__01",
}
NUMBERS_OF_COLLECTIONS = ("experimental.", "ups.powersummary.", "ups.output.", "ups.input.")


def test_dumps_of_real_devices() -> None:
    where = ddl.folder()
    if where is None:
        pytest.skip("no device dump library (set WALLNUT_DDL)")
    found = ddl.dumps(where)
    assert len(found) >= 160
    assert {dump.name for dump in found if not dump.same} == SERVED_OTHERWISE
    missing = {
        name for dump in found if dump.same for name in dump.missing if not name.startswith(NUMBERS_OF_COLLECTIONS)
    }
    assert missing <= {"ups.power.nominal", "fault.site.status"}  # what a user added, it seems
    assert ddl.table(found).count("\n") >= 12
