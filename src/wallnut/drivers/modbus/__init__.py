"""Devices that speak Modbus: an engine for maps of registers, one file a map, and a driver for bare contacts."""
