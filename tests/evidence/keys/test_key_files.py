"""Private keys at rest: encrypted, for their owner alone, opened with nothing but their passphrase."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from stopgap.base.errors import InputError, NotFoundError, RefusedError
from stopgap.evidence.keys import files as key_files
from stopgap.evidence.keys.signing_keys import PrivateKey, PublicKey, as_base64, load_private_key, make_key, own_keys

DAYS = {"valid_from": "2026-01-01", "valid_to": "2027-12-31"}
OLD, OLD_PUBLIC = make_key("ann", seed=bytes(range(32)), **DAYS)
NEW, NEW_PUBLIC = make_key("ann", seed=bytes(range(1, 33)), **DAYS, succeeds=OLD)
PASSPHRASE = "correct horse, battery"


def keep(home: Path, private: PrivateKey, public: PublicKey, passphrase: str = PASSPHRASE) -> None:
    """Both halves of a key, as the workflow leaves them."""
    key_files.make_key_folder(home)
    pem = key_files.encrypted_pem(private.seed, passphrase, fresh=bytes(range(32)))
    key_files.write_own(key_files.private_file(home, public.name, public.fingerprint), pem)
    key_files.write_own(key_files.public_file(home, public.name), public.file_text)


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
        shown = subprocess.run(["openssl", "asn1parse", "-in", str(path)], capture_output=True, text=True, check=True)
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
        assert "stopgap keys new ann" in caught.value.fix
        keep(tmp_path, OLD, OLD_PUBLIC)
        with pytest.raises(NotFoundError) as caught:
            load_private_key(tmp_path, "bob", PASSPHRASE)
        assert caught.value.fix == "your keys: ann"
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
        assert "STOPGAP_HOME" in caught.value.fix

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_a_home_that_may_not_be_written(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(RefusedError, match="the key cannot be kept"):
            key_files.make_key_folder(tmp_path)
