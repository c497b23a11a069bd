"""Deterministic identifiers of exported objects."""

from __future__ import annotations

import json
import uuid

from stopgap.evidence.packs.view import PackView

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:stopgap:exchange:1")
"""Of Stopgap's exchange formats; no other programme makes ids in it."""


def lasting_id(*parts: object) -> str:
    """A UUID of version 5 for what is the same in every pack: an economy, a list of states, a signer."""
    text = json.dumps([str(part) for part in parts], ensure_ascii=True)  # no two different parts give the same text
    return str(uuid.uuid5(NAMESPACE, text))


def pack_id(view: PackView, *parts: object) -> str:
    """A UUID of version 5 for what a pack says: signer, name, vintage and moment of the pack are in it.

    So the next pack of the same evidence has objects of its own, and none takes the place of one with another
    content under an id that is already known.
    """
    pack = (view.signer[1], view.name, view.evidence["as_of"], view.evidence["made_at"], view.marking.label)
    return lasting_id(*pack, *parts)
