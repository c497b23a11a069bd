"""The figures of a chart as a file: as the measure has them, in full, in each form, with what was measured and the marking."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from pyarrow import csv, parquet
from service_app import service_client

from stopgap.api import Lake
from stopgap.base.marking import Marking, Tlp
from stopgap.pages.charts.figures import figures_file
from stopgap.pages.episode.over_time import over_time
from stopgap.pages.episode.query import EpisodeQuery, economy_names


def test_the_rows_are_those_that_the_measure_sums(demo_lake: Path) -> None:
    lake, query = Lake(demo_lake), EpisodeQuery("russia-2022")
    (chart,) = over_time(lake, query).charts
    finding = query.measure(lake, gross=True).finding
    table = csv.read_csv(io.BytesIO(figures_file(chart, "csv", Marking(Tlp.CLEAR)))).to_pylist()
    china = {row["period"]: row["value_usd"] for row in table if row["economy"] == economy_names()["CHN"]}
    [first] = [row for row in finding.suppliers if row.supplier == "CHN"]
    years = range(int(finding.windows.baseline[0][:4]), int(finding.windows.baseline[1][:4]) + 1)
    assert sum(china[year] for year in years) / len(years) == pytest.approx(first.baseline_usd, rel=1e-12)
    for form in ("parquet", "json"):
        content = figures_file(chart, form, Marking(Tlp.GREEN))
        if form == "json":
            about = json.loads(content)
            rows, marking, basis = about["rows"], about["marking"], about["basis"]
        else:
            read = parquet.read_table(io.BytesIO(content))
            rows, marking = read.to_pylist(), read.schema.metadata[b"stopgap.marking"].decode()
            basis = read.schema.metadata[b"stopgap.basis"].decode()
        assert [row["value_usd"] for row in rows] == [row["value_usd"] for row in table]
        assert marking == "TLP:GREEN"
        assert basis == chart.basis


@pytest.mark.prove_only
def test_the_page_gives_them_under_the_chart(demo_lake: Path, tmp_path: Path) -> None:
    with service_client(demo_lake, home=tmp_path) as client:
        address = "/episodes/russia-2022/over-time"
        part = client.get(address, headers={"accept": "text/html"}).text
        link = part.split('chart=over-time&amp;form=csv"')[0].rpartition('href="')[2].replace("&amp;", "&")
        answer = client.get(f"{link}chart=over-time&form=csv")
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["content-disposition"].endswith('over-time_TLP-CLEAR.csv"')
        assert answer.text.startswith("economy,period,value_usd\n")
        refused = client.get("/episodes/russia-2022?chart=waterfall&form=csv", headers={"accept": "text/html"})
        assert refused.status_code == 404
