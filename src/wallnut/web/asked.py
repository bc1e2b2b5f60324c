"""What addresses of lists ask for: a device, a time, a place in the list; the same for pages, exports and API."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from wallnut.history.reader import Reader
from wallnut.history.values import Cursor
from wallnut.history.values import Device as HistoryDevice
from wallnut.web.answers import Refused
from wallnut.web.axes import moment_word, parse_moment
from wallnut.web.i18n import N_

NO_KIND = N_("There is no kind %(kind)s. Those there are: %(kinds)s.")
LONGEST_NAME = 300
EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of a list: of a device by its id or name ("": of all), start <= time < end (0: of any), of a kind, from
    before a place."""

    device: str = ""
    kind: str = ""
    start: int = 0
    end: int = 0
    before: Cursor | None = None
    limit: int = 100

    @classmethod
    def of(cls, query: Mapping[str, str], kinds: Iterable[str], limit: int, most: int) -> Asked:
        """Read it; the kind is one of `kinds`, the first where none is asked for. Raises Refused."""
        kinds = tuple(kinds)
        kind = query.get("kind") or kinds[0]
        if kind not in kinds:
            raise Refused(400, NO_KIND, kind=kind[:40], kinds=", ".join(kinds))
        try:
            start, end = (parse_moment(query[key]) if query.get(key) else 0 for key in ("from", "to"))
            before = Cursor.parse(query["before"]) if query.get("before") else None
        except ValueError as error:
            raise Refused(400, f"{error}.") from None
        if not -EVER < start < EVER or not -EVER < end < EVER or (start and end and start >= end):
            raise Refused(400, N_("The end of a time comes after its beginning."))
        text = query.get("limit") or str(limit)
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
            raise Refused(400, N_("A limit is a number from 1 to %(most)s."), most=most)
        return cls(query.get("device", "").strip()[:LONGEST_NAME], kind, start, end, before, int(text))

    @property
    def until(self) -> int:
        """The end of the time, now and a little where none is asked for."""
        return self.end or round(time.time() * 1000) + 60_000

    def words(self, **changed: str) -> str:
        """The query of an address that asks for the same, with some of it changed; "" leaves it out."""
        values = {
            "device": self.device,
            "kind": self.kind,
            "from": moment_word(self.start) if self.start else "",
            "to": moment_word(self.end) if self.end else "",
            "before": str(self.before) if self.before else "",
        }
        values.update(changed)
        found = urlencode({key: value for key, value in values.items() if value}, safe=":,@")
        return f"?{found}" if found else ""


def named(reader: Reader, name: str) -> list[HistoryDevice]:
    """The recorded devices of an id or a name, none for a name that is not known."""
    known = list(reader.devices())
    key = name.lower()
    exact = [one for one in known if str(one).lower() == key]
    return exact or [one for one in known if one.name.lower() == key]
