"""Who may see which file, finding, statement or alert."""

from __future__ import annotations

from stopgap.api.reader import Reader


class Markings(Reader):
    """Who may see which file, finding, statement or alert."""
