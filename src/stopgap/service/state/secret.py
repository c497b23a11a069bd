"""Secrets of tokens, sessions and links: made here, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

LONGEST = 256
"""Most characters of a secret that is looked at; ours have 43."""


def new_secret() -> str:
    """Return a new secret: 32 random bytes as 43 characters that addresses may hold."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Return the SHA-256 of a secret. A slow hash would add nothing: 32 random bytes cannot be guessed."""
    return hashlib.sha256(secret[: LONGEST + 1].encode("utf-8", "surrogatepass")).hexdigest()
