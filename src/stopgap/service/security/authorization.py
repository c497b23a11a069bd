"""The token in a header ``Authorization``: ``Bearer TOKEN``, or ``ApiKey TOKEN`` as clients of OpenSanctions send it."""

from __future__ import annotations

SCHEMES = ("bearer", "apikey")
"""Schemes that are taken, in lower case."""


def token_in(header: str | None) -> str | None:
    """Return the token of a header; ``None`` if there is none, or its scheme is another."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() in SCHEMES else None
