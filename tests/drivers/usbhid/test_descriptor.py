"""Report descriptors: what real ones hold, what odd ones mean, and that nonsense is one error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hid_devices import ES850G2
from wallnut.drivers.usbhid import usages
from wallnut.drivers.usbhid.descriptor import DEEPEST, Descriptor, Key, Kind, parse
from wallnut.model.errors import DeviceError

HEAD = "0584 0904 a101"  # page, usage UPS, collection
END = "c0"


def fields(body: str, *, head: str = HEAD) -> Descriptor:
    return parse(bytes.fromhex(head + body + END))


def paths(found: Descriptor) -> list[str]:
    return [usages.show(one.path) for one in found.fields]


def test_a_real_one() -> None:
    found = parse(bytes.fromhex(ES850G2.descriptor))
    assert found.application() == (usages.UPS,)
    charge = found.find(Kind.FEATURE, usages.parse("UPS.PowerSummary.RemainingCapacity"))
    assert charge is not None
    assert (charge.report, charge.offset, charge.size, charge.logical) == (Key(Kind.FEATURE, 0x0C), 0, 8, (0, 100))
    runtime = found.find(Kind.INPUT, usages.parse("UPS.PowerSummary.RunTimeToEmpty"))
    assert runtime is not None
    assert (runtime.offset, runtime.size, runtime.unit, runtime.exponent) == (8, 16, 0x1001, 0)
    volts = found.find(Kind.FEATURE, usages.parse("UPS.Battery.Voltage"))
    assert volts is not None
    assert (volts.unit, volts.exponent) == (0x00F0D121, 5)
    assert found.size(Key(Kind.FEATURE, 0x16)) == 5
    assert found.size(Key(Kind.FEATURE, 0x0C)) == 4


def test_usages_and_padding() -> None:
    found = fields("7501 9508 09d0 09d1 b102 7508 9501 0930 b102")
    assert [(one.offset, one.size) for one in found.fields] == [(0, 1), (1, 1), (8, 8)]
    assert found.size(Key(Kind.FEATURE, 0)) == 3


def test_a_range_of_usages() -> None:
    assert paths(fields("7508 9503 1930 2932 8102")) == ["UPS.Voltage", "UPS.Current", "UPS.Frequency"]


def test_usages_with_their_page_and_unknown_ones() -> None:
    assert paths(fields("7508 9502 0b660085000b3412ffff8102".replace(" ", ""))) == [
        "UPS.RemainingCapacity",
        "UPS.ffff1234",
    ]


def test_twins_are_told_apart_by_their_collection() -> None:
    body = "0920 a181 7508 9501 0930 b102 c0 0920 a182 0930 b102 c0"
    assert paths(fields(body)) == ["UPS.Outlet.[1].Voltage", "UPS.Outlet.[2].Voltage"]
    assert usages.parse("UPS.Outlet.[2].Voltage")[2] == 0x00FF0002


def test_local_items_end_with_the_main_item() -> None:
    assert paths(fields("7508 9501 0930 0931 b102 0932 b102")) == ["UPS.Voltage", "UPS.Frequency"]


def test_a_highest_value_that_was_meant_without_a_sign() -> None:
    found = fields("1500 25ff 7508 9501 0930 b102 15ff 257f 0931 b102 1580 25f0 0932 b102")
    assert [one.logical for one in found.fields] == [(0, 255), (-1, 127), (-128, -16)]


def test_physical_bounds() -> None:
    found = fields("7508 9501 3500 4500 0930 b102 3500 450a 0931 b102")
    assert [one.physical for one in found.fields] == [None, (0, 10)]


def test_exponents_are_signed_nibbles() -> None:
    found = fields("7508 9501 5507 0930 b102 550d 0931 b102 55fd 0932 b102")
    assert [one.exponent for one in found.fields] == [7, -3, -3]


def test_globals_put_away_and_taken_back() -> None:
    found = fields("7508 9501 a4 7510 0930 b102 b4 0931 b102")
    assert [one.size for one in found.fields] == [16, 8]


def test_constants_cannot_be_written() -> None:
    assert [one.constant for one in fields("7508 9501 0930 b103 0931 b102").fields] == [True, False]


def test_long_items_mean_nothing() -> None:
    assert paths(fields("fe 02 00 ffff 7508 9501 0930 b102")) == ["UPS.Voltage"]


def test_mended() -> None:
    found = fields("7508 9501 0930 b102 0931 b102")
    better = found.mended(found.fields[0], logical=(0, 9))
    assert [one.logical for one in better.fields] == [(0, 9), (0, 0)]
    assert better.bits == found.bits


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("05", "byte 0: it ends in an item"),
        ("0584 0904 a1", "byte 4: it ends in an item"),
        ("c0", "byte 0: a collection ends that never began"),
        ("0584 0904 a101", "the collection UPS does not end"),
        ("b4", "byte 0: a global state is taken back"),
        ("86ff01", "byte 0: 511 is no report id"),
        ("1904 2b00000100", "byte 2: usages from"),
        ("7508 9700ffff00 0930 b102", "bits"),
        ("fe", "byte 0: it ends in an item"),
        ("a101" * (DEEPEST + 1), "collections within one another"),
        ("a4" * (DEEPEST + 1), "global states put away"),
        ("00" * 20000, "20000 bytes"),
    ],
)
def test_nonsense(data: str, why: str) -> None:
    with pytest.raises(DeviceError, match=why) as caught:
        parse(bytes.fromhex(data))
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try:
        found = parse(data)
    except DeviceError:
        return
    assert all(0 < one.size <= 64 and one.path for one in found.fields)


@given(st.data())
def test_a_real_one_with_errors(data: st.DataObject) -> None:
    whole = bytearray.fromhex(ES850G2.descriptor)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=5)):
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        parse(bytes(whole[:cut]))
    except DeviceError:
        pass


@pytest.mark.parametrize("text", ["UPS.PowerSummary.RemainingCapacity", "UPS.Outlet.[3].Voltage", "UPS.ff860024"])
def test_paths_are_shown_as_they_are_parsed(text: str) -> None:
    assert usages.show(usages.parse(text)) == text


def test_a_vendors_names_count_first() -> None:
    own = {"Mine": 0xFF860001, "Voltage": 0xFF860002}
    assert usages.parse("UPS.mine.voltage", own) == (usages.UPS, 0xFF860001, 0xFF860002)
    assert usages.show((usages.UPS, 0xFF860001), own) == "UPS.Mine"
    with pytest.raises(ValueError, match="Nothing is not the name of a usage"):
        usages.parse("UPS.Nothing")
