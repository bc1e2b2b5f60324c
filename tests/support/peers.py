"""Programs of others that the tests run beside ours, as Debian installs them.

A missing one skips the test and names its package; with CI set in the environment it fails it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

# Not PATH: an active virtual environment would put our own programs first. /lib/nut comes first because Debian's
# /sbin/upsd and /sbin/upsmon are wrappers that obey nut.conf's MODE.
DIRECTORIES = ("/lib/nut", "/usr/libexec/nut", "/bin", "/usr/bin", "/sbin", "/usr/sbin")


def need(program: str, package: str) -> str:
    """The path of a program, which Debian's `package` holds; C NUT's drivers and daemons too."""
    for directory in DIRECTORIES:
        path = os.path.join(directory, program)
        if os.access(path, os.X_OK):
            return path
    missing(program, package)


def need_file(path: str, package: str) -> Path:
    """A file or folder that Debian's `package` holds, such as a header or a Python module."""
    if not os.path.exists(path):
        missing(path, package)
    return Path(path)


def with_own_run_folder() -> list[str]:
    """What to put before a C program that keeps its pid file in /run/nut, so that several may run: upsmon, upslog.

    It gets a mount namespace, where the system lets us; else nothing.
    """
    argv = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run/nut && exec "$@"', "sh"]
    return argv if subprocess.run([*argv, "true"], capture_output=True, check=False).returncode == 0 else []


def missing(what: str, package: str) -> NoReturn:
    """Skip the running test, or fail it in CI."""
    reason = f"{what} is missing: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
