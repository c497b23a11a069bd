"""What counts as owned by those who are listed, and through which chains."""

from __future__ import annotations

from stopgap.api.reader import Reader


class Ownership(Reader):
    """What counts as owned by those who are listed, and through which chains."""
