"""Which software this is: its version stands in its metadata, its dependencies in the lock file."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

_INSTALLED = "requirements.txt"
_BESIDE = Path(__file__).parents[3] / "requirements" / "run.txt"


@cache
def lock_sha256() -> str:
    """Hash of the lock file with which this was built; empty where it did not come along."""
    packed = resources.files("stopgap") / _INSTALLED
    for place in (packed, _BESIDE):
        if place.is_file():
            return hashlib.sha256(place.read_bytes()).hexdigest()
    return ""
