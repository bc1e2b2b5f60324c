"""The MIB files: what they say makes sense, and beside C's driver they make the same of recordings of real devices.

The recordings are not ours to copy (`snmpsim.shared`): without them only the tests of the tables run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drivers.snmp.made_up import whole
from tests.drivers.snmp.test_beside_c import OURS, heard, theirs, variables
from tests.support import snmpsim
from wallnut.drivers.snmp import mibs as folder
from wallnut.drivers.snmp.mibs import eaton_pdu, eaton_sensors, powerware
from wallnut.drivers.snmp.rows import Alarm, Command, Conditions, Fixed, Mib, Number, Row, Status
from wallnut.drivers.snmp.values import number_text
from wallnut.model import names
from wallnut.model.status import WORDS

MIBS = folder.mibs()
BY_NAME = pytest.mark.parametrize("mib", MIBS, ids=lambda mib: f"{mib.name}-{'-'.join(mib.ids)}")
NO_MIB = ("blocks", "eaton_sensors", "words")
"""Files of rows that others take."""

UNLISTED = re.compile(
    r"ambient\.1\.(humidity|temperature)\.alarm\.(high|low)|ambient\.n\.(serial|temperature\.unit)"
    r"|battery\.runtime\.elapsed|device\.(firmware|name|revision|version)|experimental\.ups\.type"
    r"|(in|out)put\.L[123]\.frequency|output\.voltage\.(high|low)|ups\.L[123]\.(load|realpower)|ups\.macaddr"
    r"|ups\.temperature\.(high|low)"
)
"""Names that NUT's snmp-ups publishes and its list of names has not."""


# --- the tables


def test_every_file_is_listed() -> None:
    files = {path.stem for path in Path(str(folder.__file__)).parent.glob("[a-z]*.py")}
    assert files == {*folder.FILES, *NO_MIB}
    assert folder.FILES[-1] == "ietf", "RFC 1628 comes after the vendors' own"


def test_the_page_has_them_all() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "snmp-mibs.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\S+)`.* \| (1\.3\.6\.1\.\S+(?:, \S+)*) \|", page, re.MULTILINE)
    assert {name for name, _ in listed} == {mib.name for mib in MIBS}
    for mib in MIBS:
        ids = " ".join(text for name, text in listed if name == mib.name)
        assert all(one in ids or f".{one.rpartition('.')[2]}" in ids.replace(",", "").split() for one in mib.ids), mib


@BY_NAME
def test_names(mib: Mib) -> None:
    """Every variable and command is one that NUT knows, or that C's driver publishes nevertheless."""
    for row in mib.rows:
        if isinstance(row, Alarm | Conditions) or row.name.startswith("_") or UNLISTED.fullmatch(row.name):
            continue
        name = row.name.replace(".n.", ".1.")
        assert (names.command if isinstance(row, Command) else names.describe)(name), name


@BY_NAME
def test_objects(mib: Mib) -> None:
    """Chained devices have a number in objects' names only where the MIB tells how many there are."""
    chained = any(row.name == "device.count" for row in mib.rows)
    for oid in (*(row.oid for row in mib.rows if not isinstance(row, Fixed)), mib.probe, *mib.ids):
        assert re.fullmatch(r"1\.3\.6\.1(\.(\d+|n|d))+|", oid), oid
        parts = oid.split(".")
        assert parts.count("n") <= 1
        assert parts.count("d") <= chained, f"{oid}: no device.count"
        assert "n" not in parts or "d" not in parts or parts.index("d") < parts.index("n")


@BY_NAME
def test_words(mib: Mib) -> None:
    """Tables are not empty; status words are NUT's; nothing that can be set has two numbers for one word."""
    for row in mib.rows:
        if isinstance(row, Conditions):
            assert all(re.fullmatch(r"[0-9.]+", oid) and (word or text) for oid, (word, text) in row.meanings.items())
        elif not isinstance(row, Fixed | Command) and row.words is not None and not callable(row.words):
            assert row.words, row.name
        if isinstance(row, Status):
            assert {word for text in row.words.values() for word in text.split()} <= set(WORDS), row.oid
        elif isinstance(row, Alarm):
            assert all(not text or text.endswith("!") for text in row.words.values())


@BY_NAME
def test_no_row_is_given_twice(mib: Mib) -> None:
    """Rows of one name differ in where they look (of an alarm or a status there may be many)."""
    seen: list[Row] = []
    for row in mib.rows:
        assert row not in seen
        seen.append(row)
        if isinstance(row, Number):
            assert 0 < row.scale <= 60, f"{row.name}: scale {row.scale}"


def test_later_names() -> None:
    assert set(folder.ALIASES.values()) <= {mib.name for mib in MIBS}
    assert set(folder.ALIASES) < set(folder.names())


def test_one_name_one_identity() -> None:
    """MIBs that share a sysObjectID tell their model elsewhere, so that the model decides."""
    for mib in MIBS:
        rivals = [one for one in MIBS if set(one.ids) & set(mib.ids)]
        assert len({one.model() for one in rivals}) == len(rivals), mib.name


# --- converters


@pytest.mark.parametrize(
    ("unit", "text", "expected"),
    [
        ("celsius", "25.30", "25.3"),
        ("fahrenheit", "77", "25.0"),
        ("kelvin", "298.15", "25.0"),
        ("celsius", "-4", "-4.0"),
        ("", "25", None),
    ],
)
def test_a_sensors_temperature(unit: str, text: str, expected: str | None) -> None:
    assert eaton_sensors.celsius(text, {"_temperature.unit": unit} if unit else {}) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("06/25/2015", "2015-06-25"), ("6/5/2015", "2015-06-05"), ("unknown", "unknown"), ("", "")]
)
def test_a_date(text: str, expected: str) -> None:
    assert powerware.iso_date(text, {}) == expected


@pytest.mark.parametrize(("text", "expected"), [("0", "1"), ("0,1,2", "3"), ("0,1,", "2"), ("", "0")])
def test_units_in_a_chain(text: str, expected: str) -> None:
    assert eaton_pdu.units(text, {}) == expected


# --- recordings of real devices

BESIDE_C = (
    *("apc_powerchute", "cyberpower", "deltaups", "eaton-93e-80", "eatonpdu_dbq", "eatonups_eaton-connectups"),
    *("eatonupsm2_9px+empg2", "huawei-gse200m", "ingrasys-power-switch", "phoenixtec-power", "poweralert_2"),
)
"""One or two of every MIB that C's driver serves there; all of the thirty that it serves were compared by hand."""

MADE_UP = tuple(
    mib
    for mib in MIBS
    if not mib.name.startswith("apc")  # test_beside_c has those, and RFC 1628
    and mib.name not in ("ietf", "tripplite", "baytech_rpc3nc", "eaton_pdu_nlogic", "hpe_pdu3_cis")  # NUT 2.8.1
)
"""Those of C 2.8.0, of which a device is made up that has every object."""

NUMBERS = r"outlet\.-?\d+\.id"
# C numbers the outlets whose number no object tells from -1 or 0
SENSORS = r"ambient\.\d\.(temperature|parent\.serial)"
# C cuts off the tenths, and asks for a sensor's parent only in its file of Eaton's PDUs
DIFFERENT = {
    "aphel_revelation": NUMBERS,
    "baytech": r"device\.mfr",  # C's rows spell it in two ways
    # C's table of output states begins with its own end mark; the others came with NUT 2.8.2
    "cyberpower": r"ups\.(status|alarm|id|temperature|test\.(date|result))|input\.transfer\.reason|battery\.date"
    r"|driver\.version\.data",
    # of several objects for one variable C takes the last; ours the first, which is the more exact. C has no ALARM in
    # ups.status of devices that can be chained
    "eaton_epdu": rf"{SENSORS}|ups\.status|input\.(real)?power|outlet\.(\d\.(name|groupid)|switchable)",
    # C has input.L1.load thrice, and the alarm of L2 for L3
    "hpe_epdu": rf"{NUMBERS}|ups\.(status|alarm)|input\.L[123]\.load",
    "huawei": r"output\.L[123]\.(realpower|powerfactor)",  # C has L1 thrice, L2 twice
    "netvision": r"input\.bypass\.(voltage|current)",  # C: of one phase, whatever input.bypass.phases says
    "pulizzi_switched1": NUMBERS,
    "pulizzi_switched2": NUMBERS,
    # C overlooks the alarm xupsLowBattery
    "pw": rf"{SENSORS}|ups\.status",
    "pxgx_ups": rf"{SENSORS}|ups\.status",
    "raritan": NUMBERS,
    "xppc": r"device\.model",  # C takes an empty ups.model for it too
}
"""MIB, variables that differ; docs/snmp-mibs.md has them too."""

ONLY_OURS = {
    "deltaups_rfc1628string": ("ietf", "battery.voltage", "1.3.6.1.2.1.33.1.2.5.0", 0.1),
    "eatonpdu_2": ("eaton_epdu", "input.voltage", "1.3.6.1.4.1.534.6.6.7.3.2.1.3.0.1.1", 0.001),
    "hpe-mapdu_pdu2": ("hpe_epdu", "input.frequency", "1.3.6.1.4.1.232.165.7.2.1.1.2.0", 0.1),
    "hpe-mapdu_pdu3": ("hpe_pdu3_cis", "input.current", "1.3.6.1.4.1.232.165.11.2.2.1.11.1.1", 0.01),
    "raritan-pdu_px2": ("raritan-px2", "outlet.12.id", "1.3.6.1.4.1.13742.6.3.5.3.1.2.1.12", 1),
}
"""Recordings without the model that C insists on: MIB, a variable, its object and scale."""


@pytest.fixture(scope="module")
def recordings() -> dict[str, str]:
    place = snmpsim.shared()
    return {name: (place / f"{name}.snmprec").read_text("latin-1") for name in (*BESIDE_C, *ONLY_OURS)}


@pytest.fixture(scope="module")
def port(recordings: dict[str, str]) -> Iterator[int]:
    with snmpsim.simulated(recordings) as ports:
        yield ports[0]


@pytest.fixture(scope="module")
def made_up() -> Iterator[int]:
    with snmpsim.simulated({mib.name: snmpsim.record(whole(mib)) for mib in MADE_UP}) as ports:
        yield ports[0]


@pytest.mark.parametrize("name", BESIDE_C)
def test_recordings_beside_c(port: int, name: str, tmp_path: Path) -> None:
    compare(port, name, tmp_path)


@pytest.mark.parametrize("name", [mib.name for mib in MADE_UP])
def test_every_row_beside_c(made_up: int, name: str, tmp_path: Path) -> None:
    compare(made_up, name, tmp_path)


@pytest.mark.parametrize("name", ["cpqpower", "eaton_epdu", "mge"])
def test_every_command_beside_c(name: str, tmp_path: Path) -> None:
    """What the device hears; those of the other MIBs were compared by hand."""
    mib = next(mib for mib in MIBS if mib.name == name)
    rows = [row for row in mib.rows if isinstance(row, Command)]
    asked = [f"{row.name.replace('.n.', '.1.')}{' 5' if row.value is None else ''}" for row in rows]
    folders = [tmp_path / "c", tmp_path / "ours"]
    for place in folders:
        place.mkdir()
    c, ours = (heard(who, whole(mib), asked, at) for who, at in zip((theirs(), OURS), folders, strict=True))
    assert ours == c


def compare(port: int, name: str, folder: Path) -> None:
    """See that both drivers say the same of a device."""
    settings = (f"port=127.0.0.1:{port}", f"community={name}", "snmp_version=v1", "snmp_timeout=10")
    c, ours = variables(theirs(), folder, *settings), variables(OURS, folder, *settings)
    c["ups.status"] = " ".join(dict.fromkeys(c["ups.status"].split()))  # C says a word as often as objects say it
    known = re.compile(DIFFERENT.get(ours["driver.version.data"].partition(" ")[0], "(?!)"))
    different = {n for n in {*c, *ours} if not _same(c.get(n), ours.get(n)) and not known.fullmatch(n)}
    assert {n: (c.get(n), ours.get(n)) for n in different} == {}


def _same(theirs: str | None, ours: str | None) -> bool:
    """C cuts texts after 127 characters, ups.alarm after some 250."""
    return theirs == ours or (theirs is not None and ours is not None and len(theirs) > 125 and ours.startswith(theirs))


@pytest.mark.parametrize("name", ONLY_OURS)
def test_without_a_model(port: int, recordings: dict[str, str], name: str, tmp_path: Path) -> None:
    mib, variable, oid, scale = ONLY_OURS[name]
    said = re.search(rf"^{re.escape(oid)}\|\d+\|(\d+)$", recordings[name], re.MULTILINE)
    assert said
    settings = (f"port=127.0.0.1:{port}", f"community={name}", "snmp_version=v2c", "snmp_timeout=10")
    ours = variables(OURS, tmp_path, *settings)
    assert ours["driver.version.data"].startswith(f"{mib} MIB ")
    assert ours[variable] == number_text(int(said[1]) * scale)
