"""For all tests: nothing of the developer's own NUT set-up, no time limits that depend on the machine's load."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

for name in [name for name in os.environ if name.startswith("NUT_")]:
    del os.environ[name]
# Whoever starts the tests in the background of a shell has them ignore SIGINT, and every program they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("wallnut", deadline=None)
settings.load_profile("wallnut")
