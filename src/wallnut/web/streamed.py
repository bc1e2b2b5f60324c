"""Long lists as files: written piece by piece, as fast as they are read, up to a bound."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from wallnut.history import objects
from wallnut.history.values import Cursor, Page
from wallnut.web.answers import Refused
from wallnut.web.past import NoHistory
from wallnut.web.routes import route

T = TypeVar("T")
MOST = 100_000
"""Rows of a file."""
Row = dict[str, Any]


class Export(Generic[T]):
    """A list as a file called `name`. `page` gives what comes before a place, `row` an item as an object."""

    def __init__(
        self,
        name: str,
        page: Callable[[Cursor | None], Awaitable[Page[T]]],
        row: Callable[[T], Row],
        columns: Sequence[str],
        most: int = MOST,
    ) -> None:
        self._name, self._page, self._row, self._columns, self._most = name, page, row, columns, most

    async def csv(self) -> Response:
        """As a table. Raises NoHistory."""
        first = await self._page(None)

        async def pieces() -> AsyncIterator[str]:
            begun = False
            async for rows, _ in self._parts(first):
                lines = objects.table(rows, self._columns)
                if begun:
                    next(lines)
                begun = True
                yield "".join(lines)

        return self._answer(pieces(), "text/csv", "csv")

    async def json(self) -> Response:
        """As an object: `items`, and `next`, the place before which there is more (null: it is whole). Raises
        NoHistory."""
        first = await self._page(None)

        async def pieces() -> AsyncIterator[str]:
            begun, place = False, first.next
            yield '{"items":['
            async for rows, following in self._parts(first):
                place = following
                text = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
                yield f",\n{text}" if begun else text
                begun = begun or bool(rows)
            yield f'],"next":{json.dumps(str(place)) if place else "null"}}}\n'

        return self._answer(pieces(), "application/json", "json")

    async def _parts(self, page: Page[T]) -> AsyncIterator[tuple[list[Row], Cursor | None]]:
        left = self._most
        while True:
            rows = [self._row(item) for item in page.items]
            left -= len(rows)
            yield rows, page.next
            if page.next is None or left <= 0:
                return
            try:
                page = await self._page(page.next)
            except NoHistory:
                return  # what is missing begins at the place that was said last

    def _answer(self, pieces: AsyncIterator[str], kind: str, ending: str) -> Response:
        async def encoded() -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield piece.encode("utf-8", "replace")

        headers = {"Content-Disposition": f'attachment; filename="{self._name}.{ending}"'}
        return StreamingResponse(encoded(), media_type=kind, headers=headers)


def files(path: str, export: Callable[[Request], Export[Any]]) -> list[Route]:
    """The routes of a list's two files: `path.csv` and `path.json`."""

    async def as_csv(request: Request) -> Response:
        try:
            return await export(request).csv()
        except NoHistory as error:
            raise Refused(503, error.detail) from None

    async def as_json(request: Request) -> Response:
        try:
            return await export(request).json()
        except NoHistory as error:
            raise Refused(503, error.detail) from None

    return [route(f"{path}.csv", as_csv), route(f"{path}.json", as_json)]
