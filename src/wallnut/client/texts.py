"""Errors in the words of NUT's own client library, which its tools print after `Error: `."""

from __future__ import annotations

from wallnut.model.errors import NutError, ProtocolError, ServerError, TlsError

TEXTS = {
    "ACCESS-DENIED": "Access denied",
    "ALREADY-LOGGED-IN": "Already logged in",
    "ALREADY-SET-PASSWORD": "Already set password",
    "ALREADY-SET-USERNAME": "Already set username",
    "CMD-NOT-SUPPORTED": "Instant command not supported",
    "DATA-STALE": "Data stale",
    "DRIVER-NOT-CONNECTED": "Driver not connected",
    "INSTCMD-FAILED": "Instant command failed",
    "INVALID-PASSWORD": "Invalid password",
    "INVALID-USERNAME": "Invalid username",
    "INVALID-VALUE": "Invalid value for variable",
    "MISSING-ARGUMENT": "Missing argument",
    "PASSWORD-INCORRECT": "Password incorrect",
    "PASSWORD-REQUIRED": "Password required",
    "READONLY": "Read-only variable",
    "SET-FAILED": "Set command failed",
    "TOO-LONG": "New value is too long",
    "UNKNOWN-COMMAND": "Unknown command",
    "UNKNOWN-INSTCMD": "Unknown instant command",
    "UNKNOWN-TYPE": "Unknown variable type",
    "UNKNOWN-UPS": "Unknown UPS",
    "UNKNOWN-VAR": "Unknown variable",
    "USERNAME-REQUIRED": "Username required",
    "VAR-NOT-SUPPORTED": "Variable not supported by UPS",
    "VAR-UNKNOWN": "Variable unknown",
}


def text(error: NutError) -> str:
    """What follows `Error: `. A code that C has no words for (INVALID-ARGUMENT, FEATURE-NOT-...) is `Unknown error`."""
    if isinstance(error, ServerError):
        return TEXTS.get(error.code, "Unknown error")
    if isinstance(error, ProtocolError):
        return "Protocol error"
    if isinstance(error, TlsError):
        return f"SSL error: {str(error).removeprefix('TLS: ')}"
    return str(error)
