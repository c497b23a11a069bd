"""The quality report of a lake, and of an import's vintage."""

from __future__ import annotations

import json

import pytest
from lake_rows import put, trade_row
from quality_rows_of import connection, month, row

from stopgap.base.errors import MissingDataError, NotFoundError, UsageError
from stopgap.intake import vintage_summary as vintage_module
from stopgap.intake.importing import import_paths
from stopgap.intake.vintage_summary import vintage_quality
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.query.statement import run_query
from stopgap.measures.quality.request import QualityRequest
from stopgap.measures.quality.results import vintage_lines
from stopgap.measures.quality.run import _measured, quality
from stopgap.measures.quality.scope import Scope, Thresholds
from stopgap.measures.quality.stages import quality_stages

PARTNERS = ("RUS", "KAZ", "DEU")


def rows_with_everything():
    """Two reporters by month: one stops, one series stops, one row has an odd price, one is estimated."""
    rows = []
    for i in range(24):
        for partner in PARTNERS:
            if (partner, i >= 18) == ("RUS", True):
                continue
            price = 10 * 1.03 ** (i - 12)
            rows.append(row(period=month(i), partner=partner, value_usd=price * 5, net_kg=5.0))
        rows.append(row(period=month(i), reporter="RUS", partner="CHN", flow="M", value_usd=60.0, is_estimated=i == 0))
        if i < 20:
            rows.append(row(period=month(i), reporter="TUR", partner="RUS", good="854232", value_usd=1_000.0))
    rows.append(row(period=month(3), partner="ARM", value_usd=50_000.0, net_kg=5.0))
    rows.append(row(period=month(3), partner="_X", value_usd=7.0))
    return rows


def lake_of(folder, rows):
    staged = [
        trade_row(**{k: v for k, v in made.items() if k not in ("vintage", "kind")}) | {"kind": made["kind"]}
        for made in rows
    ]
    put(folder, staged)
    return folder


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return lake_of(tmp_path_factory.mktemp("quality") / "lake", rows_with_everything())


def test_the_report_by_hand(lake):
    report = quality(lake)
    figures = {(f.what, f.unit, f.flow): f for f in report.figures}
    assert (figures["silent", "reports", "X"].value, figures["silent", "reports", "X"].of) == (4, 48)
    stopped = figures["regular, then without trade to the end", "series", "X"]
    assert (stopped.value, stopped.of) == (1, 4)
    assert [(gap.partner, gap.first_missing) for gap in report.stops] == [("RUS", "2021-07")]
    assert [(r.partner, r.price_usd_per_kg) for r in report.unit_values] == [("ARM", 10_000.0)]
    assert [r.reporter for r in report.reporters if r.has_stopped] == ["TUR"]
    assert figures["with a partner that is no economy", "usd", "X"].value == 7.0
    assert figures["estimated by the source", "rows", "M"].value == 1
    [pair] = report.mirror
    assert (pair.exporter, pair.importer, pair.rows_compared) == ("CHN", "RUS", 18)
    assert len(report.lines()) == 6


@pytest.mark.prove_only
def test_each_query_runs_as_it_stands_and_gives_the_rows(lake):
    report = quality(lake)
    for name, sql in report.queries.items():
        table, _ = run_query(lake, sql)
        assert table.num_rows > 0, name
    assert run_query(lake, report.queries["stops"])[0].num_rows == len(report.stops)
    assert run_query(lake, report.queries["unit_values"])[0].num_rows == len(report.unit_values)
    assert {f.query for f in report.figures} <= set(report.queries)


def test_the_document_is_json_and_the_same_each_time(lake):
    first, second = (json.dumps(quality(lake).as_dict(), allow_nan=False, sort_keys=True) for _ in range(2))
    assert first == second


@pytest.mark.one_in(3)
@pytest.mark.parametrize("scope", [Scope(), Scope(reporter="CHN"), Scope(economies=("RUS",), chapters=("85",))])
def test_what_is_made_once_gives_what_each_stage_gives_alone(scope):
    rows = rows_with_everything()
    params = {**Thresholds().params(), "limit": 50}
    stages = quality_stages(scope)
    con = connection(rows)
    alone = {name: DuckDBEngine(con).run(stage, params=params).to_pylist() for name, stage in stages.all().items()}
    together = _measured(DuckDBEngine(con), stages, params)
    con.close()
    for name, expected in alone.items():
        assert getattr(together, name) == expected, name


def test_a_scope_is_checked(lake, tmp_path):
    with pytest.raises(NotFoundError, match="nothing of the source"):
        quality(lake, QualityRequest(source="nowhere"))
    with pytest.raises(NotFoundError):
        quality(lake, QualityRequest(reporter="Nowhere-on-earth"))
    with pytest.raises(UsageError):
        quality(lake, QualityRequest(limit=0))
    with pytest.raises(MissingDataError):
        quality(tmp_path / "empty")


def test_one_reporter_by_name(lake):
    report = quality(lake, QualityRequest(reporter="Turkey"))
    assert {r.reporter for r in report.reporters} == {"TUR"}
    assert report.scope["reporter"] == "TUR"


def test_an_episode_narrows_to_its_economies_and_chapters(lake):
    report = quality(lake, QualityRequest(episode="russia-2022"))
    assert "RUS" in report.scope["economies"]
    assert "85" in report.scope["chapters"]
    assert {r.reporter for r in report.totals} == {"CHN", "RUS", "TUR"}


@pytest.mark.prove_only
def test_an_earlier_vintage_is_reported_as_it_was(lake, tmp_path):
    folder = lake_of(tmp_path / "lake", rows_with_everything()[:10])
    before = quality(folder).as_dict()
    put(folder, [trade_row(reporter="DEU", period="2023-01-01")], name="later")
    assert quality(folder).as_of == "v2"
    assert quality(folder, QualityRequest(as_of="v1")).as_dict() == before


def test_an_empty_part_is_no_error(lake):
    report = quality(lake, QualityRequest(episode="eu-wood-2022"))
    assert report.figures
    assert report.stops == report.unit_values == ()


def test_the_vintage_by_hand(lake):
    found = vintage_quality(lake, "v1")
    rows = rows_with_everything()
    assert (found.rows, found.reporters, found.periods) == (len(rows), 3, 24)
    assert found.estimated_share == pytest.approx(1 / len(rows))
    assert found.unweighed_share == pytest.approx(sum(made["net_kg"] is None for made in rows) / len(rows))
    assert (found.unlike_unit_values, found.sudden_zeros, found.warnings) == (1, 1, ())
    assert len(vintage_lines(found)) == 2


def test_a_sudden_zero_is_counted_with_the_vintage_that_brings_the_period(tmp_path):
    held = [trade_row(period=month(i), frequency="M", partner=p) for i in range(12) for p in ("RUS", "KAZ")]
    put(tmp_path / "lake", held, name="a")
    put(tmp_path / "lake", [trade_row(period=month(12), frequency="M", partner="KAZ")], name="b")
    assert vintage_quality(tmp_path / "lake", "v1").sudden_zeros == 0
    assert vintage_quality(tmp_path / "lake", "v2").sudden_zeros == 1


def test_a_large_import_says_what_was_left(lake, monkeypatch):
    monkeypatch.setattr(vintage_module, "UNIT_VALUES_UP_TO", 10)
    monkeypatch.setattr(vintage_module, "SERIES_UP_TO", 10)
    found = vintage_quality(lake, "v1")
    assert (found.unlike_unit_values, found.judged_unit_values, found.sudden_zeros) == (None, None, None)
    assert all("stopgap lake quality" in warning for warning in found.warnings)
    assert len(found.warnings) == 2
    assert len(vintage_lines(found)) == 2


def test_an_import_describes_its_vintage_once(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(
        "period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source,net_kg\n"
        "2022-01-01,A,CHN,RUS,X,854231,HS2022,100,FOB,own,\n"
        "2022-01-01,A,DEU,RUS,X,854231,HS2022,0,FOB,own,4\n"
    )
    first = import_paths(tmp_path / "lake", [file]).as_dict()
    assert first["quality"]["rows"] == 2
    assert (first["quality"]["unweighed_share"], first["quality"]["zero_share"]) == (0.5, 0.5)
    again = import_paths(tmp_path / "lake", [file]).as_dict()
    assert again["already_loaded"]
    assert again["quality"] is None
