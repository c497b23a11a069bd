"""Which software this is: its version stands in its metadata, its dependencies in the lock file."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from stopgap.evidence.packs.documents import EvidenceDocument

_INSTALLED = "requirements.txt"
_BESIDE = Path(__file__).parents[4] / "requirements" / "run.txt"


@cache
def lock_sha256() -> str:
    """Hash of the lock file with which this was built; empty where it did not come along."""
    packed = resources.files("stopgap") / _INSTALLED
    for place in (packed, _BESIDE):
        if place.is_file():
            return hashlib.sha256(place.read_bytes()).hexdigest()
    return ""


def is_same_software(evidence: EvidenceDocument) -> bool:
    """Whether a pack was made by this version of Stopgap with these dependencies, as far as it says."""
    made = evidence["software"]
    locks = {made["lock_sha256"], lock_sha256()} - {""}
    return made["name"] == "stopgap" and made["version"] == version("stopgap") and len(locks) < 2
