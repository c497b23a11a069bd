"""The Python API as the reference of the lake shows it (README, tutorials and how-to pages: test_pages_run.py)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import stopgap
from stopgap.base.errors import NotFoundError, RefusedError, StopgapError, UsageError

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = {"baseline": "2021-01:2021-12", "after": "2023-01:2023-12"}


@pytest.fixture(scope="module")
def finding(demo_lake: Path) -> Any:
    return stopgap.open(demo_lake).measure("russia-2022", goods="machinery-electronics", **WINDOWS)


def python_block(page: str) -> str:
    """The first block of Python on a page."""
    [block, *_] = re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text("utf-8"), flags=re.M | re.S)
    return block


def test_the_block_of_the_reference_runs(demo_lake: Path) -> None:
    pytest.importorskip("pandas")
    lines = python_block("docs/reference/lake.md").replace("out/lake", demo_lake.as_posix()).splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(line for line in lines if "import_files" not in line), names)
    assert names["finding"].windows.baseline == ("2021-01", "2021-12")


def test_a_finding_has_its_tables(finding: Any) -> None:
    suppliers, members, goods = finding.suppliers, finding.members, finding.goods
    assert suppliers.schema.field("gain_usd").type == pa.float64()
    assert suppliers.column("supplier")[0].as_py() == "CHN"
    assert len(suppliers) == suppliers.num_rows == len(finding.as_dict()["suppliers"])
    assert members.column("supplier").to_pylist()[0] == "DEU"
    assert goods.column("good").to_pylist() == ["84+85"]


def test_tables_go_to_pandas_and_to_any_arrow_reader(finding: Any) -> None:
    pytest.importorskip("pandas")
    frame = finding.suppliers.to_pandas()
    assert frame.loc[frame.supplier == "CHN", "gain_usd"].item() == pytest.approx(13_579_779_994)
    assert frame.net_gain_usd.notna().all()
    assert pa.table(finding.suppliers).equals(finding.suppliers.arrow)


def test_a_finding_reads_like_the_json_of_the_command(finding: Any) -> None:
    document = finding.as_dict()
    assert finding.finding_id == document["finding_id"]
    assert finding.suspended.loss_usd == document["suspended"]["loss_usd"]
    assert finding.backfill.gross_ratio == pytest.approx(0.527, abs=0.0005)
    assert "trade lost 77.7%" in finding._repr_html_()
    with pytest.raises(AttributeError):
        _ = finding.nothing_of_the_kind


def test_the_chart_is_altair_and_holds_the_suppliers(finding: Any) -> None:
    charts = pytest.importorskip("stopgap.briefs.charts.waterfall")
    if not hasattr(charts, "waterfall"):
        pytest.skip("there is no waterfall yet")
    import altair

    chart = finding.chart()
    assert isinstance(chart, altair.TopLevelMixin)
    assert "China" in str(chart.to_dict())


def test_a_finding_tells_what_its_net_figures_rest_on(finding: Any) -> None:
    rank, destinations = finding.backfill.placebo_rank
    assert finding.counterfactual.method == "double difference"
    assert len(finding.placebos) == destinations
    assert finding.placebos.column("destination").to_pylist().index("RUS") + 1 == rank
    assert "China" in str(finding.chart("net").to_dict())
    assert "Russia" in str(finding.chart("placebos").to_dict())
    with pytest.raises(UsageError):
        finding.chart("pie")


def test_queries_of_the_api(demo_lake: Path) -> None:
    lake = stopgap.open(demo_lake)
    sql = "SELECT count(*) AS n FROM trade WHERE frequency = 'M'"
    assert lake.query(sql).column("n")[0].as_py() > 100_000
    assert lake.query(sql, as_of="v1").column("n")[0].as_py() == 0
    with pytest.raises(RefusedError):
        lake.query("DELETE FROM trade")


def test_files_are_imported(demo_lake: Path, tmp_path: Path) -> None:
    rows = stopgap.open(demo_lake).query("SELECT * FROM trade WHERE source = 'atlas' LIMIT 5").arrow
    import pyarrow.parquet as pq

    pq.write_table(rows, tmp_path / "rows.parquet")
    lake = stopgap.open(tmp_path / "lake")
    result = lake.import_files([tmp_path / "rows.parquet"], retrieved="2024-06-01")
    assert (result.vintage, result.rows_loaded) == ("v1", 5)
    assert lake.query("SELECT retrieved FROM receipts").column(0).to_pylist() == ["2024-06-01"]


def test_errors_say_what_where_and_mend(demo_lake: Path) -> None:
    lake = stopgap.open(demo_lake)
    for call, kind in (
        (lambda: lake.measure("nowhere"), NotFoundError),
        (lambda: lake.measure("russia-2022", as_of="v99"), NotFoundError),
        (lambda: lake.measure("russia-2022", frequency="Q"), UsageError),
        (lambda: lake.measure("russia-2022", report="both"), UsageError),
        (lambda: lake.measure("russia-2022", engine="abacus"), UsageError),
    ):
        with pytest.raises(kind) as caught:
            call()
        error: StopgapError = caught.value
        assert error.what
        assert error.where
        assert error.fix


def test_the_lake_is_that_of_the_environment_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STOPGAP_LAKE", str(tmp_path / "mine"))
    assert stopgap.open().path == tmp_path / "mine"
    assert stopgap.open(tmp_path / "other").path == tmp_path / "other"
    assert "other" in repr(stopgap.open(tmp_path / "other"))


def test_the_package_says_what_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match="no attribute 'close'"):
        _ = stopgap.close
