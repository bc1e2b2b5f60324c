"""Putting wallnut on a machine."""
