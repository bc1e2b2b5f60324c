"""Meanings of values that more than one vendor file needs.

Source: USB Implementers Forum, "Universal Serial Bus Usage Tables for HID Power Devices" 1.1, sections 4.1 and 4.2; the
words are those that NUT's drivers publish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid.rows import Convert, Lookup, Means, Sign, denies, says

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device

OFFDELAY, ONDELAY = "20", "30"
"""Seconds until the load goes off, and until it comes back, where nobody says otherwise."""

# --- flags

ONLINE = says(Sign.ONLINE)
DISCHARGING = says(Sign.DISCHARGING)
CHARGING = says(Sign.CHARGING)
LOW_BATTERY = says(Sign.LOW_BATTERY)
OVERLOAD = says(Sign.OVERLOAD)
REPLACE_BATTERY = says(Sign.REPLACE_BATTERY)
SHUTDOWN_IMMINENT = says(Sign.SHUTDOWN_IMMINENT)
TRIM = says(Sign.TRIM)
BOOST = says(Sign.BOOST)
BYPASS_AUTO = says(Sign.BYPASS_AUTO)
BYPASS_MANUAL = says(Sign.BYPASS_MANUAL)
OFF = denies(Sign.OFF)
"""Of usages that say that something is on."""
CALIBRATING = says(Sign.CALIBRATING)
OVERHEAT = says(Sign.OVERHEAT)
FAULT = says(Sign.FAULT)
DEPLETED = says(Sign.DEPLETED)
TIME_LIMIT_EXPIRED = says(Sign.TIME_LIMIT_EXPIRED)
FULLY_CHARGED = says(Sign.FULLY_CHARGED)
AWAITING_POWER = says(Sign.AWAITING_POWER)
FAN_FAILED = says(Sign.FAN_FAILED)
NO_BATTERY = denies(Sign.NO_BATTERY)
"""Of usages that say that a battery is present."""
BATTERY_VOLTAGE_LOW = says(Sign.BATTERY_VOLTAGE_LOW)
BATTERY_VOLTAGE_HIGH = says(Sign.BATTERY_VOLTAGE_HIGH)
CHARGER_FAILED = says(Sign.CHARGER_FAILED)
VOLTAGE_RANGE = says(Sign.VOLTAGE_RANGE)
FREQUENCY_RANGE = says(Sign.FREQUENCY_RANGE)
ECO_MODE = Means(
    (
        (0, (Sign.ECO, False)),
        (0, (Sign.ESS, False)),
        (1, (Sign.ECO, True)),
        (1, (Sign.ESS, False)),
        (2, (Sign.ESS, True)),
        (2, (Sign.ECO, False)),
    )
)

# --- values

TEST_RESULT = Lookup(
    (
        (1, "Done and passed"),
        (2, "Done and warning"),
        (3, "Done and error"),
        (4, "Aborted"),
        (5, "In progress"),
        (6, "No test initiated"),
        (7, "Test scheduled"),
    )
)
BEEPER = Lookup(((1, "disabled"), (2, "enabled"), (3, "muted")))
YES_NO = Lookup(((0, "no"), (1, "yes")))
ON_OFF = Lookup(((0, "off"), (1, "on")))


def _date(value: float, device: Device) -> str:
    number = int(value)
    if not number:
        return "not set"
    return f"{1980 + (number >> 9):04d}/{number >> 5 & 15:02d}/{number & 31:02d}"


def _packed_date(text: str, device: Device) -> float | None:
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day = (int(part) for part in parts)
    if not (1980 <= year <= 2107 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return float((year - 1980) << 9 | month << 5 | day)


DATE = Convert(_date, _packed_date)
"""Power Devices 4.2.6: (year - 1980) * 512 + month * 32 + day."""


def _celsius(value: float, device: Device) -> str:
    kelvin = 273 <= value <= 373  # else it is Celsius already, as some devices say it
    return f"{value - 273.15 if kelvin else value:.1f}"


KELVIN = Convert(_celsius)
"""Temperatures are in kelvin by the specification."""
STRING = Convert(lambda value, device: device.text(int(value)) or None)
"""The value is the number of a string descriptor; one that is not there says nothing."""
SERIAL = Convert(lambda value, device: None if device.identity.serial else device.text(int(value)) or None)
"""A serial number by its string's number; what the device says of itself on the bus counts before it."""
HEX = Convert(lambda value, device: f"{int(value) & 0xFFFFFFFF:08x}")
TENTHS = Convert(lambda value, device: f"{value * 0.1:.1f}")
HUNDREDTHS = Convert(lambda value, device: f"{value * 0.01:.1f}")
