"""Frozen results as plain JSON, and the id that is a hash of all that one says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Sealed = TypeVar("Sealed", bound=DataclassInstance)


def as_document(result: DataclassInstance) -> dict[str, Any]:
    """A frozen result as plain JSON: no tuple, no NaN."""
    document: dict[str, Any] = json.loads(json.dumps(asdict(result), allow_nan=False))
    return document


def sealed(finding: Sealed) -> Sealed:
    """A finding with its field ``finding_id``: a hash of all else that it says."""
    bare = asdict(replace(finding, finding_id=""))
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return replace(finding, finding_id="sha256:" + hashlib.sha256(text.encode()).hexdigest())
