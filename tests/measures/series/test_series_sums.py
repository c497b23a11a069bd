"""Series by hand: sums of months, growth, index, gaps and partial years, one source, one frequency, weights, currency."""

from __future__ import annotations

import pytest
from lake_rows import put, trade_row
from series_rows import month_rows, series_of, values, year_row

from stopgap.base.errors import GoodsError, MissingDataError, NotFoundError, UsageError
from stopgap.codes.areas import areas
from stopgap.measures.series.holdings import BROAD_FILE


def test_months_sum_to_years_and_quarters_and_growth_is_against_the_year_before(tmp_path):
    put(tmp_path, [*month_rows(2021, 10.0), *month_rows(2022, 15.0), *month_rows(2023, 20.0, range(1, 9))])
    years = series_of(tmp_path, growth=True, index="2021")
    assert values(years) == {"2021": 120.0, "2022": 180.0, "2023": 160.0}
    assert [row.growth for row in years.rows] == [None, pytest.approx(0.5), None]
    assert [row.index for row in years.rows] == [100.0, pytest.approx(150.0), None]
    assert [(row.parts_reported, row.parts, row.is_complete, row.reason) for row in years.rows] == [
        (12, 12, True, ""), (12, 12, True, ""), (8, 12, False, "8 of 12 months"),
    ]  # fmt: skip
    quarters = series_of(tmp_path, by="quarter", growth=True, period="2022Q4:2023Q3")
    assert [(row.period, row.value_usd, row.is_complete) for row in quarters.rows] == [
        ("2022Q4", 45.0, True), ("2023Q1", 60.0, True), ("2023Q2", 60.0, True), ("2023Q3", 40.0, False),
    ]  # fmt: skip
    assert [row.growth for row in quarters.rows] == [
        pytest.approx(0.5),
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
        None,
    ]
    months = series_of(tmp_path, by="month", growth=True, period="2023-08:2023-09")
    assert [(row.period, row.value_usd, row.growth, row.reason) for row in months.rows] == [
        ("2023-08", 20.0, pytest.approx(1 / 3), ""), ("2023-09", None, None, "not reported"),
    ]  # fmt: skip


def test_a_month_reported_without_the_trade_is_zero_and_one_that_is_not_reported_is_empty(tmp_path):
    elsewhere = month_rows(2022, 7.0, range(1, 12), partner="KAZ")
    put(tmp_path, [*month_rows(2022, 5.0, range(1, 7)), *elsewhere])
    found = series_of(tmp_path, by="month", period="2022")
    assert [row.value_usd for row in found.rows] == [5.0] * 6 + [0.0] * 5 + [None]
    assert found.rows[-1].reason == "not reported"
    assert [row.value_usd for row in series_of(tmp_path).rows] == [30.0]
    assert series_of(tmp_path).rows[0].reason == "11 of 12 months"


def test_a_partner_whom_no_file_names_is_missing_and_not_zero(tmp_path):
    put(tmp_path, month_rows(2022, 5.0, partner="RUS"))
    with pytest.raises(MissingDataError, match="no figures of exports of DEU to KGZ"):
        series_of(tmp_path)


def test_a_file_of_another_partner_does_not_make_a_later_year_zero(tmp_path):
    put(tmp_path, month_rows(2021, 5.0, receipt="kgz"), name="kgz")
    put(tmp_path, month_rows(2022, 9.0, partner="RUS", receipt="rus"), name="rus")
    assert values(series_of(tmp_path)) == {"2021": 60.0}
    found = series_of(tmp_path, period="2021:2022")
    assert [(row.value_usd, row.reason) for row in found.rows] == [(60.0, ""), (None, "not reported")]


def test_a_pair_that_no_file_holds_is_missing_though_both_are_in_it(tmp_path):
    rows = [*month_rows(2022, 5.0), *month_rows(2022, 9.0, reporter="CHN", partner="RUS")]
    put(tmp_path, rows)
    with pytest.raises(MissingDataError):
        series_of(tmp_path, reporters="CHN")


def test_a_file_of_other_goods_of_the_chapter_says_nothing_of_these(tmp_path):
    put(tmp_path, month_rows(2022, 5.0, partner="RUS", receipt="rus"), name="rus")
    put(tmp_path, month_rows(2022, 9.0, good="854110", receipt="kgz"), name="kgz")
    with pytest.raises(MissingDataError):
        series_of(tmp_path)


def test_a_file_with_all_partners_of_a_reporter_makes_one_without_a_row_zero(tmp_path):
    economies = [code for code, area in areas().items() if area.kind == "economy" and code not in ("DEU", "KGZ")]
    put(tmp_path, [row for name in economies[:BROAD_FILE] for row in month_rows(2022, 5.0, partner=name)])
    assert values(series_of(tmp_path)) == {"2022": 0.0}
    other = tmp_path / "other"
    put(other, [row for name in economies[: BROAD_FILE - 1] for row in month_rows(2022, 5.0, partner=name)])
    with pytest.raises(MissingDataError):
        series_of(other)


def test_annual_and_monthly_figures_are_never_added(tmp_path):
    put(tmp_path, [*month_rows(2022, 10.0, source="comtrade"), year_row(2022, 125.0)])
    assert values(series_of(tmp_path)) == {"2022": 120.0}
    assert values(series_of(tmp_path, frequency="A")) == {"2022": 125.0}


def test_annual_figures_are_taken_where_they_cover_more_years(tmp_path):
    put(tmp_path, [*month_rows(2022, 10.0, source="comtrade"), year_row(2021, 100.0), year_row(2022, 125.0)])
    found = series_of(tmp_path, growth=True)
    assert values(found) == {"2021": 100.0, "2022": 125.0}
    assert found.rows[1].growth == pytest.approx(0.25)
    assert found.series[0].frequency == "A"
    assert values(series_of(tmp_path, by="quarter", period="2022Q1")) == {"2022Q1": 30.0}


def test_one_source_is_taken_for_each_reporter_and_named(tmp_path):
    put(tmp_path, [*month_rows(2021, 1.0), *month_rows(2022, 1.0)])
    put(tmp_path, month_rows(2022, 50.0, source="comtrade", receipt="other"), name="other")
    found = series_of(tmp_path)
    assert values(found) == {"2021": 12.0, "2022": 12.0}
    assert found.series[0].sources == {"eurostat": ("DEU",)}
    assert "eurostat" in found.basis


def test_codes_at_two_levels_and_in_two_revisions_are_not_added(tmp_path):
    rows = [*month_rows(2022, 10.0), *month_rows(2022, 10.0, good="8542"), *month_rows(2022, 99.0, revision="HS2012")]
    put(tmp_path, rows)
    found = series_of(tmp_path)
    assert values(found) == {"2022": 120.0}
    assert any("by their numbers in HS2012, HS2017" in text for text in found.warnings)


def test_a_code_that_was_split_is_followed_through_the_revisions(tmp_path):
    # HS2022 cut 854140 (HS2017) into 854141, 854142, 854143 and 854149
    new = [
        row
        for code in ("854141", "854142", "854143", "854149")
        for row in month_rows(2022, 5.0, good=code, revision="HS2022")
    ]
    put(tmp_path, [*month_rows(2021, 20.0, good="854140"), *new])
    found = series_of(tmp_path, goods="HS2017:854140", growth=True)
    assert values(found) == {"2021": 240.0, "2022": 240.0}
    assert found.rows[1].growth == pytest.approx(0.0)


def test_codes_without_figures_are_named(tmp_path):
    put(tmp_path, month_rows(2022, 10.0))
    found = series_of(tmp_path, goods=["8542", "845710"])
    assert found.without_figures == ("845710",)
    assert found.warnings[0] == "no figure in the sources used for 1 of 2 codes (845710): the figures are of the others"
    assert found.goods == "hs2022-845710-8542"


def test_published_totals_go_before_sums_of_codes(tmp_path):
    put(tmp_path, [*month_rows(2022, 10.0), *month_rows(2022, 30.0, good="TOTAL", kind="aggregate")])
    found = series_of(tmp_path, goods="TOTAL")
    assert values(found) == {"2022": 360.0}
    assert found.series[0].goods_from == {"eurostat": "published total"}


def test_without_a_published_total_codes_are_summed_and_that_is_said(tmp_path):
    put(tmp_path, [*month_rows(2022, 10.0), *month_rows(2022, 5.0, good="010121")])
    found = series_of(tmp_path, goods="TOTAL")
    assert values(found) == {"2022": 180.0}
    assert found.series[0].goods_from == {"eurostat": "sum of codes at HS6, HS2017"}


def test_imports_and_the_report_of_the_other_side(tmp_path):
    rows = [
        *month_rows(2022, 10.0),
        *month_rows(2022, 13.0, reporter="KGZ", partner="DEU", flow="M", valuation="CIF"),
        *month_rows(2022, 2.0, flow="M", valuation="CIF"),
        *month_rows(2022, 3.0, reporter="KGZ", partner="DEU"),
    ]
    put(tmp_path, rows)

    def asked(**options):
        found = series_of(tmp_path, **options)
        return values(found)["2022"], found.valuation, found.report

    assert asked() == (120.0, "FOB", "exporter")
    assert asked(report="importer") == (156.0, "CIF", "importer")
    assert asked(flow="M") == (24.0, "CIF", "importer")
    assert asked(flow="M", report="exporter") == (36.0, "FOB", "exporter")
    assert asked(reporters="KGZ", partners="DEU", flow="M") == (156.0, "CIF", "importer")


def test_weights_and_unit_values_of_what_has_a_weight(tmp_path):
    rows = [
        *month_rows(2021, 10.0, net_kg=2.0, quantity=4.0, quantity_unit="u"),
        *month_rows(2022, 30.0, range(1, 7), net_kg=2.0),
        *month_rows(2022, 10.0, range(7, 13)),
    ]
    put(tmp_path, rows)
    first, second = series_of(tmp_path, of="unit-value", growth=True).rows
    assert (first.net_kg, first.unit_value_usd_per_kg, first.quantity, first.quantity_unit) == (24.0, 5.0, 48.0, "u")
    assert (second.net_kg, second.quantity) == (None, None)
    assert second.weighed_share == pytest.approx(180 / 240)
    assert second.unit_value_usd_per_kg == pytest.approx(15.0)
    assert second.growth == pytest.approx(2.0)
    assert series_of(tmp_path, of="weight", growth=True).rows[1].growth is None


def test_the_source_s_own_currency(tmp_path):
    rows = [*month_rows(2021, 11.0), *month_rows(2022, 20.0)]
    for row, reported in zip(rows, [10.0] * 12 + [19.0] * 12, strict=True):
        row |= {"currency": "EUR", "value_reported": reported}
    put(tmp_path, rows)
    euro = series_of(tmp_path, currency="EUR", growth=True)
    assert [row.value_reported for row in euro.rows] == [120.0, 228.0]
    assert euro.rows[1].growth == pytest.approx(0.9)
    dollars = series_of(tmp_path, growth=True)
    assert dollars.rows[1].growth == pytest.approx(240 / 132 - 1)
    assert dollars.rows[1].value_reported is None
    assert "exchange rates; the source reports in EUR" in " ".join(dollars.warnings)
    with pytest.raises(MissingDataError) as caught:
        series_of(tmp_path, currency="GBP")
    assert "another currency" in str(caught.value.fix)


def test_a_series_of_nothing_before_has_no_growth(tmp_path):
    put(tmp_path, [*month_rows(2021, 0.0), *month_rows(2022, 5.0)])
    assert [row.growth for row in series_of(tmp_path, growth=True).rows] == [None, None]


def test_goods_economies_and_choices_that_are_unknown_are_refused(tmp_path):
    put(tmp_path, month_rows(2022, 1.0))
    with pytest.raises(NotFoundError, match="'Kyrgystan'") as caught:
        series_of(tmp_path, partners="Kyrgystan")
    assert "KGZ" in str(caught.value.fix)
    with pytest.raises(GoodsError, match="854240"):
        series_of(tmp_path, goods="854240")
    for options in (
        {"by": "decade"}, {"flow": "RX"}, {"report": "mirror"}, {"of": "price"}, {"currency": "euro"}, {"reporters": " , "},
        {"period": "2022-02:2022-11"}, {"index": "2022Q1"}, {"period": "never"}, {"by": "month", "frequency": "A"},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            series_of(tmp_path, **options)


def test_the_rows_behind_give_the_figure(tmp_path):
    from stopgap.lake.query.statement import run_query

    put(tmp_path, [*month_rows(2021, 10.0), *month_rows(2022, 15.0), trade_row(period="2022-01-01", frequency="M")])
    found = series_of(tmp_path)
    [query] = found.queries
    rows = run_query(tmp_path, query)[0].to_pylist()
    assert sum(row["value_usd"] for row in rows) == sum(row.value_usd for row in found.rows) == 300.0


def test_no_growth_across_a_change_of_how_a_source_makes_its_figures(tmp_path):
    values_of = {2020: 10.0, 2021: 12.0, 2022: 9.0, 2023: 18.0}
    put(
        tmp_path,
        [year_row(year, value, reporter="CHN", partner="RUS", source="baci") for year, value in values_of.items()],
    )
    found = series_of(tmp_path, reporters="CHN", partners="RUS", growth=True, index="2021")
    assert [row.growth for row in found.rows] == [None, pytest.approx(0.2), None, pytest.approx(1.0)]
    assert [row.index for row in found.rows] == [pytest.approx(1000 / 12), 100.0, None, None]
    assert "reconciled by baci from the reports of both sides" in found.basis
    assert any("made otherwise from 2022-01" in note for note in found.warnings)


def test_an_own_report_goes_before_reconciled_figures_of_more_years(tmp_path):
    pair = {"reporter": "CHN", "partner": "RUS"}
    put(tmp_path, [year_row(year, 10.0, source="baci", receipt="b", **pair) for year in range(2018, 2024)], name="b")
    put(tmp_path, [year_row(year, 12.0, source="comtrade", receipt="c", **pair) for year in (2021, 2022)], name="c")
    found = series_of(tmp_path, reporters="CHN", partners="RUS", growth=True)
    assert values(found) == {"2021": 12.0, "2022": 12.0}
    assert "as the exporter reports it" in found.basis
