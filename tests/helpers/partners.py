"""Keys of two partners, and short ways to do what their commands do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stopgap.evidence.keys.own_keys import list_keys, new_key, rotate_key
from stopgap.evidence.keys.partner_keys import accept, candidate
from stopgap.evidence.keys.signing_keys import PrivateKey, PublicKey, make_key
from stopgap.evidence.keys.trust import TrustedKey

DAYS = {"valid_from": "2026-01-01", "valid_to": "2027-12-31"}
BY = {"who": "lea", "when": "2026-07-01T12:00:00.000000Z"}
DAY = "2026-07-01"
PASSPHRASE = "correct horse"


def key(
    number: int, name: str = "ann", succeeds: PrivateKey | None = None, **days: str
) -> tuple[PrivateKey, PublicKey]:
    return make_key(name, seed=bytes([number] * 32), **{**DAYS, **days}, succeeds=succeeds)


def handed_over(folder: Path, public: PublicKey) -> Path:
    path = folder / f"{public.fingerprint[7:15]}.pub.json"
    path.write_text(public.file_text)
    return path


def trust(home: Path, public: PublicKey, name: str | None = None, day: str = DAY) -> TrustedKey:
    """Trust a key whose fingerprint was compared."""
    home.mkdir(exist_ok=True)
    asked = candidate(home, handed_over(home, public), name=name, today=day)
    return accept(home, asked, how="compared", **BY)


def own(home: Path, name: str = "ann", **days: str) -> PublicKey:
    return new_key(home, name, PASSPHRASE, **{**DAYS, **days}, **BY).key


def rotated(home: Path, name: str = "ann") -> PublicKey:
    return rotate_key(home, name, PASSPHRASE, new_passphrase=None, **DAYS, **BY).key


def states(home: Path, day: str = DAY) -> dict[str, str]:
    """Fingerprint -> state."""
    return {each.found.fingerprint: each.state for each in list_keys(home, today=day)[0]}


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "trust.jsonl").read_text().splitlines()]
