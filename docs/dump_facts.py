"""What docs/dumps.py knows of NUT's past: drivers, tables and variables that have other names today, and why names are
not there any more.

Sources: NUT's UPGRADING and NEWS, nutdrv_qx(8), the tables of the drivers as of NUT 2.8.
"""

from __future__ import annotations

OLDER_DRIVERS = {
    "newhidups": ("usbhid-ups", "UPGRADING, 2.0.5 to 2.2.0: renamed"),
    "hidups": ("usbhid-ups", "UPGRADING, 2.0.5 to 2.2.0: users must switch"),
    "newmge-shut": ("mge-shut", "UPGRADING, 2.6.4 to 2.6.5: it took the other's place"),
    "fentonups": ("blazer_ser", "UPGRADING, 2.0.5 to 2.2.0: replaced by megatec"),
    "mustek": ("blazer_ser", "UPGRADING, 2.0.5 to 2.2.0: replaced by megatec"),
    "powermust": ("blazer_ser", "UPGRADING, 2.0.5 to 2.2.0: replaced by megatec"),
    "megatec": ("blazer_ser", "UPGRADING, 2.4.3 to 2.6.0: users must switch"),
    "megatec_usb": ("blazer_usb", "UPGRADING, 2.4.3 to 2.6.0: users must switch"),
    "bestups": ("nutdrv_qx", "nutdrv_qx(8): replaced, by the dialect of that name"),
    "nutdrv_qx_cyber": ("nutdrv_qx", "somebody's own build, as the dump says"),
    "cpsups": ("powerpanel", "UPGRADING, 2.2.2 to 2.4.0: replaced"),
}
"""Driver of a dump -> the one that NUT has for such devices now, and who says so."""

OLDER_TABLES = {
    ("Belkin HID", ""): "Belkin/Liebert HID",
    ("LiebertPSP HID", ""): "Belkin/Liebert HID",
    ("Liebert HID", ""): "Phoenixtec/Liebert HID",
    ("APC/CyberPower HID", "051d"): "APC HID",
    ("APC/CyberPower HID", "0764"): "CyberPower HID",
    ("APC/CyberPower HID", "American Power Conversion"): "APC HID",
    ("APC/CyberPower HID", "CPS"): "CyberPower HID",
    ("eaton_ats MIB", ""): "eaton_ats16_nmc MIB",
}
"""Name in driver.version.data, and USB vendor or ups.mfr where it takes that -> the name that NUT's table has now."""

_FORMERLY = "megatec, fentonups, powermust"
GONE = {
    ("", "beeper.status"): "now `ups.beeper.status`",
    ("", "ups.mfg"): "a slip of blazer 2.4.1: `ups.mfr`",
    ("", "ups.delay.restart"): "given up after NUT 2.2: the timer is `ups.timer.start` now",
    ("", "battery.chemistry"): "a name of hidups, now `battery.type`",
    ("", "ups.devicechemistry"): "now `battery.type`",
    ("", "output.voltage.target.line"): "given up after NUT 2.0: now `output.voltage.nominal`",
    ("", "output.voltage.target.battery"): "given up after NUT 2.0: now `output.voltage.nominal`",
    ("", "outlet.n.switch"): "now `outlet.n.switchable` and `outlet.n.status`",
    ("TrippLite HID", "ups.delay.reboot"): "given up after NUT 2.2: the timer is `ups.timer.reboot` now",
    ("PowerCOM HID", "battery.date"): "of the same path is `battery.mfr.date` now",
    ("Ever HID", "experimental."): "numbers that its collections have; nothing is gained by them",
    ("Salicru HID", ""): "of a dump that an unreleased state of NUT made; its table never had them since",
    ("APC HID", "ups.power.nominal"): "of the table that APC shared with CyberPower until NUT 2.2; not in APC's own",
    ("APC HID", "ups.temperature"): "given up after NUT 2.0; there is `battery.temperature`",
    ("apcc MIB", "ambient."): "given up after NUT 2.2; there is `ambient.1.temperature.alarm.high` and the like",
    ("ietf MIB", "ups.power"): "the same object is `output.realpower` now: it tells watts",
    ("ietf MIB", "ups.serial"): "was upsIdentName until NUT 2.2, which is no serial number",
    ("Voltronic-QS", "input."): "given up after NUT 2.7.2: of the same places are `output.frequency` and so on now",
    ("blazer_ser", "ups.serial"): f"never told by the device: {_FORMERLY} showed `unknown`",
    ("blazer_usb", "ups.serial"): f"never told by the device: {_FORMERLY} showed `unknown`",
    ("blazer_ser", "input.voltage.minimum"): f"never told by the device: {_FORMERLY} kept it themselves",
    ("blazer_usb", "input.voltage.minimum"): f"never told by the device: {_FORMERLY} kept it themselves",
    ("blazer_ser", "input.voltage.maximum"): f"never told by the device: {_FORMERLY} kept it themselves",
    ("blazer_usb", "input.voltage.maximum"): f"never told by the device: {_FORMERLY} kept it themselves",
    ("blazer_ser", "output.voltage.nominal"): "megatec's name for what is `input.voltage.nominal` now",
    ("blazer_usb", "output.voltage.nominal"): "megatec's name for what is `input.voltage.nominal` now",
    ("blazer_ser", "output.frequency"): "powermust's name for what is `input.frequency` now",
    ("blazer_ser", "input.transfer."): "never told by the device: fentonups had a list of models",
    ("apc_modbus", "ups.vendorid"): "C's driver knows USB too; ours has serial lines and TCP",
    ("apc_modbus", "ups.productid"): "C's driver knows USB too; ours has serial lines and TCP",
}
"""Table or driver ("": any), name ("": any; a dot at its end: all that begin so) -> why none of our rows makes it."""

DIFFERENT = {
    "PowerWalker__VI_1200_SHL__usbhid-ups__2.7.4__01": (
        "NUT between 2.7.4 and 2.8.0 gave all of 06da:ffff to MGE's table, since then only what is AEG's"
        " (NUT's issue 646); `subdriver = MGE HID` brings it"
    ),
}
"""Dumps for which our rows choose another table -> why."""
