"""Prices from a lake: buyers of the target in the other direction, annual figures, and a lake too thin to say."""

import math

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import MissingDataError
from stopgap.measures.prices.run import prices
from stopgap.panel.prepare import measure_options

EPISODE = """\
name: oil
title: An embargo on oil
target: RUS
direction: imports-from-target
event: 2022-02
coalition: [DEU]
goods: [oil.csv]
baseline: {from: 2021-01, to: 2021-12}
after: {from: 2023-01, to: 2023-12}
hubs: [TUR]
"""
SELLERS = ("RUS", "SAU", "IRQ", "AGO", "NGA", "TUR")


def lake_of(folder, *, frequency="M", weight=True, sellers=SELLERS, buyers=("CHN", "IND", "DEU")):
    """Buyers pay 10 dollars a kilogram everywhere; the target gives a fifth off afterwards, but not to DEU."""
    rows = []
    months = range(1, 13) if frequency == "M" else (1,)
    for year in (2021, 2023):
        for month in months:
            for buyer in buyers:
                for number, seller in enumerate(sellers):
                    price = 8.0 if (seller, year) == ("RUS", 2023) and buyer != "DEU" else 10.0
                    kilograms = 100.0 * (number + 1) * (3 if (seller, year, buyer) == ("RUS", 2023, "CHN") else 1)
                    if (seller, year, buyer) == ("RUS", 2023, "DEU"):
                        kilograms = 10.0
                    rows.append(
                        trade_row(
                            period=f"{year}-{month:02d}-01", frequency=frequency, reporter=buyer, partner=seller,
                            flow="M", valuation="CIF", good="270900", value_usd=price * kilograms,
                            net_kg=kilograms if weight else None,
                        )
                    )  # fmt: skip
    put(folder / "lake", rows)
    (folder / "oil.csv").write_text("code,description\n270900,Crude oil\n", "utf-8")
    (folder / "oil.yml").write_text(EPISODE, "utf-8")
    return folder / "lake", str(folder / "oil.yml")


def test_a_discount_is_found_by_the_sum_done_by_hand(tmp_path):
    finding = prices(*lake_of(tmp_path), measure_options())
    markup = finding.markup
    assert (finding.valuation, finding.report, finding.frequency) == ("CIF", "importer", "M")
    assert markup.estimate == pytest.approx(math.log(0.8), abs=1e-7)
    assert markup.price_ratio == pytest.approx(0.8)
    assert markup.suppliers == ("CHN", "IND")
    assert set(markup.placebos) == {"SAU", "IRQ", "AGO", "NGA"}  # the hub is none
    assert markup.placebo_rank == (5, 5)
    # DEU bought 100 kg a month at 10 and buys 10: it lost 12 x 900, all of it quantity.
    loss = finding.split.loss
    assert (loss.change_usd, loss.quantity_usd, loss.price_usd) == (
        pytest.approx(10_800.0), pytest.approx(10_800.0), pytest.approx(0.0, abs=1e-9),
    )  # fmt: skip
    # CHN: 100 kg at 10, then 300 kg at 8; IND: 100 kg at 8.
    rows = {row.supplier: row.split for row in finding.split.by_supplier}
    assert rows["CHN"].quantity_usd == pytest.approx(12 * 200 * 9)
    assert rows["CHN"].price_usd == pytest.approx(12 * -2 * 200)
    assert rows["CHN"].at_baseline_price_usd == pytest.approx(12 * 200 * 10)
    assert rows["IND"].quantity_usd == pytest.approx(0.0)
    assert finding.coverage.weighed_share == finding.coverage.weighed_figures_share == 1.0


def test_one_year_against_one_year_has_an_answer(tmp_path):
    finding = prices(*lake_of(tmp_path, frequency="A"), measure_options())
    assert finding.frequency == "A"
    assert finding.markup.estimate == pytest.approx(math.log(0.8), abs=1e-7)


def test_without_weight_nothing_is_split_or_compared(tmp_path):
    finding = prices(*lake_of(tmp_path, weight=False), measure_options())
    assert finding.markup.estimate is None
    assert finding.split.loss.not_adjusted_usd == pytest.approx(10_800.0)
    assert finding.coverage.weighed_share == 0.0
    assert any("no markup" in warning for warning in finding.warnings)
    finding.as_dict()


def test_a_target_that_is_alone_is_not_compared(tmp_path):
    finding = prices(*lake_of(tmp_path, sellers=("RUS",)), measure_options())
    assert finding.markup.estimate is None
    assert "beside another destination" in finding.markup.trimmed.reason


def test_nobody_outside_the_coalition(tmp_path):
    finding = prices(*lake_of(tmp_path, buyers=("DEU",)), measure_options())
    assert finding.split.backfill.weighed_share is None
    assert finding.markup.estimate is None
    assert any("no trade behind the backfill" in warning for warning in finding.warnings)
    finding.as_dict()


def test_a_lake_without_the_goods_says_so(tmp_path):
    lake, episode = lake_of(tmp_path)
    with pytest.raises(MissingDataError):
        prices(lake, episode, measure_options(goods="wood"))
