"""UPSes on a serial line with a protocol of their own, and those that only switch the line's modem signals."""
