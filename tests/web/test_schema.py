"""Schemathesis on the API: whatever is sent, each answer is one that the document describes, and none is our fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.cnut import CNut
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.test_console import RACK, Console, serves, web

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
STREAMS = "/api/v1/events"
"""An answer that does not end."""
EXAMPLES = 15


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("schema")
    nut, port = CNut(folder).ups("rack", RACK), free_port()
    with (
        nut,
        running(*web(nut, port, folder), ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}) as process,
    ):
        found = Console(nut, port, process)
        until(lambda: found.state() == "mains", 20, "the first data")
        yield found


def test_the_document_holds(console: Console) -> None:
    schema = schemathesis.openapi.from_url(f"{console.url}/api/v1/openapi.json").exclude(path=STREAMS)
    found = list(schema.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(operations) == len(found) >= 7
    for operation in operations:
        check(operation, console.id)


def check(operation: APIOperation[Any, Any, Any, Any], device: str) -> None:
    """Call it with what may come, half of the time about the device that is there."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), there=st.booleans())
    def holds(case: schemathesis.Case, there: bool) -> None:
        if there and "device" in case.path_parameters:
            case.path_parameters["device"] = device
        case.call_and_validate(checks=CHECKS, timeout=10)

    holds()


def test_nothing_was_our_fault(console: Console) -> None:
    assert console.process.stderr() == ""
    assert Path(f"/proc/{console.process.pid}").exists()
