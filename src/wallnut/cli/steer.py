"""What upscmd and upsrw share: who is asking, handing a request to the driver, waiting for its result."""

from __future__ import annotations

from time import monotonic, sleep

from wallnut.cli import common
from wallnut.cli.common import Stop, err
from wallnut.model.errors import ServerError
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.cli.common import Given
    from wallnut.client.sync import Client
    from wallnut.config.types import AuthEntry
    from wallnut.proto.address import Address

OPTIONS = """\
  -u USER   user in the server's upsd.users; else nutauth.conf says, or you do
  -p PASS   password; likewise
  -w        wait for the driver's result, and report it
  -t SECS   how long -w waits (10)
  -A FILE   credentials and TLS settings: a nutauth.conf, `default` or `none`
  -W SECS   time to connect (10)
  -D        say more; may be repeated
  -V        show the version
  -h        show this help
"""
"""The options of both, for their help."""
ONE_LINE = "  "  # what both have between the halves of the address error
TRACKING_TIMEOUT = 10
"""Seconds that -w waits for the driver's result."""
FIRST_LOOK, LONGEST_LOOK = 0.02, 1.0
ACCEPTED = """\
WARNING: 'OK' only means the NUT data server accepted the request;
what the driver makes of it is not known. Use -w to wait for its result,
or set NUT_QUIET_OK_NOTRACKING=true to hide this warning.
"""


def open_session(given: Given, ups: Address) -> tuple[Client, AuthEntry | None]:
    """Connect as the command line and nutauth.conf say; credentials are not sent yet."""
    entry = common.credentials(given, ups, given.last("u"))
    return common.dial(given, ups, entry), entry


def sign_in(client: Client, given: Given, entry: AuthEntry | None) -> None:
    """Say who is asking: as the command line, else nutauth.conf, else somebody at the terminal says."""
    user = None if entry is None else entry.username
    password = None if entry is None else entry.password
    if given.has("u"):
        user = given.last("u")
    if given.has("p"):
        password = given.last("p")
    if user is None:
        from wallnut.cli.ask import ask_user

        user = ask_user()
    if password is None:
        from wallnut.cli.ask import ask_password

        password = ask_password()
    try:
        client.authenticate(user, password)
    except ServerError as error:
        raise refused(error) from None


def tracking_timeout(given: Given) -> int | None:
    """How many seconds to wait for the driver's result; None without -w. A bad -t raises Stop in any case."""
    text = given.last("t", str(TRACKING_TIMEOUT))
    if not (text.isascii() and text.isdigit()):
        why = "Could not convert the provided value for timeout ('-t' option) to unsigned int: Invalid argument"
        raise Stop(1, f"{why}\n")
    return int(text) if given.has("w") else None


def refused(error: ServerError) -> Stop:
    """The end of a tool whose request the server does not take."""
    return Stop(1, f"Unexpected response from upsd: ERR {error}\n")


def hand_over(client: Client, request: net.Handed, wait: int | None) -> int:
    """Send a request to the driver, and with `wait` report what becomes of it; the exit status.

    C's tools exit with 0 whatever the driver's result; here only SUCCESS is one.
    """
    if wait is not None:
        try:
            client.call(net.set_tracking(True))
        except ServerError as error:
            raise Stop(1, f"Enabling command status tracking failed. upsd answered: ERR {error}\n") from None
    try:
        tracking = client.call(request)
    except ServerError as error:
        raise refused(error) from None
    if wait is None:
        from os import environ

        err("OK\n")
        if environ.get("NUT_QUIET_OK_NOTRACKING") != "true":
            err(ACCEPTED)
        return 0
    return _result(client, tracking, wait)


def _result(client: Client, tracking: str, wait: int) -> int:
    """Look for the driver's result, sooner at first and then each second."""
    deadline, pause = monotonic() + wait, FIRST_LOOK
    try:
        while (result := client.call(net.GetTracking(tracking))) == "PENDING":
            left = deadline - monotonic()
            if left <= 0:
                raise Stop(1, "Can't receive status tracking information: timeout\n")
            sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_LOOK)
    except ServerError as error:
        err(f"ERR {error}\n")
        return 1
    err(f"{result}\n")
    return 0
