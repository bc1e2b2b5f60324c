"""Devices whose network card tells of them in XML pages: an engine, and one file of rows a dialect."""
