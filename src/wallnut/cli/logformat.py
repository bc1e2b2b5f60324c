"""upslog's format strings (upslog(8)): text with %escapes% that each sample fills in.

    %%            a per cent sign             %VAR name%     a variable's value, NA where there is none
    %t            a tabulator                 %UPSHOST%      the UPS as it was named on the command line
    %TIME fmt%    strftime, with @ for %      %HOST%         this machine's name
    %ETIME%       seconds since 1970          %PID%          our process id

Escapes compare without case and by their beginning. What is none of them reads INVALID.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = (
    "%TIME @Y@m@d @H@M@S% %VAR battery.charge% %VAR input.voltage% %VAR ups.load% [%VAR ups.status%]"
    " %VAR ups.temperature% %VAR input.frequency%"
)
NOT_AVAILABLE = "NA"
INVALID = "INVALID"
_ESCAPES = ("TIME", "ETIME", "HOST", "UPSHOST", "PID", "VAR")


class Format:
    """A format string, read once. `variables` are the names that it needs."""

    __slots__ = ("pieces", "variables")

    def __init__(self, text: str) -> None:
        self.pieces = compile_format(text)
        self.variables = tuple(dict.fromkeys(text for kind, text in self.pieces if kind == "VAR"))

    def line(self, values: Mapping[str, str], now: float, host: str, upshost: str, pid: int) -> str:
        """One sample, without a line feed. `now` is in seconds since 1970."""
        parts = []
        for kind, text in self.pieces:
            if kind == "":
                parts.append(text)
            elif kind == "VAR":
                parts.append(values.get(text, NOT_AVAILABLE))
            elif kind == "TIME":
                parts.append(time.strftime(text.replace("@", "%"), time.localtime(now)))
            elif kind == "ETIME":
                parts.append(str(int(now)))
            else:
                parts.append({"HOST": host, "UPSHOST": upshost, "PID": str(pid)}[kind])
        return "".join(parts)


def compile_format(text: str) -> list[tuple[str, str]]:
    """(escape, argument) pairs; plain text has the escape ""."""
    pieces = []
    at = 0
    while at < len(text):
        start = text.find("%", at)
        if start < 0:
            pieces.append(("", text[at:]))
            break
        if start > at:
            pieces.append(("", text[at:start]))
        piece, at = _escape(text, start + 1)
        pieces.append(piece)
    return pieces


def _escape(text: str, at: int) -> tuple[tuple[str, str], int]:
    """The piece of the escape that begins at `at`, behind its per cent sign, and where the text goes on."""
    if text.startswith("%", at):
        return ("", "%"), at + 1
    if text.startswith("t", at) and not text.startswith("time", at):
        return ("", "\t"), at + 1
    end = text.find("%", at)
    if end < 0:
        return ("", INVALID), at
    word, _, argument = text[at:end].partition(" ")
    kind = next((name for name in _ESCAPES if word.upper().startswith(name)), "")
    if not kind or (kind == "VAR" and "." not in argument) or (kind == "TIME" and not argument):
        return ("", INVALID), end + 1
    return (kind, argument), end + 1
