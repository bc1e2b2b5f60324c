"""upsrw: list a UPS's writable variables, set one."""

from __future__ import annotations

from wallnut.cli import common, steer
from wallnut.cli.common import Stop, err, out
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallnut.client.sync import Client

ONE_SHOT = True
USAGE = f"""\
usage: upsrw [options] [-l] UPS              list the variables that can be set
       upsrw [options] -s NAME[=VALUE] UPS   set one; asks for a missing value

UPS is name[@host[:port]]; without them the host is localhost, the port 3493.

{steer.OPTIONS}
Exit status: 0 when the server took the setting, with -w when the driver
carried it out; else 1.
"""


def main() -> int:
    """The program."""
    return common.run(upsrw)


def upsrw(argv: list[str]) -> int:
    """List or set; the exit status."""
    given = common.parse("upsrw", argv, "ls:u:p:wt:", USAGE)
    wait = steer.tracking_timeout(given)
    # the last of -l and -s says what is meant
    letters = [letter for letter, _ in given.options if letter in "ls"]
    setting = letters[-1:] == ["s"]
    if "s" in letters and not setting:
        err("Listing mode requested, overriding setvar specified earlier!\n")
    if not given.words:
        raise Stop(0, out=f"{common.version_line('upsrw')}\n{USAGE}")
    ups = common.ups_address(given.words[0], steer.ONE_LINE)
    client, entry = steer.open_session(given, ups)
    with client:
        if not setting:
            out(listing(client, ups.ups))
            return 0
        name, equals, value = given.last("s").partition("=")
        if "." not in name:
            raise Stop(1, "Error: old variable names are not supported\n")
        steer.sign_in(client, given, entry)
        if not equals:
            from wallnut.cli.ask import ask

            value = ask(f"Enter new value for {name}: ")
        return steer.hand_over(client, net.set_var(ups.ups, name, value), wait)


def listing(client: Client, ups: str) -> str:
    """A block for each variable that can be set: name, description, type, limits, value."""
    values = client.call(net.list_rw(ups))
    requests: list[net.Request[object]] = []
    for name in values:
        requests += (net.GetText("DESC", ups, name), net.GetType(ups, name))
    replies = client.pipeline(requests)
    kinds = {name: reply.result for name, reply in zip(values, replies[1::2], strict=True)}
    allowed = _allowed(client, ups, kinds)
    blocks = []
    for name, description in zip(values, replies[::2], strict=True):
        text = "Description unavailable" if description.error else description.result
        lines = type_lines(kinds[name], values[name], allowed.get(name, []))
        blocks.append("\n".join([f"[{name}]", str(text), *lines, "\n"]))
    return "".join(blocks)


def _allowed(client: Client, ups: str, kinds: dict[str, object]) -> dict[str, list[object]]:
    """What each variable may be set to: an enum's values, or ranges as pairs."""
    names, requests = [], []
    for name, kind in kinds.items():
        if isinstance(kind, net.VariableType) and (kind.enum or kind.ranges):
            names.append(name)
            requests.append(net.list_enum(ups, name) if kind.enum else net.list_range(ups, name))
    return {name: reply.get() for name, reply in zip(names, client.pipeline(requests), strict=True)}


def type_lines(kind: object, value: str, allowed: Sequence[object]) -> list[str]:
    """The lines from `Type:` on; `kind` is None where the server did not tell."""
    if not isinstance(kind, net.VariableType):
        return ["Unknown type"]
    base = "NUMBER" if kind.length is None else "STRING"
    lines = [] if kind.length is None else [f"Maximum length: {kind.length}"]
    if kind.enum:
        options = [(text, text == value) for text in map(str, allowed)]
        head = f"ENUM {base}"
    elif kind.ranges:
        number = _whole(value)
        options = [(f"{low}-{high}", low <= number <= high) for low, high in allowed]  # type: ignore[misc,has-type]
        head = f"RANGE {base}"
    elif base == "STRING" or "NUMBER" in kind.words:
        return [f"Type: {base}", *lines, f"Value: {value}"]
    else:
        return [f"Type: {' '.join(kind.words[kind.writable :])} (unrecognized)"]
    return [f"Type: {head}", *lines, *(f'Option: "{text}"{" SELECTED" * selected}' for text, selected in options)]


def _whole(text: str) -> int:
    """The whole number that a text begins with, 0 where it is none: as the server compares."""
    digits = ""
    for char in text.strip():
        if not (char.isascii() and (char.isdigit() or (char in "+-" and not digits))):
            break
        digits += char
    try:
        return int(digits)
    except ValueError:
        return 0
