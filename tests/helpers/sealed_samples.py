"""A small pack with a throw-away key, and everything that a test needs to make another of it."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stopgap.evidence.packs.bag import SIGNATURE_FILE
from stopgap.evidence.packs.pack_format import PREDICATE_FIELDS, sealed_pack
from stopgap.evidence.packs.statement import sign_statement

GREEN = {"tlp": "TLP:GREEN", "releasable_to": None}
CLEAR = {"tlp": "TLP:CLEAR", "releasable_to": None}


@dataclass(frozen=True)
class Key:
    """An Ed25519 key made of one byte, 32 times."""

    byte: int
    name: str = "Ministry of Tests"

    @property
    def private(self):
        return Ed25519PrivateKey.from_private_bytes(bytes([self.byte]) * 32)

    @property
    def fingerprint(self):
        raw = self.private.public_key().public_bytes_raw()
        return f"sha256:{hashlib.sha256(raw).hexdigest()}"

    def sign(self, message):
        return self.private.sign(message)

    def verify(self, message, signature):
        try:
            self.private.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True


OURS, OTHER = Key(1), Key(2, "Someone else")


def known(*keys):
    """What :func:`container_checks` asks for public keys: these, by fingerprint."""
    by_fingerprint = {key.fingerprint: key for key in keys}
    return by_fingerprint.get


def item(identifier, kind, *, inputs=(), files=(), marking=GREEN):
    return {
        "id": identifier, "kind": kind, "title": f"A {kind}", "marking": marking, "own_marking": None,
        "inputs": list(inputs), "files": list(files), "release": None,
    }  # fmt: skip


PAYLOAD = {
    "index.html": b"<!doctype html><title>Pack</title>\n",
    "receipts/TLP-CLEAR_0123456789abcdef.json": b'{"receipt": "0123456789abcdef"}\n',
    "findings/TLP-GREEN_goods_1a2b3c4d.json": b'{"value_usd": 12.5}\n',
    "numbers/TLP-GREEN_goods.csv": b"good,value_usd\n854231,12.5\n",
    "attachments/TLP-GREEN_Übersicht von März.txt": "Grüße\n".encode(),
}
RECEIPT, FINDING, ATTACHMENT = "receipt:0123456789abcdef@v3", "finding:sha256:1a2b3c4d", "attachment:1"


def evidence(key=OURS, **changed):
    """The table of contents of the small pack."""
    names = list(PAYLOAD)
    return copy.deepcopy({
        "format": "stopgap-pack/1", "name": "russia-2022", "episode": "russia-2022", "as_of": "v3",
        "made_at": "2026-07-01T12:00:00Z", "marking": GREEN,
        "origin": {"name": key.name, "fingerprint": key.fingerprint},
        "software": {"name": "stopgap", "version": "0.1.0", "lock_sha256": "ab" * 32},
        "items": [
            item(RECEIPT, "receipt", files=[names[1]], marking=CLEAR),
            item(FINDING, "finding", inputs=[RECEIPT, "receipt:gone@v2"], files=[names[2], names[3]]),
            item(ATTACHMENT, "attachment", files=[names[4]]),
        ],
        "left_out": [{"kind": "finding", "reason": "above the marking", "count": 1}],
        "releases": [],
        **changed,
    })  # fmt: skip


def sealed(key=OURS, payload=PAYLOAD, **changed):
    """All files of the small pack, as the key's owner makes it."""
    return sealed_pack(payload, evidence(key, **changed), signer=key)


def resigned(files, key=OURS, predicate=None, keyid=None):
    """Files with a signature over what they are: as the key's owner could send them, without Stopgap."""
    rest = {name: content for name, content in files.items() if name != SIGNATURE_FILE}
    subjects = {name: hashlib.sha256(content).hexdigest() for name, content in rest.items()}
    said = predicate or {field: evidence(key)[field] for field in PREDICATE_FIELDS}
    return rest | {SIGNATURE_FILE: sign_statement(subjects, said, sign=key.sign, keyid=keyid or key.fingerprint)}
