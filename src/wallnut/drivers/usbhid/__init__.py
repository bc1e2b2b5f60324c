"""USB HID UPSes: usbhid-ups, and what mge-shut shares with it.

descriptor.py   a report descriptor's bytes -> where each usage lies in which report
usages.py       names of the HID Power Device usages, and paths of them
reports.py      values out of reports and into them; each report is read once a poll
rows.py         what a vendor file is made of
tables.py       meanings of values that vendors share
generic.py      the map for any UPS that keeps to the specification
vendors.py      the list of vendor files; apc.py, eaton.py...: one file a vendor
status.py       what the device says of itself -> ups.status and ups.alarm
engine.py       rows put to a device: polls, commands, settings, notifications
driver.py       the driver: options, which device, interrupt pipe, watchdog
"""
