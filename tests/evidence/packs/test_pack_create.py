"""Packs made and checked: the same bytes twice, every number again, nothing above the marking."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from claims_made import made_claim
from pack_made import (
    AMBER,
    EPISODE,
    GOODS,
    GREEN,
    ON,
    RED,
    SECRET,
    SECRET_FILE,
    SECRET_SOURCE,
    WHEN,
    key,
    load,
    mixed_lake,
    open_lake,
    packed,
    rows,
    trust_in,
)

from stopgap.base.errors import RefusedError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.claims.claim import ClaimWords
from stopgap.claims.register.register import register_claim
from stopgap.evidence.compare.run import compare_packs
from stopgap.evidence.markings.changes import release, set_marking, withdraw_release
from stopgap.evidence.packs.verify import Verification, verify_pack
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests" / "helpers")])


@pytest.fixture(scope="module")
def plain_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Official figures alone; tests only read it."""
    return open_lake(tmp_path_factory.mktemp("plain"))


@pytest.fixture
def mixed(tmp_path: Path) -> tuple[Path, str]:
    return mixed_lake(tmp_path)


def verified(path: Path, **trusted: Any) -> Verification:
    return verify_pack(path, trusted.get("trust") or trust_in(key()), on=trusted.get("on", ON))


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def failing(found: Verification) -> str | None:
    return None if found.failed is None else found.failed.name


# --- made and checked ---


def test_a_pack_verifies_and_its_numbers_are_made_again(plain_lake: Path, tmp_path: Path) -> None:
    made = packed(plain_lake, tmp_path / "out" / "packs")  # a folder that is not there yet
    assert made.path.parent == tmp_path / "out" / "packs"
    assert made.path.name.endswith(".zip")
    found = verified(made.path)
    assert failing(found) is None
    assert [check.name for check in found.checks] == [
        "archive", "layout", "files", "hashes", "signature", "signer", "marking", "name", "members", "active",
        "numbers", "pages", "versions",
    ]  # fmt: skip
    assert found.again is not None
    # 5 figures of the headline, 4 for each of 3 suppliers, 3 for each of 5 members
    assert found.again.by_statement == 5 + 4 * 3 + 3 * 5
    assert found.again.by_measure > found.again.by_statement
    assert found.view().items("finding")[0]["title"].endswith(GOODS)


@pytest.mark.prove_only
def test_two_makings_are_byte_identical_whatever_the_process(plain_lake: Path, tmp_path: Path) -> None:
    first = packed(plain_lake, tmp_path / "first.zip")
    program = (
        "import sys; from pathlib import Path; from pack_made import packed; "
        "packed(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    environment = {
        **os.environ, "PYTHONHASHSEED": "99", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": PATHS,
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-c", program, str(plain_lake), str(tmp_path / "second.zip")], env=environment, check=True
    )
    assert first.path.read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_the_statements_give_the_numbers_to_duckdb_alone(plain_lake: Path, tmp_path: Path) -> None:
    made = packed(plain_lake, tmp_path / "a.zip")
    with zipfile.ZipFile(made.path) as archive:
        archive.extractall(tmp_path / "opened")
    data = tmp_path / "opened" / "data"
    [sql] = (data / "sql").glob("*.sql")
    [finding] = (json.loads(path.read_text()) for path in (data / "findings").glob("*.json"))
    before = Path.cwd()
    os.chdir(data)
    try:
        answers = dict(duckdb.connect().execute(sql.read_text("utf-8")).fetchall())
    finally:
        os.chdir(before)
    assert answers["suspended.loss_usd"] == pytest.approx(finding["suspended"]["loss_usd"], rel=1e-12)
    china = next(row for row in finding["suppliers"] if row["supplier"] == "CHN")
    assert answers["suppliers.CHN.gain_usd"] == pytest.approx(china["gain_usd"], rel=1e-12)


def test_every_file_shows_its_marking(plain_lake: Path, tmp_path: Path) -> None:
    made = packed(plain_lake, tmp_path / "a.zip", parts=("brief",))
    files = members(made.path)
    fixed = {"data/evidence.json", "data/index.html", "data/ro-crate-metadata.json"}
    for name, content in files.items():
        if not name.startswith("data/") or name in fixed:
            continue
        assert Path(name).name.startswith("TLP-CLEAR_"), name
        if name.endswith(".json"):
            assert json.loads(content)["marking"] == {"tlp": "TLP:CLEAR", "releasable_to": None}
    assert b"TLP:GREEN" in files["data/index.html"]
    assert {Path(name).suffix for name in files if "/brief/" in name} == {
        ".html", ".json", ".pdf", ".xlsx", ".md",
    }  # fmt: skip


# --- what may leave ---


def test_a_file_above_the_marking_refuses_the_pack(mixed: tuple[Path, str], tmp_path: Path) -> None:
    lake, receipt = mixed
    with pytest.raises(RefusedError) as caught:
        packed(lake, tmp_path / "a.zip")
    assert caught.value.exit_code == 5
    [high] = caught.value.details["too_high"]  # type: ignore[misc]
    assert (high["id"], high["marking"], high["reason"]) == (f"receipt:{receipt}", "TLP:RED", "above the marking")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.prove_only
def test_a_pack_as_high_as_the_file_holds_all_of_it(mixed: tuple[Path, str], tmp_path: Path) -> None:
    lake, _ = mixed
    made = packed(lake, tmp_path / "a.zip", RED)
    assert made.evidence["left_out"] == []
    [finding] = [item for item in made.evidence["items"] if item["kind"] == "finding"]
    assert finding["marking"]["tlp"] == "TLP:RED"
    assert failing(verified(made.path)) is None


@pytest.mark.prove_only
def test_redacted_the_pack_knows_nothing_of_the_file(mixed: tuple[Path, str], tmp_path: Path) -> None:
    lake, receipt = mixed
    made = packed(lake, tmp_path / "a.zip", redact=True, parts=("claims", "alerts", "brief"))
    assert made.evidence["left_out"] == [{"kind": "receipt", "reason": "above the marking", "count": 1}]
    for name, content in members(made.path).items():
        for canary in (receipt, SECRET_FILE, SECRET_SOURCE, "canary"):
            assert canary.encode() not in content, (name, canary)
    finding = (
        verified(made.path).view().document(next(item for item in made.evidence["items"] if item["kind"] == "finding"))
    )
    assert not set(SECRET) & {row["supplier"] for row in finding["suppliers"]}
    assert failing(verified(made.path)) is None


def test_a_redacted_pack_is_that_of_a_lake_that_never_had_the_file(tmp_path: Path) -> None:
    """Whatever the file holds, not a byte of the figures depends on it."""
    lake, _ = mixed_lake(tmp_path / "one")
    other = open_lake(tmp_path / "other")
    load(other, tmp_path / "other" / "files", "z.csv", rows(("PAK",), "another", seed=9), marking=RED)
    one, two = (
        members(packed(each, tmp_path / f"{name}.zip", redact=True).path) for each, name in ((lake, "a"), (other, "b"))
    )
    assert one == two


@pytest.mark.prove_only
def test_a_statement_that_is_too_high_leaves_the_brief_in(plain_lake: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(plain_lake, lake)
    ids = []
    for title, own in (("one for all", CLEAR), ("one for few", RED)):
        claim = made_claim(GOODS, title=title, words=ClaimWords(title, quoted=False))
        ids.append(register_claim(lake, claim, who="tester", when=WHEN).entry.id)
        set_marking(lake, f"claim:{ids[-1]}", own, who="tester", when=WHEN, why="as it was said")
    with pytest.raises(RefusedError) as caught:
        packed(lake, tmp_path / "a.zip", parts=("claims", "brief"))
    assert {each["id"] for each in caught.value.details["too_high"]} == {f"claim:{ids[1]}", f"verdict:{ids[1]}"}  # type: ignore[attr-defined]
    made = packed(lake, tmp_path / "a.zip", redact=True, parts=("claims", "brief"))
    page = next(content for name, content in members(made.path).items() if name.endswith("-brief.html"))
    assert b"one for all" in page
    assert all(b"one for few" not in content for content in members(made.path).values())
    assert failing(verified(made.path)) is None


@pytest.mark.prove_only
def test_a_file_that_may_not_go_to_an_economy_is_outside_releasability(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    only = Marking(Tlp.GREEN, frozenset({"DEU", "FRA"}))
    load(lake, tmp_path / "files", "b.csv", rows(SECRET, "partner", seed=2), marking=only)
    with pytest.raises(RefusedError) as caught:
        packed(lake, tmp_path / "a.zip", GREEN)
    assert caught.value.details["too_high"][0]["reason"] == "outside releasability"  # type: ignore[index]
    with pytest.raises(RefusedError):
        packed(lake, tmp_path / "a.zip", Marking(Tlp.GREEN, frozenset({"DEU", "USA"})))
    made = packed(lake, tmp_path / "a.zip", Marking(Tlp.GREEN, frozenset({"DEU"})))
    assert failing(verified(made.path)) is None


@pytest.mark.prove_only
def test_a_file_that_does_not_matter_refuses_nothing(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    elsewhere = [line.replace(",RUS,", ",BLR,") for line in rows(("PAK",), "partner", seed=2)]
    monthly = [line.replace(",A,", ",M,") for line in elsewhere]
    load(lake, tmp_path / "files", "b.csv", monthly, marking=RED)
    made = packed(lake, tmp_path / "a.zip")
    assert made.evidence["left_out"] == []
    assert failing(verified(made.path)) is None


def test_a_released_finding_goes_as_an_extract_without_its_rows(mixed: tuple[Path, str], tmp_path: Path) -> None:
    lake, receipt = mixed
    finding = measure(lake, EPISODE, measure_options(goods=GOODS))
    decided = release(lake, f"finding:{finding.finding_id}", GREEN, who="head of section", when=WHEN, why="agreed")
    made = packed(lake, tmp_path / "a.zip", redact=True)
    [extract] = [item for item in made.evidence["items"] if item["kind"] == "extract"]
    assert extract["marking"]["tlp"] == "TLP:GREEN"
    assert made.evidence["releases"][0]["id"] == decided.id
    view = verified(made.path).view()
    numbers = {each["name"]: each["value"] for each in view.document(extract)["numbers"]}
    assert numbers["backfill.gain_usd"] == pytest.approx(sum(row.gain_usd for row in finding.suppliers))
    # one contributor each: what they sold would be the partner's own rows
    assert not [name for name in numbers if name.split(".")[1] in SECRET]
    for content in members(made.path).values():
        assert receipt.encode() not in content
        assert SECRET_SOURCE.encode() not in content
        assert finding.finding_id.encode() not in content
    whole = verified(packed(lake, tmp_path / "whole.zip", RED).path).view()
    pairs = compare_packs(view, whole).pairs
    assert [pair.numbers for pair in pairs] == [()]  # what was released is what was measured
    assert pairs[0].compared == len(numbers)
    withdraw_release(lake, decided.id, who="head of section", when=WHEN, why="no longer")
    again = packed(lake, tmp_path / "b.zip", redact=True)
    assert not [item for item in again.evidence["items"] if item["kind"] == "extract"]


def test_with_two_contributors_a_released_total_would_show_each_the_other(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    load(lake, tmp_path / "files", "b.csv", rows(("IND", "VNM"), "partner", seed=2), marking=RED)
    finding = measure(lake, EPISODE, measure_options(goods=GOODS))
    release(lake, f"finding:{finding.finding_id}", GREEN, who="head of section", when=WHEN, why="agreed")
    made = packed(lake, tmp_path / "a.zip", redact=True)
    [extract] = [item for item in made.evidence["items"] if item["kind"] == "extract"]
    names = {each["name"] for each in verified(made.path).view().document(extract)["numbers"]}
    assert "suspended.loss_usd" in names  # rests on open rows alone
    assert not names & {"backfill.gain_usd", "backfill.gross_ratio"}
    assert {"kind": "number", "reason": "small cell"}.items() <= max(
        made.evidence["left_out"], key=lambda each: each["kind"] == "number"
    ).items()


@pytest.mark.prove_only
def test_a_finding_that_is_marked_itself_is_not_given_away_by_its_rows(plain_lake: Path, tmp_path: Path) -> None:
    """Anybody could measure it from the rows of the pack, so neither they nor a finding on them goes."""
    lake = tmp_path / "lake"
    shutil.copytree(plain_lake, lake)
    packed(lake, tmp_path / "before.zip")
    secret = measure(lake, EPISODE, measure_options(goods=GOODS, baseline="2021-01:2021-12"))
    set_marking(lake, f"finding:{secret.finding_id}", RED, who="tester", when=WHEN, why="under negotiation")
    with pytest.raises(RefusedError) as caught:
        packed(lake, tmp_path / "a.zip")
    reasons = {each["reason"] for each in caught.value.details["too_high"]}  # type: ignore[attr-defined]
    assert "would reveal by subtraction" in reasons
    with pytest.raises(RefusedError, match="no finding is left"):
        packed(lake, tmp_path / "a.zip", redact=True)
    assert failing(verified(packed(lake, tmp_path / "red.zip", RED).path)) is None


@pytest.mark.prove_only
def test_a_marked_finding_that_cannot_be_measured_again_refuses_the_pack(plain_lake: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(plain_lake, lake)
    secret = measure(lake, EPISODE, measure_options(goods=GOODS, baseline="2021-01:2021-12"))
    set_marking(lake, f"finding:{secret.finding_id}", RED, who="tester", when=WHEN, why="under negotiation")
    next((lake / "findings").glob(f"{secret.finding_id.removeprefix('sha256:')}*")).unlink()
    with pytest.raises(RefusedError, match="nobody can tell"):
        packed(lake, tmp_path / "a.zip", redact=True)


def test_a_pack_above_everything_is_refused_when_nothing_is_left(plain_lake: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(plain_lake, lake)
    set_marking(lake, "source:official", AMBER, who="tester", when=WHEN, why="on request")
    with pytest.raises(RefusedError, match="no finding is left"):
        packed(lake, tmp_path / "a.zip", CLEAR, redact=True)
    assert not (tmp_path / "a.zip").exists()


# --- who signed, and what it goes by ---


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("signed", "trusted", "on", "check"),
    [
        (key(), key("ministry", number=2), ON, "signer"),  # another key of the same name
        (key(valid_to="2026-06-30"), key(valid_to="2026-06-30"), ON, "signer"),  # expired the day before
        (key(), key(), "2025-12-31", "signer"),  # not yet valid
    ],
)
def test_a_signer_that_is_not_trusted_on_the_day_fails_by_name(
    plain_lake: Path, tmp_path: Path, signed: Any, trusted: Any, on: str, check: str
) -> None:
    made = packed(plain_lake, tmp_path / "a.zip", signer=signed)
    found = verified(made.path, trust=trust_in(trusted), on=on)
    assert failing(found) == check
    with pytest.raises(RefusedError, match=f"check {check}"):
        found.view()


@pytest.mark.prove_only
def test_an_old_pack_under_the_name_of_another_fails_by_name(plain_lake: Path, tmp_path: Path) -> None:
    old = packed(plain_lake, tmp_path)
    assert old.path.name == f"{old.evidence['name']}.zip"
    assert failing(verified(old.path)) is None
    renamed = tmp_path / old.path.name.replace("_v1_", "_v2_")
    old.path.rename(renamed)
    assert failing(verified(renamed)) == "name"
    shown = tmp_path / "russia_TLP-CLEAR.zip"
    renamed.rename(shown)
    assert failing(verified(shown)) == "name"
    free = tmp_path / "to partner.zip"
    shown.rename(free)
    assert failing(verified(free)) is None
