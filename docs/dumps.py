"""docs/dumps.md: what wallnut's rows make of the devices in NUT's device dump library.

    python -m docs.dumps FOLDER [--check]

FOLDER holds the library's files, VENDOR__MODEL__DRIVER__VERSION__NUMBER.dev, of networkupstools/nut-ddl. They are not
part of the project: so this page, unlike the other generated ones, is written by somebody who has them, and CI does not
look at it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs import dump_facts as facts
from wallnut.drivers.modbus.apc import APC
from wallnut.drivers.netxml.mge import MGE
from wallnut.drivers.qx import blazer, dialects
from wallnut.drivers.qx.bridges.table import IDS
from wallnut.drivers.qx.rows import Dialect
from wallnut.drivers.serial import smart_tables
from wallnut.drivers.snmp import mibs
from wallnut.drivers.snmp.rows import SYSTEM, Mib
from wallnut.drivers.snmp.rows import Command as SnmpCommand
from wallnut.drivers.usbhid import eaton, vendors
from wallnut.drivers.usbhid.rows import Own, Var, Vendor
from wallnut.io.hid import Identity
from wallnut.model import names as catalogue

PAGE = Path(__file__).with_name("dumps.md")
LINE = re.compile(r"([A-Za-z0-9_.-]+):(.*)")
GIVEN = re.compile(r"^(?:driver\.parameter\.|# *)(?:override|default)\.([a-z0-9.]+)", re.M)
"""Variables that ups.conf gives values to; also in a comment that shows it."""
VERSION = re.compile(r"[ /][0-9.]+( \(experimental\))?$")
MIRRORED = ("mfr", "model", "serial")
"""device.x is ups.x too, whichever of the two a driver tells."""
MOST_NAMES = 8
"""Names that are listed for one reason."""
Names = frozenset[str]
Tables = Mapping[str, Names]


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump: its file's name without the ending, what `upsc` said, and the variables that the user gave values to."""

    name: str
    said: Mapping[str, str]
    given: Names = frozenset()

    @property
    def driver(self) -> str:
        """The driver that NUT has for it today."""
        own = self.said["driver.name"]
        return facts.OLDER_DRIVERS.get(own, (own, ""))[0]

    @property
    def older(self) -> bool:
        """Whether it is of a driver that has another name today."""
        return self.driver != self.said["driver.name"]

    @property
    def ids(self) -> tuple[int, int] | None:
        """USB ids, None where it does not tell them."""
        said = self.said
        try:
            vendor, product = (
                int(said.get(f"ups.{key}") or said.get(f"driver.parameter.{key}", ""), 16)
                for key in ("vendorid", "productid")
            )
        except ValueError:
            return None
        return vendor, product

    @property
    def table(self) -> str:
        """The table that served it, by the name that it has in NUT today; "" where the dump does not tell."""
        named = VERSION.sub("", self.said.get("driver.version.data", ""))
        mib = re.search(r"\(mib: (\S+)", self.said.get("driver.version.internal", ""))
        asked = self.said.get("driver.parameter.mibs", "auto")
        if not named and (mib or asked != "auto"):
            named = f"{mib[1] if mib else asked} MIB"
        whose = (f"{self.ids[0]:04x}" if self.ids else "", self.said.get("ups.mfr", ""), "")
        return next((facts.OLDER_TABLES[named, who] for who in whose if (named, who) in facts.OLDER_TABLES), named)

    def variables(self) -> Names:
        """The names of what it says of the device."""
        names = {key for key in self.said if key.partition(".")[0] not in ("driver", "server", "clients")}
        mirrors = {f"device.{key}" for key in MIRRORED if f"ups.{key}" in names}
        return frozenset(names - self.given - mirrors - {"device.type"})


def read(path: Path) -> Dump:
    """A dump's file."""
    text = path.read_text("utf-8", errors="replace")
    lines = [found for line in text.splitlines() if (found := LINE.fullmatch(line))]
    said = {line[1]: line[2].partition("\t#")[0].strip() for line in lines}
    return Dump(path.stem, said, frozenset(GIVEN.findall(text)))


def library(folder: Path) -> list[Dump]:
    """All dumps of a folder."""
    return [read(path) for path in sorted(folder.glob("*.dev"))]


# --- our tables


@dataclass(frozen=True, slots=True)
class Family:
    """A driver of ours: its tables by NUT's names for them (one that has a single nameless table has no subdrivers),
    and what all of them have in common. `by_ids` tells which table the USB ids choose, "" for none; None: they choose
    none."""

    tables: Callable[[], Tables]
    common: Names = frozenset()
    by_ids: Callable[[Dump], str] | None = None
    usb: bool = False
    """Whether it is for USB devices, too."""

    def here(self, dump: Dump) -> bool:
        """Whether the table that served it has its counterpart here; a driver without tables has."""
        tables = self.tables()
        return "" in tables or not dump.table or dump.table in tables

    def names(self, dump: Dump) -> Names:
        """The variables that the driver can make for a device; where the dump does not tell its table, those of the
        table that has most of them."""
        tables = self.tables()
        if dump.table in tables or not self.here(dump):
            return self.common | tables.get(dump.table, frozenset())
        best: Names = min(tables.values(), key=lambda names: len(missing(dump.variables(), frozenset(names))))
        return self.common | best


def _usbhid_names(vendor: Vendor) -> Names:
    more = vendor.more(Identity(0, 0, product="x FW:1 USB FW:1")) if vendor.more else {}
    return frozenset({row.name for row in vendor.rows if isinstance(row, Var | Own)} | set(more))


@cache
def _usbhid() -> Tables:
    return {vendor.title: _usbhid_names(vendor) for vendor in vendors.VENDORS}


def _by_ids(dump: Dump) -> str:
    if dump.ids is None:
        return ""
    strings = (dump.said.get(f"driver.parameter.{key}", "") for key in ("vendor", "product"))
    made = (dump.said.get(f"ups.{key}", "") for key in ("mfr", "model"))
    insists = "driver.parameter.productid" in dump.said
    for maker, product in (tuple(made), tuple(strings)):
        if chosen := vendors.choose(Identity(*dump.ids, 0, maker, product), insist=insists):
            return chosen[0].title
    return ""


def _dialect_names(all_of_them: Iterable[Dialect]) -> Names:
    names = {row.name for one in all_of_them for query in one.queries for row in query.rows}
    kept = {setting.name for one in all_of_them for setting in one.settings if not setting.once}
    fixed = {name for one in all_of_them for name in one.fixed}
    return frozenset(name for name in names | kept | fixed if "." in name)


@cache
def _qx() -> Tables:
    found: dict[str, Names] = defaultdict(frozenset)
    for one in dialects.DIALECTS:
        found[VERSION.sub("", one.title)] |= _dialect_names((one,))
    return found


@cache
def _snmp() -> Tables:
    found: dict[str, Names] = defaultdict(frozenset)
    for mib in mibs.mibs():
        found[f"{mib.name} MIB"] |= _mib_names(mib)
    return found


def _mib_names(mib: Mib) -> Names:
    rows = [row for row in (*SYSTEM, *mib.rows) if not isinstance(row, SnmpCommand)]
    return frozenset(row.name for row in rows if not row.name.startswith("_"))


def _single(names: Iterable[str]) -> Callable[[], Tables]:
    whole = frozenset(names)
    return lambda: {"": whole}


EVERY = frozenset(("ups.status", "ups.alarm"))
WHO = EVERY | {f"ups.{key}" for key in MIRRORED}
USB = frozenset(("ups.vendorid", "ups.productid"))
GUESSED = EVERY | {f"battery.{key}" for key in ("charge", "runtime", "voltage.low", "voltage.high")}
DELAYS = {"ups.delay.start", "ups.delay.shutdown"}

FAMILIES: Mapping[str, Family] = {
    "usbhid-ups": Family(_usbhid, WHO | USB | {"input.transfer.reason"}, _by_ids, usb=True),
    "mge-shut": Family(lambda: {"MGE HID": _usbhid()[eaton.VENDOR.title]}, WHO | USB | {"input.transfer.reason"}),
    "nutdrv_qx": Family(_qx, GUESSED | USB, usb=True),
    "blazer_usb": Family(_single(_dialect_names(blazer.DIALECTS)), GUESSED | DELAYS | USB, usb=True),
    "blazer_ser": Family(_single(_dialect_names(blazer.DIALECTS)), GUESSED | DELAYS),
    "snmp-ups": Family(_snmp, EVERY | {"outlet.count", "outlet.group.count", "device.count"}),
    "apcsmart": Family(_single(row.name.replace(".0.", ".n.") for row in smart_tables.VARIABLES), WHO),
    "genericups": Family(_single(()), WHO),
    "netxml-ups": Family(_single(row.name for row in MGE.rows), WHO | {"ups.firmware.aux"}),
    "apc_modbus": Family(_single([row.name for row in APC.rows] + [name for name, _ in APC.fixed]), EVERY),
}
"""The drivers of ours that are in the library."""


def missing(names: Names, ours: Names) -> Names:
    """The names that are not among ours."""
    return frozenset(name for name in names if not _has(name, ours))


def _has(name: str, ours: Names) -> bool:
    chained = re.sub(r"^device\.\d+\.", "", name)
    spellings = {name, chained, f"device.{chained}"} | {f"{twin}.{name.rpartition('.')[2]}" for twin in _twins(name)}
    spellings |= {re.sub(r"^(outlet\.group|outlet|ambient)\.\d+\.", r"\1.n.", one) for one in spellings}
    return not ours.isdisjoint(spellings | {one.replace("outlet.n.", "outlet.") for one in spellings if ".0." in name})


def _twins(name: str) -> tuple[str, ...]:
    """What `device` is called otherwise in a name, and the reverse."""
    first, _, last = name.rpartition(".")
    return ("device", "ups") if first in ("device", "ups") and last in MIRRORED else ()


def drivers_for(dump: Dump) -> set[str]:
    """The drivers of ours whose tables have the USB ids of a dump."""
    found = {"usbhid-ups"} if _by_ids(dump) else set()
    if any((one.vendor_id, one.product_id) == dump.ids for one in IDS):
        found |= {"nutdrv_qx", "blazer_usb"}
    return found


def why(dump: Dump, name: str) -> str:
    """Why none of our rows makes a name; "" where nothing is known against a row."""
    name = re.sub(r"\.\d+\.", ".n.", name)
    whose = (dump.table, dump.driver, "")
    for key in [(who, what) for who in whose for what in (name, *_beginnings(name), "")]:
        if key != ("", "") and key in facts.GONE:
            return facts.GONE[key]
    return "" if catalogue.describe(name) else "no name that NUT has today"


def _beginnings(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) + "." for end in range(1, len(parts))]


# --- the page


NOTE = """\
<!-- Written by `python -m docs.dumps FOLDER`, FOLDER being a copy of NUT's device dump library. -->

# Device dumps

NUT collects what `upsc` says of people's devices in its
[device dump library](https://github.com/networkupstools/nut-ddl). Each dump names a driver; many also name the table of
that driver which served the device (`driver.version.data`), and USB ids. This page puts them to wallnut's rows: would
it take the same driver and the same table, and could it tell the same variables?

Only names are compared. A dump holds no report descriptors, replies or objects, so nothing here shows that a value is
read rightly; [devices](devices.md) says how that was proved. In particular:

- What the user gave in ups.conf (`override.*`, `default.*`) and what the driver says of itself (`driver.*`) do not
  count, nor does `device.mfr` beside `ups.mfr`: both are one value. Numbers of outlets and sensors do not matter.
- Where a dump does not tell the table, its variables are held against that of our tables which has most of them.
- Where several tables share USB ids, the choice needs the device's own strings. Dumps have `ups.mfr` and `ups.model`,
  which come near.
- No dump of an SNMP device tells the sysObjectID: that a MIB of this name is here can be seen, not that it is chosen.
- Serial devices have no identity but what they answer, which a dump does not hold.
- A variable that none of our rows makes is not always one to miss: the reasons are below.
"""


def page(dumps: Iterable[Dump]) -> str:
    """The page's text."""
    dumps = list(dumps)
    parts = (_drivers(dumps), _tables(dumps), _elsewhere(dumps), _lacking(dumps), _older(dumps), _unserved(dumps))
    return "\n".join([NOTE, *("\n".join(part) + "\n" for part in parts)]).rstrip("\n") + "\n"


def _table(heads: str, rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield f"| {heads} |"
    yield "|" + "---|" * (heads.count("|") + 1)
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"


def _of(dumps: Iterable[Dump], driver: str) -> list[Dump]:
    return [dump for dump in dumps if dump.driver == driver]


def _part(some: int, whole: int) -> str:
    return f"{some} of {whole}" if whole else ""


def _count(dumps: Iterable[Dump], family: Family) -> tuple[int, int, str]:
    """Variables of the dumps, those that our rows make, per cent."""
    pairs = [(len(names := dump.variables()), len(missing(names, family.names(dump)))) for dump in dumps]
    whole = sum(count for count, _ in pairs)
    ours = whole - sum(lost for _, lost in pairs)
    return whole, ours, f"{100 * ours / whole:.1f} %" if whole else ""


def _drivers(dumps: list[Dump]) -> Iterator[str]:
    mine = [dump for dump in dumps if dump.driver in FAMILIES]
    named = {dump.said["driver.name"] for dump in dumps}
    yield "## Drivers\n"
    yield (
        f"{len(dumps)} dumps of {len(named)} drivers. wallnut has the driver, or the one that took its place, for"
        f" {len(mine)}. *Old name*: of a driver that is called otherwise today. *USB ids*: of the dumps that tell them,"
        " those whose ids lead to this driver here. *Table*: of the dumps that name one, those whose table is here.\n"
    )
    rows = []
    for driver, family in sorted(FAMILIES.items(), key=lambda item: -len(_of(dumps, item[0]))):
        some = _of(dumps, driver)
        told = [dump for dump in some if dump.ids] if family.usb else []
        tables = [dump for dump in some if dump.table] if "" not in family.tables() else []
        rows.append(
            (
                driver,
                len(some),
                sum(dump.older for dump in some) or "",
                _part(sum(driver in drivers_for(dump) for dump in told), len(told)),
                _part(sum(family.here(dump) for dump in tables), len(tables)),
                *_count(some, family),
            )
        )
    yield from _table("driver | dumps | old name | USB ids | table | variables | made by our rows | share", rows)


def _tables(dumps: list[Dump]) -> Iterator[str]:
    yield "## Tables\n"
    yield (
        "Subdrivers of usbhid-ups, protocols of nutdrv_qx, MIBs of snmp-ups, by NUT's names. *Chosen*: of the dumps"
        " that tell USB ids, those for which our rows choose this table. -: there is none here.\n"
    )
    rows = []
    for driver, family in FAMILIES.items():
        by_table = defaultdict(list)
        for dump in _of(dumps, driver):
            if "" not in family.tables():
                by_table[dump.table].append(dump)
        for table, some in sorted(by_table.items(), key=lambda item: (-len(item[1]), item[0])):
            told = [dump for dump in some if dump.ids and table] if family.by_ids else []
            chosen = sum(family.by_ids(dump) == table for dump in told) if family.by_ids else 0
            counts = _count(some, family) if family.here(some[0]) else (_count(some, family)[0], "-", "")
            rows.append((driver, table or "(not told)", len(some), _part(chosen, len(told)), *counts))
    yield from _table("driver | table | dumps | chosen | variables | made by our rows | share", rows)


def _elsewhere(dumps: list[Dump]) -> Iterator[str]:
    yield "## Where the choice is another one\n"
    rows = []
    for dump in dumps:
        family = FAMILIES.get(dump.driver)
        if family is None or dump.ids is None or not family.usb:
            continue
        ids = f"{dump.ids[0]:04x}:{dump.ids[1]:04x}"
        chosen = family.by_ids(dump) if family.by_ids else ""
        if dump.driver not in drivers_for(dump):
            rows.append((dump.name, ids, dump.table or dump.driver, "-", facts.DIFFERENT.get(dump.name, "")))
        elif family.by_ids and dump.table and chosen != dump.table:
            rows.append((dump.name, ids, dump.table, chosen, facts.DIFFERENT.get(dump.name, "")))
    yield from _table("dump | USB ids | theirs | ours | why", rows) if rows else iter(("Nowhere.",))


def _lacking(dumps: list[Dump]) -> Iterator[str]:
    mine = [dump for dump in dumps if dump.driver in FAMILIES]
    here = [dump for dump in mine if FAMILIES[dump.driver].here(dump)]
    absent = sorted({f"{dump.driver} {dump.table}" for dump in mine} - {f"{dump.driver} {dump.table}" for dump in here})
    yield "## Variables that our rows do not make\n"
    yield f"Without the dumps whose table is not here: {', '.join(absent) or 'there are none'}.\n"
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for dump in here:
        for name in missing(dump.variables(), FAMILIES[dump.driver].names(dump)):
            reason = why(dump, name) or "**a row is missing**"
            found[dump.driver, reason][re.sub(r"\.\d+\.", ".n.", name)] += 1
    rows = []
    for (driver, reason), names in sorted(found.items(), key=lambda item: (item[0][0], -item[1].total(), item[0][1])):
        most = sorted(names, key=lambda name: (-names[name], name))[:MOST_NAMES]
        listed = ", ".join(f"`{name}`" for name in sorted(most))
        more = f" and {len(names) - len(most)} more" if len(names) > len(most) else ""
        rows.append((driver, names.total(), listed + more, reason))
    yield from _table("driver | times | names | why", rows)


def _older(dumps: list[Dump]) -> Iterator[str]:
    yield "## Drivers of the past\n"
    counted = Counter(dump.said["driver.name"] for dump in dumps)
    rows = []
    for name, (today, source) in facts.OLDER_DRIVERS.items():
        if counted[name]:
            rows.append((name, counted[name], today if today in FAMILIES else f"{today} (not here)", source))
    rows.sort(key=lambda row: (-row[1], row[0]))
    yield from _table("driver | dumps | today | source", rows)


def _unserved(dumps: list[Dump]) -> Iterator[str]:
    yield "## Drivers that wallnut does not have\n"
    some = [dump for dump in dumps if dump.driver not in FAMILIES]
    counted = sorted(Counter(dump.driver for dump in some).items(), key=lambda item: (-item[1], item[0]))
    yield from _table("driver | dumps", counted)
    claimed = [dump for dump in some if dump.ids and drivers_for(dump)]
    yield ""
    if not claimed:
        yield "None of our tables claims one of their USB devices."
    for dump in claimed:
        yield f"- {dump.name}: its USB ids lead to {', '.join(sorted(drivers_for(dump)))} here."


def main(argv: list[str]) -> int:
    """Write the page, or with --check compare it."""
    folders = [Path(arg) for arg in argv if arg != "--check"]
    if len(folders) != 1 or not (dumps := library(folders[0])):
        print("usage: python -m docs.dumps FOLDER [--check]    FOLDER: the dumps (*.dev)", file=sys.stderr)
        return 2
    text = page(dumps)
    if "--check" in argv:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
