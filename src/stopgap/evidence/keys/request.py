"""Options of the ``stopgap keys`` commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from stopgap.base.person import BY
from stopgap.base.request import Option

PASSPHRASE = Option("The passphrase itself.", in_python_only=True)
PASSPHRASE_FILE = Option(
    "File with the passphrase in its one line (default: $STOPGAP_PASSPHRASE, else it is asked for).", metavar="FILE"
)


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """Passphrase that decrypts a key or encrypts a new one; ``STOPGAP_PASSPHRASE`` where neither field is given."""

    passphrase_file: Annotated[str | Path | None, PASSPHRASE_FILE] = None
    passphrase: Annotated[str | None, PASSPHRASE] = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class NewKeyRequest(OpenRequest):
    """Options of ``stopgap keys new``."""

    valid_from: Annotated[str | None, Option("First day on which it holds, UTC (default: today).", metavar="DAY")] = (
        None
    )
    valid_to: Annotated[str | None, Option("Last day (default: two years after the first).", metavar="DAY")] = None
    by: Annotated[str | None, BY] = None


@dataclass(frozen=True, kw_only=True)
class RotateRequest(NewKeyRequest):
    """Options of ``stopgap keys rotate``."""

    new_passphrase_file: Annotated[
        str | Path | None,
        Option("File with the passphrase of the new key (default: that of the old one).", metavar="FILE"),
    ] = None
    new_passphrase: Annotated[str | None, PASSPHRASE] = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class TrustKeyRequest:
    """Options of ``stopgap keys trust``."""

    name: Annotated[
        str | None, Option("What you call the key (default: what its owner calls it).", metavar="NAME", flag="--as")
    ] = None
    fingerprint: Annotated[
        str | None,
        Option("Fingerprint that its owner told you: twelve groups of five digits, or 64 hex digits.", metavar="F"),
    ] = None
    yes: Annotated[bool, Option("You have compared the fingerprint; nothing is asked.")] = False
    by: Annotated[str | None, BY] = None


@dataclass(frozen=True, kw_only=True)
class RevokeRequest(OpenRequest):
    """Options of ``stopgap keys revoke``: reason and person."""

    why: Annotated[
        str | None, Option("The reason; partners read it. A revocation file has its own.", metavar="TEXT")
    ] = None
    by: Annotated[str | None, BY] = None
