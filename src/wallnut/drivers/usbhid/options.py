"""The keys of ups.conf that usbhid-ups takes: those of C's usbhid-ups(8), and of the USB options of nutupsdrv(8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.usbhid.status import Habits

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings

DEVICE_OPTIONS = (
    Option("offdelay", "Seconds until the load goes off, once told to (20; 60 for CyberPower)"),
    Option("ondelay", "Seconds until the load comes back, with the mains (30; 120 for CyberPower)"),
    Option("lowbatt", "Show this as battery.charge.low, in percent"),
    Option("pollfreq", "Seconds between two full updates (30; 12 for CyberPower)"),
    Option("onlinedischarge", "The old name of onlinedischarge_onbattery", flag=True),
    Option("onlinedischarge_onbattery", "On line and discharging at once means on battery", flag=True),
    Option("onlinedischarge_calibration", "On line and discharging at once means calibrating", flag=True),
    Option("onlinedischarge_log_throttle_sec", "Seconds between two remarks on that; negative: one is enough"),
    Option("onlinedischarge_log_throttle_hovercharge", "No remark on that from this charge on (100)"),
    Option("lbrb_log_delay_sec", "Seconds that LB and RB must last while the UPS calibrates"),
    Option("lbrb_log_delay_without_calibrating", "The same when it does not calibrate", flag=True),
    Option(
        "disable_fix_report_desc", "Take the report descriptor as it is, also where it is known to be wrong", flag=True
    ),
)
"""Those that mge-shut takes, too."""

OPTIONS = (
    Option("vendorid", "Regular expression for the vendor's id, four hex digits"),
    Option("productid", "Regular expression for the product's id; also takes one that no vendor file lists"),
    Option("vendor", "Regular expression for the vendor's string"),
    Option("product", "Regular expression for the product's string"),
    Option("serial", "Regular expression for the serial number"),
    Option("bus", "Regular expression for the number of the bus, three digits"),
    Option("device", "Regular expression for the number on the bus, three digits"),
    Option("busport", "Regular expression for the port, as in /sys/bus/usb/devices: 1-2.4"),
    Option("subdriver", "Which vendor file to use; a regular expression for its title"),
    *DEVICE_OPTIONS,
    Option("pollonly", "Do not use the interrupt pipe", flag=True),
    Option("interruptonly", "Use nothing but the interrupt pipe", flag=True),
    Option("interruptsize", "Bytes to take from the interrupt pipe at once"),
    Option("interrupt_pipe_no_events_tolerance", "Polls without a notification after which the device is opened again"),
    Option("maxreport", "Ask for 8 bytes of every report at least", flag=True),
    Option("explore", "Open a device that is not known, and tell what its reports hold (with vendorid)", flag=True),
    Option("waitbeforereconnect", "Seconds to wait before a lost device is opened again, at most 60"),
    Option("powercom_sdcmd_byte_order_fallback", "PowerCOM: the old byte order of shutdown commands", flag=True),
    Option("usb_hid_rep_index", "Number of the interface, where the device has several"),
    Option("usb_set_altinterface", "Accepted; hidapi sees to it"),
    Option("usb_config_index", "Accepted; hidapi sees to it"),
    Option("usb_hid_desc_index", "Accepted; hidapi sees to it"),
    Option("usb_hid_ep_in", "Accepted; hidapi sees to it"),
    Option("usb_hid_ep_out", "Accepted; hidapi sees to it"),
    Option("allow_duplicates", "Accepted; two drivers cannot open one device", flag=True),
)


def habits_of(settings: Settings, delay: float = 0.0) -> Habits:
    """What the user knows of the device; `delay` is what its vendor file says of it. Raises ConfigError."""
    throttle = "onlinedischarge_log_throttle_sec"
    return Habits(
        on_battery=settings.flag("onlinedischarge") or settings.flag("onlinedischarge_onbattery"),
        calibrating=settings.flag("onlinedischarge_calibration"),
        delay=settings.number("lbrb_log_delay_sec", delay, 0),
        always=settings.flag("lbrb_log_delay_without_calibrating"),
        throttle=settings.number(throttle) if throttle in settings.values else None,
        hover=settings.integer("onlinedischarge_log_throttle_hovercharge", 100, 1, 100),
    )


def given_by(settings: Settings) -> dict[str, str]:
    """The user's values for variables. Raises ConfigError."""
    keys = {"lowbatt": "battery.charge.low", "ondelay": "ups.delay.start", "offdelay": "ups.delay.shutdown"}
    return {name: str(settings.integer(key, 0, -1)) for key, name in keys.items() if key in settings.values}
