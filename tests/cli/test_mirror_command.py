"""``stopgap mirror`` on the bundled figures: what the EU says it sold to Kyrgyzstan, and what arrived."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_calls import MILLION, Run, csv_rows, stopgap

CALL = ("mirror", "russia-2022", "--goods", "machinery-electronics", "--after", "2023-01:2023-12")


@pytest.fixture(scope="module")
def document(demo_lake: Path) -> Any:
    ran = stopgap(*CALL, "--lake", demo_lake, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, b"")
    return json.loads(ran.stdout)


def phantom(document: Any, exporter: str, importer: str) -> Any:
    [row] = [row for row in document["phantom"] if (row["exporter"], row["importer"]) == (exporter, importer)]
    return row


def test_exports_of_the_union_to_kyrgyzstan_are_largely_not_recorded_there(document: Any) -> None:
    row = phantom(document, "eu27", "KGZ")
    assert (round(row["exporter_usd"] / MILLION), round(row["importer_usd"] / MILLION)) == (856, 180)
    assert (row["good"], row["is_group"], row["exporters"], row["months"]) == ("84+85", True, 27, 12)
    assert [year["year"] for year in row["years"]] == [2023]
    assert 0 < row["usd"] < row["gap_usd"] < row["exporter_usd"]
    assert row["baseline_unrecorded_share"] < 0.1 < 0.7 < row["unrecorded_share"]
    assert document["phantom"][0]["importer"] == "KGZ"  # no larger one, from any group
    clear = {row["importer"] for row in document["phantom"] if row["exporter"] == "eu27" and row["usd"] == 0}
    assert {"TUR", "SRB", "KAZ", "GEO", "UZB"} <= clear


def test_a_silent_target_is_tested_for_nothing_and_said(document: Any) -> None:
    assert not [row for row in document["phantom"] if row["importer"] == "RUS"]
    assert any("nothing named to them is tested" in text and "RUS" in text for text in document["warnings"])
    assert {row["partners"] for row in document["reconstruction"]} == {"all", "coalition", "eu27", "others"}
    for row in document["reconstruction"]:
        assert (row["estimate_usd"], row["ci95"]) == (None, None)
        assert "2 periods of the 4 needed" in row["because"]
    assert {row["supplier"] for row in document["nowcast"]} == {"BLR", "CUB", "IRN", "NPL", "PAN", "RWA"}


def test_every_output_says_what_it_rests_on(document: Any) -> None:
    assert document["windows"] == {"baseline": ["2020-01", "2021-12"], "after": ["2023-01", "2023-12"]}
    fields = ("episode", "goods", "goods_version", "as_of", "unit", "route", "valuation", "frequency", "coverage")
    assert all(document[name] for name in fields)
    assert document["cif_fob"]["method"].startswith("median")
    assert "too few" in document["cif_fob"]["because"]
    assert any(text.startswith("CIF/FOB") for text in document["warnings"])
    assert any("40 % of a group's exports" in text for text in document["warnings"])
    germany = next(row for row in document["reporters"] if row["reporter"] == "DEU")
    assert germany["exporter_pairs"] > 20
    assert 0 < germany["exporter_weight"] < 1
    [total] = [row for row in document["reconciled"] if (row["exporters"], row["importer"]) == ("eu27", "KGZ")]
    assert total["importer_usd"] < total["reconciled_usd"] < total["exporter_usd"]
    parts = total["both_usd"] + total["exporter_only_usd"] + total["importer_only_usd"]
    assert parts == pytest.approx(total["reconciled_usd"])


def names(document: Any) -> set[str]:
    """Every field name, at any depth."""
    if isinstance(document, dict):
        return set(document) | {name for value in document.values() for name in names(value)}
    return {name for value in document for name in names(value)} if isinstance(document, list) else set()


def test_every_field_and_warning_is_documented(document: Any) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "mirror.md").read_text("utf-8")
    measured = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "measure.md").read_text("utf-8")
    assert not {name for name in names(document) if f"`{name}`" not in page + measured}
    table = page.split("## Warnings")[1]
    starts = [
        re.compile(
            re.sub(r"\b(N|M|METHOD|TARGET)\b", r"[\\w.,]+", re.escape(start).replace("\\ ", " ")).replace(" %", "\\s?%")
        )
        for start in re.findall(r"^\| ([^|…]+?) ?(?:…|\|)", table, flags=re.M)
    ]
    assert not [text for text in document["warnings"] if not any(start.match(text) for start in starts)]


def test_the_queries_lead_to_the_figures(document: Any, demo_lake: Path, stopgap_run: Run) -> None:
    row = phantom(document, "POL", "KGZ")
    for sql, field in zip(document["queries"], ("exporter_usd", "importer_usd"), strict=True):
        rows = stopgap_run("query", sql, "--lake", demo_lake, "--format", "json").document["rows"]
        [found] = [
            r["value_usd"] for r in rows
            if (r["exporter"], r["importer"], r["period"][:4]) == ("POL", "KGZ", "2023")
        ]  # fmt: skip
        assert found == pytest.approx(row[field])


@pytest.mark.prove_only
def test_two_years_are_means_per_year_with_each_year_beside(demo_lake: Path, stopgap_run: Run) -> None:
    call = (*CALL[:-2], "--after", "2023-01:2024-12", "--lake", demo_lake, "--format", "json")
    row = phantom(stopgap_run(*call).document, "eu27", "KGZ")
    years = [year["exporter_usd"] for year in row["years"]]
    assert [round(year / MILLION) for year in years] == [856, 735]
    assert row["exporter_usd"] == pytest.approx(sum(years) / 2)


@pytest.mark.prove_only
def test_the_table_and_the_refusals(demo_lake: Path, stopgap_run: Run) -> None:
    shown = stopgap_run(*CALL, "--lake", demo_lake)
    assert "eu27 reports to KGZ, KGZ records" in shown.out
    rows = csv_rows(stopgap_run(*CALL, "--lake", demo_lake, "--format", "csv").out)
    assert {"exporter", "importer", "good", "usd", "new_usd", "gap_usd"} <= set(rows[0])
    missing = stopgap_run("mirror", "eu-wood-2022", "--lake", demo_lake, "--format", "json")
    assert missing.code == 4
    assert "both sides report" in json.loads(missing.out)["error"]["what"]
    months = stopgap_run(*CALL[:-2], "--after", "2023-02:2023-11", "--lake", demo_lake)
    assert (months.code, "holds no whole year" in months.err) == (3, True)
    monthly = stopgap_run("mirror", "russia-2022", "--goods", "chpl-2024-02", "--lake", demo_lake)
    assert (monthly.code, len(monthly.err.splitlines())) == (4, 3)
