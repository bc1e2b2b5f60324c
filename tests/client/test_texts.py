"""The words that NUT's tools print after `Error: `."""

from __future__ import annotations

import pytest

from wallnut.client.texts import TEXTS, text
from wallnut.model.errors import (
    SERVER_ERRORS,
    ConnectError,
    LinkLost,
    NutError,
    ProtocolError,
    TlsError,
    UnknownUps,
    server_error,
)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnknownUps(), "Unknown UPS"),
        (server_error("VAR-NOT-SUPPORTED"), "Variable not supported by UPS"),
        (server_error("ACCESS-DENIED", "with text"), "Access denied"),
        (server_error("INVALID-ARGUMENT"), "Unknown error"),
        (server_error("FEATURE-NOT-CONFIGURED"), "Unknown error"),
        (server_error("WHATEVER"), "Unknown error"),
        (ProtocolError("details"), "Protocol error"),
        (TlsError("TLS: certificate verify failed"), "SSL error: certificate verify failed"),
        (ConnectError("Connection failure: Connection refused"), "Connection failure: Connection refused"),
        (LinkLost("Server disconnected"), "Server disconnected"),
        (NutError("plain"), "plain"),
    ],
)
def test_texts(error: NutError, words: str) -> None:
    assert text(error) == words


def test_codes_without_words_are_those_that_c_has_none_for() -> None:
    assert set(SERVER_ERRORS) - set(TEXTS) == {
        "ALREADY-ATTACHED",
        "ALREADY-SSL-MODE",
        "FAILED",
        "FEATURE-NOT-CONFIGURED",
        "FEATURE-NOT-SUPPORTED",
        "INVALID-ARGUMENT",
        "UNKNOWN",
    }
