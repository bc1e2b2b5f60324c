"""What HTTP answers look like: JSON, problems (RFC 9457), and the pages' errors."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response


class Refused(Exception):
    """A request that is not answered: `status`, and why in a sentence, into which `values` are put where it has places
    for them: `%(name)s`. `text` is what gettext knows it by, `detail` the English whole."""

    def __init__(self, status: int, text: str, **values: object) -> None:
        self.status, self.text, self.values = status, text, values
        self.detail = text % values if values else text
        super().__init__(self.detail)


def as_json(value: Any, status: int = 200, media_type: str = "application/json") -> Response:
    """A value as JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(body, status, media_type=media_type)


def problem(status: int, detail: str) -> Response:
    """A problem as RFC 9457 writes it; its type is what the status says."""
    value = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return as_json(value, status, "application/problem+json")


def as_text(status: int, detail: str) -> Response:
    """A line for those who expect no JSON."""
    return Response(f"{detail}\n", status, media_type="text/plain")


def refused(request: Request, error: Exception) -> Response:
    """The answer to a refused request, in the form of what was asked for."""
    assert isinstance(error, Refused)
    if request.url.path.startswith("/api/"):
        return problem(error.status, error.detail)
    return as_text(error.status, error.detail)
