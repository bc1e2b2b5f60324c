"""[history] of wallnut.toml, as what the functions here take."""

from __future__ import annotations

from wallnut.config.wallnut_toml import History
from wallnut.history.battery import Limits
from wallnut.history.energy import Ratings
from wallnut.history.values import DAY, Keep


def keep(conf: History) -> Keep:
    """How long each kind is kept."""
    return Keep(conf.raw_days * DAY, conf.minute_days * DAY, conf.hour_days * DAY, conf.text_days * DAY)


def limits(conf: History) -> Limits:
    """When a battery is to be replaced."""
    return Limits(conf.replace_below, conf.runtime_needed)


def ratings(conf: History) -> Ratings:
    """What to reckon with where a device does not say it."""
    return Ratings(factor=conf.power_factor)
