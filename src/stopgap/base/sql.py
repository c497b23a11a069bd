"""Quote text and paths as SQL literals, for statements that cannot bind them."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(text: object) -> str:
    """Quote a text or path as an SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(texts: Iterable[object]) -> str:
    """Quote texts or paths as SQL string literals, joined by commas."""
    return ", ".join(map(quoted, texts))
