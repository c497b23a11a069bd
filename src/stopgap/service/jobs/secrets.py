"""Passphrases of jobs: sealed on the disk with a key that the running service and its workers alone hold."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stopgap.base.errors import RefusedError

_NONCE = 12


def new_seal() -> bytes:
    """Return a key of a running service; it is in memory, and on no disk."""
    return AESGCM.generate_key(256)


def keep_passphrase(inputs: Path, passphrase: str, seal: bytes) -> None:
    """Write the passphrase of a job, sealed, into the folder of what came with it; that folder goes when the job ends."""
    place = _place(inputs)
    place.parent.mkdir(parents=True)
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(seal).encrypt(nonce, passphrase.encode(), None)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)


def passphrase_of(inputs: Path, seal: bytes) -> str | None:
    """Return the passphrase that came with a job; ``None`` where none did.

    Raises:
        RefusedError: It was sealed by a service that has ended since.
    """
    place = _place(inputs)
    if not place.is_file():
        return None
    sealed = place.read_bytes()
    try:
        return AESGCM(seal).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
    except (InvalidTag, ValueError) as error:
        raise RefusedError(
            "the passphrase that came with the job is no longer known: the service was started anew since",
            where="passphrase",
            fix="submit the job again with the passphrase",
        ) from error


def _place(inputs: Path) -> Path:
    return inputs / "passphrase" / "sealed"
