"""The OpenAPI 3.1 document of the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from wallnut.version import VERSION

TEXT: dict[str, Any] = {"type": "string"}
TRUTH: dict[str, Any] = {"type": "boolean"}
WHOLE: dict[str, Any] = {"type": "integer"}
NUMBER: dict[str, Any] = {"type": "number"}
SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    return {"oneOf": [schema, {"type": "null"}]}


def array(items: dict[str, Any]) -> dict[str, Any]:
    """An array of such."""
    return {"type": "array", "items": items}


def fields(**known: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these."""
    return {"type": "object", "properties": known, "required": list(known)}


def ref(name: str) -> dict[str, Any]:
    """One of the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


_SUMMARY = {
    "id": {**TEXT, "description": "ups@host[:port]"},
    "name": TEXT,
    "server": TEXT,
    "description": TEXT,
    "model": TEXT,
    "state": {**TEXT, "description": "the one state that matters most"},
    "urgency": {**WHOLE, "description": "0 is the most urgent; from 12 on all is well"},
    "status": {**array(TEXT), "description": "the words of ups.status"},
    "since": {**NUMBER, "description": "since when the status is as it is, as far as it was seen; Unix time"},
    "fresh": TRUTH,
    "trouble": {"oneOf": [fields(code=TEXT, detail=TEXT, since=NUMBER), {"type": "null"}]},
}
SCHEMAS = {
    "Problem": fields(type=TEXT, title=TEXT, status=WHOLE, detail=TEXT),
    "Server": fields(name=TEXT, up=TRUTH, trouble=TEXT, since=NUMBER, pushed=TRUTH),
    "Summary": fields(**_SUMMARY),
    "Variable": fields(
        name=TEXT,
        value=SCALAR,
        raw={**TEXT, "description": "as the server said it"},
        unit=TEXT,
        kind=TEXT,
        description=TEXT,
        writable=TRUTH,
        length=WHOLE,
        enum=array(TEXT),
        ranges=array({"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2}),
    ),
    "Command": fields(name=TEXT, description=TEXT, effect=TEXT, value=TEXT),
    "Overview": fields(servers=array(ref("Server")), ups=array(ref("Summary"))),
    "Ups": fields(**_SUMMARY, variables=array(ref("Variable")), commands=array(ref("Command"))),
    "Plan": fields(
        upsmon={
            "oneOf": [{"type": "object"}, {"type": "null"}],
            "description": "where upsmon stands, as its socket says",
        },
        drill={"oneOf": [{"type": "object"}, {"type": "null"}], "description": "what wallnut drill --json says"},
        troubles=array(fields(code=TEXT, detail=TEXT)),
    ),
    "Flat": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
}

OPERATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/api/v1/ups", "All servers and devices, trouble first", ref("Overview")),
    ("/api/v1/ups/{device}", "One device, whole", ref("Ups")),
    ("/api/v1/ups/{device}/variables", "A device's variables", array(ref("Variable"))),
    ("/api/v1/ups/{device}/variables/{variable}", "One variable", ref("Variable")),
    ("/api/v1/ups/{device}/ranges", "The writable variables and what they may be set to", array(ref("Variable"))),
    ("/api/v1/ups/{device}/commands", "A device's commands", array(ref("Command"))),
    ("/api/v1/plan", "What this machine would do in an outage", ref("Plan")),
    ("/api/v1/devices", "All devices as PeaNUT shows them", array(ref("Flat"))),
    ("/api/v1/devices/{device}", "One device as PeaNUT shows it", ref("Flat")),
    ("/api/v1/devices/{device}/vars", "The same", ref("Flat")),
    ("/api/v1/devices/{device}/var/{variable}", "One variable's value", {"type": ["string", "number"]}),
    ("/api/v1/devices/{device}/commands", "The names of a device's commands", array(TEXT)),
    ("/api/v1/openapi.json", "This document", {"type": "object"}),
)
"""(path, what it gives, the schema of it)"""


@dataclass(frozen=True, slots=True)
class Part:
    """What a file of the API brings: its paths with their operations, and their schemas."""

    paths: dict[str, dict[str, Any]]
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)


def query(name: str, text: str, schema: dict[str, Any] = TEXT) -> dict[str, Any]:
    """A parameter of the query, which may be left out."""
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def reading(path: str, text: str, schema: dict[str, Any], *more: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A path that is read, with further parameters."""
    found = _operation(path, text, "application/json", schema)
    found["get"]["parameters"] += more
    return {path: found}


def _operation(path: str, text: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    fault = {"description": "A problem", "content": {"application/problem+json": {"schema": ref("Problem")}}}
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


def document(prefix: str = "", parts: Sequence[Part] = ()) -> dict[str, Any]:
    """The document, for an API below a prefix, with what other files bring."""
    paths = {path: _operation(path, text, "application/json", schema) for path, text, schema in OPERATIONS}
    live = _operation("/api/v1/events", "Changes, as server-sent events", "text/event-stream", TEXT)
    live["get"]["parameters"] = [{"name": "ups", "in": "query", "required": False, "schema": TEXT}]
    paths["/api/v1/events"] = live
    schemas = dict(SCHEMAS)
    for part in parts:
        for path, operations in part.paths.items():
            paths.setdefault(path, {}).update(operations)
        schemas.update(part.schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "wallnut console", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": prefix or "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"key": []}],  # without a key, what those may who have not signed in
    }
