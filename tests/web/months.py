"""Made-up months of three devices, for pages that look back: outages of several depths, tests, an ageing battery."""

from __future__ import annotations

import math
import random

from wallnut.history.store import History
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Device, Notice, NoticeType, Sample

RACK, CELLAR, PDU = "rack", "cellar", "pdu1"


def outage(device: Device, start: int, length: int, watts: float, wh: float, *, test: bool = False) -> list[Sample]:
    """A discharge of a battery of so many watt-hours."""
    kind = "OB DISCHRG TEST" if test else "OB DISCHRG"
    volts = 230.0 if test else 0.0
    found = [Sample(device, "ups.status", start, kind), Sample(device, "input.voltage", start, volts)]
    step = 30 * SECOND
    for at in range(start, start + length, step):
        charge = max(100 - (at - start) / HOUR * watts / wh * 100, 0)
        found.append(Sample(device, "battery.charge", at, float(round(charge))))
        found.append(Sample(device, "battery.runtime", at, float(round(charge / 100 * wh / watts * 3600 * 1.15))))
    end = start + length
    left = max(100 - length / HOUR * watts / wh * 100, 0)
    found += [Sample(device, "ups.status", end, "OL CHRG"), Sample(device, "input.voltage", end, 231.0)]
    for part in range(1, 9):
        at = end + part * 30 * MINUTE
        found.append(Sample(device, "battery.charge", at, float(round(left + (100 - left) * part / 8))))
    full = end + 4 * HOUR
    return [
        *found,
        Sample(device, "battery.runtime", full, float(round(wh / watts * 3600 * 1.15))),
        Sample(device, "ups.status", full, "OL"),
    ]


def fill(history: History, server: str, now: int, months: int = 14) -> dict[str, list[int]]:
    """Write it; when each device's outages began."""
    dice = random.Random(7)
    start = (now - months * 30 * DAY) // DAY * DAY
    begun: dict[str, list[int]] = {}
    for name, nominal, level in ((RACK, 900.0, 34.0), (CELLAR, 0.0, 12.0), (PDU, 0.0, 0.0)):
        device = Device(server, name)
        samples = [Sample(device, "ups.status", start, "OL")]
        if name != PDU:
            samples += [Sample(device, "battery.charge", start, 100.0), Sample(device, "input.voltage", start, 230.0)]
        if nominal:
            samples.append(Sample(device, "ups.realpower.nominal", start, nominal))
        for at in range(start, now, 2 * HOUR):
            hour = at % DAY / HOUR
            load = level + 8 * math.sin((hour - 8) / 24 * 2 * math.pi) + dice.uniform(-1.5, 1.5)
            if name == PDU:
                samples.append(Sample(device, "outlet.realpower", at, round(140 + 4 * load, 0)))
                continue
            samples.append(Sample(device, "ups.load", at, round(max(load, 1), 0)))
            if name == RACK:
                samples.append(Sample(device, "input.voltage", at, round(230 + dice.uniform(-3, 3), 1)))
        begun[name] = []
        if name != PDU:
            for number, (day, minutes, test) in enumerate(
                ((12, 21, False), (75, 9, False), (130, 1, True), (190, 26, False), (255, 6, False), (300, 1, True))
            ):
                if name == CELLAR and number not in (1, 3):
                    continue
                at = start + day * DAY + 13 * HOUR + number * 47 * MINUTE
                if at + 6 * HOUR < now:
                    wh = 260 - 55 * day / 365
                    samples += outage(device, at, minutes * MINUTE, 290, wh, test=test)
                    begun[name].append(at)
        samples.sort(key=lambda one: one.at)
        samples += [Sample(device, "battery.charge", now - MINUTE, 100.0)] if name != PDU else []
        for place in range(0, len(samples), 20_000):
            history.write(samples[place : place + 20_000])
    last = Device(server, RACK)
    notices = [
        Notice("nas", last, at + 200, NoticeType.NOTIFICATION, "ONBATT", f"UPS {last} on battery", "OB DISCHRG")
        for at in begun[RACK]
    ]
    history.write_notices(notices)
    history.roll_up(now)
    return begun
