"""Quote text and paths as SQL literals, for statements that cannot bind them."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(text: object) -> str:
    """A text or path as a literal."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(texts: Iterable[object]) -> str:
    """Literals with commas between them."""
    return ", ".join(map(quoted, texts))
