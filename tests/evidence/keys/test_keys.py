"""Keys: signatures as RFC 8032 has them, and files that vouch for themselves, changed in every byte."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from stopgap.base.chained_log import canonical
from stopgap.base.errors import InputError
from stopgap.evidence.keys.signing_keys import (
    KEY_FORMAT,
    PublicKey,
    as_base64,
    fingerprint_of,
    make_key,
    make_revocation,
    public_key_from,
    read_public_key,
    read_revocation,
)

DAYS = {"valid_from": "2026-01-01", "valid_to": "2027-12-31"}
OLD, OLD_PUBLIC = make_key("ann", seed=bytes(range(32)), **DAYS)
NEW, NEW_PUBLIC = make_key("ann", seed=bytes(range(1, 33)), **DAYS, succeeds=OLD)

# RFC 8032, section 7.1: secret key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


def refused(content: bytes) -> str:
    """What is wrong with the content of a public key file."""
    with pytest.raises(InputError) as caught:
        public_key_from(content, where="a.pub.json")
    assert caught.value.where == "a.pub.json"
    assert caught.value.fix
    return caught.value.what


def signed(**changes: Any) -> bytes:
    """A public key file whose owner signed something that no file may say."""
    document: dict[str, Any] = {**OLD_PUBLIC.as_dict(), **changes}
    del document["signature"]
    message = KEY_FORMAT.encode() + b"\n" + canonical(document)
    return canonical({**document, "signature": as_base64(OLD.sign(message))}) + b"\n"


class TestSignatures:
    @pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
    def test_are_those_of_the_standard(self, secret: str, public: str, message: str, signature: str) -> None:
        private, shown = make_key("rfc", seed=bytes.fromhex(secret), **DAYS)
        assert private.raw.hex() == shown.raw.hex() == public
        assert private.sign(bytes.fromhex(message)).hex() == signature
        assert shown.verify(bytes.fromhex(message), bytes.fromhex(signature))

    def test_of_another_message_or_key_do_not_hold(self) -> None:
        signature = OLD.sign(b"one")
        assert OLD_PUBLIC.verify(b"one", signature)
        assert not OLD_PUBLIC.verify(b"two", signature)
        assert not NEW_PUBLIC.verify(b"one", signature)

    @pytest.mark.parametrize("position", range(64))
    def test_with_one_byte_changed_do_not_hold(self, position: int) -> None:
        signature = bytearray(OLD.sign(b"one"))
        signature[position] ^= 1
        assert not OLD_PUBLIC.verify(b"one", bytes(signature))

    @pytest.mark.parametrize("signature", [b"", b"x" * 63, b"x" * 65, bytes(64)])
    def test_that_are_none_are_no_error(self, signature: bytes) -> None:
        assert not OLD_PUBLIC.verify(b"one", signature)

    def test_cannot_be_shifted_by_the_order_of_the_group(self) -> None:
        order = 2**252 + 27742317777372353535851937790883648493
        signature = OLD.sign(b"one")
        shifted = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        assert not OLD_PUBLIC.verify(b"one", signature[:32] + shifted)

    def test_a_private_key_does_not_print_its_secret(self) -> None:
        assert OLD.seed.hex() not in repr(OLD)
        assert repr(OLD.seed) not in repr(OLD)
        assert "seed" not in repr(OLD)


class TestPublicFile:
    @pytest.mark.parametrize("key", [OLD_PUBLIC, NEW_PUBLIC])
    def test_is_read_as_it_was_written(self, key: PublicKey, tmp_path: Path) -> None:
        path = tmp_path / "ann.pub.json"
        path.write_bytes(key.file_text.encode())
        assert read_public_key(path) == key

    def test_is_the_same_whenever_it_is_made(self) -> None:
        again = make_key("ann", seed=bytes(range(1, 33)), **DAYS, succeeds=OLD)[1]
        assert again.file_text == NEW_PUBLIC.file_text

    def test_says_what_the_reference_says(self) -> None:
        assert json.loads(NEW_PUBLIC.file_text) == {
            "format": "stopgap-key/1",
            "name": "ann",
            "fingerprint": NEW_PUBLIC.fingerprint,
            "public_key": as_base64(NEW_PUBLIC.raw),
            "valid_from": "2026-01-01",
            "valid_to": "2027-12-31",
            "succeeds": {
                "fingerprint": OLD_PUBLIC.fingerprint,
                "public_key": as_base64(OLD_PUBLIC.raw),
                "signature": as_base64(NEW_PUBLIC.succeeds.signature if NEW_PUBLIC.succeeds else b""),
            },
            "signature": as_base64(NEW_PUBLIC.signature),
        }

    def test_its_signatures_can_be_checked_as_the_reference_says(self) -> None:
        document = json.loads(NEW_PUBLIC.file_text)
        own = document.pop("signature")
        assert NEW_PUBLIC.verify(b"stopgap-key/1\n" + canonical(document), base64.b64decode(own))
        vouching = document["succeeds"].pop("signature")
        assert OLD_PUBLIC.verify(b"stopgap-key-succession/1\n" + canonical(document), base64.b64decode(vouching))

    @pytest.mark.parametrize("key", [OLD_PUBLIC, NEW_PUBLIC], ids=["first", "successor"])
    def test_every_changed_byte_is_refused(self, key: PublicKey) -> None:
        content = key.file_text.encode()
        for position, byte in enumerate(content):
            others = {byte ^ 1, byte ^ 0x20, byte ^ 0x80, 0x20, 0x30, 0x41} - {byte}
            for other in others:
                changed = content[:position] + bytes([other]) + content[position + 1 :]
                assert refused(changed), f"{position}: {other:#x}"

    @pytest.mark.parametrize("key", [OLD_PUBLIC, NEW_PUBLIC], ids=["first", "successor"])
    def test_every_byte_more_or_less_is_refused(self, key: PublicKey) -> None:
        content = key.file_text.encode()
        for position in range(len(content)):
            assert refused(content[:position] + content[position + 1 :])
            assert refused(content[:position] + b" " + content[position:])
            assert refused(content[:position])
        assert refused(content + b"\n")

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"name": "bob"}, "signature does not hold"),
            ({"valid_to": "2099-12-31"}, "signature does not hold"),
            ({"valid_from": "2020-01-01"}, "signature does not hold"),
            ({"succeeds": None}, "signature does not hold"),
            ({"fingerprint": OLD.fingerprint}, "fingerprint is not that of its key"),
            ({"public_key": as_base64(OLD.raw), "fingerprint": OLD.fingerprint}, "signature does not hold"),
        ],
    )
    def test_what_it_says_cannot_be_altered(self, changes: dict[str, Any], says: str) -> None:
        assert says in refused(canonical({**NEW_PUBLIC.as_dict(), **changes}) + b"\n")

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"name": "Ann"}, "its name cannot be"),
            ({"name": "con"}, "Windows"),
            ({"name": "a‮b"}, "its name cannot be"),
            ({"name": "\N{GRINNING FACE}"}, "its name cannot be"),
            ({"name": "\ud800"}, None),
            ({"name": 7}, "it is no text"),
            ({"valid_from": "2026-02-30"}, "valid_from is no day"),
            ({"valid_to": 2027}, "valid_to is no day"),
            ({"valid_to": "2025-01-01"}, "last day is before its first"),
            ({"succeeds": {}}, "succeeds has not the fields"),
            ({"succeeds": "sha256:"}, "succeeds has not the fields"),
            ({"more": 1}, "the field 'more' is not known"),
            ({"format": "stopgap-key/2"}, "its format is not stopgap-key/1"),
            ({"format": ["stopgap-key/1"]}, "its format is not stopgap-key/1"),
            ({"format": "stopgap-revocation/1"}, "it is a revocation file"),
        ],
    )
    def test_even_its_owner_cannot_make_it_say_what_no_file_may(
        self, changes: dict[str, Any], says: str | None
    ) -> None:
        if says is None:
            document = json.dumps({**OLD_PUBLIC.as_dict(), **changes}).encode()  # as an escape
            assert "its name cannot be" in refused(document)
            return
        assert says in refused(signed(**changes))

    def test_the_helper_above_makes_files_that_pass_where_they_may(self) -> None:
        assert public_key_from(signed(name="bob"), where="").name == "bob"

    def test_a_succession_that_the_key_before_did_not_sign_is_refused(self) -> None:
        thief, _ = make_key("thief", seed=bytes(32), **DAYS)
        _, public = make_key("ann", seed=bytes([9] * 32), **DAYS, succeeds=replace(OLD, seed=thief.seed))
        assert "the key before does not hold" in refused(public.file_text.encode())

    def test_a_succession_cannot_be_carried_to_another_key(self) -> None:
        thief, _ = make_key("ann", seed=bytes([9] * 32), **DAYS)
        document = {**NEW_PUBLIC.as_dict(), "public_key": as_base64(thief.raw), "fingerprint": thief.fingerprint}
        del document["signature"]
        document["signature"] = as_base64(thief.sign(b"stopgap-key/1\n" + canonical(document)))
        assert "the key before does not hold" in refused(canonical(document) + b"\n")

    def test_a_key_does_not_succeed_itself(self) -> None:
        public = make_key("ann", seed=OLD.seed, **DAYS, succeeds=OLD)[1]
        assert "takes the place of itself" in refused(public.file_text.encode())

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "no JSON"),
            (b"<!doctype html><html><body>Sign in</body></html>", "no JSON"),
            (b"{} {}", "no JSON"),
            (b"[1]", "no JSON object"),
            (b"null", "no JSON object"),
            (b"NaN", "no JSON"),
            (b'{"format": NaN}', "no JSON"),
            (b'{"format": 1' + b"0" * 5000 + b"}", "no JSON"),
            (b"[" * 60_000, "no JSON"),
            ("\ufeff".encode() + OLD_PUBLIC.file_text.encode(), "no JSON"),
            (OLD_PUBLIC.file_text.encode("utf-16"), "not in UTF-8"),
            ('{"name": "é"}'.encode("latin-1"), "not in UTF-8"),
            (b"\x00" * 100, "no JSON"),
            (b"{}", "its format is not"),
            (b'{"format": "stopgap-key/1"}', "fingerprint is missing"),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIG", "it is a private key"),
            (OLD_PUBLIC.file_text.replace("\n", "\r\n").encode(), "its bytes are not those"),
            (json.dumps(OLD_PUBLIC.as_dict(), sort_keys=True, indent=1).encode(), "its bytes are not those"),
        ],
    )
    def test_what_is_no_such_file_is_refused(self, content: bytes, says: str) -> None:
        assert says in refused(content)

    def test_a_name_twice_is_refused(self) -> None:
        content = OLD_PUBLIC.file_text.replace('"name":"ann"', '"name":"bob","name":"ann"').encode()
        assert "its bytes are not those" in refused(content)

    def test_base64_has_one_spelling(self) -> None:
        spelled = as_base64(OLD.raw)
        # The last digit before the padding carries two bits that say nothing.
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        other = spelled[:-2] + alphabet[alphabet.index(spelled[-2]) ^ 1] + "="
        assert "public_key is not 32 bytes" in refused(signed(public_key=other))

    def test_a_large_file_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "large.pub.json"
        path.write_bytes(b" " * 10_000_000)
        with pytest.raises(InputError, match="larger than 64 KB"):
            read_public_key(path)

    @pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
    def test_a_file_that_cannot_be_read(self, make: Any, tmp_path: Path) -> None:
        path = tmp_path / "a.pub.json"
        make(path)
        with pytest.raises(InputError, match="cannot be read"):
            read_public_key(path)


class TestWeakKeys:
    """Keys under which a signature holds that nobody made."""

    # Identity, the points of order 2, 4 and 8 (both signs): RFC 8032 decodes them all.
    POINTS: ClassVar = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]

    @pytest.mark.parametrize("point", POINTS)
    def test_are_a_danger_and_are_refused(self, point: str) -> None:
        raw = bytes.fromhex(point)
        key = PublicKey("weak", fingerprint_of(raw), "2026-01-01", "2027-12-31", raw)
        forged = bytes.fromhex(self.POINTS[0]) + bytes(32)  # the identity, and zero
        assert any(key.verify(f"message {number}".encode(), forged) for number in range(200))
        content = canonical({**OLD_PUBLIC.as_dict(), "public_key": as_base64(raw), "fingerprint": key.fingerprint})
        assert "no key of Ed25519" in refused(content + b"\n")

    def test_a_key_that_is_no_point_in_its_one_form_is_refused(self) -> None:
        raw = (2**255 - 19 + 3).to_bytes(32, "little")
        content = canonical({**OLD_PUBLIC.as_dict(), "public_key": as_base64(raw), "fingerprint": fingerprint_of(raw)})
        assert "no key of Ed25519" in refused(content + b"\n")


class TestRevocationFile:
    FOUND = make_revocation(OLD, why="laptop lost", on="2026-07-01")

    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        path = tmp_path / "a.revoked.json"
        path.write_bytes(self.FOUND.file_text.encode())
        assert read_revocation(path) == self.FOUND

    def test_every_changed_byte_is_refused(self, tmp_path: Path) -> None:
        content, path = self.FOUND.file_text.encode(), tmp_path / "a.revoked.json"
        for position, byte in enumerate(content):
            for other in {byte ^ 1, byte ^ 0x80, 0x20} - {byte}:
                path.write_bytes(content[:position] + bytes([other]) + content[position + 1 :])
                with pytest.raises(InputError, match="no revocation file"):
                    read_revocation(path)

    def test_of_another_key_cannot_be_made(self, tmp_path: Path) -> None:
        path = tmp_path / "a.revoked.json"
        path.write_text(make_revocation(replace(OLD, seed=NEW.seed), why="x", on="2026-07-01").file_text)
        with pytest.raises(InputError, match="another key signed it"):
            read_revocation(path)

    def test_is_not_a_public_key_file_and_the_reverse(self, tmp_path: Path) -> None:
        assert "it is a revocation file" in refused(self.FOUND.file_text.encode())
        path = tmp_path / "a.pub.json"
        path.write_text(OLD_PUBLIC.file_text)
        with pytest.raises(InputError, match="it is a public key file"):
            read_revocation(path)

    def test_reasons_that_would_move_a_terminals_cursor_are_refused(self, tmp_path: Path) -> None:
        document = {**self.FOUND.as_dict(), "why": "a\x1b[2Jb"}
        path = tmp_path / "a.revoked.json"
        path.write_bytes(json.dumps(document).encode())
        with pytest.raises(InputError, match="characters that cannot be seen"):
            read_revocation(path)


def test_no_signature_can_be_taken_for_another() -> None:
    begins = [b"stopgap-key/1\n", b"stopgap-key-succession/1\n", b"stopgap-revocation/1\n", b"DSSEv1 "]
    assert not any(one.startswith(other) for one in begins for other in begins if one is not other)
