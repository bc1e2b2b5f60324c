"""udev's rules, by which the drivers' user may talk to UPSes on USB. Sources: udev(7), and the drivers' own tables.

A device has two doors: /dev/bus/usb/... (libusb) and, for class HID, /dev/hidraw... Both are opened to the group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallnut.drivers.usbids import UsbId

FIRST = """\
ACTION=="remove", GOTO="wallnut_end"
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", GOTO="wallnut_usb"
SUBSYSTEM=="hidraw", GOTO="wallnut_hidraw"
GOTO="wallnut_end"
"""


def rules(ids: Iterable[UsbId], group: str) -> str:
    """The rules that open these devices to a group."""
    drivers: dict[tuple[int, int], list[str]] = {}
    for one in ids:
        drivers.setdefault((one.vendor, one.product), []).append(one.driver)
    lines = [FIRST, 'LABEL="wallnut_usb"']
    for (vendor, product), names in sorted(drivers.items()):
        lines.append(f"# {', '.join(dict.fromkeys(names))}")
        lines.append(f'ATTR{{idVendor}}=="{vendor:04x}", ATTR{{idProduct}}=="{product:04x}", {_open(group)}')
    lines += ['GOTO="wallnut_end"', "", 'LABEL="wallnut_hidraw"']
    for vendor, product in sorted(drivers):
        lines.append(f'ATTRS{{idVendor}}=="{vendor:04x}", ATTRS{{idProduct}}=="{product:04x}", {_open(group)}')
    return "\n".join([*lines, "", 'LABEL="wallnut_end"', ""])


def _open(group: str) -> str:
    return f'MODE="0660", GROUP="{group}"'
