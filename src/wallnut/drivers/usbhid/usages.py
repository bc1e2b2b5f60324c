"""Names of usages, and paths of them: a usage is page << 16 | id.

Source: USB Implementers Forum, "Universal Serial Bus Usage Tables for HID Power Devices" 1.1, sections 4.1 (Power
Device page, 0x84) and 4.2 (Battery System page, 0x85). Spelt as NUT's drivers do in their debug output, which differs
from the specification in a letter here and there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = tuple[int, ...]

INDEX = 0x00FF0000
"""The page under which a path holds the number of a vendor-defined collection: NUT's convention, [1] in a path."""

UPS = 0x00840004

_POWER = {
    0x01: "iName PresentStatus ChangedStatus UPS PowerSupply",
    0x10: "BatterySystem BatterySystemID Battery BatteryID Charger ChargerID PowerConverter PowerConverterID",
    0x18: "OutletSystem OutletSystemID Input InputID Output OutputID Flow FlowID",
    0x20: "Outlet OutletID Gang GangID PowerSummary PowerSummaryID",
    0x30: "Voltage Current Frequency ApparentPower ActivePower PercentLoad Temperature Humidity BadCount",
    0x40: "ConfigVoltage ConfigCurrent ConfigFrequency ConfigApparentPower ConfigActivePower ConfigPercentLoad",
    0x46: "ConfigTemperature ConfigHumidity",
    0x50: "SwitchOnControl SwitchOffControl ToggleControl LowVoltageTransfer HighVoltageTransfer DelayBeforeReboot",
    0x56: "DelayBeforeStartup DelayBeforeShutdown Test ModuleReset AudibleAlarmControl",
    0x60: "Present Good InternalFailure VoltageOutOfRange FrequencyOutOfRange Overload OverCharged OverTemperature",
    0x68: "ShutdownRequested ShutdownImminent",
    0x6B: "SwitchOn/Off Switchable Used Boost Buck Initialized Tested AwaitingPower CommunicationLost",
    0xFD: "iManufacturer iProduct iSerialNumber",
}
_BATTERY = {
    0x01: "SMBBatteryMode SMBBatteryStatus SMBAlarmWarning SMBChargerMode SMBChargerStatus SMBChargerSpecInfo",
    0x07: "SMBSelectorState SMBSelectorPresets SMBSelectorInfo",
    0x10: "OptionalMfgFunction1 OptionalMfgFunction2 OptionalMfgFunction3 OptionalMfgFunction4 OptionalMfgFunction5",
    0x15: "ConnectionToSMBus OutputConnection ChargerConnection BatteryInsertion Usenext OKToUse BatterySupported",
    0x1C: "SelectorRevision ChargingIndicator",
    0x28: "ManufacturerAccess RemainingCapacityLimit RemainingTimeLimit AtRate CapacityMode BroadcastToCharger",
    0x2E: "PrimaryBattery ChargeController",
    0x40: "TerminateCharge TerminateDischarge BelowRemainingCapacityLimit RemainingTimeLimitExpired Charging",
    0x45: "Discharging FullyCharged FullyDischarged ConditioningFlag AtRateOK SMBErrorCode NeedReplacement",
    0x60: "AtRateTimeToFull AtRateTimeToEmpty AverageCurrent Maxerror RelativeStateOfCharge AbsoluteStateOfCharge",
    0x66: "RemainingCapacity FullChargeCapacity RunTimeToEmpty AverageTimeToEmpty AverageTimeToFull CycleCount",
    0x80: "BattPackModelLevel InternalChargeController PrimaryBatterySupport DesignCapacity SpecificationInfo",
    0x85: "ManufacturerDate SerialNumber iManufacturerName iDevicename iDeviceChemistry ManufacturerData Rechargeable",
    0x8C: "WarningCapacityLimit CapacityGranularity1 CapacityGranularity2 iOEMInformation",
    0xC0: "InhibitCharge EnablePolling ResetToZero",
    0xD0: "ACPresent BatteryPresent PowerFail AlarmInhibited ThermistorUnderRange ThermistorHot ThermistorCold",
    # 0xd8 is VoltageOutOfRange too; the name alone means the one of the power page
    0xD7: "ThermistorOverRange BatteryVoltageOutOfRange CurrentOutOfRange CurrentNotRegulated VoltageNotRegulated",
    0xDC: "MasterMode",
    0xF0: "ChargerSelectorSupport ChargerSpec Level2 Level3",
}


def _codes(page: int, table: dict[int, str]) -> dict[str, int]:
    return {name: page << 16 | first + at for first, names in table.items() for at, name in enumerate(names.split())}


CODES: dict[str, int] = {**_codes(0x84, _POWER), **_codes(0x85, _BATTERY)}
_NAMES = {code: name for name, code in CODES.items()}
_FOLDED = {name.lower(): code for name, code in CODES.items()}


def parse(text: str, own: Mapping[str, int] = {}) -> Path:
    """A path out of its text; `own` are a vendor's names, which count first. Raises ValueError."""
    folded = {name.lower(): code for name, code in own.items()} if own else {}
    return tuple(_node(part, folded) for part in text.split("."))


def _node(part: str, own: Mapping[str, int]) -> int:
    name = part.lower()
    code = own.get(name, _FOLDED.get(name))
    if code is not None:
        return code
    if part[:1] == "[" and part[-1:] == "]" and part[1:-1].isdigit():
        return INDEX | int(part[1:-1])
    if len(part) == 8:
        return int(part, 16)
    raise ValueError(f"{part} is not the name of a usage")


def show(path: Path, own: Mapping[str, int] = {}) -> str:
    """A path as text, which `parse` understands."""
    names = {code: name for name, code in own.items()} if own else {}
    return ".".join(_name(node, names) for node in path)


def _name(node: int, own: Mapping[int, str]) -> str:
    name = own.get(node) or _NAMES.get(node)
    if name:
        return name
    return f"[{node & 0xFFFF}]" if node & 0xFFFF0000 == INDEX else f"{node:08x}"
