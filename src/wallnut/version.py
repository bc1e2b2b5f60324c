"""The two version numbers: our own, and that of the NUT release we are compatible with."""

VERSION = "0.1.0"
NUT_VERSION = "2.8.5"
