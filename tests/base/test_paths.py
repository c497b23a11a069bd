"""Paths at which no file is: the error names the place, and what in its folder is near."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.base.errors import InputError, NotFoundError
from stopgap.base.paths import is_path_text, need_file, need_input, no_file, unreadable_file


@pytest.mark.parametrize("text", ["./x.toml", "x.yaml", "a/b", "..\\b", "~/x", "episode.YML", "x.csv"])
def test_what_is_a_path(text: str) -> None:
    assert is_path_text(text)


@pytest.mark.parametrize("text", ["russia-2022", "8542.31", "85.42", "chips", "", ".", "hs2022-8542", "S.A."])
def test_what_is_a_name(text: str) -> None:
    assert not is_path_text(text)


def test_a_name_near_it_in_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "episode.yml").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    error = no_file(tmp_path / "epsode.yml")
    assert error.what == f"no file at {tmp_path / 'epsode.yml'}"
    assert "episode.yml" in error.fix
    assert "notes.txt" not in error.fix
    assert error.exit_code == 4


def test_without_a_near_name_files_of_the_same_ending_are_said(tmp_path: Path) -> None:
    (tmp_path / "a-first.yml").write_text("x")
    (tmp_path / "second.csv").write_text("x")
    assert "a-first.yml" in no_file(tmp_path / "zzz.yml").fix
    assert "second.csv" in no_file(tmp_path / "zzz", suffixes=(".csv",)).fix


def test_a_folder_that_is_not_there_either_is_said(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path / 'none'}" in no_file(tmp_path / "none" / "x.csv").fix


def test_a_folder_is_no_file_and_what_is_in_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "in.yml").write_text("x")
    with pytest.raises(NotFoundError, match="it is a folder, and an episode is read from a file") as caught:
        need_file(tmp_path, "an episode", suffixes=(".yml",))
    assert "in.yml" in caught.value.fix


def test_a_file_of_input_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the pack cannot be read: no file at"):
        need_input(tmp_path / "p.zip", "the pack")
    assert need_input(tmp_path, "the pack") == tmp_path
    assert unreadable_file(tmp_path / "x", "the key").exit_code == 3


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert no_file(Path("x.yml")).where == "x.yml"
