"""NUT's device dump library beside our vendor files: which dumps of usbhid-ups name a device that the same file serves.

    python -m tests.drivers.usbhid.ddl [FOLDER]       the table, as Markdown

The library's files (VENDOR__MODEL__DRIVER__VERSION__NUMBER.dev) are in the folder that WALLNUT_DDL names, or in
../shared/ddl beside the project; they are not part of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wallnut.drivers.usbhid.rows import Own, Var, Vendor
from wallnut.drivers.usbhid.vendors import VENDORS, choose
from wallnut.io.hid import Identity

PROJECT = Path(__file__).parents[3]
DRIVERS = ("usbhid-ups", "newhidups")
# Names that NUT's tables had before; those of two makers in one are told apart by the vendor's id.
FORMERLY = {
    ("Belkin HID", ""): "Belkin/Liebert HID",
    ("Liebert HID", ""): "Phoenixtec/Liebert HID",
    ("LiebertPSP HID", ""): "Belkin/Liebert HID",
    ("APC/CyberPower HID", "051d"): "APC HID",
    ("APC/CyberPower HID", "0764"): "CyberPower HID",
}
# What the driver's framework says, and what the vendor's rows have no part in.
OF_THE_DRIVER = {
    *("ups.alarm", "ups.mfr", "ups.model", "ups.productid", "ups.serial", "ups.status", "ups.vendorid"),
    "input.transfer.reason",
}
# Names that NUT's tables have given up.
GIVEN_UP = {
    *("outlet.0.desc", "outlet.0.id", "outlet.0.switchable"),
    *("battery.date", "ups.delay.reboot", "ups.delay.restart"),
}


@dataclass(frozen=True)
class Dump:
    """A dump: what the device was, which table served it, and what our files say to it."""

    name: str
    ids: str
    theirs: str
    ours: str
    variables: int
    """Variables of the device in the dump."""
    missing: tuple[str, ...]
    """Those that no row of our file could bring."""

    @property
    def same(self) -> bool:
        """Whether our file is the counterpart of the table that served it."""
        return self.ours == self.theirs


def folder() -> Path | None:
    """Where the library is, None where it is not."""
    path = Path(os.environ.get("WALLNUT_DDL") or PROJECT.parent / "shared/ddl")
    return path if path.is_dir() else None


def read(path: Path) -> dict[str, str]:
    """The variables of a dump."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.partition(":") for line in lines if line and line[0] not in "#*(")
    return {name.strip(): value.strip() for name, colon, value in pairs if colon and "#" not in name}


def dumps(where: Path) -> list[Dump]:
    """The dumps of usbhid-ups that name vendor, product and table."""
    found = []
    for path in sorted(where.glob("*.dev")):
        said = read(path)
        if path.name.split("__")[2] in DRIVERS and (dump := _dump(path.stem, said)) is not None:
            found.append(dump)
    return found


def _dump(name: str, said: dict[str, str]) -> Dump | None:
    vendor_id, product_id = (
        (said.get(f"ups.{what}") or said.get(f"driver.parameter.{what}") or "").lower()
        for what in ("vendorid", "productid")
    )
    theirs = _table(said.get("driver.version.data", ""), vendor_id)
    try:
        ids = int(vendor_id, 16), int(product_id, 16)
    except ValueError:
        return None
    if not theirs:
        return None
    identity = Identity(*ids, 0, said.get("ups.mfr", ""), said.get("ups.model", ""))
    chosen = choose(identity, insist="driver.parameter.productid" in said)
    names = {key for key in said if key.partition(".")[0] not in ("driver", "device", "server")} - OF_THE_DRIVER
    missing = names - _served(chosen[0]) - GIVEN_UP if chosen else names
    title = chosen[0].title if chosen else ""
    return Dump(name, f"{vendor_id}:{product_id}", theirs, title, len(names), tuple(sorted(missing)))


def _table(version: str, vendor_id: str) -> str:
    """The present name of the table of driver.version.data, which ends with its release."""
    title = version.removesuffix("(experimental)").strip().rpartition(" ")[0]
    return FORMERLY.get((title, vendor_id)) or FORMERLY.get((title, "")) or title


def _served(vendor: Vendor) -> set[str]:
    own = {"ups.firmware", "ups.firmware.aux"} if vendor.more else set()
    return {row.name for row in vendor.rows if isinstance(row, Var | Own)} | own


def table(found: Iterable[Dump]) -> str:
    """A Markdown table: for each vendor file the dumps, those that it serves, and variables that it does not have."""
    by_title: dict[str, list[Dump]] = {}
    for dump in found:
        by_title.setdefault(dump.theirs, []).append(dump)
    order = [vendor.title for vendor in VENDORS]
    lines = ["| NUT's table | dumps | the same here | their variables | had here |", "|---|---|---|---|---|"]
    for title in sorted(by_title, key=lambda title: order.index(title) if title in order else len(order)):
        members = by_title[title]
        had = sum(dump.variables - len(dump.missing) for dump in members)
        same = sum(dump.same for dump in members)
        lines.append(f"| {title} | {len(members)} | {same} | {sum(dump.variables for dump in members)} | {had} |")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Print the table, and what differs."""
    where = Path(argv[0]) if argv else folder()
    if where is None:
        print("there is no library: set WALLNUT_DDL", file=sys.stderr)
        return 1
    found = dumps(where)
    print(table(found))
    for dump in found:
        if not dump.same or dump.missing:
            print(f"{dump.name} {dump.ids}: {dump.theirs} / {dump.ours or 'none'} {' '.join(dump.missing)}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
