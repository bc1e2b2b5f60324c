"""Maps of registers: the types of their rows, and what they say of an image of a device's registers. Pure.

A device is a `Map`: blocks that are read, rows that become variables, bits that become status words and alarms,
commands that are written. All registers are holding registers; numbers of several are sent most significant first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """How registers make a value."""

    UNSIGNED = "unsigned"
    SIGNED = "signed"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Bit:
    """A bit of a number in `count` registers; bit 0 is the least significant."""

    address: int
    number: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Codec:
    """Between a register's number and the text of a variable. `parse` raises ValueError; without it the row is to be
    read only."""

    show: Callable[[int], str]
    parse: Callable[[str], int] | None = None


def scaled(divisor: int, decimals: int) -> Codec:
    """A number that the device keeps multiplied by `divisor`, shown with so many decimals."""
    return Codec(lambda number: f"{number / divisor:.{decimals}f}")


def words(names: dict[int, str], other: str | None = None) -> Codec:
    """Names for numbers; `other` for those that have none (None: the number)."""
    return Codec(lambda number: names.get(number, str(number) if other is None else other))


def number(text: str) -> int:
    """A whole number. Raises ValueError."""
    return int(text)


WHOLE = Codec(str, number)


@dataclass(frozen=True, slots=True)
class Row:
    """A variable and where it lies. `needs`: the bit that says whether the device has it; `percent_of`: the row whose
    number this one is a percentage of."""

    name: str
    address: int
    count: int = 1
    kind: Kind = Kind.UNSIGNED
    codec: Codec = WHOLE
    writable: bool = False
    needs: Bit | None = None
    percent_of: Row | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Registers that are read together: `once` after connecting, else at every poll. Where a device refuses one that is
    `optional`, it does without."""

    address: int
    count: int
    once: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word of ups.status, while a bit is set."""

    bit: Bit
    word: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A text of ups.alarm, while a bit is set."""

    bit: Bit
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """An instant command: `value` in `count` registers. Where the device refuses it, `otherwise` is tried."""

    name: str
    address: int
    value: int
    count: int = 1
    needs: Bit | None = None
    otherwise: Command | None = None


@dataclass(frozen=True, slots=True)
class Map:
    """A family of devices. `fixed` are variables that are the same for all of them; `settle` the seconds that the
    device needs after a setting was written."""

    blocks: tuple[Block, ...]
    rows: tuple[Row, ...]
    words: tuple[Word, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    commands: tuple[Command, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    settle: float = 0.0


@dataclass(slots=True)
class Image:
    """What is known of a device's registers, by address."""

    registers: dict[int, int] = field(default_factory=dict)

    def take(self, address: int, values: tuple[int, ...]) -> None:
        """Note what was read from an address on."""
        self.registers.update(enumerate(values, address))

    def knows(self, address: int, count: int) -> bool:
        """Whether all of these registers were read."""
        return all(at in self.registers for at in range(address, address + count))

    def number(self, address: int, count: int = 1, kind: Kind = Kind.UNSIGNED) -> int:
        """The number in some registers, all of which are known."""
        value = 0
        for at in range(address, address + count):
            value = value << 16 | self.registers[at]
        bits = 16 * count
        return value - (1 << bits) if kind is Kind.SIGNED and value >> (bits - 1) else value

    def text(self, address: int, count: int) -> str:
        """The text in some registers, two characters each: without zeros before it, zeros and blanks after it; what is
        not printable ASCII becomes a blank."""
        data = b"".join(self.registers[at].to_bytes(2, "big") for at in range(address, address + count))
        plain = "".join(chr(byte) if 0x20 <= byte <= 0x7E else " " for byte in data.lstrip(b"\0").rstrip(b"\0 "))
        return plain.rstrip(" ")

    def has(self, bit: Bit | None) -> bool:
        """Whether a bit is set (an absent one counts as not set; no bit at all as set)."""
        if bit is None:
            return True
        return self.knows(bit.address, bit.count) and bool(self.number(bit.address, bit.count) >> bit.number & 1)


def shown(row: Row, image: Image) -> str | None:
    """A row's text; None where the device does not have it."""
    if not image.has(row.needs) or not image.knows(row.address, row.count):
        return None
    if row.kind is Kind.TEXT:
        return image.text(row.address, row.count)
    value = image.number(row.address, row.count, row.kind)
    if row.percent_of is None:
        return row.codec.show(value)
    whole = row.percent_of
    if not image.knows(whole.address, whole.count):
        return None
    return row.codec.show(value * image.number(whole.address, whole.count, whole.kind))


def encoded(row: Row, text: str) -> tuple[int, ...]:
    """The registers that set a row to a text. Raises ValueError where it cannot be."""
    if row.kind is Kind.TEXT:
        data = text.encode("ascii")
        if len(data) > 2 * row.count or not text.isprintable():
            raise ValueError(f"at most {2 * row.count} printable characters")
        return _registers(int.from_bytes(data.ljust(2 * row.count, b" "), "big"), row.count)
    if row.codec.parse is None:
        raise ValueError("it cannot be set")
    value = row.codec.parse(text)
    bits = 16 * row.count
    low, high = (-1 << (bits - 1), (1 << (bits - 1)) - 1) if row.kind is Kind.SIGNED else (0, (1 << bits) - 1)
    if not low <= value <= high:
        raise ValueError(f"{low} to {high}")
    return _registers(value % (1 << bits), row.count)


def written(command: Command) -> tuple[int, ...]:
    """The registers that run a command."""
    return _registers(command.value, command.count)


def _registers(value: int, count: int) -> tuple[int, ...]:
    return tuple(value >> 16 * (count - 1 - at) & 0xFFFF for at in range(count))


def status(table: Map, image: Image) -> list[str]:
    """The words of ups.status, each once."""
    return list(dict.fromkeys(row.word for row in table.words if image.has(row.bit)))


def alarms(table: Map, image: Image) -> list[str]:
    """The texts of ups.alarm, each once."""
    return list(dict.fromkeys(row.text for row in table.alarms if image.has(row.bit)))
