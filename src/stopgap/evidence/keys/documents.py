"""Parse signed key documents strictly."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import NoReturn

from stopgap.base.chained_log import canonical
from stopgap.base.errors import InputError
from stopgap.evidence.keys.names import fault_of_name, fault_of_text, fingerprint_of, is_day

KEY_FORMAT = "stopgap-key/1"
REVOCATION_FORMAT = "stopgap-revocation/1"

# Points of small order, without their sign: under such a key a signature holds that nobody made.
_SMALL_ORDER = {
    (0).to_bytes(32, "little"),
    (1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    (2**255 - 20).to_bytes(32, "little"),
}
_PRIME = 2**255 - 19


def as_base64(data: bytes) -> str:
    """Bytes as they stand in JSON."""
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class SignedFile:
    """Reads the values of a file that someone else wrote; every fault is named."""

    title: str
    where: str
    fix: str

    def fail(self, fault: str) -> NoReturn:
        raise InputError(f"this is no {self.title}: {fault}", where=self.where, fix=self.fix)

    def document(self, content: bytes, form: str, fields: set[str]) -> dict[str, object]:
        """The JSON object of a file, with exactly the fields that its format has."""
        if b"PRIVATE KEY-----" in content[:200]:
            self.fail("it is a private key, which must never leave its owner")
        try:
            document = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
        except UnicodeDecodeError:
            self.fail("it is not in UTF-8")
        except (ValueError, RecursionError):
            self.fail("it is no JSON")
        if not isinstance(document, dict):
            self.fail("it is no JSON object")
        found = document.get("format")
        if found != form:
            others = {KEY_FORMAT: "it is a public key file", REVOCATION_FORMAT: "it is a revocation file"}
            other = others.get(found) if isinstance(found, str) else None
            self.fail(other or f"its format is not {form}")
        if set(document) != fields:
            unknown, missing = sorted(set(document) - fields), sorted(fields - set(document))
            self.fail(f"the field {unknown[0][:40]!a} is not known" if unknown else f"{missing[0]} is missing")
        return document

    def data(self, value: object, size: int, name: str) -> bytes:
        """Bytes that stand as base64."""
        try:
            data = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        except (binascii.Error, ValueError):
            data = b""
        if len(data) != size or as_base64(data) != value:
            self.fail(f"{name} is not {size} bytes in base64")
        return data

    def key(self, document: dict[str, object]) -> bytes:
        """The 32 bytes of a key, which must have the fingerprint beside them."""
        raw = self.data(document["public_key"], 32, "public_key")
        bare = raw[:31] + bytes([raw[31] & 0x7F])
        if bare in _SMALL_ORDER or int.from_bytes(bare, "little") >= _PRIME:
            self.fail("public_key is no key of Ed25519 that a signature can be trusted under")
        if document["fingerprint"] != fingerprint_of(raw):
            self.fail("its fingerprint is not that of its key")
        return raw

    def name(self, value: object) -> str:
        fault = fault_of_name(value) if isinstance(value, str) else "it is no text"
        if fault:
            self.fail(f"its name cannot be: {fault}")
        return str(value)

    def day(self, document: dict[str, object], name: str) -> str:
        if not is_day(document[name]):
            self.fail(f"{name} is no day")
        return str(document[name])

    def text(self, document: dict[str, object], name: str) -> str:
        value = document[name]
        fault = fault_of_text(value) if isinstance(value, str) else "is no text"
        if fault:
            self.fail(f"{name} {fault}")
        return str(value)

    def compare(self, content: bytes, document: dict[str, object]) -> None:
        """A file is its canonical form to the byte: one key has one file."""
        if content != canonical(document) + b"\n":
            self.fail(
                "it says what it should, but its bytes are not those that were written (a space, a line end, an order)"
            )


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)
