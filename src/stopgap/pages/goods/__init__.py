"""Goods lists and codes: search, and each list with its version, source and groups."""
