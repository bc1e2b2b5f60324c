"""udev's rules: every line sound, and no device left out that Debian's rules give to the same drivers."""

from __future__ import annotations

import re

from tests.support.peers import need_file
from wallnut.drivers import usbids
from wallnut.drivers.usbids import UsbId
from wallnut.setup.udev import rules

PAIR = re.compile(r'(?:[A-Z]+|(?:ATTRS?|ENV)\{\w+\})(?:==|!=|=)"[^"]*"')


def test_both_doors_are_opened() -> None:
    text = rules([UsbId(0x51D, 2, "usbhid-ups", "APC"), UsbId(0x665, 0x5161, "nutdrv_qx", "cypress")], "nut")
    assert text.count('ATTR{idVendor}=="051d", ATTR{idProduct}=="0002", MODE="0660", GROUP="nut"\n') == 1
    assert text.count('ATTRS{idVendor}=="0665", ATTRS{idProduct}=="5161", MODE="0660", GROUP="nut"\n') == 1


def test_lines_are_rules_and_labels_are_there() -> None:
    lines = [line for line in rules(usbids.known(), "nut").splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert all(PAIR.fullmatch(part) for part in line.split(", ")), line
    labels = {line[7:-1] for line in lines if line.startswith("LABEL=")}
    assert labels == {match[1] for line in lines if (match := re.search(r'GOTO="(\w+)"', line))}


def test_none_of_debians_is_missing() -> None:
    """Debian generates its file from C's drivers; a line of it follows a comment that ends with the driver's name."""
    path = need_file("/lib/udev/rules.d/62-nut-usbups.rules", "nut-server")
    ours = {(one.driver, one.vendor, one.product) for one in usbids.known()}
    theirs, driver = set(), ""
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            driver = line.rpartition(" - ")[2]
        elif match := re.match(r'ATTR\{idVendor\}=="(\w+)", ATTR\{idProduct\}=="(\w+)"', line):
            theirs.add((driver, int(match[1], 16), int(match[2], 16)))
    families = {name for name, _, _ in ours}
    assert families >= {"usbhid-ups", "nutdrv_qx"}
    assert {one for one in theirs if one[0] in families} - ours == set()
