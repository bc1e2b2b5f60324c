"""Run our genericups in every state of the lines, for each line of settings on the standard input: a JSON object.

Prints for each a line of JSON: the status in each state, or, where "off" is given and it switches the load off instead,
what it switched; or why it does not. Waits take no time.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import product
from pathlib import Path

from wallnut.drivers.base import Changes, Publisher, Settings
from wallnut.drivers.serial.genericups import GenericUps
from wallnut.io.log import Memory
from wallnut.model.errors import NutError

BITS = (0x020, 0x040, 0x080, 0x100)


def states(driver: GenericUps, said: list[Changes], lines: Path) -> list[str]:
    """ups.status in each state of the lines."""
    found = []
    for chosen in product((0, 1), repeat=len(BITS)):
        lines.write_text(f"{sum(bit for bit, on in zip(BITS, chosen, strict=True) if on):x}")
        driver.poll()
        driver.ups.commit()
        found.append(" ".join(sorted(said[-1].status or ())))
    return found


def main() -> None:
    time.sleep = lambda seconds: None
    port, lines, switched = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    for text in sys.stdin:
        settings = {"port": port, **json.loads(text)}
        off = settings.pop("off", False)
        switched.write_text("")
        said: list[Changes] = []
        try:
            driver = GenericUps(Settings("u", settings, "/"), Publisher(said.append, Memory()))
            driver.open()
            if off:
                driver.shutdown()
                found = []
            else:
                found = states(driver, said, lines)
            driver.close()
        except NutError as error:
            print(json.dumps({"error": str(error)}), flush=True)
        else:
            print(json.dumps({"states": found, "switched": switched.read_text()}), flush=True)


if __name__ == "__main__":
    main()
