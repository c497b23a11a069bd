"""Pages of figures in every role: their rows are of the economies that the figure is of, and lead to rows of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from brief_worlds import energy_lake, tariff_lake

from stopgap.api import Lake
from stopgap.pages.episode.figure_page import figure_page
from stopgap.pages.episode.numbers import FIGURES, number_views
from stopgap.pages.episode.over_time import over_time
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery, economy_names

WORLDS = {"russia-2022-energy": energy_lake, "us-china-tariffs-2018": tariff_lake}


@pytest.fixture(scope="module", params=list(WORLDS))
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, EpisodeQuery]:
    return Lake(WORLDS[request.param](tmp_path_factory.mktemp("world"))), EpisodeQuery(request.param)


@pytest.mark.one_in(2)
def test_every_number_has_rows_that_lead_to_a_file(asked: tuple[Lake, EpisodeQuery]) -> None:
    lake, query = asked
    finding = query.measure(lake, gross=False).finding
    assert len(number_views(finding, query)) >= 4
    receipts = {str(row["receipt"]) for row in lake.query("SELECT receipt FROM receipts").arrow.to_pylist()}
    for name, figure in FIGURES.items():
        if figure.value(finding) is None:
            continue
        table = figure_page(lake, query, name).values["table"]
        assert table.rows, name
        amount = next(row[3] for row in table.rows if row[3].page)
        assert amount.page.split("/")[2] in receipts
        key = amount.query
        where = f"reporter = '{key['reporter']}' AND partner = '{key['partner']}' AND good = '{key['good']}' AND period = DATE '{key['period']}'"
        found = lake.query(f"SELECT value_usd FROM trade WHERE {where}").arrow.to_pylist()
        assert [row["value_usd"] for row in found] == [key["value"]], name


def test_rows_of_the_loss_are_those_of_who_lost(asked: tuple[Lake, EpisodeQuery]) -> None:
    lake, query = asked
    finding = query.measure(lake, gross=True).finding
    names = economy_names()
    shown = {row[0].text for row in figure_page(lake, query, "loss_usd").values["table"].rows}
    if query.episode == "us-china-tariffs-2018":
        assert shown == {names[finding.target]}
    else:
        assert shown <= {names[row.supplier] for row in finding.members}


def test_the_first_page_and_the_chart_over_time_are_drawn(asked: tuple[Lake, EpisodeQuery]) -> None:
    lake, query = asked
    assert overview(lake, query).title
    (chart,) = over_time(lake, query).charts
    assert len(chart.table.columns) >= 3
    assert Path(lake.path).is_dir()
