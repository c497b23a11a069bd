"""Keys: signatures as RFC 8032 has them, files that vouch for themselves, fingerprints, encryption at rest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.evidence import key_files
from stopgap.evidence.key_documents import KEY_FORMAT, as_base64
from stopgap.evidence.key_names import (
    check_days,
    check_name,
    check_text,
    said_fingerprint,
    two_years_after,
)
from stopgap.evidence.keys import (
    PrivateKey,
    PublicKey,
    fingerprint_of,
    load_private_key,
    make_key,
    make_revocation,
    own_keys,
    public_key_from,
    read_public_key,
    read_revocation,
    spoken,
)
from stopgap.lake.chainlog import canonical

DAYS = {"valid_from": "2026-01-01", "valid_to": "2027-12-31"}
OLD, OLD_PUBLIC = make_key("ann", seed=bytes(range(32)), **DAYS)
NEW, NEW_PUBLIC = make_key("ann", seed=bytes(range(1, 33)), **DAYS, succeeds=OLD)
PASSPHRASE = "correct horse, battery"

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


def keep(home: Path, private: PrivateKey, public: PublicKey, passphrase: str = PASSPHRASE) -> None:
    """Both halves of a key, as the workflow leaves them."""
    key_files.make_key_folder(home)
    pem = key_files.encrypted_pem(private.seed, passphrase, fresh=bytes(range(32)))
    key_files.write_own(key_files.private_file(home, public.name, public.fingerprint), pem)
    key_files.write_own(key_files.public_file(home, public.name), public.file_text)


def refused(content: bytes) -> str:
    """What is wrong with the content of a public key file."""
    with pytest.raises(InputError) as caught:
        public_key_from(content, where="a.pub.json")
    assert caught.value.where == "a.pub.json"
    assert caught.value.mend
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


class TestFingerprint:
    def test_is_the_hash_of_the_32_bytes(self) -> None:
        assert OLD_PUBLIC.fingerprint == "sha256:" + hashlib.sha256(OLD_PUBLIC.raw).hexdigest()

    @pytest.mark.parametrize(
        ("number", "end"),
        [
            (0, "00000 00000"),
            (161, "00000 00161"),  # 0xa1
            (12345 * 100_000 + 67890, "12345 67890"),
            (10**60 + 7, "00000 00007"),  # the 61st digit is not read
            # 2^256 - 1 = 115792089237316195423570985008687907853269984665640564039457584007913129639935
            (2**256 - 1, "31296 39935"),
        ],
    )
    def test_is_spoken_as_its_last_sixty_digits(self, number: int, end: str) -> None:
        groups = spoken(f"sha256:{number:064x}").split(" ")
        assert len(groups) == 12
        assert all(len(group) == 5 and group.isdigit() for group in groups)
        assert " ".join(groups[-2:]) == end

    def test_of_the_standards_first_key_as_another_calculator_has_it(self) -> None:
        # printf … | xxd -r -p | sha256sum, then bc: the number mod 10^60
        assert (
            fingerprint_of(bytes.fromhex(VECTORS[0][1]))
            == "sha256:21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"
        )
        assert spoken(fingerprint_of(bytes.fromhex(VECTORS[0][1]))) == (
            "43784 88985 22043 89401 86851 50966 57447 05613 11816 57942 02430 42745"
        )

    @given(st.binary(min_size=32, max_size=32), st.sampled_from([" ", "  ", "-", "\n", ""]))
    def test_is_taken_in_both_forms_however_it_is_spaced(self, raw: bytes, gap: str) -> None:
        fingerprint = fingerprint_of(raw)
        assert said_fingerprint(spoken(fingerprint).replace(" ", gap)) == spoken(fingerprint)
        digits = fingerprint.removeprefix("sha256:")
        assert said_fingerprint(gap.join([digits[:20].upper(), digits[20:]])) == fingerprint
        assert said_fingerprint(f" {fingerprint} ") == fingerprint

    @pytest.mark.parametrize(
        "text",
        ["", "12345", "1" * 59, "1" * 61, "a" * 63, "g" * 64, "sha256:", "١" * 60, "sha512:" + "a" * 64],
    )
    def test_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="no fingerprint"):
            said_fingerprint(text)


class TestNames:
    @pytest.mark.parametrize(
        "name", ["a", "7", "fra-liaison", "a.b_c-d", "a" * 64, "console", "com10", "a..b"]
    )
    def test_that_may_be(self, name: str) -> None:
        assert check_name(name) == name

    @pytest.mark.parametrize(
        "name",
        [
            "", ".a", "-a", "_a", "A", "Ann", "a b", "a/b", "..", "a\\b", "a" * 65, "a.", "é", "ａ", "a\n", "a\x00",
            "con", "con.x", "nul", "prn.pub", "aux", "com1", "lpt9.a", "a‮b", "\N{GRINNING FACE}", "a:b", "~a", "\ud800",
        ],
    )  # fmt: skip
    def test_that_may_not(self, name: str) -> None:
        with pytest.raises(UsageError) as caught:
            check_name(name)
        caught.value.what.encode("ascii")  # can be printed anywhere

    @given(st.text(max_size=70))
    def test_what_passes_is_a_file_name_everywhere(self, name: str) -> None:
        try:
            check_name(name)
        except UsageError:
            return
        assert name.isascii()
        assert name == name.lower()
        assert not set(name) & set('/\\:*?"<>| ')

    @pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[31m", "a‮b", "a⁦b", "x" * 501, "\ud800"])
    def test_reasons_that_cannot_be_printed_are_refused(self, text: str) -> None:
        with pytest.raises(UsageError):
            check_text(text, where="--why")

    def test_reasons_may_be_in_any_script(self) -> None:
        assert check_text("ноутбук потерян, فُقِدَ الحاسوب", where="--why")

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("2026-02-30", "2027-01-01"),
            ("20260101", "2027-01-01"),
            ("2026-01-01", "2026-W50-1"),
            ("2026-01-02", "2026-01-01"),
            ("", "2026-01-01"),
            ("2026-1-1", "2026-01-01"),
            ("２026-01-01", "2027-01-01"),
        ],
    )
    def test_days_that_cannot_be(self, first: str, last: str) -> None:
        with pytest.raises(UsageError):
            check_days(first, last)

    def test_a_key_may_hold_for_one_day(self) -> None:
        check_days("2026-01-01", "2026-01-01")

    @pytest.mark.parametrize(
        ("day", "later"),
        [("2026-07-01", "2028-07-01"), ("2024-02-29", "2026-02-28"), ("2026-02-28", "2028-02-28")],
    )
    def test_two_years_later(self, day: str, later: str) -> None:
        assert two_years_after(day) == later


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
        assert NEW_PUBLIC.verify(b"stopgap-key/1\n" + canonical(document), _data(own))
        vouching = document["succeeds"].pop("signature")
        assert OLD_PUBLIC.verify(b"stopgap-key-succession/1\n" + canonical(document), _data(vouching))

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
        document = {
            **NEW_PUBLIC.as_dict(),
            "public_key": as_base64(thief.raw),
            "fingerprint": thief.fingerprint,
        }
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
        content = canonical(
            {**OLD_PUBLIC.as_dict(), "public_key": as_base64(raw), "fingerprint": key.fingerprint}
        )
        assert "no key of Ed25519" in refused(content + b"\n")

    def test_a_key_that_is_no_point_in_its_one_form_is_refused(self) -> None:
        raw = (2**255 - 19 + 3).to_bytes(32, "little")
        content = canonical(
            {**OLD_PUBLIC.as_dict(), "public_key": as_base64(raw), "fingerprint": fingerprint_of(raw)}
        )
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


class TestPrivateFile:
    def test_is_opened_with_its_passphrase(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        assert load_private_key(tmp_path, "ann", PASSPHRASE) == OLD

    def test_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        (tmp_path / "keys").mkdir(mode=0o755)
        keep(tmp_path, OLD, OLD_PUBLIC)
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
        for path in (tmp_path / "keys").glob("*.*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert not key_files.is_open_to_others(path)

    def test_leaves_nothing_beside_it(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        names = {path.name for path in (tmp_path / "keys").iterdir()}
        assert names == {"ann.pub.json", f"ann.{OLD.fingerprint[7:23]}.pem", "retired"}

    @pytest.mark.parametrize("wrong", ["", "x", PASSPHRASE + " ", PASSPHRASE.upper(), "é" * 2000])
    def test_is_not_opened_with_another(self, wrong: str, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        with pytest.raises(RefusedError, match="the passphrase does not open the key"):
            load_private_key(tmp_path, "ann", wrong)

    def test_the_same_accent_typed_on_another_system_opens_it(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC, "caf\u00e9")
        assert load_private_key(tmp_path, "ann", "cafe\u0301") == OLD

    def test_holds_the_secret_encrypted(self, tmp_path: Path) -> None:
        pem = key_files.encrypted_pem(OLD.seed, PASSPHRASE, fresh=bytes(32))
        assert pem.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
        assert as_base64(OLD.seed)[:20] not in pem
        assert key_files.encrypted_pem(OLD.seed, PASSPHRASE, fresh=bytes([1] * 32)) != pem

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
    def test_is_read_by_openssl(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.write_text(key_files.encrypted_pem(OLD.seed, "a b", fresh=bytes(range(32))))
        words = ["openssl", "pkey", "-in", str(path), "-passin", "pass:a b", "-pubout"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert done.stdout == OLD_PUBLIC.pem
        shown = subprocess.run(
            ["openssl", "asn1parse", "-in", str(path)], capture_output=True, text=True, check=True
        )
        assert ":scrypt" in shown.stdout
        assert ":aes-256-cbc" in shown.stdout

    def test_that_is_not_encrypted_or_no_key_is_refused(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        path = key_files.private_file(tmp_path, "ann", OLD.fingerprint)
        for content in (b"", b"-----BEGIN PRIVATE KEY-----\n", path.read_bytes()[:100], b"\xff" * 70_000):
            path.write_bytes(content)
            with pytest.raises(InputError):
                load_private_key(tmp_path, "ann", PASSPHRASE)

    def test_every_changed_line_is_refused(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        path = key_files.private_file(tmp_path, "ann", OLD.fingerprint)
        lines = path.read_text().splitlines()
        for number in range(1, len(lines) - 1):
            changed = [*lines]
            changed[number] = changed[number][::-1]
            path.write_text("\n".join(changed) + "\n")
            with pytest.raises((RefusedError, InputError)):
                load_private_key(tmp_path, "ann", PASSPHRASE)

    def test_of_another_key_is_refused(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        path = key_files.private_file(tmp_path, "ann", OLD.fingerprint)
        path.write_text(key_files.encrypted_pem(NEW.seed, PASSPHRASE, fresh=bytes(32)))
        with pytest.raises(RefusedError, match="not that of the public file"):
            load_private_key(tmp_path, "ann", PASSPHRASE)

    def test_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="there is no key 'ann'") as caught:
            load_private_key(tmp_path, "ann", PASSPHRASE)
        assert "stopgap keys new ann" in caught.value.mend
        keep(tmp_path, OLD, OLD_PUBLIC)
        with pytest.raises(NotFoundError) as caught:
            load_private_key(tmp_path, "bob", PASSPHRASE)
        assert caught.value.mend == "your keys: ann"
        key_files.private_file(tmp_path, "ann", OLD.fingerprint).unlink()
        with pytest.raises(NotFoundError, match="the private half of 'ann' is not there"):
            load_private_key(tmp_path, "ann", PASSPHRASE)

    def test_a_partners_public_file_in_the_folder_is_no_own_key(self, tmp_path: Path) -> None:
        keep(tmp_path, OLD, OLD_PUBLIC)
        other = make_key("bob", seed=bytes(32), **DAYS)[1]
        key_files.public_file(tmp_path, "bob").write_text(other.file_text)
        assert own_keys(tmp_path) == [OLD_PUBLIC]

    @pytest.mark.parametrize("passphrase", ["", " \t", "x" * 1001, "\udcff"])
    def test_passphrases_that_cannot_be(self, passphrase: str) -> None:
        with pytest.raises(InputError, match="the passphrase is") as caught:
            key_files.check_passphrase(passphrase, where="terminal")
        assert passphrase.strip() == "" or passphrase not in str(caught.value)

    def test_the_longest_passphrase_works(self, tmp_path: Path) -> None:
        longest = key_files.check_passphrase("x" * 1000, where="")
        keep(tmp_path, OLD, OLD_PUBLIC, longest)
        assert load_private_key(tmp_path, "ann", longest) == OLD

    def test_a_home_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(RefusedError, match="the key cannot be kept") as caught:
            key_files.make_key_folder(tmp_path / "file")
        assert "STOPGAP_HOME" in caught.value.mend

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_a_home_that_may_not_be_written(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(RefusedError, match="the key cannot be kept"):
            key_files.make_key_folder(tmp_path)


def test_no_signature_can_be_taken_for_another() -> None:
    begins = [b"stopgap-key/1\n", b"stopgap-key-succession/1\n", b"stopgap-revocation/1\n", b"DSSEv1 "]
    assert not any(one.startswith(other) for one in begins for other in begins if one is not other)


def _data(text: str) -> bytes:
    import base64

    return base64.b64decode(text)
