"""Texts for GET DESC and GET CMDDESC: those of a cmdvartab file where there is one, else the catalogue's own.

Both are loaded when the first client asks.
"""

from __future__ import annotations

import os

from wallnut.io.service import DATAPATH, read_bytes
from wallnut.model.errors import ConfigError
from wallnut.proto.words import file_lines

UNKNOWN = "Description unavailable"


class Descriptions:
    """Texts by name, compared without case; a leading `upstream.` is passed over, as NUT does since 2.8.4."""

    def __init__(self, datapath: str | None) -> None:
        self._path = os.path.join(datapath or DATAPATH, "cmdvartab")
        self._texts: dict[str, dict[str, str]] | None = None

    def variable(self, name: str) -> str:
        """What a variable means."""
        if text := self._table("VARDESC").get(_key(name)):
            return text
        from wallnut.model.names import variable_text

        return variable_text(name) or UNKNOWN

    def command(self, name: str) -> str:
        """What an instant command does."""
        if text := self._table("CMDDESC").get(_key(name)):
            return text
        from wallnut.model.names import command_text

        return command_text(name) or UNKNOWN

    def _table(self, kind: str) -> dict[str, str]:
        if self._texts is None:
            self._texts = _read(self._path)
        return self._texts[kind]


def _key(name: str) -> str:
    return name.removeprefix("upstream.").lower()


def _read(path: str) -> dict[str, dict[str, str]]:
    """Lines `VARDESC name "text"` and `CMDDESC name "text"`; others, and a file that is not there, say nothing."""
    texts: dict[str, dict[str, str]] = {"VARDESC": {}, "CMDDESC": {}}
    try:
        data = read_bytes(path)
    except ConfigError:
        return texts
    for _, _, words in file_lines(data):
        if isinstance(words, list) and len(words) >= 3 and words[0] in texts:
            texts[words[0]][words[1].lower()] = words[2]
    return texts
