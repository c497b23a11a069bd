"""The signed statement of a pack: in-toto Statement in a DSSE envelope.

The statement lists every file of the archive except the signature with its hash, and repeats the pack's name, vintage,
marking and origin. The signature covers the pre-authentication encoding of the DSSE protocol, version 1 (PAE). Both
documents are canonical JSON, and base64 uses the standard alphabet with padding, so that a statement has exactly one
envelope: accepting others would allow changes that no check detects. In this the reader is stricter than DSSE, whose
verifiers accept the URL-safe alphabet as well; every DSSE verifier accepts what is written here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stopgap.base.chained_log import canonical
from stopgap.base.errors import InputError
from stopgap.evidence.archives.writing import name_fault

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:stopgap:evidence-pack:1"
PREDICATE_FIELDS = ("name", "episode", "as_of", "made_at", "marking", "origin", "software", "format")
"""Fields of ``evidence.json`` that the statement repeats."""

_KEY_ID = re.compile(r"sha256:[0-9a-f]{64}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_SIGNATURE_BYTES = 64


class Signer(Protocol):
    """A key that signs packs; ``name`` is the name by which receivers know its owner."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def sign(self, message: bytes, /) -> bytes:
        """Return the Ed25519 signature of a message, 64 bytes."""


class Verifier(Protocol):
    """A public key that verifies signatures."""

    def verify(self, message: bytes, signature: bytes, /) -> bool: ...


@dataclass(frozen=True)
class Statement:
    """A signed statement: SHA-256 (64 hex digits) by file, sorted by name, and the fields :data:`PREDICATE_FIELDS`."""

    subjects: Mapping[str, str]
    predicate: Mapping[str, object]


@dataclass(frozen=True)
class Envelope:
    """A well-formed DSSE envelope; :meth:`is_signed_by` verifies its signature.

    Until then ``keyid``, the key that the envelope names, is unverified. ``payload`` is the statement in bytes.
    """

    payload: bytes
    keyid: str
    signature: bytes
    statement: Statement

    def is_signed_by(self, key: Verifier) -> bool:
        return key.verify(pae(PAYLOAD_TYPE, self.payload), self.signature)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes to sign: DSSE v1, ``PAE(type, body)``; lengths are in bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_statement(
    subjects: Mapping[str, str], predicate: Mapping[str, object], *, sign: Callable[[bytes], bytes], keyid: str
) -> bytes:
    """Sign a statement and return its DSSE envelope.

    ``subjects`` are the SHA-256 (64 hex digits) of every file of the archive but the signature, by name; ``predicate``
    has the fields :data:`PREDICATE_FIELDS`; ``sign`` gives the Ed25519 signature of a message by the key ``keyid``.

    Raises:
        InputError: A name, hash or field is invalid, so that :func:`read_envelope` would reject the envelope.
    """
    payload = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)],
            "predicateType": PREDICATE_TYPE,
            "predicate": dict(predicate),
        }
    )
    signature = {"keyid": keyid, "sig": _base64(sign(pae(PAYLOAD_TYPE, payload)))}
    envelope = canonical({"payload": _base64(payload), "payloadType": PAYLOAD_TYPE, "signatures": [signature]})
    read_envelope(envelope)
    return envelope


def read_envelope(data: bytes) -> Envelope:
    """Parse an envelope and its statement; InputError unless they are exactly as :func:`sign_statement` writes them."""
    document = _document(data, "envelope", {"payload", "payloadType", "signatures"})
    if document["payloadType"] != PAYLOAD_TYPE:
        raise _fault(f"its payload is not of the type {PAYLOAD_TYPE}")
    signatures = document["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise _fault("it does not hold one signature")
    signature = signatures[0]
    if not isinstance(signature, dict) or set(signature) != {"keyid", "sig"}:
        raise _fault("its signature does not have keyid and sig, and nothing else")
    keyid = signature["keyid"]
    if not isinstance(keyid, str) or not _KEY_ID.match(keyid):
        raise _fault("its keyid is no fingerprint")
    sig = _decoded(signature["sig"], "signature")
    if len(sig) != _SIGNATURE_BYTES:
        raise _fault("its signature is not one of Ed25519")
    payload = _decoded(document["payload"], "payload")
    return Envelope(payload, keyid, sig, _statement(payload))


def _statement(payload: bytes) -> Statement:
    document = _document(payload, "statement", {"_type", "subject", "predicateType", "predicate"})
    if (document["_type"], document["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise _fault("what is signed is no statement about a pack")
    predicate = document["predicate"]
    if not isinstance(predicate, dict) or set(predicate) != set(PREDICATE_FIELDS):
        raise _fault(f"the predicate does not have {', '.join(PREDICATE_FIELDS)}, and nothing else")
    return Statement(_subjects(document["subject"]), predicate)


def _subjects(listed: Any) -> dict[str, str]:
    subjects: dict[str, str] = {}
    for subject in listed if isinstance(listed, list) else [None]:
        if not isinstance(subject, dict) or set(subject) != {"name", "digest"}:
            raise _fault("a subject does not have name and digest, and nothing else")
        name, digest = subject["name"], subject["digest"]
        if not isinstance(name, str) or name_fault(name) is not None:
            raise _fault("a subject's name is not one that files in packs have")
        value = digest.get("sha256") if isinstance(digest, dict) and len(digest) == 1 else None
        if not isinstance(value, str) or not _HASH.match(value):
            raise _fault("a subject's digest is not one sha256")
        subjects[name] = value
    if list(subjects) != sorted(subjects) or len(subjects) != len(listed):
        raise _fault("the subjects are not sorted by name, each once")
    return subjects


def _document(data: bytes, what: str, fields: set[str]) -> dict[str, object]:
    """Parse a JSON object in canonical form with exactly these fields; else InputError."""
    try:
        document = json.loads(data.decode("utf-8"))
        if isinstance(document, dict) and canonical(document) == data:
            if set(document) == fields:
                return document
            raise _fault(f"the {what} does not have {', '.join(sorted(fields))}, and nothing else")
    except (ValueError, RecursionError):
        pass
    raise _fault(f"the {what} is not a JSON object in canonical form")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: object, what: str) -> bytes:
    if isinstance(text, str):
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            data = b""
        # Bits that are left over in the last sign can be set without changing what is decoded.
        if data and _base64(data) == text:
            return data
    raise _fault(f"the {what} is not base64 in its one form")


def _fault(what: str) -> InputError:
    return InputError(what, where="signature.dsse.json", fix="ask the sender for the pack again")
