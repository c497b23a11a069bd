"""Imports, vintages and the upkeep of a lake, by command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cli_calls import RELEASE, WINDOWS, Run, comtrade_file, csv_rows


def test_an_earlier_vintage_stays_readable(two_releases: Path, processors: Path, stopgap_run: Run) -> None:
    call = ("measure", "russia-2022", "--goods", processors, "--baseline", "2021:2021", "--after", "2023:2023")

    def gain(*as_of: str) -> tuple[str, float]:
        document = stopgap_run(*call, *as_of, "--lake", two_releases, "--format", "json").document
        return document["as_of"], document["suppliers"][0]["gain_usd"]

    assert gain() == gain("--as-of", "v2") == gain("--as-of", "2999-12-31") == ("v2", 52e6)
    assert gain("--as-of", "v1") == ("v1", 40e6)


def test_a_vintage_is_read_by_queries_and_exports(two_releases: Path, stopgap_run: Run, tmp_path: Path) -> None:
    sql = "SELECT value_usd, vintage FROM trade WHERE reporter = 'CHN' AND partner = 'RUS' AND year(period) = 2023"
    for vintage, value in (("v1", 70e6), ("v2", 82e6)):
        call = ("--as-of", vintage, "--lake", two_releases, "--format", "json")
        assert stopgap_run("query", sql, *call).document["rows"] == [{"value_usd": value, "vintage": vintage}]
        assert stopgap_run("lake", "export", tmp_path / vintage, *call).code == 0
        exported = pq.read_table(tmp_path / vintage / "trade.parquet").to_pylist()
        assert value in [row["value_usd"] for row in exported if row["reporter"] == "CHN"]
    assert {path.stem for path in (tmp_path / "v1").iterdir()} == {
        "trade", "trade_aggregates", "trade_breakdowns", "receipts", "findings",
    }  # fmt: skip
    again = stopgap_run("lake", "export", tmp_path / "v1", "--lake", two_releases)
    assert (again.code, again.err.splitlines()[0]) == (3, "the folder is not empty")


def test_an_import_answers_with_the_fields_of_the_contract(small_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    file = comtrade_file(tmp_path / "third.csv", [(2022, 156, 643, 50e6), (2022, 156, 0, 6e9)])
    call = (
        "import",
        file,
        "--lake",
        small_lake,
        "--retrieved",
        "2024-06-01",
        "--published",
        "2024-05-01",
        "--format",
        "json",
    )
    first, second = stopgap_run(*call), stopgap_run(*call)
    assert (first.code, first.err) == (0, "")
    document = first.document
    counts = ("vintage", "rows_read", "rows_loaded", "rows_rejected", "rows_replaced", "rejects", "already_loaded")
    assert [document[name] for name in counts] == ["v3", 2, 2, 0, 0, None, False]
    assert document["source"] == "comtrade"
    assert document["files"] == ["third.csv"]
    assert isinstance(document["warnings"], list)
    assert second.document["already_loaded"] is True
    assert (second.document["vintage"], second.document["receipt"]) == ("v3", document["receipt"])

    sql = f"SELECT retrieved, published, file_name FROM receipts WHERE receipt = '{document['receipt']}'"
    [receipt] = stopgap_run("query", sql, "--lake", small_lake, "--format", "json").document["rows"]
    assert list(receipt.values()) == ["2024-06-01", "2024-05-01", "third.csv"]
    vintages = stopgap_run("lake", "vintages", "--lake", small_lake, "--format", "json").document["vintages"]
    assert [row["vintage"] for row in vintages] == ["v1", "v2", "v3"]


def test_refused_rows_stop_an_import_unless_allowed(stopgap_run: Run, tmp_path: Path) -> None:
    rows = [*RELEASE, (2022, 156, 643, "many"), (202213, 156, 643, 5)]
    call = ("import", comtrade_file(tmp_path / "bad.csv", rows), "--lake", tmp_path / "lake", "--format", "json")
    refused = stopgap_run(*call)
    error = refused.document["error"]
    assert (refused.code, error["code"], error["rows_read"], error["rows_rejected"]) == (3, 3, 10, 2)
    assert "row 10" in error["where"]
    reasons = csv_rows(Path(error["rejects"]).read_text("utf-8"))
    assert [(row["file"], row["row"]) for row in reasons] == [("bad.csv", "10"), ("bad.csv", "11")]
    assert "'many'" in reasons[0]["reason"]
    assert "202213" in reasons[1]["reason"]
    shown = stopgap_run("lake", "vintages", "--lake", tmp_path / "lake", "--format", "json").document
    assert shown["vintages"] == []

    allowed = stopgap_run(*call, "--allow-rejects").document
    assert (allowed["rows_loaded"], allowed["rows_rejected"]) == (8, 2)


def test_compacting_changes_no_figure(small_lake: Path, stopgap_run: Run) -> None:
    def figures(vintage: str) -> Any:
        sql = "SELECT * FROM trade ORDER BY ALL"
        return stopgap_run("query", sql, "--as-of", vintage, "--lake", small_lake, "--format", "json").document["rows"]

    more = comtrade_file(small_lake.parent / "more.csv", [(2022, 276, 643, 9e6), (2022, 276, 0, 9e8)])
    assert stopgap_run("import", more, "--lake", small_lake).code == 0
    before = [figures(vintage) for vintage in ("v1", "v2", "v3")]
    done = stopgap_run("lake", "compact", "--lake", small_lake, "--format", "json").document
    assert done["files_after"] == 1 < done["files_before"]
    assert [figures(vintage) for vintage in ("v1", "v2", "v3")] == before
    assert stopgap_run("lake", "check", "--lake", small_lake).code == 0


def test_a_changed_receipt_is_found(small_lake: Path, stopgap_run: Run) -> None:
    kept = next(path for path in (small_lake / "receipts").rglob("*") if path.is_file())
    kept.write_bytes(kept.read_bytes() + b" ")
    ran = stopgap_run("lake", "check", "--lake", small_lake, "--format", "json")
    failed = [check["check"] for check in ran.document["checks"] if not check["passed"]]
    assert (ran.code, ran.document["passed"], failed) == (3, False, ["receipts"])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever may write anywhere is never refused"
)
def test_a_lake_that_cannot_be_written_is_read(
    small_lake: Path, processors: Path, stopgap_run: Run, tmp_path: Path
) -> None:
    file = comtrade_file(tmp_path / "more.csv", [(2022, 276, 643, 9e6), (2022, 276, 0, 9e8)])
    folders = [small_lake, *(path for path in small_lake.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        call = ("measure", "russia-2022", "--goods", processors, "--baseline", "2021:2021", "--after", "2023:2023")
        assert stopgap_run(*call, "--lake", small_lake).code == 0
        assert stopgap_run("import", file, "--lake", small_lake).code == 5
    finally:
        for path in folders:
            path.chmod(0o755)


@pytest.mark.prove_only
def test_a_brief_is_written_where_its_ending_says(demo_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    file = tmp_path / "brief.md"
    call = ("brief", "russia-2022", "--goods", "machinery-electronics", *WINDOWS, "--output", file)
    document = stopgap_run(*call, "--lake", demo_lake, "--format", "json").document
    assert document["file"] == str(file)
    assert document["as_of"] == "v9"
    assert document["finding_id"].removeprefix("sha256:")[:12] in file.read_text("utf-8")


@pytest.mark.prove_only
def test_a_brief_of_one_page_holds_its_first_page_alone(demo_lake: Path, stopgap_run: Run, tmp_path: Path) -> None:
    call = ("brief", "russia-2022", "--goods", "machinery-electronics", "--lake", demo_lake)
    full, page = tmp_path / "full.md", tmp_path / "page.md"
    assert stopgap_run(*call, "--output", full).code == 0
    assert stopgap_run(*call, "--output", page, "--form", "one-page").code == 0
    words = page.read_text("utf-8")
    assert "What would settle it" in words
    assert "Make these numbers again" not in words
    start, _, _ = words.partition("Vintage v")
    assert full.read_text("utf-8").startswith(start[: start.index("Denominator")])
    refused = stopgap_run(*call, "--output", page, "--form", "short")
    assert refused.code == 2
    assert "one-page" in refused.err
