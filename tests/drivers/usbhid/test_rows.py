"""The vendor files: that their rows can mean something."""

from __future__ import annotations

import pytest

from wallnut.drivers.usbhid import generic, usages
from wallnut.drivers.usbhid.rows import Alarm, Command, Convert, Flag, Lookup, Match, Own, Row, Sign, Var, Vendor
from wallnut.drivers.usbhid.tables import DATE, KELVIN
from wallnut.drivers.usbhid.vendors import VENDORS, choose
from wallnut.io.hid import Identity
from wallnut.model import names

ALL = (*VENDORS, generic.VENDOR)
PAIRS = [
    pytest.param(vendor, row, id=f"{vendor.title}-{getattr(row, 'name', 'flag')}-{row.path}")
    for vendor in ALL
    for row in dict.fromkeys(vendor.rows)
]


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.title)
def test_paths_are_known(vendor: Vendor) -> None:
    for row in vendor.rows:
        assert len(usages.parse(row.path, vendor.usages)) > 1, row


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.title)
def test_formats_show_numbers(vendor: Vendor) -> None:
    for row in vendor.rows:
        if isinstance(row, Var) and isinstance(row.show, str):
            assert row.show % 12.5, row


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.title)
def test_what_can_be_set_can_be_written(vendor: Vendor) -> None:
    for row in vendor.rows:
        if isinstance(row, Var) and row.length:
            assert not isinstance(row.show, Convert) or row.show.write is not None, row
        if isinstance(row, Var) and row.enum:
            assert row.length, row
            assert isinstance(row.show, Lookup), row
        if isinstance(row, Command) and row.show is None:
            assert int(row.value) >= -1, row


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.title)
def test_it_tells_the_mains(vendor: Vendor) -> None:
    told = {
        sign
        for row in vendor.rows
        if isinstance(row, Flag)
        for value in (0.0, 1.0)
        for sign, _ in row.means(value, Nobody())
    }
    assert Sign.ONLINE in told or Sign.DISCHARGING in told


def test_names_are_known_to_nut() -> None:
    for row in generic.ROWS:
        if isinstance(row, Var | Own):
            assert names.describe(row.name), row.name
        elif isinstance(row, Command):
            assert names.command(row.name), row.name


def test_no_two_files_serve_one_device() -> None:
    seen: dict[tuple[int, int | None], str] = {}
    for vendor in VENDORS:
        for match in vendor.matches:
            if match.only_if is None:
                key = (match.vendor, match.product)
                assert seen.setdefault(key, vendor.title) == vendor.title, key


def test_choosing() -> None:
    es = Identity(0x051D, 0x0002, product="Back-UPS ES 850G2 FW:938.a2 .I USB FW:a2")
    vendor, match = choose(es) or pytest.fail("nobody serves it")
    assert (vendor.title, match.maxreport) == ("APC HID", False)
    assert vendor.model(es) == "Back-UPS ES 850G2"
    assert vendor.mfr(es) == "APC"
    assert vendor.more is not None
    assert vendor.more(es) == {"ups.firmware": "938.a2 .I", "ups.firmware.aux": "a2"}
    assert choose(Identity(0x051D, 0x0002, product="Back-UPS CS 650"))[1].maxreport  # type: ignore[index]
    assert choose(Identity(0x051D, 0x0003))[1].pollonly  # type: ignore[index]
    assert choose(Identity(0x051D, 0x0002, vendor="APC", product="Back-UPS BX950MI"))[1].lbrb_delay == 3  # type: ignore[index]
    assert choose(Identity(0x051D, 0x1234)) is None
    assert choose(Identity(0x051D, 0x1234), insist=True)
    assert choose(Identity(0xFFFE, 1), insist=True) is None


def test_matches() -> None:
    one = Match(1, 2, only_if=lambda identity: identity.vendor == "ACME")
    assert one.fits(Identity(1, 2, vendor="ACME"), insist=False)
    assert not one.fits(Identity(1, 2), insist=True)
    assert not one.fits(Identity(1, 3, vendor="ACME"), insist=True)
    assert not one.fits(Identity(2, 2, vendor="ACME"), insist=True)


class Nobody:
    """A rows.Device that knows nothing."""

    identity = Identity(0, 0)
    match = Match(0)

    def __init__(self) -> None:
        self.memory: dict[str, float] = {}

    def text(self, index: int) -> str:
        return ""

    def variable(self, name: str) -> str:
        return ""

    def value(self, path: str) -> float | None:
        return None


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.title)
@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 17.0, 255.0, 65535.0, 4294967295.0, 3.7, -2147483648.0])
def test_any_value_can_be_shown(vendor: Vendor, value: float) -> None:
    for row in vendor.rows:
        _show(row, value)


def _show(row: Row, value: float) -> None:
    nobody = Nobody()
    if isinstance(row, Flag):
        assert all(isinstance(sign, Sign) for sign, _ in row.means(value, nobody))
    elif isinstance(row, Alarm) or (isinstance(row, Var) and not isinstance(row.show, str)):
        text = row.show.read(value, nobody)  # type: ignore[union-attr]
        assert text is None or isinstance(text, str)


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.title)
@pytest.mark.parametrize(
    "text", ["", "x", "-1", "99999999999999", "2024/05/06", "yes", "1/2/3/4", "\N{SUPERSCRIPT TWO}"]
)
def test_any_text_can_be_set(vendor: Vendor, text: str) -> None:
    for row in vendor.rows:
        show = getattr(row, "show", None)
        if isinstance(show, Lookup | Convert) and show.write is not None:
            number = show.write(text, Nobody())
            assert number is None or isinstance(number, float), row


def test_dates_and_temperatures() -> None:
    nobody = Nobody()
    assert DATE.read(0, nobody) == "not set"
    assert DATE.read(21090, nobody) == "2021/03/02"
    assert DATE.write is not None
    assert DATE.write("2021/03/02", nobody) == 21090
    for wrong in ("2021/13/02", "1970/01/01", "2021-03-02", "a/b/c"):
        assert DATE.write(wrong, nobody) is None
    assert KELVIN.read(298.15, nobody) == "25.0"
    assert KELVIN.read(25.0, nobody) == "25.0"
