"""The page on NUT's device dumps, of two dumps that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import dumps

BACK_UPS = """\
# DEVICE:COMMENT: a Back-UPS of nowhere
#   default.battery.capacity = 7
battery.capacity: 7
battery.charge: 100
battery.chemistry: PbAc
device.mfr: American Power Conversion
device.type: ups
driver.name: newhidups
driver.version: 2.0.5
driver.version.data: APC/CyberPower HID 0.9
ups.flavour: sweet
ups.mfr: American Power Conversion
ups.productid: 0002
ups.status: OL
ups.vendorid: 051d
"""
STRANGER = """\
driver.name: powerpanel
driver.version: 2.8.0
ups.serial:\t#COMMENT: masked by user
ups.status: OL
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of two."""
    (tmp_path / "APC__Back-UPS__newhidups__2.0.5__01.dev").write_text(BACK_UPS)
    (tmp_path / "CPS__OR__powerpanel__2.8.0__01.dev").write_text(STRANGER)
    return tmp_path


def test_a_dump(folder: Path) -> None:
    back_ups, stranger = dumps.library(folder)
    assert (back_ups.driver, back_ups.older, back_ups.ids) == ("usbhid-ups", True, (0x051D, 0x0002))
    assert back_ups.table == "APC HID"  # of the two makers' common table, by the vendor's id
    assert back_ups.variables() == {
        *("battery.charge", "battery.chemistry", "ups.flavour", "ups.mfr", "ups.productid", "ups.status"),
        "ups.vendorid",
    }
    assert (stranger.driver, stranger.older, stranger.ids, stranger.table) == ("powerpanel", False, None, "")
    assert stranger.said["ups.serial"] == ""


def test_what_our_rows_make_of_it(folder: Path) -> None:
    back_ups, stranger = dumps.library(folder)
    family = dumps.FAMILIES["usbhid-ups"]
    assert family.by_ids is not None
    assert family.by_ids(back_ups) == "APC HID"
    assert dumps.drivers_for(back_ups) == {"usbhid-ups"}
    assert dumps.drivers_for(stranger) == set()
    lost = dumps.missing(back_ups.variables(), family.names(back_ups))
    assert lost == {"battery.chemistry", "ups.flavour"}
    assert dumps.why(back_ups, "battery.chemistry").endswith("`battery.type`")
    assert dumps.why(back_ups, "ups.flavour") == "no name that NUT has today"
    assert dumps.why(back_ups, "input.current") == ""


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("outlet.7.status", "outlet.n.status"),
        ("outlet.0.id", "outlet.id"),
        ("device.2.outlet.group.3.name", "outlet.group.n.name"),
        ("ambient.1.humidity", "ambient.n.humidity"),
        ("device.mfr", "ups.mfr"),
        ("ups.model", "device.model"),
    ],
)
def test_names_that_are_the_same(name: str, ours: str) -> None:
    assert not dumps.missing(frozenset((name,)), frozenset((ours,)))
    assert dumps.missing(frozenset((name,)), frozenset(("ups.load",)))


def test_every_table_of_ours_has_variables() -> None:
    for driver, family in dumps.FAMILIES.items():
        for table, names in family.tables().items():
            assert names or driver == "genericups", f"{driver} {table}"


def test_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = folder / "dumps.md"
    monkeypatch.setattr(dumps, "PAGE", page)
    assert dumps.main([str(folder), "--check"]) == 1
    assert dumps.main([str(folder)]) == 0
    assert dumps.main([str(folder), "--check"]) == 0
    text = page.read_text("utf-8")
    assert "2 dumps of 2 drivers" in text
    assert "| usbhid-ups | 1 | 1 | 1 of 1 | 1 of 1 | 7 | 5 | 71.4 % |" in text
    assert "| usbhid-ups | APC HID | 1 | 1 of 1 | 7 | 5 | 71.4 % |" in text
    assert "| newhidups | 1 | usbhid-ups |" in text
    assert "| powerpanel | 1 |" in text
    assert dumps.main([str(folder / "none")]) == 2
    assert "usage" in capsys.readouterr().err
