"""APC's particulars."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.hid_devices import ES850G2
from wallnut.drivers.usbhid import apc, usages
from wallnut.drivers.usbhid.descriptor import Kind, parse
from wallnut.drivers.usbhid.reports import value_of
from wallnut.drivers.usbhid.vendors import choose
from wallnut.io.hid import Identity

ES = Identity(0x051D, 0x0002, vendor="American Power Conversion", product="Back-UPS ES 850G2 FW:938.a2 .I USB FW:a2")


def test_a_voltage_beyond_what_the_descriptor_allows() -> None:
    layout = parse(bytes.fromhex(ES850G2.descriptor))
    path = usages.parse("UPS.Input.Voltage")
    for kind in (Kind.FEATURE, Kind.INPUT):
        before, after = layout.find(kind, path), apc.VENDOR.fix and apc.VENDOR.fix(ES, layout).find(kind, path)
        if before is None:
            continue
        assert after
        assert before.logical == (0, 255)
        assert value_of(after, bytes.fromhex("310801")) == 264.0
    other = replace(ES, product_id=3)
    assert apc.VENDOR.fix
    assert apc.VENDOR.fix(other, layout) is layout


@pytest.mark.parametrize(
    ("product", "delay"),
    [
        ("Back-UPS BX950MI FW:295201G -302201G", 0.0),
        ("Back-UPS BX950MI", 3.0),
        ("BX1600MI", 3.0),
        ("Back-UPS BVK750M2", 3.0),
        ("Back-UPS BK650M2-CH", 3.0),
        ("Back-UPS ES 700G", 0.0),
    ],
)
def test_those_that_cry_wolf(product: str, delay: float) -> None:
    chosen = choose(replace(ES, product=product))
    assert chosen
    assert chosen[1].lbrb_delay == delay


@pytest.mark.parametrize(("number", "date"), [(0, "not set"), (0x102202, "2002/10/22"), (0x010199, "1999/01/01")])
def test_dates(number: int, date: str) -> None:
    assert apc._date(number, None) == date  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("product", "model", "firmware", "aux"),
    [
        ("Back-UPS ES 850G2 FW:938.a2 .I USB FW:a2", "Back-UPS ES 850G2", "938.a2 .I", "a2"),
        ("Smart-UPS 1500 FW:601.3.D USB FW:8.1", "Smart-UPS 1500", "601.3.D", "8.1"),
        ("Back-UPS 500 FW: 6.4.I", "Back-UPS 500", "6.4.I", ""),
        ("Smart-UPS_1500", "Smart-UPS_1500", "", ""),
        ("", "unknown", "", ""),
    ],
)
def test_the_product_string(product: str, model: str, firmware: str, aux: str) -> None:
    identity = replace(ES, product=product)
    assert apc.VENDOR.model(identity) == model
    more = apc.VENDOR.more and apc.VENDOR.more(identity)
    assert more == {k: v for k, v in {"ups.firmware": firmware, "ups.firmware.aux": aux}.items() if v}
