"""Markings: effective, inherited, changed and shown."""
