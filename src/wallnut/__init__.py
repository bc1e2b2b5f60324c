"""Network UPS Tools (NUT) in Python."""
