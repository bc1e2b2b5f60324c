"""The package as PyPI's PyNUTClient has it: `from PyNUTClient import PyNUT`."""

import sys

import PyNUT as PyNUT

sys.modules[f"{__name__}.PyNUT"] = PyNUT
