"""UPS addresses: the forms that NUT's tools take."""

import pytest

from wallnut.proto.address import Address, AddressError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ups", Address("ups")),
        ("ups@host", Address("ups", "host")),
        ("ups@host:1234", Address("ups", "host", 1234)),
        ("ups@[::1]", Address("ups", "::1")),
        ("ups@[::1]:1234", Address("ups", "::1", 1234)),
    ],
)
def test_forms(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "@host", "ups@", "ups@host:", "ups@host:x", "ups@:1", "ups@[::1", "ups@[::1]x", "u@h:99999"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(AddressError):
        Address.parse(text)
