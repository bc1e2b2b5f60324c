"""For all tests: nothing of the developer's own NUT set-up, no time limits that depend on the machine's load."""

from __future__ import annotations

import os

from hypothesis import settings

for name in [name for name in os.environ if name.startswith("NUT_")]:
    del os.environ[name]

settings.register_profile("wallnut", deadline=None)
settings.load_profile("wallnut")
