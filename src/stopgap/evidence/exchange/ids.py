"""Deterministic identifiers of exported objects."""

from __future__ import annotations

import uuid

from stopgap.evidence.exchange.texts import ids_text
from stopgap.evidence.packs.view import PackView

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:stopgap:exchange:1")
"""Of Stopgap's exchange formats; no other programme makes ids in it."""


def lasting_id(*parts: object) -> str:
    """A UUID of version 5 for what is the same in every pack: an economy, a list of states, a signer."""
    return str(uuid.uuid5(NAMESPACE, ids_text(*parts)))


def pack_id(view: PackView, *parts: object) -> str:
    """A UUID of version 5 for what a pack says: signer, name, vintage and moment of the pack are in it.

    So the next pack of the same evidence has objects of its own, and none takes the place of one with another
    content under an id that is already known.
    """
    pack = (view.signer[1], view.name, view.evidence["as_of"], view.evidence["made_at"], view.marking.label)
    return str(uuid.uuid5(NAMESPACE, ids_text(*pack, *parts)))
