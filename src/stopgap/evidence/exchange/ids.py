"""Deterministic identifiers of exported objects."""

from __future__ import annotations

import json
import uuid

from stopgap.evidence.packs.view import PackView

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:stopgap:exchange:1")
"""UUID namespace of Stopgap's exchange formats; no other program generates ids in it."""


def lasting_id(*parts: object) -> str:
    """Return a UUID (version 5) for an object that is identical in every pack: economy, list of states, signer."""
    text = json.dumps([str(part) for part in parts], ensure_ascii=True)  # no two different parts give the same text
    return str(uuid.uuid5(NAMESPACE, text))


def pack_id(view: PackView, *parts: object) -> str:
    """Return a UUID (version 5) for an object of one pack, from the pack's signer, name, vintage, time and marking.

    So the next pack of the same evidence has objects of its own, and none replaces an object with other content
    under an id that is already known.
    """
    pack = (view.signer[1], view.name, view.evidence["as_of"], view.evidence["made_at"], view.marking.label)
    return lasting_id(*pack, *parts)
