"""The OpenAPI 3.1 document of the API."""

from __future__ import annotations

from typing import Any

from wallnut.version import VERSION

TEXT: dict[str, Any] = {"type": "string"}
TRUTH: dict[str, Any] = {"type": "boolean"}
WHOLE: dict[str, Any] = {"type": "integer"}
NUMBER: dict[str, Any] = {"type": "number"}
SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_SUMMARY = {
    "id": {**TEXT, "description": "ups@host[:port]"},
    "name": TEXT,
    "server": TEXT,
    "description": TEXT,
    "model": TEXT,
    "state": {**TEXT, "description": "the one state that matters most"},
    "urgency": {**WHOLE, "description": "0 is the most urgent; from 12 on all is well"},
    "status": {**_array(TEXT), "description": "the words of ups.status"},
    "since": {**NUMBER, "description": "since when the status is as it is, as far as it was seen; Unix time"},
    "fresh": TRUTH,
    "trouble": {"oneOf": [_object(code=TEXT, detail=TEXT, since=NUMBER), {"type": "null"}]},
}
SCHEMAS = {
    "Problem": _object(type=TEXT, title=TEXT, status=WHOLE, detail=TEXT),
    "Server": _object(name=TEXT, up=TRUTH, trouble=TEXT, since=NUMBER, pushed=TRUTH),
    "Summary": _object(**_SUMMARY),
    "Variable": _object(
        name=TEXT,
        value=SCALAR,
        raw={**TEXT, "description": "as the server said it"},
        unit=TEXT,
        kind=TEXT,
        description=TEXT,
        writable=TRUTH,
        length=WHOLE,
        enum=_array(TEXT),
        ranges=_array({"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2}),
    ),
    "Command": _object(name=TEXT, description=TEXT, effect=TEXT, value=TEXT),
    "Overview": _object(servers=_array(_ref("Server")), ups=_array(_ref("Summary"))),
    "Ups": _object(**_SUMMARY, variables=_array(_ref("Variable")), commands=_array(_ref("Command"))),
    "Plan": _object(
        upsmon={
            "oneOf": [{"type": "object"}, {"type": "null"}],
            "description": "where upsmon stands, as its socket says",
        },
        drill={"oneOf": [{"type": "object"}, {"type": "null"}], "description": "what wallnut drill --json says"},
        troubles=_array(_object(code=TEXT, detail=TEXT)),
    ),
    "Flat": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
}

OPERATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/api/v1/ups", "All servers and devices, trouble first", _ref("Overview")),
    ("/api/v1/ups/{device}", "One device, whole", _ref("Ups")),
    ("/api/v1/ups/{device}/variables", "A device's variables", _array(_ref("Variable"))),
    ("/api/v1/ups/{device}/variables/{variable}", "One variable", _ref("Variable")),
    ("/api/v1/ups/{device}/ranges", "The writable variables and what they may be set to", _array(_ref("Variable"))),
    ("/api/v1/ups/{device}/commands", "A device's commands", _array(_ref("Command"))),
    ("/api/v1/plan", "What this machine would do in an outage", _ref("Plan")),
    ("/api/v1/devices", "All devices as PeaNUT shows them", _array(_ref("Flat"))),
    ("/api/v1/devices/{device}", "One device as PeaNUT shows it", _ref("Flat")),
    ("/api/v1/devices/{device}/vars", "The same", _ref("Flat")),
    ("/api/v1/devices/{device}/var/{variable}", "One variable's value", {"type": ["string", "number"]}),
    ("/api/v1/devices/{device}/commands", "The names of a device's commands", _array(TEXT)),
    ("/api/v1/openapi.json", "This document", {"type": "object"}),
)
"""(path, what it gives, the schema of it)"""


def _operation(path: str, text: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    fault = {"description": "A problem", "content": {"application/problem+json": {"schema": _ref("Problem")}}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in ("device", "variable")
        if f"{{{name}}}" in path
    ]
    return {
        "get": {
            "summary": text,
            "parameters": parameters,
            "responses": {
                "200": {"description": text, "content": {media_type: {"schema": schema}}},
                "default": fault,
            },
        }
    }


def document(prefix: str = "") -> dict[str, Any]:
    """The document, for an API below a prefix."""
    paths = {path: _operation(path, text, "application/json", schema) for path, text, schema in OPERATIONS}
    live = _operation("/api/v1/events", "Changes, as server-sent events", "text/event-stream", TEXT)
    live["get"]["parameters"] = [{"name": "ups", "in": "query", "required": False, "schema": TEXT}]
    paths["/api/v1/events"] = live
    return {
        "openapi": "3.1.0",
        "info": {"title": "wallnut console", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": prefix or "/"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }
