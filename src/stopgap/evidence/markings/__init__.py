"""Markings: set, inherited, effective and shown."""
