"""Description of a pack for exchange formats: subject, signer, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stopgap.evidence.exchange.entries import ExportedItem
from stopgap.evidence.exchange.texts import list_of, name
from stopgap.evidence.packs.view import PackView


def pack_lines(view: PackView, entries: list[ExportedItem]) -> list[str]:
    """The lines, for the report, the event and the first sheet."""
    signer, fingerprint = view.signer
    persons = sum(entry.persons for entry in entries)
    return [
        f"Evidence pack {name(view.name)}, marked {view.marking.label}, of vintage {name(view.evidence['as_of'])}.",
        f"Signed by {name(signer)}, key {name(fingerprint)}: this form is not signed, the pack is.",
        f"{len(entries)} items of evidence.",
        *_left_out(list_of(view.evidence, "left_out")),
        *([f"Not carried here: names of natural persons who trade ({persons})."] if persons else []),
    ]


def _left_out(parts: list[Any]) -> Iterator[str]:
    for each in parts:
        if isinstance(each, dict):
            kind, reason = name(each.get("kind", "?")), name(each.get("reason", "?"))
            yield f"Left out of the pack: {name(each.get('count', '?'))} of kind {kind} ({reason})."
