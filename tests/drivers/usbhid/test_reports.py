"""Values out of reports and into them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.usbhid.descriptor import Descriptor, Field, Key, Kind
from wallnut.drivers.usbhid.reports import Reports, bits_for, bits_of, fits, put, value_of
from wallnut.model.errors import DeviceError

KEY = Key(Kind.FEATURE, 1)
VOLT = 0x00F0D121


def field(
    size: int = 8,
    offset: int = 0,
    logical: tuple[int, int] = (0, 255),
    physical: tuple[int, int] | None = None,
    unit: int = 0,
    exponent: int = 0,
) -> Field:
    return Field((1,), KEY, offset, size, logical, physical, unit, exponent)


@pytest.mark.parametrize(
    ("one", "report", "value"),
    [
        (field(), "0164", 100.0),
        (field(1, 3, (0, 1)), "0108", 1.0),
        (field(16, 8, (0, 0xFFFF)), "01ff3412", float(0x1234)),
        (field(16, 0, (-1, 32767)), "01ffff", -1.0),
        (field(16, 0, (-1, 32767)), "01ff7f", 32767.0),
        (field(8, 0, (-128, 127)), "0180", -128.0),
        (field(8, 0, (0, 100)), "01c8", 72.0),  # eight bits, of which seven count
        (field(8, 0, (0, 100)), "017f", 100.0),  # beyond the bound
        (field(32, 0, (0, 0xFFFF)), "01000a0880", float(0x0A00)),  # excess bits, as a Back-UPS BF500 sends
        (field(8, 0, (5, 1)), "01ff", 255.0),  # bounds that mean nothing
        (field(16, 0, (0, 0xFFFF), unit=VOLT, exponent=5), "013f05", 13.43),
        (field(8, 0, (0, 255), unit=VOLT, exponent=7), "01e6", 230.0),
        (field(16, 0, (0, 0xFFFF), unit=0x0000D121, exponent=7), "010802", 520.0),
        (field(16, 0, (0, 0xFFFF), unit=0x00010001), "012a01", 298.0),
        (field(8, 0, (0, 255), exponent=-1), "017b", 12.3),
        (field(8, 0, (0, 200), (0, 100)), "0164", 50.0),
        (field(8, 0, (0, 200), (100, 0)), "0164", 100.0),  # physical bounds that mean nothing
    ],
)
def test_values(one: Field, report: str, value: float) -> None:
    found = value_of(one, bytes.fromhex(report))
    assert found is not None
    assert f"{found:.6f}" == f"{value:.6f}"


def test_a_report_that_is_too_short_says_nothing() -> None:
    assert value_of(field(16, 0, (0, 0xFFFF)), b"\x01\x05") is None
    assert bits_of(field(8, 8), b"\x01\x05") is None


def test_writing_back_is_exact() -> None:
    one = field(16, 0, (0, 0xFFFF), unit=VOLT, exponent=5)
    assert bits_for(one, 13.43) == 1343  # 13.43 / 0.01 is a hair below
    assert bits_for(field(8, 0, (0, 200), (0, 100)), 50) == 100


@given(
    size=st.integers(1, 32),
    offset=st.integers(0, 40),
    bounds=st.tuples(st.integers(-(2**31), 2**32), st.integers(-(2**31), 2**32)),
    physical=st.none() | st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)),
    exponent=st.integers(-8, 7),
    report=st.binary(max_size=16),
)
def test_any_field_in_any_report(
    size: int,
    offset: int,
    bounds: tuple[int, int],
    physical: tuple[int, int] | None,
    exponent: int,
    report: bytes,
) -> None:
    one = field(size, offset, bounds, physical, exponent=exponent)
    bits = bits_of(one, report)
    if bits is None:
        assert len(report) * 8 < 8 + offset + size
        return
    if bounds[0] <= bounds[1]:
        assert bounds[0] <= bits <= bounds[1]
    assert value_of(one, report) is not None


@given(st.integers(1, 16), st.integers(0, 20), st.binary(min_size=6, max_size=8), st.data())
def test_put_and_taken_out_again(size: int, offset: int, report: bytes, data: st.DataObject) -> None:
    bits = data.draw(st.integers(0, (1 << size) - 1))
    one = field(size, offset, (0, (1 << size) - 1))
    changed = put(one, report, bits)
    assert len(changed) == len(report)
    assert bits_of(one, changed) == bits
    assert put(one, changed, bits_of(one, report) or 0) == report


def test_fits() -> None:
    assert fits(field(8), 255)
    assert not fits(field(8), 256)
    assert not fits(field(8), -1)
    assert fits(field(16, 0, (-1, 32767)), -1)


class Source:
    """Reports from a dictionary; what is not there fails."""

    def __init__(self, **reports: str) -> None:
        self.reports = {int(id[1:], 16): bytes.fromhex(data) for id, data in reports.items()}
        self.asked: Counter[int] = Counter()
        self.sizes: dict[int, int] = {}
        self.written: list[str] = []

    def feature(self, id: int, size: int) -> bytes:
        self.asked[id] += 1
        self.sizes[id] = size
        if id not in self.reports:
            raise DeviceError("stalled")
        return self.reports[id]

    def input(self, id: int, size: int) -> bytes:
        return self.feature(id, size)

    def set_feature(self, data: bytes) -> None:
        self.written.append(data.hex())


LAYOUT = Descriptor((), {KEY: 16, Key(Kind.FEATURE, 2): 8, Key(Kind.FEATURE, 3): 8})


def test_each_report_is_read_once_a_poll() -> None:
    source = Source(r1="010203")
    reports = Reports(source, LAYOUT)
    for _ in range(3):
        assert reports.value(field()) == 2
        assert reports.value(field(8, 8)) == 3
        for _ in range(2):
            with pytest.raises(DeviceError, match="stalled"):
                reports.read(Key(Kind.FEATURE, 2))
    assert source.asked == {1: 1, 2: 1}
    reports.fresh()
    reports.value(field())
    assert source.asked == {1: 2, 2: 1}
    assert reports.asked == 3
    assert source.sizes[1] == 3


def test_sizes_and_reports_that_are_never_asked_for() -> None:
    source = Source(r1="0102", r3="0302")
    reports = Reports(source, LAYOUT, 8, frozenset((3,)))
    reports.read(KEY)
    assert source.sizes[1] == 8
    with pytest.raises(DeviceError, match="never"):
        reports.read(Key(Kind.FEATURE, 3))
    assert 3 not in source.asked


@pytest.mark.parametrize("nonsense", ["", "01", "0203", "ff"])
def test_nonsense_is_an_error(nonsense: str) -> None:
    with pytest.raises(DeviceError, match="report 01: nonsense came"):
        Reports(Source(r1=nonsense), LAYOUT).read(KEY)


def test_a_setting_keeps_the_rest_of_the_report() -> None:
    source = Source(r1="010203")
    reports = Reports(source, LAYOUT)
    reports.write(field(8, 8), 9)
    assert source.written == ["010209"]
    reports.read(KEY)
    assert source.asked[1] == 2  # what was known is void
    Reports(Source(), LAYOUT).write(field(), 7)
    short = Source(r1="0102")
    Reports(short, LAYOUT).write(field(), 7)
    assert short.written == ["010700"]
