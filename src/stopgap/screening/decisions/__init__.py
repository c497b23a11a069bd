"""Decisions on matches: a hash-chained log, exchanged between lakes."""
