"""A program that writes to a history without end, to be killed: it says a number when that batch is committed."""

from __future__ import annotations

import os
import sys

from wallnut.history.store import open_history
from wallnut.history.values import MINUTE, Device, Sample

FIRST = 28_333_334 * MINUTE
SIZE = 50
RACK = Device("localhost", "rack")


def batch(number: int) -> list[Sample]:
    """The samples of a batch; a minute has four."""
    start = FIRST + number * MINUTE // 4
    return [
        *(Sample(RACK, f"outlet.{one}.power", start + one, float(number)) for one in range(SIZE)),
        Sample(RACK, "ups.status", start, f"OL {number}"),
    ]


def main(url: str) -> None:
    """Write; after every third batch roll up."""
    with open_history(url) as history:
        number = len(history.read.texts(RACK, "ups.status", 0, 1 << 50))
        while True:
            history.write(batch(number))
            os.write(1, b"%d\n" % number)
            number += 1
            if number % 3 == 0:
                history.roll_up(FIRST + number * MINUTE // 4)


if __name__ == "__main__":
    main(sys.argv[1])
