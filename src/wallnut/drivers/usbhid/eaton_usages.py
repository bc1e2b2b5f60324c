"""Eaton's and MGE's own usages. Source: NUT's drivers/mge-hid.c."""

from __future__ import annotations

_NAMES = {
    0x00: "Undefined STS Environment Statistic StatisticSystem USB",
    0x10: "Phase PhaseID Chopper ChopperID Inverter InverterID Rectifier RectifierID LCMSystem LCMSystemID LCMAlarm",
    0x1B: "LCMAlarmID HistorySystem HistorySystemID Event EventID CircuitBreaker TransferForbidden OverallAlarm",
    0x23: "Dephasing BypassBreaker PowerModule PowerRate PowerSource CurrentPowerSource RedundancyLevel",
    0x2A: "RedundancyLost NotificationStatus ProtectionLost ConfigurationFailure CompatibilityFailure",
    0x40: "SwitchType ConverterType FrequencyConverterMode AutomaticRestart ForcedReboot TestPeriod EnergySaving",
    0x47: "StartOnBattery Schedule DeepDischargeProtection ShortCircuit ExtendedVoltageMode SensitivityMode",
    0x4D: "RemainingCapacityLimitSetting ExtendedFrequencyMode FrequencyConverterModeSetting",
    0x50: "LowVoltageBoostTransfer HighVoltageBoostTransfer LowVoltageBuckTransfer HighVoltageBuckTransfer",
    0x54: "OverloadTransferEnable OutOfToleranceTransferEnable ForcedTransferEnable LowVoltageBypassTransfer",
    0x58: "HighVoltageBypassTransfer FrequencyRangeBypassTransfer LowVoltageEcoTransfer HighVoltageEcoTransfer",
    0x5C: "FrequencyRangeEcoTransfer ShutdownTimer StartupTimer RestartLevel PhaseOutOfRange CurrentLimitation",
    0x62: "ThermalOverload SynchroSource FuseFault ExternalProtectedTransfert ExternalForcedTransfert Compensation",
    0x68: "EmergencyStop PowerFactor PeakFactor ChargerType HighPositiveDCBusVoltage LowPositiveDCBusVoltage",
    0x6E: "HighNegativeDCBusVoltage LowNegativeDCBusVoltage FrequencyRangeTransfer WiringFaultDetection",
    0x72: "ControlStandby ShortCircuitTolerance VoltageTooHigh VoltageTooLow DCBusUnbalanced FanFailure WiringFault",
    0x79: "Floating OverCurrent RemainingActivePower Energy Threshold OverThreshold",
    0x80: "Sensor LowHumidity HighHumidity LowTemperature HighTemperature ECOControl Efficiency ABMEnable",
    0x88: "NegativeCurrent AutomaticStart",
    0x90: "Count Timer Interval TimerExpired Mode Country State Time Code DataValid ToggleTimer",
    0x9B: "BypassTransferDelay HysteresisVoltageTransfer SlewRate",
    0xA0: "PDU Breaker BreakerID OverVoltage Tripped OverEnergy OverHumidity ConfigurationReset Level PDUType",
    0xAA: "ReactivePower Pole PoleID Reset WatchdogReset",
    0xBA: "iDesignator",
    0xE0: "COPIBridge Gateway",
    0xE5: "System",
    0xE9: "Status",
    0xF0: "iModel iVersion iTechnicalLevel iPartNumber iReferenceNumber iGang",
}
USAGES = {name: 0xFFFF0000 | first + at for first, names in _NAMES.items() for at, name in enumerate(names.split())}
