"""``stopgap series`` on the command line and in Python: forms, chart, marking, and what a reader sees."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from cli_calls import Run
from lake_rows import put
from series_rows import month_rows

from stopgap.api import Lake
from stopgap.measures.series.results import SeriesFinding, SeriesLine, SeriesRow
from stopgap.measures.series.words import amount_words, sparkline

ROOT = Path(__file__).resolve().parents[2]
PAIR = ("series", "--from", "DEU", "--to", "KGZ", "--goods", "8542")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    put(tmp_path / "lake", [*month_rows(2021, 1e6), *month_rows(2022, 4.448e6), *month_rows(2023, 5e6, range(1, 9))])
    return tmp_path / "lake"


def test_the_table_says_growth_in_percent_and_why_a_year_is_partial(lake: Path, stopgap_run: Run) -> None:
    text = stopgap_run(*PAIR, "--growth", "--lake", lake).out
    assert (
        "Exports of Germany to Kyrgyzstan, HS 8542 (Electronic integrated circuits): USD 53.4 m in 2022 (+344.8 % on a year before)"
        in text
    )
    assert re.search(r"2022 +DEU Germany +KGZ Kyrgyzstan +53\.4 +\+344\.8", text)
    assert re.search(r"2023 +DEU Germany +KGZ Kyrgyzstan +40\.0 +– +8 of 12 months", text)
    assert "DEU – KGZ  ▃█·  2021 to 2023, from 0" in text
    assert "TLP:CLEAR" in text


def test_every_form_holds_the_same_rows(lake: Path, stopgap_run: Run) -> None:
    document = json.loads(stopgap_run(*PAIR, "--growth", "--lake", lake, "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(stopgap_run(*PAIR, "--growth", "--lake", lake, "--format", "csv").out)))
    assert (
        [float(row["value_usd"]) for row in rows]
        == [row["value_usd"] for row in document["rows"]]
        == [12e6, 53.376e6, 40e6]
    )
    assert {"period", "from", "to", "goods", "value_usd", "net_kg", "unit_value_usd_per_kg", "growth", "index"} <= set(
        rows[0]
    )
    assert document["coverage"]["incomplete"] == [
        {"period": "2023", "from": "DEU", "to": "KGZ", "reason": "8 of 12 months"}
    ]


@pytest.mark.parametrize(("ending", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_an_output_that_ends_as_a_picture_is_the_chart(
    lake: Path, stopgap_run: Run, tmp_path: Path, ending: str, begins: bytes
) -> None:
    file = tmp_path / f"chart.{ending}"
    said = stopgap_run(*PAIR, "--lake", lake, "--output", file)
    assert file.read_bytes().startswith(begins)
    assert said.out == ""
    assert "marking: TLP:CLEAR" in said.err
    if ending == "svg":
        text = file.read_text("utf-8")
        assert "TLP:CLEAR" in text
        assert "Exports of Germany to Kyrgyzstan" in text
        assert "in part only (2023: 8 of 12 months)" in text


@pytest.mark.prove_only
def test_python_gives_the_same_and_a_chart(lake: Path, tmp_path: Path) -> None:
    found = Lake(lake).series(reporters="DEU", partners="KGZ", goods=["8542"], by="year", growth=True)
    assert found.rows.arrow["growth"].to_pylist() == [None, pytest.approx(3.448), None]
    assert found.marking.label == "TLP:CLEAR"
    assert found.as_dict()["rows"][1]["value_usd"] == 53.376e6
    assert found.warnings
    assert found.queries
    assert found.chart().to_dict()["layer"]
    assert found.save_chart(tmp_path / "a.svg").stat().st_size > 1_000
    assert '<img src="data:image/png;base64,' in found._repr_html_()
    assert "<script" not in found._repr_html_()


def test_an_error_is_three_lines(lake: Path, stopgap_run: Run) -> None:
    said = stopgap_run("series", "--from", "DEU", "--to", "FJI", "--lake", lake)
    assert said.code == 4 or said.code == 3
    assert "no figures of exports of DEU to FJI" in said.err
    assert "fix:" in said.err


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "series.md").read_text("utf-8")
    renamed = {"reporter": "from", "partner": "to", "reporter_name": "from_name", "partner_name": "to_name"}
    for kind in (SeriesFinding, SeriesLine, SeriesRow):
        names = [renamed.get(name, name) for name in kind.__dataclass_fields__ if name not in ("without_figures",)]
        assert not [name for name in names if f"`{name}`" not in text], kind


def test_sparklines_and_amounts() -> None:
    assert sparkline([0.0, 4.0, 8.0, None]) == "▁▅█·"
    assert sparkline([0.0, 0.0]) == "▁▁"
    assert amount_words(2_733_762_750.0, "EUR") == "EUR 2.73 bn"
    assert amount_words(263_239_032.0, "EUR") == "EUR 263.2 m"
    assert amount_words(12_300.0, "USD") == "USD 12,300"
