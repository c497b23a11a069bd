"""SQL relations over evidence packs received from partners."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.lake.partner_evidence import ReceivedPack, findings_in, read_received

PREFIX = "received_"
"""Prefix of the names of these relations."""

_PACK_TEXTS = (
    "pack", "sha256", "origin", "called", "fingerprint", "file_name", "episode", "goods", "as_of", "made_at", "marking",
    "received_at", "received_by", "superseded_by",
)  # fmt: skip
_PACKS = pa.schema([*((name, pa.string()) for name in _PACK_TEXTS), ("size_bytes", pa.int64())])
_TEXTS = ("finding_id", "episode", "goods", "goods_version", "as_of", "frequency")
_PATHS = ("suspended.loss_usd", "suspended.loss_share", "backfill.gross_ratio", "backfill.net_ratio")
_NUMBERS = {path.partition(".")[2]: path for path in _PATHS}
_FINDINGS = pa.schema(
    [
        *((name, pa.string()) for name in ("origin", "fingerprint", "pack", "pack_sha256", "kind", *_TEXTS)),
        *((name, pa.float64()) for name in _NUMBERS),
        *((name, pa.string()) for name in ("marking", "superseded_by", "content")),
    ]
)


def received_tables(lake: Path) -> dict[str, pa.Table]:
    """Return relation name -> table; refuses as :func:`read_received` and :func:`findings_in` do."""
    packs = read_received(lake)
    return {f"{PREFIX}packs": packs_table(packs), f"{PREFIX}findings": findings_table(lake, packs)}


def packs_table(packs: tuple[ReceivedPack, ...]) -> pa.Table:
    """Return one row per received pack, in the order of receipt."""
    rows = [
        {
            **pack.as_dict(),
            "origin": pack.origin,
            "called": pack.called,
            "fingerprint": pack.fingerprint,
            "marking": pack.marking.label,
            "received_at": pack.when,
            "received_by": pack.who,
        }
        for pack in packs
    ]
    return pa.Table.from_pylist([{name: row[name] for name in _PACKS.names} for row in rows], schema=_PACKS)


def findings_table(lake: Path, packs: tuple[ReceivedPack, ...]) -> pa.Table:
    """Return one row per finding, or extract of a finding, of each pack, with the marking of the pack."""
    rows = [
        {
            "origin": pack.origin,
            "fingerprint": pack.fingerprint,
            "pack": pack.name,
            "pack_sha256": pack.sha256,
            "kind": kind,
            **{name: document.get(name) for name in _TEXTS},
            **{name: _number(document, path) for name, path in _NUMBERS.items()},
            "marking": pack.marking.label,
            "superseded_by": pack.superseded_by,
            "content": json.dumps(document, ensure_ascii=False, sort_keys=True),
        }
        for pack in packs
        for kind, document in findings_in(lake, pack)
    ]
    return pa.Table.from_pylist(rows, schema=_FINDINGS)


def _number(document: Mapping[str, Any], path: str) -> float | None:
    """Return a number of a finding, or of an extract, which lists its numbers; ``None`` if it is absent."""
    if "numbers" in document:
        return next((each["value"] for each in document["numbers"] if each["name"] == path), None)
    part, _, name = path.partition(".")
    value: float | None = document[part].get(name)
    return value
