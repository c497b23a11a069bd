"""``pack receive``, ``received`` and ``compare`` as a user calls them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pack_made import EPISODE, GREEN, MEMBERS, OTHERS, SECRET, key, load, open_lake, packed, rows

Run = Callable[..., Any]
DAY = ("--on", "2026-07-01")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Two packs of one party, the second with another supplier's figures, and the key file of the party."""
    folder = tmp_path_factory.mktemp("exchange")
    lake = open_lake(folder)
    first = packed(lake, folder)
    load(lake, folder / "files", "more.csv", rows(SECRET[:2], "official", seed=2), retrieved="2026-08-01")
    second = packed(lake, folder)
    public = folder / "ministry.pub.json"
    public.write_text(key().public.file_text, "utf-8")
    return first.path, second.path, public


@pytest.fixture
def partner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lake of a partner who has none yet."""
    monkeypatch.setenv("STOPGAP_HOME", str(tmp_path / "home"))
    return tmp_path / "partner"


@pytest.mark.prove_only
def test_a_pack_is_filed_beside_ones_own_evidence(
    packs: tuple[Path, Path, Path], partner: Path, stopgap_run: Run
) -> None:
    first, second, public = packs
    words = ("--trust", public, *DAY, "--lake", partner, "--format", "json")
    ran = stopgap_run("pack", "receive", first, *words)
    assert ran.code == 0, ran.out
    assert ran.document["origin"]["name"] == "ministry"
    assert ran.document["marking"] == GREEN.as_dict()
    assert stopgap_run("pack", "receive", first, *words).document["already_received"] is True
    assert stopgap_run("pack", "receive", second, *words).code == 0
    listed = stopgap_run("pack", "received", "--lake", partner, "--format", "json").document["packs"]
    assert [each["pack"] for each in listed] == [first.stem, second.stem]
    shown = stopgap_run("pack", "received", listed[0]["sha256"][:12], "--lake", partner, "--format", "json").document
    assert {item["kind"] for item in shown["items"]} >= {"finding", "rows", "receipt"}
    theirs = stopgap_run(
        "query", "SELECT origin, loss_usd, marking FROM received_findings", "--lake", partner, "--format", "json"
    )
    assert [row["marking"] for row in theirs.document["rows"]] == ["TLP:GREEN"] * 2
    # what a partner sent is no finding of one's own, nor trade
    assert stopgap_run("query", "SELECT * FROM findings", "--lake", partner).code == 4
    table = stopgap_run("pack", "received", "--lake", partner)
    assert "2 packs received" in table.out
    assert "marking: TLP:GREEN" in table.out


def test_an_old_pack_that_comes_again_is_refused_by_name(
    packs: tuple[Path, Path, Path], partner: Path, tmp_path: Path, stopgap_run: Run
) -> None:
    first, second, public = packs
    words = ("--trust", public, *DAY, "--lake", partner, "--format", "json")
    assert stopgap_run("pack", "receive", second, *words).code == 0
    ran = stopgap_run("pack", "receive", first, *words)
    assert ran.code == 5
    assert ran.document["error"]["failed"] == "name"
    again = tmp_path / "news.zip"
    shutil.copy(second, again)
    ran = stopgap_run("pack", "receive", again, *words)
    assert ran.code == 5
    assert "replay" in ran.document["error"]["what"]
    assert stopgap_run("pack", "receive", first, "--older", *words).code == 0


def test_a_folder_is_taken_whole_and_bad_ones_stay_out(
    packs: tuple[Path, Path, Path], partner: Path, tmp_path: Path, stopgap_run: Run
) -> None:
    first, _, public = packs
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(first, folder)
    (folder / "letter.zip").write_text("no pack")
    (folder / "growing.zip.part").write_text("PK")
    ran = stopgap_run(
        "pack",
        "receive",
        "--from",
        folder,
        "--settle",
        0,
        "--trust",
        public,
        *DAY,
        "--lake",
        partner,
        "--format",
        "json",
    )
    assert ran.code == 5
    assert {each["name"]: each["state"] for each in ran.document["outcomes"]} == {
        first.name: "received", "letter.zip": "refused",
    }  # fmt: skip
    assert (folder / "received" / first.name).exists()
    assert (folder / "refused" / "letter.zip.why.json").exists()
    assert (folder / "growing.zip.part").exists()
    empty = stopgap_run("pack", "receive", "--from", folder, "--settle", 0, "--lake", partner)
    assert (empty.code, "no pack lies there" in empty.out) == (0, True)


@pytest.mark.parametrize(("words", "code"), [((), 2), (("a.zip", "--from", "b"), 2), (("nowhere.zip",), 3)])
def test_wrong_calls(words: tuple[str, ...], code: int, partner: Path, stopgap_run: Run) -> None:
    ran = stopgap_run("pack", "receive", *words, "--lake", partner)
    assert ran.code == code
    assert "fix:" in ran.err
    assert not partner.exists()


@pytest.mark.prove_only
def test_two_packs_are_compared_with_the_reason(
    packs: tuple[Path, Path, Path], partner: Path, stopgap_run: Run
) -> None:
    first, second, public = packs
    words = ("--trust", public, *DAY, "--lake", partner)
    same = stopgap_run("pack", "compare", first, first, *words, "--format", "json").document
    assert same["agrees"] is True
    assert same["same_bytes"] is True
    ran = stopgap_run("pack", "compare", first, second, *words, "--format", "json")
    assert ran.code == 0
    assert ran.document["agrees"] is False
    [pair] = ran.document["pairs"]
    assert {"vintage", "rows"} <= {cause["name"] for cause in pair["causes"]}
    assert ran.document["marking"] == GREEN.as_dict()
    table = stopgap_run("pack", "compare", first, second, *words)
    assert "IND" in table.out
    assert stopgap_run("pack", "compare", first, "nothing-like-it", *words).code == 4


def test_received_evidence_is_not_passed_on_in_a_pack_of_ones_own(
    packs: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopgap_run: Run
) -> None:
    first, _, public = packs
    monkeypatch.setenv("STOPGAP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STOPGAP_PASSPHRASE", "a few words of one's own")
    lake = tmp_path / "lake"
    load(lake, tmp_path / "files", "own.csv", rows((*MEMBERS, *OTHERS), "own", seed=5))
    assert stopgap_run("pack", "receive", first, "--trust", public, *DAY, "--lake", lake).code == 0
    assert stopgap_run("keys", "new", "desk").code == 0
    output = tmp_path / "mine.zip"
    ran = stopgap_run(
        "pack", "create", EPISODE, "--marking", "RED", "--key", "desk", "--attach", first, "--without", "brief",
        "--output", output, "--lake", lake,
    )  # fmt: skip
    assert ran.code == 5
    assert "received" in ran.err
    assert not output.exists()
