"""Passphrases of jobs: sealed on the disk, opened by the service that sealed them alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from stopgap.base.errors import RefusedError
from stopgap.service.jobs.secrets import keep_passphrase, new_seal, passphrase_of

WORDS = "a long passphrase of five words, und Umlaute: äöü"


def test_a_passphrase_comes_back_and_is_not_on_the_disk(tmp_path: Path) -> None:
    seal = new_seal()
    keep_passphrase(tmp_path / "inputs", WORDS, seal)
    assert passphrase_of(tmp_path / "inputs", seal) == WORDS
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"passphrase of five" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_another_service_cannot_open_it(tmp_path: Path) -> None:
    keep_passphrase(tmp_path, WORDS, new_seal())
    with pytest.raises(RefusedError, match="no longer known"):
        passphrase_of(tmp_path, new_seal())


def test_the_same_words_are_never_sealed_alike(tmp_path: Path) -> None:
    seal = new_seal()
    for name in ("one", "other"):
        keep_passphrase(tmp_path / name, WORDS, seal)
    one, other = (path.read_bytes() for path in tmp_path.rglob("sealed"))
    assert one != other


def test_a_job_without_one_has_none(tmp_path: Path) -> None:
    assert passphrase_of(tmp_path, new_seal()) is None
