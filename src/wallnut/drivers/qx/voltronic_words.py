"""Faults (QFS), warnings (QWS) and modes (QMOD) of Voltronic Power's UPSes, as ups.alarm and ups.status.

Source: the fault codes, warning bits and mode letters in NUT's nutdrv_qx; ups.alarm has the same texts, which users'
scripts may look for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

FAULTS = {
    "01": "Bus voltage not within default setting.",
    "02": "Bus voltage over maximum value.",
    "03": "Bus voltage below minimum value.",
    "04": "Bus voltage differences out of acceptable range.",
    "05": "Bus voltage of slope rate drops too fast.",
    "06": "Over current in PFC input inductor.",
    "11": "Inverter voltage not within default setting.",
    "12": "Inverter voltage over maximum value.",
    "13": "Inverter voltage below minimum value.",
    "14": "Inverter short-circuited.",
    "15": "L2 phase inverter short-circuited.",
    "16": "L3 phase inverter short-circuited.",
    "17": "L1L2 inverter short-circuited.",
    "18": "L2L3 inverter short-circuited.",
    "19": "L3L1 inverter short-circuited.",
    "1A": "L1 inverter negative power out of acceptable range.",
    "1B": "L2 inverter negative power out of acceptable range.",
    "1C": "L3 inverter negative power out of acceptable range.",
    "21": "Battery SCR short-circuited.",
    "22": "Line SCR short-circuited.",
    "23": "Inverter relay open fault.",
    "24": "Inverter relay short-circuited.",
    "25": "Input and output wires oppositely connected.",
    "26": "Battery oppositely connected.",
    "27": "Battery voltage is too high.",
    "28": "Battery voltage too low.",
    "29": "Failure for battery fuse being open-circuited.",
    "31": "CAN-bus communication fault.",
    "32": "Host signal circuit fault.",
    "33": "Synchronous signal circuit fault.",
    "34": "Synchronous pulse signal circuit fault.",
    "35": "Parallel cable disconnected.",
    "36": "Load unbalanced.",
    "41": "Over temperature fault.",
    "42": "Communication failure between CPUs in control board.",
    "43": "Overload fault.",
    "44": "Fan failure.",
    "45": "Charger failure.",
    "46": "Model fault.",
    "47": "MCU communication fault.",
}
FAULTS_P31 = {
    "01": "Fan failure.",
    "02": "Over temperature fault.",
    "03": "Battery voltage is too high.",
    "04": "Battery voltage too low.",
    "05": "Inverter relay short-circuited.",
    "06": "Inverter voltage over maximum value.",
    "07": "Overload fault.",
    "08": "Bus voltage exceeds its upper limit.",
    "09": "Bus soft start fail.",
    "51": "Over current fault.",
    "52": "Bus voltage below its under limit.",
    "53": "Inverter soft start fail.",
    "54": "Self test fail.",
    "55": "Output DC voltage exceeds its upper limit.",
    "56": "Battery open fault.",
    "57": "Current sensor fault.",
    "58": "Battery short.",
    "59": "Inverter voltage below its lower limit.",
}
OVERLOAD = "Overload fault."
WARNINGS = (
    "Battery disconnected.",
    "Neutral not connected.",
    "Site fault.",
    "Phase sequence incorrect.",
    "Phase sequence incorrect in bypass.",
    "Input frequency unstable in bypass.",
    "Battery overcharged.",
    "Low battery.",
    "Overload alarm.",
    "Fan alarm.",
    "EPO enabled.",
    "Unable to turn on UPS.",
    "Over temperature alarm.",
    "Charger alarm.",
    "Remote auto shutdown.",
    "L1 input fuse not working.",
    "L2 input fuse not working.",
    "L3 input fuse not working.",
    "Positive PFC abnormal in L1.",
    "Negative PFC abnormal in L1.",
    "Positive PFC abnormal in L2.",
    "Negative PFC abnormal in L2.",
    "Positive PFC abnormal in L3.",
    "Negative PFC abnormal in L3.",
    "Abnormal in CAN-bus communication.",
    "Abnormal in synchronous signal circuit.",
    "Abnormal in synchronous pulse signal circuit.",
    "Abnormal in host signal circuit.",
    "Male connector of parallel cable not connected well.",
    "Female connector of parallel cable not connected well.",
    "Parallel cable not connected well.",
    "Battery connection not consistent in parallel systems.",
    "AC connection not consistent in parallel systems.",
    "Bypass connection not consistent in parallel systems.",
    "UPS model types not consistent in parallel systems.",
    "Capacity of UPSes not consistent in parallel systems.",
    "Auto restart setting not consistent in parallel systems.",
    "Battery cell over charge.",
    "Battery protection setting not consistent in parallel systems.",
    "Battery detection setting not consistent in parallel systems.",
    "Bypass not allowed setting not consistent in parallel systems.",
    "Converter setting not consistent in parallel systems.",
    "High loss point for frequency in bypass mode not consistent in parallel systems.",
    "Low loss point for frequency in bypass mode not consistent in parallel systems.",
    "High loss point for voltage in bypass mode not consistent in parallel systems.",
    "Low loss point for voltage in bypass mode not consistent in parallel systems.",
    "High loss point for frequency in AC mode not consistent in parallel systems.",
    "Low loss point for frequency in AC mode not consistent in parallel systems.",
    "High loss point for voltage in AC mode not consistent in parallel systems.",
    "Low loss point for voltage in AC mode not consistent in parallel systems.",
    "Warning for locking in bypass mode after 3 consecutive overloads within 30 min.",
    "Warning for three-phase AC input current unbalance.",
    "Warning for a three-phase input current unbalance detected in battery mode.",
    "Warning for Inverter inter-current unbalance.",
    "Programmable outlets cut off pre-alarm.",
    "Warning for Battery replace.",
    "Abnormal warning on input phase angle.",
    "Warning!! Cover of maintain switch is open.",
    "",
    "",
    "",
    "EEPROM operation error.",
)
"""By bit, from the left; "": not known."""
WARNING_WORDS = {7: "LB", 8: "OVER", 55: "RB"}
LONGEST = 224
"""Characters of warnings that leave room for other alarms in ups.alarm; longer ones are shown by their bits."""
MODES = {"S": "OFF", "Y": "BYPASS", "B": "!OL", "T": "CAL", "D": "FSD"}
MODE_ALARMS = {"P": "UPS is going ON.", "F": "Fault reported by UPS.", "D": "UPS is shutting down!"}
SILENT_MODES = "LEC"
"""Line mode (whether there are mains the status bits say, and no later), eco and converter mode."""


def _fault(text: str, unit: Unit) -> str:
    known = FAULTS_P31 if unit.value("ups.firmware.aux") == "P31" else FAULTS
    return known.get(text, f"Unknown fault [{text}]")


def fault(text: str, unit: Unit) -> str:
    """ups.alarm by the reply to QFS."""
    return "No fault found" if text.upper() == "OK" else _fault(text, unit)


def fault_word(text: str, unit: Unit) -> str:
    """ups.status by the reply to QFS."""
    return "OVER" if _fault(text, unit) == OVERLOAD else ""


def _bits(text: str) -> list[int]:
    if text.strip("01"):
        raise ValueError(f"{text!r} are no bits")
    return [number for number, bit in enumerate(text) if bit == "1"]


def warnings(text: str, unit: Unit) -> str:
    """ups.alarm by the bits of QWS."""
    found = _bits(text)
    known = [number for number in found if number < len(WARNINGS) and WARNINGS[number]]
    unknown = [number for number in found if number not in known]
    if not found:
        return ""
    rest = f"Unknown warnings [bit: {_list(unknown)}]" if unknown else ""
    long = " ".join([*(WARNINGS[number] for number in known), *([rest] if rest else [])])
    if len(long) < LONGEST or not known:
        return f"UPS warnings: {long}"
    short = f"Known (see log or manual) [bit: {_list(known)}]" + (f"; {rest}" if rest else "")
    return f"UPS warnings: {short}"


def _list(numbers: list[int]) -> str:
    return ", ".join(f"#{number + 1:02d}" for number in numbers)


def warning_words(text: str, unit: Unit) -> str:
    """ups.status by the bits of QWS."""
    return " ".join(WARNING_WORDS[number] for number in _bits(text) if number in WARNING_WORDS)


def mode(text: str, unit: Unit) -> str:
    """ups.status by the mode's letter. Raises ValueError for one that is not known."""
    if text not in MODES and text not in MODE_ALARMS and (not text or text not in SILENT_MODES):
        raise ValueError(f"{text!r} is no mode")
    return MODES.get(text, "")


def mode_alarm(text: str, unit: Unit) -> str:
    """ups.alarm by the mode's letter."""
    return MODE_ALARMS.get(text, "")
