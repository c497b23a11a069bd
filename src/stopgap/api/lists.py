"""Lists of companies, vessels and organisations: which, how old, who is on them, and since when."""

from __future__ import annotations

from stopgap.api.reader import Reader


class Lists(Reader):
    """Lists of companies, vessels and organisations: which, how old, who is on them, and since when."""
