"""upscmd: list a UPS's instant commands, run one."""

from __future__ import annotations

from wallnut.cli import common, steer
from wallnut.cli.common import Stop, out
from wallnut.proto import net

ONE_SHOT = True
USAGE = f"""\
usage: upscmd [options] UPS COMMAND [VALUE]    run an instant command
       upscmd [options] -l UPS                 list the commands of a UPS

UPS is name[@host[:port]]; without them the host is localhost, the port 3493.

{steer.OPTIONS}
Exit status: 0 when the server took the command, with -w when the driver
carried it out; else 1.
"""


def main() -> int:
    """The program."""
    return common.run(upscmd)


def upscmd(argv: list[str]) -> int:
    """List or run; the exit status."""
    given = common.parse("upscmd", argv, "lu:p:wt:", USAGE)
    wait = steer.tracking_timeout(given)
    listing = given.has("l")
    if len(given.words) < (1 if listing else 2):
        raise Stop(0, out=f"{common.version_line('upscmd')}\n{USAGE}")
    ups = common.ups_address(given.words[0], steer.ONE_LINE)
    client, entry = steer.open_session(given, ups)
    with client:
        if listing:
            lines = [f"{name} - {text}\n" for name, text in client.commands(ups.ups).items()]
            out(f"Instant commands supported on UPS [{ups.ups}]:\n\n{''.join(lines)}")
            return 0
        command = given.words[1]
        if "." not in command:
            raise Stop(1, "Error: old command names are not supported\n")
        steer.sign_in(client, given, entry)
        value = given.words[2] if len(given.words) > 2 else ""
        return steer.hand_over(client, net.instcmd(ups.ups, command, value), wait)
