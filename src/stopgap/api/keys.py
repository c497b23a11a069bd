"""Own keys, and keys of others that are trusted."""

from __future__ import annotations

from stopgap.api.reader import Reader


class Keys(Reader):
    """Own keys, and keys of others that are trusted."""
