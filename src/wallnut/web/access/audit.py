"""What was done, by whom and from where: kept in the store, for administrators."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wallnut.web.i18n import N_
from wallnut.web.store import NoStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wallnut.history.sqlite import Sqlite
    from wallnut.io.log import Logger
    from wallnut.web.access.who import Who
    from wallnut.web.store import Store

DAY = 86400
FAILED = "what = 'sign-in' AND result != 'ok'"
"""Those that anybody can bring about: a tenth of all is kept, so that they do not drive out the others."""
WHATS = (
    N_("sign-in"),
    N_("sign-out"),
    N_("user add"),
    N_("user role"),
    N_("user password"),
    N_("user NUT account"),
    N_("user sign-out"),
    N_("user remove"),
    N_("key add"),
    N_("key remove"),
    N_("set"),
    N_("command"),
    N_("nut account"),
    N_("plan test"),
    N_("remove test"),
    N_("ok"),
    N_("wrong name or password"),
    N_("done"),
    N_("accepted"),
    N_("unknown"),
    N_("failed"),
    N_("refused"),
    N_("unreachable"),
    N_("local"),
    N_("session"),
    N_("password"),
    N_("key"),
    N_("proxy"),
)
"""Words that deeds consist of, for pages in other languages."""
GOOD = ("ok", "done", "accepted")
"""Results of what was done."""
MOST_TEXT = 300
MOST_AT_ONCE = 500
PRUNE_EVERY = 200
"""Deeds after which those that are too old, or too many, are removed."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done, or tried. `at` is a second of the epoch, `via` as in Who, `what` a word such as
    `sign-in` or `set`, `target` what it was done to, `result` "ok" or why not."""

    id: int
    at: int
    who: str
    via: str
    address: str
    what: str
    target: str
    result: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Audit:
    """Writes deeds down. What cannot be written is said in the log: nothing is done unseen."""

    def __init__(
        self, store: Store, log: Logger, *, days: int, most: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._log, self._clock = store, log, clock
        self._days, self._most = days, most
        self._written = 0

    async def note(self, who: Who, what: str, target: str = "", result: str = "ok") -> None:
        """Write one down. Never a secret in any of it."""
        prune = self._written % PRUNE_EVERY == 0
        self._written += 1
        texts = [_short(text) for text in (who.name, who.via, who.address, what, target, result)]
        row = (int(self._clock()), *texts)
        try:
            await self._store.ask(lambda db: self._write(db, row, prune))
        except NoStore as error:
            deed = ": ".join(filter(None, texts[3:]))
            self._log.warning(f"{texts[0]} ({texts[1]} from {texts[2]}): {deed}; not kept: {error.detail}")

    def _write(self, db: Sqlite, row: tuple[object, ...], prune: bool) -> None:
        with db.writing():
            db.run("INSERT INTO audit (at, who, via, address, what, target, result) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            if prune:
                db.run("DELETE FROM audit WHERE at < ?", (int(self._clock()) - self._days * DAY,))
                for which, most in ((FAILED, self._most // 10), ("1", self._most)):
                    db.run(
                        f"DELETE FROM audit WHERE {which} AND id <="
                        f" (SELECT id FROM audit WHERE {which} ORDER BY id DESC LIMIT 1 OFFSET ?)",
                        (most,),
                    )

    async def deeds(self, *, before: int = 0, limit: int = 100, who: str = "") -> list[Deed]:
        """The newest deeds, last first, from before a number; of one name, or of all. Raises NoStore."""
        wanted = max(1, min(limit, MOST_AT_ONCE))
        rows = await self._store.ask(
            lambda db: db.rows(
                "SELECT id, at, who, via, address, what, target, result FROM audit"
                " WHERE (? <= 0 OR id < ?) AND (? = '' OR who = ?) ORDER BY id DESC LIMIT ?",
                (before, before, who, who, wanted),
            )
        )
        return [Deed(*row) for row in rows]


def _short(text: str) -> str:
    kept = "".join(c if c.isprintable() else "?" for c in text[:MOST_TEXT])
    return kept.encode("utf-8", "replace").decode()
