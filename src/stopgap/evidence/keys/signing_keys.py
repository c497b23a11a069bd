"""Ed25519 signing keys (RFC 8032), public key files and fingerprints.

Every signed message begins with a line that states its type, so that no signature can be mistaken for one of another
type: key, succession, revocation, or pack (whose signed text begins with ``DSSEv1``).
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from stopgap.base.chained_log import canonical
from stopgap.base.errors import InputError, NotFoundError, RefusedError
from stopgap.evidence.keys import files as key_files
from stopgap.evidence.keys.names import (
    check_days,
    check_name,
    check_text,
    fault_of_name,
    fault_of_text,
    fingerprint_of,
    is_day,
    spoken,
)

KEY_FORMAT = "stopgap-key/1"
REVOCATION_FORMAT = "stopgap-revocation/1"
_SUCCESSION = "stopgap-key-succession/1"
_KEY_FIELDS = {
    "format", "name", "fingerprint", "public_key", "valid_from", "valid_to", "succeeds", "signature"
}  # fmt: skip
_SUCCEEDS_FIELDS = {"fingerprint", "public_key", "signature"}
_REVOCATION_FIELDS = {"format", "name", "fingerprint", "public_key", "revoked_on", "why", "signature"}


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
    """Encode bytes as base64 text, as used in the JSON files."""
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Succession:
    """The predecessor of a key, and the predecessor's signature over its successor."""

    fingerprint: str
    raw: bytes
    signature: bytes


@dataclass(frozen=True)
class PublicKey:
    """A public key, as its owner publishes it.

    Attributes:
        name: The owner's name for it.
        fingerprint: ``sha256:`` and the SHA-256 of its 32 bytes, in hex.
        valid_from: First day of validity (``YYYY-MM-DD``, UTC).
        valid_to: Last day of validity.
        raw: The 32 bytes.
        succeeds: The key that it replaces, with that key's signature; ``None`` where there is none.
        signature: The key's own signature over all of the above.
    """

    name: str
    fingerprint: str
    valid_from: str
    valid_to: str
    raw: bytes
    succeeds: Succession | None = None
    signature: bytes = b""

    def verify(self, message: bytes, signature: bytes) -> bool:
        return _holds(self.raw, message, signature)

    @property
    def spoken(self) -> str:
        return spoken(self.fingerprint)

    @property
    def pem(self) -> str:
        """The key in the standard format of other tools: SubjectPublicKeyInfo in PEM."""
        body = as_base64(bytes.fromhex("302a300506032b6570032100") + self.raw)  # RFC 8410
        return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"

    def as_dict(self) -> dict[str, object]:
        return {**_unsigned(self), "signature": as_base64(self.signature)}

    @property
    def file_text(self) -> str:
        """Content of the public key file: canonical JSON in one line."""
        return canonical(self.as_dict()).decode("utf-8") + "\n"


@dataclass(frozen=True)
class PrivateKey:
    """A decrypted private key; ``seed`` is its 32 secret bytes, never printed; other fields are of the public key."""

    name: str
    fingerprint: str
    valid_from: str
    valid_to: str
    raw: bytes
    seed: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the key's Ed25519 signature (64 bytes) of a message."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True)
class Revocation:
    """Revocation of a key, signed by the key itself: all its signatures become invalid.

    ``revoked_on`` is the day (UTC) of the revocation, as the owner states it.
    """

    name: str
    fingerprint: str
    raw: bytes
    revoked_on: str
    why: str
    signature: bytes = b""

    def as_dict(self) -> dict[str, object]:
        return {**_unsigned_revocation(self), "signature": as_base64(self.signature)}

    @property
    def file_text(self) -> str:
        """Content of the revocation file: canonical JSON in one line."""
        return canonical(self.as_dict()).decode("utf-8") + "\n"


def make_key(
    name: str, *, seed: bytes, valid_from: str, valid_to: str, succeeds: PrivateKey | None = None
) -> tuple[PrivateKey, PublicKey]:
    """Create a key pair from 32 random bytes; raise UsageError if the name or the days are invalid."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    check_name(name)
    check_days(valid_from, valid_to)
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    private = PrivateKey(name, fingerprint_of(raw), valid_from, valid_to, raw, seed)
    public = PublicKey(name, private.fingerprint, valid_from, valid_to, raw)
    if succeeds is not None:
        bare = Succession(succeeds.fingerprint, succeeds.raw, b"")
        vouched = replace(bare, signature=succeeds.sign(_succession_message(public, bare)))
        public = replace(public, succeeds=vouched)
    return private, replace(public, signature=private.sign(_message(KEY_FORMAT, _unsigned(public))))


def make_revocation(key: PrivateKey, *, why: str, on: str) -> Revocation:
    """Create a key's revocation for partners, signed by the key itself; raise UsageError if the reason is invalid."""
    bare = Revocation(key.name, key.fingerprint, key.raw, on, check_text(why, where="--why"))
    return replace(bare, signature=key.sign(_message(REVOCATION_FORMAT, _unsigned_revocation(bare))))


def load_private_key(home: Path, name: str, passphrase: str) -> PrivateKey:
    """Decrypt the current private key with a name, even if revoked or expired: see :func:`.own_keys.signing_key`.

    Raises:
        NotFoundError: There is no key of this name, or its private key file is missing.
        RefusedError: The passphrase is wrong, or the private key does not match the public key file.
        InputError: A file is damaged.
    """
    check_name(name)
    path = key_files.public_file(home, name)
    if not path.exists():
        known = sorted({key.name for key in own_keys(home)})
        raise NotFoundError(
            f"there is no key {name!r} of your own",
            where=str(key_files.key_folder(home)),
            fix=f"your keys: {', '.join(known)}" if known else f"make one: stopgap keys new {name}",
        )
    return open_key(home, read_public_key(path), passphrase)


def open_key(home: Path, public: PublicKey, passphrase: str) -> PrivateKey:
    """Decrypt the private key of one of the user's own keys, retired ones too; raises as :func:`load_private_key`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = key_files.private_file(home, public.name, public.fingerprint)
    if not path.exists():
        raise NotFoundError(
            f"the private half of {public.name!r} is not there",
            where=str(path),
            fix="bring this file back from a copy; or make a key of another name (stopgap keys new)",
        )
    seed = key_files.opened_pem(key_files.read_small(path, "private key"), passphrase, where=str(path))
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    if raw != public.raw:
        raise RefusedError(
            f"the private key is not that of the public file of {public.name!r}",
            where=str(path),
            fix="bring both files back from a copy",
        )
    return PrivateKey(public.name, public.fingerprint, public.valid_from, public.valid_to, raw, seed)


def own_keys(home: Path) -> list[PublicKey]:
    """Return the user's own public keys, sorted by name; the current key of a name precedes its retired ones.

    Only keys with a private key file count, so a partner's public key file copied into the folder is not trusted.
    Raises InputError if a file is damaged.
    """
    folder = key_files.key_folder(home)
    now = [read_public_key(path) for path in sorted(folder.glob("*.pub.json"))]
    known = {key.fingerprint for key in now}
    retired = [read_public_key(path) for path in sorted(folder.glob("retired/*.pub.json"))]
    # A kill while a key is rotated leaves the present key among the retired ones as well.
    found = [*now, *(key for key in retired if key.fingerprint not in known)]
    return sorted(
        (key for key in found if key_files.private_file(home, key.name, key.fingerprint).exists()),
        key=lambda key: key.name,
    )


def read_public_key(path: Path) -> PublicKey:
    """Read a public key file and verify its fields and signatures; raise InputError if one is invalid."""
    return public_key_from(key_files.read_small(path, "public key file"), where=str(path))


def public_key_from(content: bytes, *, where: str) -> PublicKey:
    """Parse and verify the content of a public key file; raise InputError if any byte was changed."""
    reader = SignedFile("public key file", where, "ask its owner for the file that keys new or keys rotate wrote")
    document = reader.document(content, KEY_FORMAT, _KEY_FIELDS)
    raw = reader.key(document)
    key = PublicKey(
        reader.name(document["name"]),
        fingerprint_of(raw),
        reader.day(document, "valid_from"),
        reader.day(document, "valid_to"),
        raw,
        _succession_of(reader, document["succeeds"]),
        reader.data(document["signature"], 64, "signature"),
    )
    if key.valid_to < key.valid_from:
        reader.fail("its last day is before its first")
    if not key.verify(_message(KEY_FORMAT, _unsigned(key)), key.signature):
        reader.fail("its signature does not hold: what it says was changed")
    if key.succeeds is not None:
        if key.succeeds.fingerprint == key.fingerprint:
            reader.fail("it says that it takes the place of itself")
        if not _holds(key.succeeds.raw, _succession_message(key, key.succeeds), key.succeeds.signature):
            reader.fail("the signature of the key before does not hold")
    reader.compare(content, key.as_dict())
    return key


def read_revocation(path: Path) -> Revocation:
    """Read and verify a revocation file; raise InputError if any byte was changed."""
    content = key_files.read_small(path, "revocation file")
    reader = SignedFile("revocation file", str(path), "ask its owner for the file that keys revoke wrote")
    document = reader.document(content, REVOCATION_FORMAT, _REVOCATION_FIELDS)
    raw = reader.key(document)
    found = Revocation(
        reader.name(document["name"]),
        fingerprint_of(raw),
        raw,
        reader.day(document, "revoked_on"),
        reader.text(document, "why"),
        reader.data(document["signature"], 64, "signature"),
    )
    if not _holds(raw, _message(REVOCATION_FORMAT, _unsigned_revocation(found)), found.signature):
        reader.fail("its signature does not hold: what it says was changed, or another key signed it")
    reader.compare(content, found.as_dict())
    return found


def _succession_of(reader: SignedFile, value: object) -> Succession | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != _SUCCEEDS_FIELDS:
        reader.fail("succeeds has not the fields fingerprint, public_key and signature")
    raw = reader.key(value)
    return Succession(fingerprint_of(raw), raw, reader.data(value["signature"], 64, "signature of the key before"))


def _unsigned(key: PublicKey) -> dict[str, object]:
    before = None
    if key.succeeds is not None:
        before = {**_bare(key.succeeds), "signature": as_base64(key.succeeds.signature)}
    return {
        "format": KEY_FORMAT,
        "name": key.name,
        "fingerprint": key.fingerprint,
        "public_key": as_base64(key.raw),
        "valid_from": key.valid_from,
        "valid_to": key.valid_to,
        "succeeds": before,
    }


def _bare(succeeds: Succession) -> dict[str, object]:
    return {"fingerprint": succeeds.fingerprint, "public_key": as_base64(succeeds.raw)}


def _succession_message(key: PublicKey, succeeds: Succession) -> bytes:
    return _message(_SUCCESSION, {**_unsigned(key), "succeeds": _bare(succeeds)})


def _unsigned_revocation(revocation: Revocation) -> dict[str, object]:
    return {
        "format": REVOCATION_FORMAT,
        "name": revocation.name,
        "fingerprint": revocation.fingerprint,
        "public_key": as_base64(revocation.raw),
        "revoked_on": revocation.revoked_on,
        "why": revocation.why,
    }


def _message(kind: str, document: dict[str, object]) -> bytes:
    return kind.encode() + b"\n" + canonical(document)


def _holds(raw: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class SignedFile:
    """Parser for the fields of a signed JSON file from another user; each fault raises an InputError that names it."""

    title: str
    where: str
    fix: str

    def fail(self, fault: str) -> NoReturn:
        raise InputError(f"this is no {self.title}: {fault}", where=self.where, fix=self.fix)

    def document(self, content: bytes, form: str, fields: set[str]) -> dict[str, object]:
        """Parse the JSON object of a file; it must have exactly the fields of its format."""
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
        if (found := document.get("format")) != form:
            others = {KEY_FORMAT: "it is a public key file", REVOCATION_FORMAT: "it is a revocation file"}
            self.fail(others.get(str(found), f"its format is not {form}"))
        if set(document) != fields:
            unknown, missing = sorted(set(document) - fields), sorted(fields - set(document))
            self.fail(f"the field {unknown[0][:40]!a} is not known" if unknown else f"{missing[0]} is missing")
        return document

    def data(self, value: object, size: int, name: str) -> bytes:
        """Decode a base64 value of exactly ``size`` bytes; ``name`` is its field in messages."""
        try:
            data = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        except (binascii.Error, ValueError):
            data = b""
        if len(data) != size or as_base64(data) != value:
            self.fail(f"{name} is not {size} bytes in base64")
        return data

    def key(self, document: dict[str, object]) -> bytes:
        """Return the 32 bytes of a public key, which must match the fingerprint in the document."""
        raw = self.data(document["public_key"], 32, "public_key")
        bare = raw[:31] + bytes([raw[31] & 0x7F])
        if bare in _SMALL_ORDER or int.from_bytes(bare, "little") >= _PRIME:
            self.fail("public_key is no key of Ed25519 that a signature can be trusted under")
        if document["fingerprint"] != fingerprint_of(raw):
            self.fail("its fingerprint is not that of its key")
        return raw

    def name(self, value: object) -> str:
        if fault := fault_of_name(value) if isinstance(value, str) else "it is no text":
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
        """Check that a file is byte for byte the canonical JSON of its document, so that a key has only one file."""
        if content != canonical(document) + b"\n":
            self.fail(
                "it says what it should, but its bytes are not those that were written (a space, a line end, an order)"
            )


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)
