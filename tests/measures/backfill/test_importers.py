"""Substitute suppliers to the coalition: sums done by hand on a lake of a dozen economies."""

import itertools

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.importers import swapped
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

EPISODE = """
name: stopped-buying
title: Members stop buying from China
target: CHN
direction: imports-from-target
role: suppliers-to-coalition
event: 2018-07
coalition: [DEU, FRA, ITA]
goods: [list.csv]
baseline: {from: 2016-01, to: 2017-12, min_months: 24}
after: {from: 2019-01, to: 2019-12}
hubs: [MYS]
"""

BOUGHT = {  # (member, seller): dollars in 2016, 2017, 2019; None where the member did not report
    ("DEU", "CHN"): (100e6, 120e6, 50e6),  # mean 110, lost 60
    ("FRA", "CHN"): (None, 80e6, 60e6),  # mean over the one year reported: lost 20
    ("ITA", "CHN"): (40e6, 40e6, None),  # silent after: in neither window
    ("DEU", "VNM"): (10e6, 20e6, 45e6),  # + 30
    ("FRA", "VNM"): (None, 6e6, 16e6),  # + 10
    ("ITA", "VNM"): (100e6, 100e6, None),
    ("FRA", "MEX"): (None, 0.0, 5e6),  # + 5, an entrant
    ("DEU", "IND"): (30e6, 30e6, 20e6),  # - 10
    ("DEU", "ITA"): (4e6, 6e6, 8e6),  # between members: 5, then 8
    ("FRA", "DEU"): (None, 7e6, 9e6),
}
YEARS = ("2016", "2017", "2019")


def imported(table, *, good="854231", **changes):
    return [
        trade_row(
            period=f"{year}-01-01",
            reporter=member,
            partner=seller,
            flow="M",
            valuation="CIF",
            good=good,
            value_usd=value,
        )
        | changes
        for (member, seller), values in table.items()
        for year, value in zip(YEARS, values, strict=True)
        if value
    ]


@pytest.fixture
def asked(tmp_path):
    """Measure an episode of this role on rows given; options as on the command line."""
    (tmp_path / "list.csv").write_text("code,description\n854231,Processors\n847150,Units\n")
    numbers = itertools.count()

    def run(rows, text=EPISODE, **options):
        number = next(numbers)
        (tmp_path / f"{number}.yml").write_text(text)
        put(tmp_path / f"lake{number}", rows)
        run.lake = tmp_path / f"lake{number}"
        return measure(run.lake, str(tmp_path / f"{number}.yml"), measure_options(**options))

    return run


@pytest.fixture
def found(asked):
    return asked(imported(BOUGHT))


def test_the_loss_is_that_of_members_with_both_windows_each_over_its_own_years(found):
    lost = found.suspended
    assert (lost.baseline_usd, lost.after_usd, lost.loss_usd) == pytest.approx((190e6, 110e6, 80e6))
    assert {row.supplier: (row.baseline_usd, row.after_usd) for row in found.members} == {
        "DEU": pytest.approx((110e6, 50e6)),
        "FRA": pytest.approx((80e6, 60e6)),
    }
    assert found.coverage.missing_reporters == ("ITA",)
    assert found.coverage.missing_periods == ("FRA 2016-01",)
    assert found.coverage.share_of_baseline_reported == pytest.approx((220 + 80 + 30 + 6 + 60) / (396 + 80 + 200))


def test_gains_are_those_of_suppliers_outside_and_trade_between_members_stands_beside(found):
    gains = {row.supplier: row.gain_usd for row in found.suppliers}
    assert gains == pytest.approx({"VNM": 40e6, "MEX": 5e6, "IND": -10e6})
    assert found.backfill.gross_ratio == pytest.approx(35 / 80)
    assert {row.supplier: row.kind for row in found.suppliers}["MEX"] == "entrant"
    assert (found.within_coalition.baseline_usd, found.within_coalition.after_usd) == pytest.approx((12e6, 17e6))
    shares = [190 / 241, 21 / 241, 30 / 241]
    assert found.concentration.hhi_before == pytest.approx(sum(share**2 for share in shares))


def test_the_finding_says_whose_reports_and_which_role(found):
    assert (found.target, found.direction, found.role) == ("CHN", "imports-from-target", "suppliers-to-coalition")
    assert (found.report, found.valuation) == ("importer", "CIF")
    assert found.coverage.sources == ("comtrade",)
    assert any("ITA" in text for text in found.warnings)
    assert any("make themselves" in text for text in found.warnings)
    assert not [text for text in found.warnings if "sold nothing before" in text]


def test_each_figure_is_followed_to_its_rows(asked, found):
    sums = {
        (row["supplier"], row["period"].year): row["value_usd"]
        for row in run_query(asked.lake, found.queries[0])[0].to_pylist()
    }
    assert sums["VNM", 2019] == 61e6
    assert sums["CHN", 2019] == 110e6
    rows = run_query(asked.lake, found.queries[1])[0].to_pylist()
    assert {row["member"] for row in rows} == {"DEU", "FRA"}
    assert {row["supplier"] for row in rows} == {"CHN", "VNM", "MEX", "IND"}
